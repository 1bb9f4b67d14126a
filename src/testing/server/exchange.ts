import type { Socket } from 'node:net'
import type { Answer } from '../answer.ts'
import type { AnswerStep } from '../step.ts'
import type { Dialect, Frame, Turn, Wire } from './dialects/dialect.ts'
import type { RecordedRequest } from './recorded-request.ts'
import { frameText, type SseStyle } from './sse-text.ts'
import { body, end, type Headers, head, type WireOp } from './wire-op.ts'

/** One request that waits for its answer, and everything to make one of. */
export interface Exchange {
  readonly request: RecordedRequest
  readonly turn: Turn
  readonly dialect: Dialect
  readonly wire: Wire
  readonly isStream: boolean
  /** Role and text of the conversation's last turn. */
  readonly last: { readonly role: string; readonly text: string } | undefined
  /** The good answer: what a fault starts from. */
  readonly answer: Answer
  /** Renders another answer to the same request. */
  readonly answerTo: (step: AnswerStep) => Answer
  readonly socket: Socket
  /** Requests this connection had brought before. */
  readonly servedBefore: number
}

/** Status line and headers of a good stream. */
export function streamHead({ dialect, wire, turn }: Exchange, headers: Headers = {}): WireOp {
  return head(200, {
    'content-type': wire.streamType,
    'cache-control': 'no-cache',
    ...dialect.headers(turn),
    ...headers,
  })
}

/** Status line and headers of a good answer in one piece; with `length` they promise it. */
export function jsonHead({ dialect, turn }: Exchange, length?: number, headers: Headers = {}): WireOp {
  return head(200, {
    'content-type': 'application/json',
    ...(length !== undefined && { 'content-length': String(length) }),
    ...dialect.headers(turn),
    ...headers,
  })
}

/** The good answer's frames. */
export function framesOf({ wire, answer, turn }: Exchange): Iterable<Frame> {
  return wire.frames(answer, turn)
}

/** A frame as it is written in this exchange. */
export function written({ wire }: Exchange, frame: Frame, style?: SseStyle): string {
  return frameText(frame, wire, style)
}

/** The good answer in one piece. */
export function wholeText({ wire, answer, turn }: Exchange): string {
  return JSON.stringify(wire.whole(answer, turn))
}

/** Answers 200 with this text or value as the body. */
export function jsonOps(exchange: Exchange, value: unknown, headers: Headers = {}): WireOp[] {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return [jsonHead(exchange, bytes.length, headers), body(bytes), end]
}

/** Status line and headers of the good answer, streamed or not, without a length. */
export function goodHead(exchange: Exchange, headers: Headers = {}): WireOp {
  return exchange.isStream ? streamHead(exchange, headers) : jsonHead(exchange, undefined, headers)
}

/** The whole good answer as text, streamed or not. */
export function goodText(exchange: Exchange): string {
  if (!exchange.isStream) return wholeText(exchange)
  return [...framesOf(exchange)].map((frame) => written(exchange, frame)).join('')
}

/** The good answer. */
export function goodOps(exchange: Exchange): WireOp[] {
  return exchange.isStream
    ? [streamHead(exchange), ...[...framesOf(exchange)].map((frame) => body(written(exchange, frame))), end]
    : jsonOps(exchange, wholeText(exchange))
}

/** The same request with another good answer. */
export function answering(exchange: Exchange, step: Partial<AnswerStep>): Exchange {
  return { ...exchange, answer: exchange.answerTo({ type: 'answer', pieces: exchange.answer.pieces, ...step }) }
}
