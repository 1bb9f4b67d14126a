import type { DefinedGuard } from './guard.ts'
import type { Message } from './message.ts'
import type { ModelSettings } from './request.ts'

/** A chat request as a caller writes it. */
export interface ChatRequest extends Omit<ModelSettings, 'stop'> {
  /** The conversation. Give this or `prompt`. */
  readonly messages?: readonly Message[]
  /** Short for one user message; comes after `messages` when both are given. */
  readonly prompt?: string
  /** Short for a first system message. */
  readonly system?: string
  /** One stop text or several. */
  readonly stop?: string | readonly string[]
  /**
   * `'model'` for every candidate, or `'provider/model'` (also `{ provider: model }`) to say whose.
   * A text whose beginning names no provider of the client is a model's name as a whole, as OpenRouter's are; the object is
   * strict: it names providers there are. Default: each provider's own default model.
   */
  readonly model?: string | Readonly<Record<string, string>>
  /** Only these providers, in this order. Default: the client's chain. */
  readonly providers?: readonly string[]
  /** Ends the call; the error is an `AbortError` with the signal's reason as cause. */
  readonly signal?: AbortSignal
  /** Total time of this call in ms, retries and fallbacks included. Default: the client's `timeouts.totalMs`. */
  readonly timeoutMs?: number
  /** On whose behalf: whose limits count and whose usage it is. 1 to 128 characters. Default: nobody's in particular. */
  readonly tenant?: string
  /** Instead of the client's guards, for this call; `[]` for none. */
  readonly guards?: readonly DefinedGuard[]
  /** Passed through to events and stores; never sent to a provider. */
  readonly metadata?: Readonly<Record<string, string>>
}
