import type { ErrorCode } from './error-code.ts'
import type { ChatReply, FinishReason, Warning } from './reply.ts'
import type { ToolCall } from './tool.ts'
import type { Usage } from './usage.ts'

/** What a stream hands out. There is one `start` ever; text is append-only unless a `reset` says otherwise. */
export type StreamEvent =
  | { readonly type: 'start'; readonly requestId: string; readonly provider: string; readonly model: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** Words with which the model declines; not part of the text. */
  | { readonly type: 'refusal'; readonly text: string }
  /** A piece of a tool call's arguments, for showing progress; the whole call follows as `tool-call`. */
  | {
      readonly type: 'tool-call-delta'
      readonly index: number
      readonly id?: string
      readonly name?: string
      readonly argumentsText: string
    }
  | { readonly type: 'tool-call'; readonly toolCall: ToolCall }
  /** Another provider goes on. `offset` is the length of the text delivered so far (UTF-16 units). */
  | {
      readonly type: 'failover'
      readonly from: string
      readonly to: string
      readonly code: ErrorCode
      readonly mode: 'align' | 'continue' | 'restart'
      readonly offset: number
    }
  /** Forget everything handed out so far; a new answer follows. Never seen in the `.text` view. */
  | { readonly type: 'reset'; readonly reason: ErrorCode; readonly discarded: string }
  | { readonly type: 'warning'; readonly warning: Warning }
  | {
      readonly type: 'finish'
      readonly finishReason: FinishReason
      readonly usage: Usage
      readonly provider: string
      readonly model: string
    }

/**
 * A streamed answer with two views, of which one can be read, once: itself (typed events) or `.text` (strings).
 * Leaving the loop early cancels the upstream request at once.
 */
export interface ChatStream<Output = undefined> extends AsyncIterable<StreamEvent> {
  /** Our id of the call. */
  readonly requestId: string
  /**
   * The text alone, append-only.
   * @throws StreamError `stream_interrupted` with `partialText` when the answer was cut and could not be continued.
   */
  readonly text: AsyncIterable<string>
  /** The whole reply; reads the stream to its end when nobody else does. Settles once, also after an abort. */
  final(): Promise<ChatReply<Output>>
  /** Ends the stream; the upstream request is cancelled. */
  cancel(reason?: unknown): void
}
