import type { FailStep, FailureCode } from '../../step.ts'
import { refusalOf } from '../carry-out.ts'
import type { Frame } from '../dialects/dialect.ts'
import { answering, type Exchange, framesOf, streamHead, written } from '../exchange.ts'
import { body, end, fin, pause, rst, silence, turn, type WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf, textOf } from './fault.ts'
import { beforeToken, fromToken, paced, send, tokenFrame, upTo } from './sse-parts.ts'

/** Where a stream breaks when nothing else is said. */
const usualTokens = 2

/** Streams that end too early, go wrong or fall silent. Options: `tokens` (2), `code`, `everyMs`. */
export const sseBreakFaults: AnswerFaults = {
  'sse-cut-before-first': (exchange) => [streamHead(exchange), end],
  'sse-rst-before-first': (exchange) => [streamHead(exchange), rst],
  'sse-fin-before-first': (exchange) => [streamHead(exchange), fin],
  'sse-done-only': (exchange) => [streamHead(exchange), ...ofKind(exchange, 'done'), end],
  'sse-cut-after-tokens': (exchange, options) => [...upTo(exchange, count(options)), end],
  'sse-rst-after-tokens': (exchange, options) => [...upTo(exchange, count(options)), rst],
  'sse-fin-after-tokens': (exchange, options) => [...upTo(exchange, count(options)), fin],
  'sse-cut-mid-event': (exchange, options) => {
    const next = Buffer.from(written(exchange, tokenFrame(exchange, count(options))))
    return [...upTo(exchange, count(options)), body(next.subarray(0, Math.floor(next.length * 0.7))), end]
  },
  'sse-cut-mid-utf8': (exchange, options) => [...upTo(exchange, count(options)), body(halfCharacter(exchange)), end],
  'sse-done-no-finish': (exchange) => [
    streamHead(exchange),
    ...[...framesOf(exchange)]
      .filter(({ kind }) => kind !== 'finish' && kind !== 'usage')
      .map((frame) => send(exchange, frame)),
    end,
  ],
  'sse-error-first': (exchange, options) => [streamHead(exchange), ...errorOps(exchange, options), end],
  'sse-error-mid': (exchange, options) => [...upTo(exchange, count(options)), ...errorOps(exchange, options), end],
  'sse-error-named': (exchange, options) => [
    ...upTo(exchange, count(options)),
    send(exchange, { kind: 'error', event: 'error', data: JSON.stringify(refusal(exchange, options)) }),
    end,
  ],
  'sse-finish-error': (exchange, options) => [
    ...upTo(exchange, count(options)),
    ...ofKind(answering(exchange, { finishReason: 'error' }), 'finish'),
    ...ofKind(exchange, 'done'),
    end,
  ],
  'sse-bad-json': (exchange, options) => [
    streamHead(exchange),
    ...paced(exchange, beforeToken(exchange, count(options)), numberOf(options, 'everyMs', 0)),
    ...Array.from({ length: numberOf(options, 'count', 1) }, () => badEvent(exchange)),
    ...paced(exchange, fromToken(exchange, count(options)), numberOf(options, 'everyMs', 0), count(options)),
    end,
  ],
  'sse-stall-first': (exchange) => [streamHead(exchange), silence],
  'sse-stall-mid': (exchange, options) => [...upTo(exchange, count(options)), silence],
  'sse-ping-first': (exchange, options) => forever([streamHead(exchange)], ping(exchange), options),
  'sse-ping-mid': (exchange, options) => forever(upTo(exchange, count(options)), ping(exchange), options),
  'sse-empty-forever': (exchange, options) =>
    forever(upTo(exchange, count(options, 0)), send(exchange, exchange.wire.emptyFrame(exchange.turn)), options),
  'slow-tokens-ok': slowTokens,
}

type Options = Parameters<AnswerFaults[string]>[1]

function count(options: Options, usual = usualTokens): number {
  return numberOf(options, 'tokens', usual)
}

function ofKind(exchange: Exchange, kind: Frame['kind']): WireOp[] {
  return [...framesOf(exchange)].filter((frame) => frame.kind === kind).map((frame) => send(exchange, frame))
}

function refusal(exchange: Exchange, options: Options): unknown {
  const step: FailStep = { type: 'fail', failure: textOf(options, 'code', 'overloaded') as FailureCode }
  return refusalOf(exchange, step).body
}

function errorOps(exchange: Exchange, options: Options): WireOp[] {
  return exchange.wire.errorFrames(refusal(exchange, options), exchange.turn).map((frame) => send(exchange, frame))
}

/** An event up to the middle of a character. */
function halfCharacter(exchange: Exchange): Uint8Array {
  const bytes = Buffer.from(written(exchange, tokenFrame(answering(exchange, { pieces: ['日'] }))))
  return bytes.subarray(0, bytes.indexOf('日') + 2)
}

function badEvent(exchange: Exchange): WireOp {
  const frame = tokenFrame(exchange)
  return send(exchange, { ...frame, data: `${frame.data.slice(0, -3)}\u001b[31m` })
}

/** A sign of life without content, as the dialect has it: a named ping, else a comment. */
function ping(exchange: Exchange): WireOp {
  if (exchange.dialect.name === 'anthropic') return send(exchange, exchange.wire.emptyFrame(exchange.turn))
  return exchange.wire.framing === 'sse' ? body(': keep-alive\n\n') : body('\n')
}

function* forever(before: Iterable<WireOp>, again: WireOp, options: Options): Generator<WireOp> {
  yield* before
  while (true) yield* [again, pause(numberOf(options, 'everyMs', 1_000)), turn]
}

function* slowTokens(exchange: Exchange, options: Options): Generator<WireOp> {
  yield streamHead(exchange)
  for (const frame of framesOf(exchange)) {
    if (frame.kind === 'token') yield pause(numberOf(options, 'everyMs', 400))
    yield send(exchange, frame)
  }
  yield end
}
