import { gzipSync } from 'node:zlib'
import { refusalOf } from '../carry-out.ts'
import { type Exchange, goodHead, goodOps, goodText, jsonOps, wholeText } from '../exchange.ts'
import { body, end, fin, head, pause, silence, type WireOp } from '../wire-op.ts'
import { half } from './before-body.ts'
import { type AnswerFaults, numberOf, textOf } from './fault.ts'

const page = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to the network.</body></html>'

/** Faults of a 200's body that have nothing to do with its JSON. */
export const bodyFaults: AnswerFaults = {
  'slow-headers': (exchange, options) => [pause(numberOf(options, 'afterMs', 1_000)), ...goodOps(exchange)],
  'slow-drip': (exchange, options) => drip(exchange, numberOf(options, 'everyMs', 100), numberOf(options, 'bytes', 1)),
  'body-hang': (exchange) => [...half(exchange, 0.5), silence],
  'short-body': (exchange) => [...half(exchange, 0.5), fin],
  'truncated-json': (exchange) => {
    const text = wholeText(exchange)
    return jsonOps(exchange, text.slice(0, Math.floor(text.length / 2)))
  },
  'html-200': () => [head(200, { 'content-type': 'text/html; charset=utf-8' }), body(page), end],
  'text-plain-json': (exchange) => jsonOps(exchange, wholeText(exchange), { 'content-type': 'text/plain' }),
  'bom-json': (exchange) => jsonOps(exchange, `\uFEFF${wholeText(exchange)}`),
  'blank-lines-json': (exchange) => jsonOps(exchange, `${'\n'.repeat(12)}${wholeText(exchange)}`),
  'error-in-200': (exchange, options) => {
    const code = textOf(options, 'code', 'overloaded') as 'overloaded'
    return jsonOps(exchange, refusalOf(exchange, { type: 'fail', failure: code }).body)
  },
  'body-600mb': (exchange, options) => big(exchange, numberOf(options, 'megabytes', 600)),
  'gzip-truncated': (exchange) => {
    const bytes = gzipSync(goodText(exchange))
    return coded(exchange, 'gzip', bytes.subarray(0, Math.floor(bytes.length / 2)))
  },
  'gzip-corrupt': (exchange) => {
    const bytes = gzipSync(goodText(exchange))
    // Past the header of 10 bytes, so that it is the data that is wrong.
    bytes.fill(0xff, 12, 24)
    return coded(exchange, 'gzip', bytes)
  },
  'gzip-ok': (exchange) => coded(exchange, 'gzip', gzipSync(goodText(exchange))),
  'gzip-bomb': (exchange, options) => bomb(exchange, numberOf(options, 'megabytes', 256)),
  'encoding-chain': (exchange, options) =>
    coded(
      exchange,
      Array(numberOf(options, 'count', 60))
        .fill('gzip')
        .join(', '),
      gzipSync(goodText(exchange)),
    ),
  'encoding-unknown': (exchange) => coded(exchange, 'zebra', Buffer.from(goodText(exchange))),
}

function coded(exchange: Exchange, encoding: string, bytes: Uint8Array): WireOp[] {
  return [goodHead(exchange, { 'content-encoding': encoding }), body(bytes), end]
}

function* drip(exchange: Exchange, everyMs: number, count: number): Generator<WireOp> {
  const bytes = Buffer.from(goodText(exchange))
  yield goodHead(exchange)
  for (let start = 0; start < bytes.length; start += count) {
    yield body(bytes.subarray(start, start + count))
    yield pause(everyMs)
  }
  yield end
}

/** One JSON text without an end in sight. */
function* big(exchange: Exchange, megabytes: number): Generator<WireOp> {
  yield goodHead(exchange, { 'content-type': 'application/json' })
  yield body('{"id":"')
  const piece = Buffer.alloc(65_536, 97)
  for (let sent = 0; sent < megabytes * 16; sent++) yield body(piece)
  yield* [body('"}'), end]
}

/** Much from little: gzip takes a body in several members, so one small member is sent again and again. */
function* bomb(exchange: Exchange, megabytes: number): Generator<WireOp> {
  const member = gzipSync(Buffer.alloc(1_048_576, 32), { level: 9 })
  yield goodHead(exchange, { 'content-encoding': 'gzip' })
  for (let sent = 0; sent < megabytes; sent++) yield body(member)
  yield end
}
