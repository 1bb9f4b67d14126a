import type { LlmError } from '../../errors/llm-error.ts'
import type { EmbedReplyPart, ProviderEmbedRequest } from '../../types/embed.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ModelInfo } from '../../types/model.ts'
import type { ProviderCapabilities, ProviderEvent } from '../../types/provider.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import type { Quirk } from './quirks.ts'

/** A request without address and key: what an encoder makes. */
export interface Encoded {
  readonly method?: 'GET' | 'POST'
  /** Appended to the base URL. */
  readonly path: string
  readonly body?: JsonObject
  readonly headers?: Readonly<Record<string, string>>
  /** What was dropped or changed to fit the provider. */
  readonly warnings?: readonly Warning[]
}

/** A failed answer, or an error object found in a 200: what an error decoder reads. */
export interface Failure {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** The parsed body when it is JSON, else its text. */
  readonly body: unknown
  /** True when it stood inside a 200 stream or body. */
  readonly isInBody: boolean
  /** True when content of the same answer came before it: a server error then is a `stream_error_event`. */
  readonly hasOutput?: boolean
}

/** Reads one stream; made afresh for each. */
export interface StreamDecoder {
  /**
   * Takes one event's parsed JSON and appends what it means to `out`. `event` is the SSE event name, if any.
   * Throws an `LlmError` when the event says the attempt failed.
   */
  push(payload: unknown, event: string | undefined, out: ProviderEvent[]): void
  /** The end mark or the end of the body was reached: append what was held back (complete tool calls, the finish). */
  end(out: ProviderEvent[], isDoneMarked: boolean): void
  /** True when nothing more of use can come, so that the connection can be let go. */
  readonly isDone: boolean
}

/** One wire format, bound to one service's quirks: pure functions only, no network, no key. */
export interface WireFormat {
  readonly kind: string
  readonly capabilities: ProviderCapabilities
  /** How the stream's body is cut into events. */
  readonly framing: 'events' | 'lines'
  encodeChat(request: ProviderChatRequest, isStream: boolean): Encoded
  decodeChat(body: unknown, request: ProviderChatRequest): readonly ProviderEvent[]
  streamDecoder(request: ProviderChatRequest): StreamDecoder
  /** Never throws; unknown failures get a code by their status. */
  decodeError(failure: Failure): LlmError
  /** Authentication headers for a key. */
  authorize(key: string): Readonly<Record<string, string>>
  encodeEmbed?(request: ProviderEmbedRequest): Encoded
  decodeEmbed?(body: unknown, request: ProviderEmbedRequest): EmbedReplyPart
  /** Most inputs in one embedding request; more are sent in several. */
  readonly maxEmbedInputs?: number
  /** `after` is the mark of the previous page's `next`. */
  encodeModels?(after?: string): Encoded
  decodeModels?(body: unknown, provider: string): { readonly models: readonly ModelInfo[]; readonly next?: string }
  encodeCountTokens?(request: ProviderChatRequest): Encoded
  decodeCountTokens?(body: unknown): number
  contextWindow?(model: string): number | undefined
  canPrefill?(model: string): boolean
}

/**
 * Puts another API of the same service in place of its usual one; what `base` speaks beside chat stays. Formats that
 * would weigh on every bundle are handed in this way.
 */
export type WireFormatFactory = (
  base: WireFormat,
  service: { readonly provider: string; readonly name?: string; readonly quirks?: readonly Quirk[] | undefined },
) => WireFormat
