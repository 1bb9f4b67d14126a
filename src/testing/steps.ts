import type { JsonObject } from '../types/json.ts'
import { type Script, type ScriptInput, scriptOf } from './script.ts'
import type { AnswerOptions, FailOptions, FailStep, FailureCode, FakeRequest, FakeToolCall, Step } from './step.ts'
import { sampleText, tokensOf } from './tokens.ts'

/** A good answer with this text, one word a token. */
export function reply(text: string = sampleText, options: AnswerOptions = {}): Script {
  return one({ type: 'answer', pieces: tokensOf(text), ...options })
}

/**
 * A good answer whose text is streamed in exactly these pieces.
 *
 * @example
 * stream(['Hel', 'lo'], { everyMs: 50, cutAfter: 1 })
 */
export function stream(pieces: readonly string[], options: AnswerOptions = {}): Script {
  return one({ type: 'answer', pieces: [...pieces], ...options })
}

/**
 * A refusal: by HTTP status, or by meaning, which each dialect puts into its own status and words.
 *
 * @example
 * fail(429, { retryAfter: 2 })
 * fail('context_length_exceeded')
 */
export function fail(failure: number | FailureCode, options: FailOptions = {}): Script {
  const { afterTokens, ...rest } = options
  const step: FailStep = { type: 'fail', failure, ...rest }
  if (afterTokens === undefined) return one(step)
  return one({ type: 'answer', pieces: tokensOf(sampleText), failAfter: { tokens: afterTokens, failure: step } })
}

/** What the breaking answers take beside where they break. */
export interface BreakOptions extends AnswerOptions {
  /** The text that is broken off. Default: sixty words. */
  readonly text?: string
}

/** An answer that ends normally after some tokens, without a finish mark. */
export function cut(options: BreakOptions & { readonly afterTokens: number }): Script {
  const { text, afterTokens, ...rest } = options
  return reply(text, { ...rest, cutAfter: afterTokens })
}

/** Where an answer falls silent, and for how long. */
export interface StallOptions extends BreakOptions {
  /** After so many tokens of a stream. */
  readonly afterTokens?: number
  /** Before anything is sent. */
  readonly beforeHeaders?: boolean
  /** After the headers. */
  readonly beforeFirstToken?: boolean
  /** How long, in ms; then the answer goes on. Default: for ever. */
  readonly forMs?: number
}

/** An answer that falls silent. Give one of `beforeHeaders`, `beforeFirstToken`, `afterTokens`. */
export function stall(options: StallOptions): Script {
  const { text, afterTokens, beforeHeaders, beforeFirstToken, forMs, ...rest } = options
  if (beforeHeaders) return forMs === undefined ? hang() : reply(text, { ...rest, headersAfterMs: forMs })
  const stallAfter = beforeFirstToken ? 0 : afterTokens
  if (stallAfter === undefined) throw new TypeError('stall: say beforeHeaders, beforeFirstToken or afterTokens')
  return reply(text, { ...rest, stallAfter, ...(forMs !== undefined && { stallMs: forMs }) })
}

/** An answer that calls one tool. For several, or text beside them, use `reply` with `toolCalls`. */
export function toolCall(name: string, args: FakeToolCall['arguments'] = {}, options: AnswerOptions = {}): Script {
  return one({ type: 'answer', pieces: [], toolCalls: [{ name, arguments: args }], ...options })
}

/** The connection is reset: before anything is answered, or after some tokens. */
export function reset(options: BreakOptions & { readonly afterTokens?: number } = {}): Script {
  const { text, afterTokens, ...rest } = options
  return afterTokens === undefined ? one({ type: 'reset' }) : reply(text, { ...rest, resetAfter: afterTokens })
}

/** No answer; with `forMs` the connection is closed when they have passed. */
export function hang(options: { readonly forMs?: number } = {}): Script {
  return one({ type: 'hang', ...options })
}

/** A fault of the catalogue, by its name. The provider in memory cannot make these; a server can. */
export function fault(name: string, options: JsonObject = {}): Script {
  return one({ type: 'fault', name, options })
}

/** Throws this error as it is; only the provider in memory can. */
export function throwing(error: Error): Script {
  return one({ type: 'throw', error })
}

/** Decides when the request is known. */
export function decide(choose: (request: FakeRequest) => ScriptInput): Script {
  return scriptOf([{ step: { type: 'decide', decide: choose } }])
}

function one(step: Step): Script {
  return scriptOf([{ step }])
}
