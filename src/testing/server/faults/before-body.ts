import { type Exchange, goodOps, goodText, jsonHead, streamHead } from '../exchange.ts'
import { body, fin, rst, silence, type WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf } from './fault.ts'

/** Faults of the connection once a request was read. */
export const beforeBodyFaults: AnswerFaults = {
  'hang-before-headers': () => [silence],
  'rst-before-headers': () => [rst],
  'fin-before-headers': () => [fin],
  'rst-after-headers': (exchange) => [promised(exchange), rst],
  'fin-after-headers': (exchange) => [promised(exchange), fin],
  'rst-mid-body': (exchange, options) => [...half(exchange, numberOf(options, 'share', 0.5)), rst],
  'fin-mid-body': (exchange, options) => [...half(exchange, numberOf(options, 'share', 0.5)), fin],
  /** Answers well, keeps the connection, and resets it as the next request comes over it. */
  'stale-keepalive': (exchange) => (exchange.servedBefore > 0 ? [rst] : goodOps(exchange)),
}

/** Headers that promise a body: its length, or chunks. */
function promised(exchange: Exchange): WireOp {
  return exchange.isStream ? streamHead(exchange) : jsonHead(exchange, Buffer.byteLength(goodText(exchange)))
}

/** A part of the good answer after headers that promise all of it. */
export function half(exchange: Exchange, share: number): WireOp[] {
  const bytes = Buffer.from(goodText(exchange))
  return [promised(exchange), body(bytes.subarray(0, Math.floor(bytes.length * share)))]
}
