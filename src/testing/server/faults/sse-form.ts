import { gzipSync } from 'node:zlib'
import { tokensOf } from '../../tokens.ts'
import type { Frame } from '../dialects/dialect.ts'
import { answering, type Exchange, framesOf, goodOps, goodText, streamHead, written } from '../exchange.ts'
import type { SseStyle } from '../sse-text.ts'
import { body, end, silence, turn, type WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf, textOf } from './fault.ts'
import { paced, send } from './sse-parts.ts'

const foreign = 'Grüße: 日本語 ok 👩‍👩‍👧 naïve 😀 done'

/** Liberties of form a reader must take in its stride. */
export const sseFormFaults: AnswerFaults = {
  'sse-crlf': styled({ newline: '\r\n' }),
  'sse-cr': styled({ newline: '\r' }),
  'sse-no-space': styled({ hasSpace: false }),
  'sse-multi-line-data': styled({ isMultiLine: true }),
  'sse-comments': styled({ before: [': keep-alive', ':', ': data: no'] }),
  'sse-ids': styled({ before: ['id: 7', 'retry: 10', 'color: red', 'nothing'] }),
  'sse-bom': (exchange) => [streamHead(exchange), body('\uFEFF'), ...goodOps(exchange).slice(1)],
  'sse-gzip': (exchange) => [
    streamHead(exchange, { 'content-encoding': 'gzip' }),
    body(gzipSync(goodText(exchange))),
    end,
  ],
  'sse-text-plain': (exchange) => [
    streamHead(exchange, { 'content-type': 'text/plain' }),
    ...goodOps(exchange).slice(1),
  ],
  'sse-byte-by-byte': (exchange, options) =>
    byteByByte(answering(exchange, { pieces: tokensOf(textOf(options, 'text', foreign)) })),
  'sse-no-done': (exchange, options) => {
    const sent = [...framesOf(exchange)].filter((frame) => frame.kind !== 'done')
    return [streamHead(exchange), ...paced(exchange, sent, numberOf(options, 'everyMs', 0)), end]
  },
  'sse-no-last-blank': noLastBlank,
  'sse-open-after-done': (exchange) => [...allFrames(exchange), silence],
  'sse-text-after-done': (exchange) => {
    const late = framesOf(answering(exchange, { pieces: [' LATE'] }))
    return [...allFrames(exchange), ...tokens(late).map((frame) => send(exchange, frame)), end]
  },
  'sse-empty-deltas': between((exchange) => [send(exchange, exchange.wire.emptyFrame(exchange.turn))]),
  'sse-null-deltas': between((exchange) => [send(exchange, nullToken(exchange))]),
  'sse-role-only': between((exchange) => [send(exchange, roleOnly(exchange))]),
  'sse-choices-empty': between((exchange) => [send(exchange, withoutChoices(exchange))]),
  'sse-data-null': between((exchange) => [send(exchange, { kind: 'empty', data: 'null' })]),
  'sse-data-empty': between((exchange) => [
    body(exchange.wire.framing === 'sse' ? 'data:\n\ndata: : keepalive\n\n' : '\n'),
  ]),
}

function styled(style: SseStyle): AnswerFaults[string] {
  return (exchange) => [
    streamHead(exchange),
    ...[...framesOf(exchange)].map((frame) => send(exchange, frame, style)),
    end,
  ]
}

function allFrames(exchange: Exchange): WireOp[] {
  return [streamHead(exchange), ...[...framesOf(exchange)].map((frame) => send(exchange, frame))]
}

function tokens(all: Iterable<Frame>): Frame[] {
  return [...all].filter((frame) => frame.kind === 'token')
}

/** Something odd before and after each token. */
function between(odd: (exchange: Exchange) => WireOp[]): AnswerFaults[string] {
  return (exchange) => [
    streamHead(exchange),
    ...[...framesOf(exchange)].flatMap((frame) =>
      frame.kind === 'token' ? [...odd(exchange), send(exchange, frame), ...odd(exchange)] : [send(exchange, frame)],
    ),
    end,
  ]
}

function* byteByByte(exchange: Exchange): Generator<WireOp> {
  yield streamHead(exchange)
  for (const byte of Buffer.from(goodText(exchange))) yield* [body(Uint8Array.of(byte)), turn]
  yield end
}

/** The last event ends with its line, without the empty one after it. */
function* noLastBlank(exchange: Exchange): Generator<WireOp> {
  const all = [...framesOf(exchange)]
  const last = all.pop()
  yield streamHead(exchange)
  for (const frame of all) yield send(exchange, frame)
  if (last) yield body(written(exchange, last, { hasBlankLine: false }))
  yield end
}

/** A token event whose text is null. */
function nullToken(exchange: Exchange): Frame {
  const mark = '@null@'
  const [frame] = tokens(framesOf(answering(exchange, { pieces: [mark] })))
  return { ...(frame as Frame), kind: 'empty', data: (frame as Frame).data.replace(`"${mark}"`, 'null') }
}

function roleOnly({ wire, turn: asked }: Exchange): Frame {
  const frame = wire.emptyFrame(asked)
  return { ...frame, data: frame.data.replace('"delta":{"content":""', '"delta":{"role":"assistant"') }
}

function withoutChoices({ wire, turn: asked }: Exchange): Frame {
  const frame = wire.emptyFrame(asked)
  const data = JSON.parse(frame.data) as Record<string, unknown>
  if ('choices' in data) data.choices = []
  return { ...frame, data: JSON.stringify('responseId' in data ? { ...data, candidates: [] } : data) }
}
