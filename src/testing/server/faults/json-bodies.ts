import type { AnswerStep } from '../../step.ts'
import { isObject, type Json } from '../dialects/dialect.ts'
import { answering, type Exchange, jsonHead, jsonOps, wholeText } from '../exchange.ts'
import { body, end, type WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf } from './fault.ts'

/** Faults of the JSON of an answer in one piece; in every dialect. */
export const jsonBodyFaults: AnswerFaults = {
  'json-null': (exchange) => jsonOps(exchange, 'null'),
  'json-array': (exchange) => jsonOps(exchange, '[1,2,3]'),
  'json-other': (exchange) => jsonOps(exchange, { hello: 'world' }),
  'json-text': (exchange) => jsonOps(exchange, '"hello"'),
  'choices-empty': (exchange) => jsonOps(exchange, withoutContent(exchange)),
  'content-null': (exchange) => withText(exchange, null),
  'content-number': (exchange) => withText(exchange, 42),
  'content-object': (exchange) => withText(exchange, { text: 'hidden' }),
  'dup-keys': (exchange) => jsonOps(exchange, doubled(exchange)),
  'huge-numbers': (exchange) =>
    jsonOps(exchange, withNumbers(exchange, ['1e400', '-5', '"NaN"', '1152921504606846976'])),
  'usage-missing': (exchange) => whole(answering(exchange, { usage: null })),
  'usage-zero': (exchange) => jsonOps(exchange, withNumbers(exchange, ['0'])),
  'proto-keys': (exchange) => jsonOps(exchange, polluted(withTool(exchange))),
  'deep-json': (exchange, options) => jsonOps(exchange, deep(exchange, numberOf(options, 'depth', 100_000))),
  'invalid-utf8': (exchange) => invalidUtf8(exchange),
}

function whole(exchange: Exchange): WireOp[] {
  return jsonOps(exchange, wholeText(exchange))
}

function parts({ wire, answer, turn }: Exchange): Json {
  return JSON.parse(JSON.stringify(wire.whole(answer, turn)))
}

const lists = ['choices', 'candidates', 'content', 'output', 'message']

function withoutContent(exchange: Exchange): Json {
  const said = parts(exchange)
  for (const name of lists) if (name in said) said[name] = Array.isArray(said[name]) ? [] : {}
  return said
}

/** Puts something else wherever the answer's text stands. */
function withText(exchange: Exchange, value: unknown): WireOp[] {
  return jsonOps(exchange, replaced(parts(exchange), exchange.answer.pieces.join(''), value))
}

function replaced(value: unknown, from: string, to: unknown): unknown {
  if (value === from) return to
  if (Array.isArray(value)) return value.map((item) => replaced(item, from, to))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, from, to)]))
}

/** The text and the usage stand there twice; the last of each is right. */
function doubled(exchange: Exchange): string {
  const text = JSON.stringify(exchange.answer.pieces.join(''))
  return wholeText(exchange)
    .replaceAll(new RegExp(`"(\\w+)":(?=${escaped(text)})`, 'g'), (found) => `${found}"wrong",${found}`)
    .replaceAll(/"(usage|usageMetadata)":(?=\{)/g, (found) => `${found}{"prompt_tokens":999999},${found}`)
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Puts these in place of the numbers of the usage, in turn; they are JSON texts and need not be numbers. */
function withNumbers(exchange: Exchange, numbers: readonly string[]): string {
  let place = 0
  return wholeText(exchange).replace(
    /"(?:usage|usageMetadata)":\{(?:[^{}]|\{[^{}]*\})*\}|"(?:prompt_eval_count|eval_count)":\d+/g,
    (usage) => usage.replaceAll(/:(\d+)/g, () => `:${numbers[place++ % numbers.length]}`),
  )
}

function withTool(exchange: Exchange): Exchange {
  const toolCalls: AnswerStep['toolCalls'] = [
    {
      name: 'lookup',
      arguments: '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"a":1}',
    },
  ]
  return answering(exchange, { toolCalls })
}

/** Every object claims a prototype. Braces inside of texts are escaped and so are left alone. */
function polluted(exchange: Exchange): string {
  const keys = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'
  return wholeText(exchange).replaceAll(/\{(?=")/g, keys)
}

function deep(exchange: Exchange, depth: number): string {
  return `{"deep":${'['.repeat(depth)}${']'.repeat(depth)},${wholeText(exchange).slice(1)}`
}

/** Bytes that are no UTF-8, in the middle of the text. */
function invalidUtf8(exchange: Exchange): WireOp[] {
  const mark = 'MARK'
  const text = wholeText(answering(exchange, { pieces: ['before ', mark, ' after'] }))
  const bytes = Buffer.from(text)
  const place = bytes.indexOf(mark)
  bytes.set([0xff, 0xc3, 0x28, 0xfe], place)
  return [jsonHead(exchange, bytes.length), body(bytes), end]
}
