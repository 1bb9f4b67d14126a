import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import type { FailureReading } from '../core/failure.ts'
import type { Quirk } from '../core/quirks.ts'
import type { ToolIdRule } from '../core/tool-ids.ts'
import type { Failure } from '../core/wire-format.ts'
import type { ReasoningDetails } from './reasoning-details.ts'

/** Where a request goes. */
export type Operation = 'chat/completions' | 'embeddings' | 'models'

/** What tells one service that speaks chat completions from another. Everything but `kind` has the usual default. */
export interface ChatService {
  /** The service, as parts of messages name their origin. */
  readonly kind: string
  /** Name the user gave the provider, when it is another. */
  readonly name?: string
  readonly quirks?: readonly Quirk[]
  /** Absent: a request must name one. */
  readonly embeddingModel?: string | undefined
  /** Default `true`. */
  readonly hasEmbeddings?: boolean
  /** Path of an operation. Default: the operation after a slash. */
  readonly path?: (operation: Operation, model: string) => string
  /** Default: a bearer token. */
  readonly authorize?: (key: string) => Readonly<Record<string, string>>
  /** Fields of every chat request. */
  readonly fields?: JsonObject
  /** Field that carries the end user's id. Default `user`. */
  readonly userField?: string
  /** Most stop texts it takes. Default: any number. */
  readonly maxStop?: number
  /** How reasoning is asked for. Default: `reasoning_effort`. */
  readonly reasoning?: (request: ProviderChatRequest, warnings: Warning[]) => JsonObject
  /** It wants its reasoning back, as text. */
  readonly takesReasoningContent?: boolean
  /** It wants its `reasoning_details` back, as they came: made afresh for each answer. */
  readonly details?: () => ReasoningDetails
  /** Ids of tool calls it takes. Default: any. */
  readonly toolIds?: ToolIdRule
  /** It has a place for refusals in the conversation; elsewhere they become text. */
  readonly takesRefusals?: boolean
  /** It takes `cache_control` on text. */
  readonly hasCacheHints?: boolean
  /** It takes files by URL. */
  readonly hasFileUrls?: boolean
  /** It takes no `response_format` together with tools or in streams. */
  readonly hasPlainFormatOnly?: boolean
  /** What only this service's errors say; wins over the common reading. */
  readonly readError?: (error: JsonObject, failure: Failure) => Partial<FailureReading> | undefined
}
