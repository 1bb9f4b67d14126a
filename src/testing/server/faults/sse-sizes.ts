import { answering, type Exchange, framesOf, jsonOps, streamHead, wholeText, written } from '../exchange.ts'
import { body, end, pause, turn, type WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf } from './fault.ts'
import { beforeToken, fromToken, send, tokenFrame } from './sse-parts.ts'

/** Streams of a size no reader wants. */
export const sseSizeFaults: AnswerFaults = {
  'sse-endless': (exchange, options) => endless(exchange, numberOf(options, 'everyMs', 0)),
  'sse-10mb-event': (exchange, options) => {
    const huge = 'a'.repeat(numberOf(options, 'megabytes', 10) * 1_048_576)
    const grown = answering(exchange, { pieces: [huge] })
    return [streamHead(grown), ...[...framesOf(grown)].map((frame) => send(grown, frame)), end]
  },
  'sse-no-newline': (exchange, options) =>
    flood(exchange, numberOf(options, 'megabytes', 600), 'data: {"a":"', Buffer.alloc(65_536, 97)),
  'sse-no-blank-line': (exchange, options) =>
    flood(exchange, numberOf(options, 'megabytes', 600), '', Buffer.from(`data: ${'a'.repeat(1_017)}\n`.repeat(64))),
  'sse-200k-events': (exchange, options) => many(exchange, numberOf(options, 'count', 200_000)),
  'sse-json-body': (exchange) => jsonOps(exchange, wholeText(exchange)),
}

function* endless(exchange: Exchange, everyMs: number): Generator<WireOp> {
  yield streamHead(exchange)
  for (const frame of beforeToken(exchange, 1)) yield send(exchange, frame)
  const token = send(exchange, tokenFrame(exchange))
  while (true) yield* everyMs > 0 ? [token, pause(everyMs)] : [token, turn]
}

function* flood(exchange: Exchange, megabytes: number, opening: string, piece: Uint8Array): Generator<WireOp> {
  yield streamHead(exchange)
  if (opening) yield body(opening)
  for (let sent = 0; sent < megabytes * 1_048_576; sent += piece.length) yield body(piece)
  yield end
}

/** So many tokens of one letter, several to a packet. */
function* many(exchange: Exchange, count: number): Generator<WireOp> {
  const one = answering(exchange, { pieces: ['a'] })
  yield streamHead(one)
  for (const frame of beforeToken(one, 1)) if (frame.kind !== 'token') yield send(one, frame)
  const text = written(one, tokenFrame(one))
  for (let sent = 0; sent < count; sent += 500) yield body(text.repeat(Math.min(500, count - sent)))
  for (const frame of fromToken(one, 1)) yield send(one, frame)
  yield end
}
