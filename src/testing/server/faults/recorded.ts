import type { Headers, WireOp } from '../wire-op.ts'
import { body, end, fin, head, pause, rst, turn } from '../wire-op.ts'
import { type AnswerFaults, numberOf, textOf } from './fault.ts'

const dropped = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection'])

/** Answers with a recorded exchange, whatever was asked. */
export const recordedFaults: AnswerFaults = {
  'recorded-case': (_, options) => replay(options),
}

function* replay(options: Parameters<AnswerFaults[string]>[1]): Generator<WireOp> {
  const bytes = Buffer.from(textOf(options, 'text', ''))
  yield head(numberOf(options, 'status', 200), headersOf(options.headers))
  for (const piece of pieces(bytes, options.cutAt)) {
    yield body(piece)
    const everyMs = numberOf(options, 'everyMs', 0)
    yield everyMs > 0 ? pause(everyMs) : turn
  }
  yield { end, fin, reset: rst }[textOf(options, 'endBy', 'end')] ?? end
}

function headersOf(given: unknown): Headers {
  const entries = Object.entries((given ?? {}) as Record<string, string>)
  return Object.fromEntries(entries.filter(([name]) => !dropped.has(name.toLowerCase())))
}

function* pieces(bytes: Buffer, cutAt: unknown): Generator<Uint8Array> {
  const places = Array.isArray(cutAt) ? (cutAt as number[]) : cutAt === 'every-byte' ? [...bytes.keys()] : []
  let start = 0
  for (const place of [...places.filter((at) => at > 0 && at < bytes.length), bytes.length]) {
    if (place > start) yield bytes.subarray(start, place)
    start = place
  }
}
