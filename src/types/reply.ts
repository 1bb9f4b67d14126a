import type { AttemptRecord } from './attempt.ts'
import type { JsonValue } from './json.ts'
import type { AssistantMessage } from './message.ts'
import type { ToolCall } from './tool.ts'
import type { Usage } from './usage.ts'

/** Why the answer ended, in one vocabulary (AI SDK and OpenTelemetry spelling). */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' | 'other' | 'unknown'

/** Something that was changed or left out so that the call could go on. */
export interface Warning {
  /** Stable name, for example `parameter-dropped`, `event-skipped`, `part-dropped`. */
  readonly code: string
  readonly message: string
}

/** A source the model cites. */
export interface Citation {
  readonly url?: string
  readonly title?: string
  /** The cited words, where the provider gives them. */
  readonly quote?: string
  /** Place in `reply.text`, where the provider gives it (UTF-16 offsets). */
  readonly start?: number
  readonly end?: number
  /** The provider's own object. */
  readonly raw?: unknown
}

/** How an answer was reached. */
export interface Routing {
  /** What was asked for. */
  readonly capability: 'chat' | 'chatStream' | 'embed' | 'models'
  /** `caller-override`: the caller named it · `capability-default`: first of the chain · `fallback`: a later one. */
  readonly strategy: 'capability-default' | 'caller-override' | 'fallback'
  /** Every attempt in order, the good one last. */
  readonly attempts: readonly AttemptRecord[]
}

/** The answer of `chat`, and of `await stream.final()`. */
export interface ChatReply<Output = undefined> {
  readonly text: string
  /** Reasoning the provider disclosed; `''` when none. */
  readonly reasoning: string
  /** Words with which the model declined, where the provider keeps them apart. */
  readonly refusal?: string
  readonly toolCalls: readonly ToolCall[]
  /** The checked value when `schema` was given. */
  readonly object: Output
  /** The answer as a message for the next request. */
  readonly message: AssistantMessage
  readonly finishReason: FinishReason
  /** The provider's own finish word. */
  readonly finishReasonRaw?: string
  readonly usage: Usage
  /** Name of the provider that answered. */
  readonly provider: string
  /** Model as the provider reports it, else as asked. */
  readonly model: string
  /** Who answered behind a service that hands requests on, as OpenRouter does. */
  readonly upstream?: string
  /** The provider's id of the answer. */
  readonly id?: string
  /** Our id of the call; the same in every event. */
  readonly requestId: string
  /** True when no model answered but the chain's last, canned rung did. */
  readonly isDegraded: boolean
  readonly routing: Routing
  readonly warnings: readonly Warning[]
  readonly citations: readonly Citation[]
  /** Log probabilities in the provider's own form, when asked for. */
  readonly logprobs?: JsonValue
}
