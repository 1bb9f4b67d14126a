import type { Frame } from '../dialects/dialect.ts'
import { type Exchange, framesOf, streamHead, written } from '../exchange.ts'
import type { SseStyle } from '../sse-text.ts'
import { body, pause, type WireOp } from '../wire-op.ts'

/** Sends one frame. */
export function send(exchange: Exchange, frame: Frame, style?: SseStyle): WireOp {
  return body(written(exchange, frame, style))
}

/** The head and the good frames that come before the token of this number. */
export function* upTo(exchange: Exchange, tokens: number): Generator<WireOp> {
  yield streamHead(exchange)
  for (const frame of beforeToken(exchange, tokens)) yield send(exchange, frame)
}

/** The good frames that come before the token of this number; 0 is before the first of all. */
export function* beforeToken(exchange: Exchange, tokens: number): Generator<Frame> {
  let sent = 0
  for (const frame of framesOf(exchange)) {
    if (sent >= tokens) return
    yield frame
    if (frame.kind === 'token') sent++
  }
}

/** The good frames from the token of this number on. */
export function* fromToken(exchange: Exchange, tokens: number): Generator<Frame> {
  let sent = 0
  for (const frame of framesOf(exchange)) {
    if (sent >= tokens) yield frame
    if (frame.kind === 'token') sent++
  }
}

/** Sends frames with a wait before each token but the stream's first. */
export function* paced(exchange: Exchange, frames: Iterable<Frame>, everyMs: number, sent = 0): Generator<WireOp> {
  let count = sent
  for (const frame of frames) {
    if (frame.kind === 'token' && count++ > 0 && everyMs > 0) yield pause(everyMs)
    yield send(exchange, frame)
  }
}

/** The token frame of this number. */
export function tokenFrame(exchange: Exchange, number = 0): Frame {
  const found = [...fromToken(exchange, number)].find((frame) => frame.kind === 'token')
  if (found === undefined) throw new Error('The answer has no such token')
  return found
}
