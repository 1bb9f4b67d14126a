import { type Frame, isObject } from '../dialects/dialect.ts'
import { answering, type Exchange, framesOf, goodOps, streamHead } from '../exchange.ts'
import { end, type WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf } from './fault.ts'
import { send } from './sse-parts.ts'

const two = [
  { name: 'weather', arguments: { city: 'Oslo', unit: 'celsius' } },
  { name: 'clock', arguments: { zone: 'Europe/Oslo', style: 'long' } },
]

/** Tool calls that come mixed, cut or in masses. */
export const sseToolFaults: AnswerFaults = {
  /** Two calls whose pieces come in turn; services that send calls whole send them one after the other. */
  'sse-tools-interleaved': (exchange) => interleaved(answering(exchange, { pieces: [], toolCalls: two })),
  /** The arguments end half-way, the stream then ends as if nothing were wrong. */
  'sse-tool-cut': (exchange) =>
    goodOps(answering(exchange, { pieces: [], toolCalls: [{ name: 'weather', arguments: '{"city":"Os' }] })),
  /** Far too many calls with far too long names. */
  'sse-tool-flood': (exchange, options) => {
    const toolCalls = Array.from({ length: numberOf(options, 'count', 20_000) }, (_, place) => ({
      name: `tool_${place}_${'x'.repeat(numberOf(options, 'nameLength', 1_000))}`,
      arguments: {},
    }))
    const flooded = answering(exchange, { pieces: [], toolCalls })
    return oneByOne(flooded)
  },
}

function* oneByOne(exchange: Exchange): Generator<WireOp> {
  yield streamHead(exchange)
  for (const frame of framesOf(exchange)) yield send(exchange, frame)
  yield end
}

function interleaved(exchange: Exchange): WireOp[] {
  const all = [...framesOf(exchange)]
  const first = all.filter((frame) => placeOf(frame) === 0)
  const second = all.filter((frame) => placeOf(frame) === 1)
  const mixed = first
    .flatMap((frame, at) => [frame, ...(second[at] ? [second[at]] : [])])
    .concat(second.slice(first.length))
  const start = all.findIndex((frame) => placeOf(frame) !== undefined)
  const rest = all.filter((frame) => placeOf(frame) === undefined)
  const order = start === -1 ? all : [...rest.filter((frame) => all.indexOf(frame) < start), ...mixed]
  const after = start === -1 ? [] : rest.filter((frame) => all.indexOf(frame) > start)
  return [streamHead(exchange), ...[...order, ...after].map((frame) => send(exchange, frame)), end]
}

/** Which call a frame belongs to, where frames say so. */
function placeOf({ data }: Frame): unknown {
  if (!data.startsWith('{')) return undefined
  const event = JSON.parse(data) as Record<string, unknown>
  const choice: unknown = Array.isArray(event.choices) ? event.choices[0] : undefined
  const delta: unknown = isObject(choice) ? choice.delta : undefined
  const call: unknown = isObject(delta) && Array.isArray(delta.tool_calls) ? delta.tool_calls[0] : undefined
  return isObject(call) ? call.index : (event.output_index ?? event.index)
}
