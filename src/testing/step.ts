import type { LlmError } from '../errors/llm-error.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { JsonObject } from '../types/json.ts'
import type { FinishReason } from '../types/reply.ts'

/** What a fake is asked to do. */
export type FakeOperation = 'chat' | 'chatStream' | 'embed' | 'models' | 'countTokens'

/** The same, and what only a server can be asked. */
export type ServedOperation = FakeOperation | 'key' | 'unknown'

/** Tokens a fake reports, in the library's basis: cached input is part of the input, reasoning of the output. */
export interface FakeUsage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
}

/** A tool call a fake makes. */
export interface FakeToolCall {
  readonly name: string
  /** The arguments; a text goes out exactly as it stands, broken JSON too. */
  readonly arguments: JsonObject | string
  /** Default: made from the call's place, `call_1` … in the provider's own spelling. */
  readonly id?: string
}

/** How an answer looks and when it comes. */
export interface AnswerOptions {
  /** Thoughts sent before the text. */
  readonly reasoning?: string | readonly string[]
  /** Words of declining, sent in place of text where the provider keeps them apart. */
  readonly refusal?: string
  readonly toolCalls?: readonly FakeToolCall[]
  /** Default: `tool-calls` when there are any, else `stop`. */
  readonly finishReason?: FinishReason
  /** Tokens to report; `null` reports none. Default: words of the prompt and of the answer. */
  readonly usage?: FakeUsage | null
  /** Model the answer names. Default: the one that was asked for. */
  readonly model?: string
  /** Extra headers of the answer (server only). A list repeats the header. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Wait before anything is sent, in ms. Default 0. */
  readonly headersAfterMs?: number
  /** Streams: wait between the headers and the first token; otherwise between headers and body. Default 0. */
  readonly firstTokenAfterMs?: number
  /** Wait between two tokens of a stream, in ms. Default 0. */
  readonly everyMs?: number
  /** Ends the body normally after so many tokens, without a finish mark. */
  readonly cutAfter?: number
  /** Ends the connection with a FIN after so many tokens, in the middle of the body. */
  readonly closeAfter?: number
  /** Resets the connection after so many tokens. */
  readonly resetAfter?: number
  /** Falls silent after so many tokens. */
  readonly stallAfter?: number
  /** How long the silence lasts, in ms; then the answer goes on. Default: for ever. */
  readonly stallMs?: number
}

/** A good answer, or one that breaks on the way. */
export interface AnswerStep extends AnswerOptions {
  readonly type: 'answer'
  /** The text as it is streamed, one piece an event. */
  readonly pieces: readonly string[]
  /** Sends an error in the body after so many tokens. */
  readonly failAfter?: { readonly tokens: number; readonly failure: FailStep }
}

/** Codes by which `fail` can name a provider's refusal; each dialect has its own words for them. */
export type FailureCode = Extract<
  ErrorCode,
  | 'bad_request'
  | 'auth_failed'
  | 'billing'
  | 'forbidden'
  | 'model_not_found'
  | 'request_too_large'
  | 'context_length_exceeded'
  | 'content_filtered'
  | 'rate_limited'
  | 'quota_exhausted'
  | 'server_error'
  | 'overloaded'
>

/** How a refusal looks and when it comes. */
export interface FailOptions {
  /** The provider's own error code in the body, for example `insufficient_quota`. */
  readonly code?: string
  readonly message?: string
  /** The `Retry-After` header: seconds, or any text; a list repeats the header. */
  readonly retryAfter?: number | string | readonly string[]
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** The whole body in place of the dialect's: an object (sent as JSON) or a text. */
  readonly body?: unknown
  /** Wait before anything is sent, in ms. Default 0. */
  readonly afterMs?: number
  /** Answers 200 and well so many tokens long, then puts the error into the stream (or, without one, into the body). */
  readonly afterTokens?: number
}

/** A refusal. */
export interface FailStep extends Omit<FailOptions, 'afterTokens'> {
  readonly type: 'fail'
  /** HTTP status, or the meaning from which each dialect makes its status. */
  readonly failure: number | FailureCode
}

/** No answer at all, until the client or the server gives up. */
interface HangStep {
  readonly type: 'hang'
  /** Ends the connection after so many ms. Default: never. */
  readonly forMs?: number
}

/** The connection is reset before anything was answered. */
interface ResetStep {
  readonly type: 'reset'
}

/** A fault of the catalogue, by name; only servers can make it. */
interface FaultStep {
  readonly type: 'fault'
  readonly name: string
  readonly options: JsonObject
}

/** An error thrown as it is; only the provider in memory can do that. */
interface ThrowStep {
  readonly type: 'throw'
  readonly error: LlmError | Error
}

/** An answer that is decided when the request is known. */
export interface DecideStep<Input = unknown> {
  readonly type: 'decide'
  readonly decide: (request: FakeRequest) => Input
}

/** What a deciding step is shown. */
export interface FakeRequest {
  readonly operation: ServedOperation
  readonly model: string
  /** 0 for the first request the fake saw. */
  readonly index: number
  /** Role and text of the conversation's last turn. */
  readonly last?: { readonly role: string; readonly text: string } | undefined
  /** The request itself: as the client gave it (memory) or the parsed body (server). */
  readonly raw: unknown
}

/** One entry of a script that is ready to be carried out. */
export type Step = AnswerStep | FailStep | HangStep | ResetStep | FaultStep | ThrowStep
