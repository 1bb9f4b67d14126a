import type { Routing, Warning } from './reply.ts'
import type { Usage } from './usage.ts'

/** An embedding request as a caller writes it. */
export interface EmbedRequest {
  /** One text or many; the answer keeps the order. */
  readonly input: string | readonly string[]
  /** As in a chat request. Default: the provider's own embedding model. */
  readonly model?: string | Readonly<Record<string, string>>
  readonly providers?: readonly string[]
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** What a provider is asked for: one batch it can take at once, or more, which it splits itself. */
export interface ProviderEmbedRequest {
  /** Absent: the provider's own embedding model. */
  readonly model?: string
  readonly input: readonly string[]
  readonly dimensions?: number
}

/** What a provider answers: one vector for each input, in order. */
export interface EmbedReplyPart {
  readonly vectors: readonly (readonly number[])[]
  readonly usage: Usage
  readonly model: string
  readonly warnings?: readonly Warning[]
}

/** The answer of `embed`. */
export interface EmbedReply extends EmbedReplyPart {
  readonly provider: string
  readonly requestId: string
  readonly routing: Routing
  readonly warnings: readonly Warning[]
}
