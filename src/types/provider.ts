import type { EmbedReplyPart, ProviderEmbedRequest } from './embed.ts'
import type { Http } from './http.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { ProviderKey, ProviderKeys } from './keys.ts'
import type { ModelInfo } from './model.ts'
import type { Citation, FinishReason, Warning } from './reply.ts'
import type { ProviderChatRequest } from './request.ts'
import type { SecretText } from './secret-text.ts'
import type { Timeouts } from './timeouts.ts'
import type { Usage } from './usage.ts'

/**
 * What a provider says, in one vocabulary for whole answers and streams. A `chat` answer is one list of these, a stream
 * many. Everything before the first `text`, `refusal`, `reasoning` or `tool-call*` event is start-up.
 */
export type ProviderEvent =
  /** Facts about the answer; may come more than once, later fields win. */
  | { readonly type: 'start'; readonly id?: string; readonly model?: string; readonly upstream?: string }
  /** `isNew` starts another part of the message; the text runs on. */
  | { readonly type: 'text'; readonly text: string; readonly opaque?: JsonObject; readonly isNew?: boolean }
  | { readonly type: 'refusal'; readonly text: string }
  /** `text` may be `''` where only `opaque` (a signature, encrypted content) arrives. `isNew` starts another block. */
  | { readonly type: 'reasoning'; readonly text: string; readonly opaque?: JsonObject; readonly isNew?: boolean }
  /** A piece of a call's arguments, for showing progress. `index` tells calls of one answer apart. */
  | {
      readonly type: 'tool-call-delta'
      readonly index: number
      readonly id?: string
      readonly name?: string
      readonly argumentsText: string
    }
  /** A complete call. */
  | {
      readonly type: 'tool-call'
      readonly index: number
      readonly id: string
      readonly name: string
      readonly argumentsText: string
      readonly opaque?: JsonObject
    }
  /** A block only this provider understands, to be carried in the assistant message. */
  | { readonly type: 'provider-part'; readonly data: JsonObject }
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'logprobs'; readonly logprobs: JsonValue }
  /** Cumulative: replaces what came before. */
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'warning'; readonly warning: Warning }
  /** The finish word was seen. Without one a stream is interrupted, never complete. */
  | { readonly type: 'finish'; readonly finishReason: FinishReason; readonly raw?: string }

/** What a provider can do. Routing reads this; nothing is guessed from the object's shape. */
export interface ProviderCapabilities {
  readonly chat: boolean
  readonly chatStream: boolean
  readonly embed: boolean
  readonly models: boolean
  readonly countTokens?: boolean
  /** Takes a last turn of the assistant and goes on from it; needed by `midStream: 'continue'`. */
  readonly prefill?: boolean
}

/** What the client hands a provider for one attempt. */
export interface ProviderContext {
  /** Ends the attempt; pass it to whatever waits. */
  readonly signal: AbortSignal
  /** The transport, bound to this attempt. */
  readonly http: Http
  /** The key of whoever the call is made for, in place of the provider's own. */
  readonly apiKey?: SecretText
  /** True on the one retry after a 401, so that an `apiKey` function can fetch a fresh key. */
  readonly isKeyRefresh?: boolean
}

/**
 * A configured remote service: the extension contract. All methods throw `LlmError`s that already say what happened;
 * anything else is taken for a `bad_response`.
 */
export interface Provider {
  /** Unique in a client; appears in results, events and errors. */
  readonly name: string
  /** The service whose dialect it speaks, for example `anthropic` or `openrouter`: `origin.provider` of what it makes. */
  readonly kind: string
  readonly defaultModel: string
  readonly capabilities: ProviderCapabilities
  /** Where requests go (scheme and host): circuits are kept per endpoint. */
  readonly endpoint?: string
  /** The key comes from a function: after a 401 one more attempt is made with a fresh one. */
  readonly canRefreshKey?: boolean
  /** Several keys: the client takes one for each attempt, and rests those that are refused. */
  readonly keys?: readonly ProviderKey[] | ProviderKeys
  /** What looks wrong about its options; observers are told when a client is made of it. Never holds a key. */
  readonly warnings?: readonly Warning[]
  /** Not a model but a canned answer, for when no model answers; only as the last of a chain. */
  readonly isDegraded?: boolean
  /** Limits of this provider that differ from the client's. */
  readonly timeouts?: Partial<Timeouts>
  /** Largest prompt of a model in tokens, where known. */
  contextWindow?(model: string): number | undefined
  /** May the answer be continued by this model from an assistant prefill? Overrides `capabilities.prefill`. */
  canPrefill?(model: string): boolean
  /**
   * Loads what the first call needs, before any of its limits run; nothing once that is done. A provider that has this
   * method goes over the network.
   */
  prepare?(): Promise<unknown> | undefined
  chat(request: ProviderChatRequest, context: ProviderContext): Promise<readonly ProviderEvent[]>
  /** One batch for each network read; an ended stream without a `finish` event is an interrupted one. */
  chatStream(request: ProviderChatRequest, context: ProviderContext): AsyncIterable<readonly ProviderEvent[]>
  embed?(request: ProviderEmbedRequest, context: ProviderContext): Promise<EmbedReplyPart>
  models?(context: ProviderContext): Promise<readonly ModelInfo[]>
  countTokens?(request: ProviderChatRequest, context: ProviderContext): Promise<number>
}
