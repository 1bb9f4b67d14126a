import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectName, type FakeProviderServer, fakeProviderServer } from '../../src/testing/server.ts'
import { reply } from '../../src/testing/steps.ts'
import { bodyText, type WireCase, wireCases } from '../support/wire-corpus.ts'

// What the fake says is held against what the real services said: it may use no field, and no type of a field, that
// no recording of that service has, and it must use every field that all of many recordings have.

type Shape = Map<string, Set<string>>

// What a tool takes is the test's own invention.
const isArguments = /\.(arguments|args|input)$/

/** Paths of all fields with the types seen there; parts of lists share a path. */
function addShape(value: unknown, shape: Shape, path = ''): void {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const types = shape.get(path) ?? new Set()
  shape.set(path, types.add(type))
  if (Array.isArray(value)) for (const item of value) addShape(item, shape, `${path}[]`)
  else if (typeof value === 'object' && value !== null && !isArguments.test(path)) {
    for (const [key, item] of Object.entries(value)) addShape(item, shape, `${path}.${key}`)
  }
}

/** The shape of an answer; events of a stream are told apart by their names. */
function shapeOf(text: string, isNdjson = false): Shape {
  const shape: Shape = new Map()
  if (isNdjson) {
    for (const line of text.split('\n')) if (line) addShape(JSON.parse(line), shape)
    return shape
  }
  const blocks = text.split(/\r?\n\r?\n/).filter((block) => /^(data|event):/m.test(block))
  if (blocks.length === 0) {
    addShape(JSON.parse(text), shape)
    return shape
  }
  for (const block of blocks) {
    const event = /^event: (.*?)\r?$/m.exec(block)?.[1] ?? ''
    const data = /^data: (.*?)\r?$/m.exec(block)?.[1] ?? ''
    if (data !== '[DONE]') addShape(JSON.parse(data), shape, event)
  }
  return shape
}

interface Recorded {
  readonly union: Shape
  readonly always: ReadonlySet<string>
  readonly count: number
}

function recorded(cases: readonly WireCase[]): Recorded {
  const union: Shape = new Map()
  let always: Set<string> | undefined
  for (const { response } of cases) {
    const shape = shapeOf(bodyText({ response }), /ndjson/.test(response.headers['content-type'] ?? ''))
    for (const [path, types] of shape) union.set(path, new Set([...(union.get(path) ?? []), ...types]))
    always = new Set([...(always ?? shape.keys())].filter((path) => shape.has(path)))
  }
  return { union, always: always ?? new Set(), count: cases.length }
}

const dialectOf: Readonly<Record<string, WireCase['provider']>> = { 'ollama-native': 'ollama' }

function casesLike(dialect: DialectName, api: string, isStream: boolean): WireCase[] {
  return wireCases(
    (wireCase) =>
      wireCase.provider === (dialectOf[dialect] ?? dialect) &&
      wireCase.api === api &&
      wireCase.tags.includes('stream') === isStream &&
      wireCase.response.status === 200 &&
      wireCase.expect.error === undefined &&
      !wireCase.expect.truncated &&
      !wireCase.expect.badJson &&
      !wireCase.expect.notJson &&
      !wireCase.tags.includes('sse-variant') &&
      bodyText(wireCase) !== '',
  )
}

/** Of a service with few recordings OpenAI's count too, which it imitates. */
function recordedOf(dialect: DialectName, api: string, isStream: boolean): Recorded {
  const own = casesLike(dialect, api, isStream)
  return recorded(own.length < 5 ? [...own, ...casesLike('openai', api, isStream)] : own)
}

let server: FakeProviderServer

beforeAll(async () => {
  server = await fakeProviderServer()
})
afterAll(() => server.close())

async function ask(url: string, body: unknown): Promise<string> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return response.text()
}

function requestOf(dialect: DialectName, api: string, isStream: boolean): [path: string, body: unknown] {
  const messages = [{ role: 'user', content: 'Say hi.' }]
  if (dialect === 'gemini') {
    const path = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'
    return [`/models/m:${path}`, { contents: [{ role: 'user', parts: [{ text: 'Say hi.' }] }] }]
  }
  if (dialect === 'anthropic') return ['/messages', { model: 'm', max_tokens: 9, messages, stream: isStream }]
  if (dialect === 'ollama-native') return ['/api/chat', { model: 'm', messages, stream: isStream }]
  if (api === 'responses') return ['/responses', { model: 'm', input: 'Say hi.', stream: isStream }]
  const body = { model: 'm', messages, stream: isStream, stream_options: { include_usage: true } }
  return ['/chat/completions', body]
}

const text = reply('Hello there you', { usage: { inputTokens: 9, outputTokens: 3 } })
const tools = reply('', {
  toolCalls: [
    { name: 'weather', arguments: { city: 'Oslo' } },
    { name: 'time', arguments: {} },
  ],
})

const chats: readonly (readonly [DialectName, string])[] = [
  ['openai', 'chat.completions'],
  ['openai', 'responses'],
  ['azure', 'chat.completions'],
  ['groq', 'chat.completions'],
  ['openrouter', 'chat.completions'],
  ['deepseek', 'chat.completions'],
  ['lmstudio', 'responses'],
  ['ollama', 'chat.completions'],
  ['ollama-native', 'chat'],
  ['vllm', 'chat.completions'],
  ['llamacpp', 'chat.completions'],
  ['anthropic', 'messages'],
  ['gemini', 'generateContent'],
]

function expectLike(said: Shape, { union, always, count }: Recorded, isEveryFieldNeeded = true): void {
  expect(count).toBeGreaterThan(0)
  const invented = [...said].flatMap(([path, types]) =>
    [...types].filter((type) => !union.get(path)?.has(type)).map((type) => `${path}: ${type}`),
  )
  expect(invented, 'fields no recording has').toEqual([])
  // A handful of recordings shows what may be there, not what must.
  if (isEveryFieldNeeded && count >= 5)
    expect(
      [...always].filter((path) => !said.has(path)),
      'fields every recording has',
    ).toEqual([])
}

describe.each(chats)('%s %s', (dialect, api) => {
  it.each([
    [false, 'text', text],
    [true, 'text', text],
    [false, 'tool calls', tools],
    [true, 'tool calls', tools],
  ] as const)('streamed: %s, answers with %s as the recordings do', async (isStream, what, script) => {
    const named = api === 'generateContent' && isStream ? 'streamGenerateContent' : api
    server.use(script)
    const [path, body] = requestOf(dialect, api, isStream)
    const said = shapeOf(await ask(server.url(dialect) + path, body), dialect === 'ollama-native' && isStream)
    expectLike(said, recordedOf(dialect, named, isStream), what === 'text')
  })
})

describe('the other operations', () => {
  it.each([
    ['openai', 'embeddings', '/embeddings', { model: 'm', input: ['a', 'b'] }],
    ['openai', 'models', '/models', undefined],
    ['openrouter', 'models', '/models', undefined],
    ['deepseek', 'models', '/models', undefined],
    ['groq', 'models', '/models', undefined],
    ['anthropic', 'models', '/models', undefined],
    ['gemini', 'models', '/models', undefined],
    [
      'anthropic',
      'count_tokens',
      '/messages/count_tokens',
      { model: 'm', messages: [{ role: 'user', content: 'a b' }] },
    ],
    [
      'gemini',
      'embeddings',
      '/models/m:batchEmbedContents',
      { requests: [{ model: 'models/m', content: { parts: [{ text: 'a' }] } }] },
    ],
    ['gemini', 'count_tokens', '/models/m:countTokens', { contents: [{ parts: [{ text: 'a b' }] }] }],
  ] as const)('%s %s answers as the recordings do', async (dialect, api, path, body) => {
    const said = shapeOf(await ask(server.url(dialect) + path, body))
    expectLike(said, recordedOf(dialect, api, false), false)
  })
})
