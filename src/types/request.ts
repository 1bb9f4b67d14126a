import type { JsonObject } from './json.ts'
import type { Message } from './message.ts'
import type { AnySchema } from './schema.ts'
import type { Tool, ToolChoice } from './tool.ts'

/** How hard a reasoning model should think; each provider's nearest level is taken. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** Reasoning in, for models that have it. */
export interface ReasoningOptions {
  readonly effort?: ReasoningEffort
  /** Token budget for thinking, where the provider takes one. */
  readonly maxTokens?: number
  /** Ask for readable reasoning in the answer. Default: the provider's own. */
  readonly summary?: boolean
}

/** What of a request concerns the model; shared by callers and providers. */
export interface ModelSettings {
  /** Most tokens to produce, reasoning included where the provider counts it so. */
  readonly maxTokens?: number
  /** 0 to 2; lowered to the provider's range with a warning. */
  readonly temperature?: number
  /** 0 to 1. */
  readonly topP?: number
  readonly topK?: number
  /** Texts that end the answer. Providers take 4 or 5 at most. */
  readonly stop?: readonly string[]
  /** -2 to 2. */
  readonly presencePenalty?: number
  /** -2 to 2. */
  readonly frequencyPenalty?: number
  readonly seed?: number
  /** Ask for the log probabilities of the produced tokens. */
  readonly logprobs?: boolean
  /** 0 to 20 alternatives for each token. */
  readonly topLogprobs?: number
  readonly tools?: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** May the model ask for several tools at once? Default: the provider's own. */
  readonly parallelToolCalls?: boolean
  /** The answer must be JSON of this shape; `reply.object` holds it, checked. */
  readonly schema?: AnySchema
  /** Name of the schema as the provider sees it. Default `answer`. */
  readonly schemaName?: string
  /** `json`: any JSON object, unchecked. Default `text`. */
  readonly responseFormat?: 'text' | 'json'
  readonly reasoning?: ReasoningOptions
  /** The provider's own word, for example `flex` or `priority`. */
  readonly serviceTier?: string
  /** Groups requests that share a prompt prefix, where the provider takes such a hint. */
  readonly cacheKey?: string
  /** An opaque id of the end user for the provider's abuse checks. */
  readonly user?: string
  /** Fields laid over the encoded body, by provider name: `{ openai: { verbosity: 'low' } }`. */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>
}

/** What a provider is asked for: complete, checked, one model. */
export interface ProviderChatRequest extends ModelSettings {
  readonly model: string
  readonly messages: readonly Message[]
}
