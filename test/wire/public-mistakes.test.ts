/** Mistakes that public issues of other clients and gateways tell of: each must not happen here, over real HTTP. */
import {
  type AssistantMessage,
  type ChatRequest,
  type ClientEvent,
  type ClientOptions,
  LlmError,
  type Message,
  type Provider,
  type StreamEvent,
  UnifiedClient,
} from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { deepseek } from 'holdfast/providers/deepseek'
import { gemini } from 'holdfast/providers/gemini'
import { groq } from 'holdfast/providers/groq'
import { local } from 'holdfast/providers/local'
import { openai } from 'holdfast/providers/openai'
import { responses } from 'holdfast/providers/openai-responses'
import { openrouter } from 'holdfast/providers/openrouter'
import { virtualClock } from 'holdfast/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { type Answer, type LoopbackServer, type SeenRequest, startLoopbackServer } from './loopback-server.ts'

let server: LoopbackServer
let backup: LoopbackServer
const clients: UnifiedClient[] = []

beforeAll(async () => {
  server = await startLoopbackServer()
  backup = await startLoopbackServer()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  await Promise.all([server.close(), backup.close()])
})

const apiKey = 'sk-test-0123456789abcdef'
const at = (path = '') => ({ apiKey, model: 'some-model', baseUrl: server.origin + path })
const second = (name = 'second') => openai({ name, apiKey, model: 'other-model', baseUrl: backup.origin })

function client(providers: Provider | Provider[], options: Partial<ClientOptions> = {}): UnifiedClient {
  const made = new UnifiedClient({ providers: [providers].flat(), retry: { baseMs: 0 }, ...options })
  clients.push(made)
  return made
}

/** A stream of events, one for each object; strings stand as they are. */
function sse(...events: readonly (object | string)[]): Answer {
  return {
    text: events
      .map((event) => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`))
      .join('\n\n')
      .concat('\n\n'),
  }
}

const chunk = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
})
const text = (content: string, finish: string | null = null) => chunk({ content }, finish)
const done = 'data: [DONE]'
const whole = (message: object, finish_reason = 'stop', more: object = {}): Answer => ({
  body: {
    model: 'some-model',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
    ...more,
  },
})
const hello = (content = 'Hello'): Answer => whole({ content })
const failure = (status: number, error: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: { error },
})

/** Everything a stream showed, its reply or its error. */
async function watch(llm: UnifiedClient, request: string | ChatRequest = 'Hi') {
  const stream = llm.chatStream(request)
  const events: StreamEvent[] = []
  let error: LlmError | undefined
  try {
    for await (const event of stream) events.push(event)
  } catch (thrown) {
    if (!LlmError.isInstance(thrown)) throw thrown
    error = thrown
  }
  const shown = events.map((event) => (event.type === 'text' ? event.text : '')).join('')
  return { events, error, shown, reply: error ? undefined : await stream.final() }
}

/** The body of the first request a server got. */
function sent<Body>(to = server): Body {
  return (to.requests[0] as SeenRequest).json as Body
}

async function thrownBy(work: Promise<unknown>): Promise<LlmError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (LlmError.isInstance(thrown)) return thrown
  throw new Error(`not one of our errors: ${String(thrown)}`)
}

/** Waits for something real to happen, not for time to pass. */
async function happens(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !isSo(); turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(isSo()).toBe(true)
}

const toolCall = (name: string, given: string, more: object = {}) => ({
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name, arguments: given },
  ...more,
})

describe('what must not happen', () => {
  it('1: a tool without arguments ends in JSON.parse("")', async () => {
    server.answer(sse(chunk({ tool_calls: [toolCall('now', '')] }), chunk({}, 'tool_calls'), done))
    const chat = await watch(client(openai(at())))
    expect(chat.reply?.toolCalls).toMatchObject([{ name: 'now', arguments: {}, argumentsText: '{}' }])
    server.answer(
      sse(
        'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":3}}}',
        'data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"now","input":{}}}',
        'data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}',
        'data: {"type":"content_block_stop","index":0}',
        'data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}',
        'data: {"type":"message_stop"}',
      ),
    )
    const messages = await watch(client(anthropic(at())))
    expect(messages.reply?.toolCalls).toMatchObject([{ name: 'now', arguments: {} }])
  })

  it('2: an error in the stream ends as a normal finish', verifies('F94'), async () => {
    const error = { code: 'server_error', message: 'Boom' }
    const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hel' }
    server.answer(sse(delta, { type: 'response.failed', response: { status: 'failed', error } }))
    const options = { midStream: 'error' } as const
    const failed = await watch(client(openai({ ...at(), api: responses() }), options))
    expect(failed).toMatchObject({ shown: 'Hel', error: { code: 'stream_error_event', partialText: 'Hel' } })
    server.answer(sse(text('Hel'), { error }, done))
    expect((await watch(client(openai(at()), options))).error).toMatchObject({ code: 'stream_error_event' })
    // Also when a finish word came before it.
    server.answer(
      sse(text('Hel'), text('', 'length'), { error: { code: 400, message: 'Token limit reached' }, choices: [] }, done),
    )
    expect((await watch(client(openrouter(at()), options))).error).toMatchObject({ code: 'bad_request' })
  })

  it('3: the code of an error in a stream is lost', verifies('F93'), async () => {
    const options = { retry: { retries: 0 } }
    server.answer(sse({ error: { code: 429, message: 'Rate limited upstream' }, choices: [] }, done))
    expect((await watch(client(openrouter(at()), options))).error).toMatchObject({ code: 'rate_limited', status: 429 })
    server.answer(sse({ error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'No money' } }, done))
    expect((await watch(client(openai(at()), options))).error).toMatchObject({ code: 'quota_exhausted' })
    server.answer(sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }))
    expect((await watch(client(anthropic(at()), options))).error).toMatchObject({ code: 'overloaded' })
  })

  it('4: retry-after is ignored, or obeyed without a cap', verifies('F52', 'F54'), async () => {
    const clock = virtualClock()
    const events: ClientEvent[] = []
    const options = { clock, onEvent: (event: ClientEvent) => void events.push(event) }
    server.answer(failure(429, { message: 'Slow down' }, { 'retry-after': '2' }), hello())
    const call = client(openai(at()), options).chat('Hi')
    await happens(() => events.some(({ type }) => type === 'retry-scheduled'))
    await clock.advance(1_999)
    expect(server.requests).toHaveLength(1)
    await clock.advance(1_000)
    expect((await call).text).toBe('Hello')
    server.answer(failure(429, { message: 'Slow down' }, { 'retry-after': '86400' }), hello())
    const error = await thrownBy(client(openai(at()), options).chat('Hi'))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 86_400_000 })
    expect(server.requests).toHaveLength(1)
  })

  it('5: tool deltas without index, with an empty id or without one break the call', async () => {
    const piece = (given: string, more: object) => chunk({ tool_calls: [{ function: { arguments: given }, ...more }] })
    server.answer(
      sse(
        chunk({ tool_calls: [{ id: 'call_1', function: { name: 'find', arguments: '{"a"' } }] }),
        piece(':1', { id: '', function: { name: '', arguments: ':1' } }),
        piece('}', {}),
        chunk({ tool_calls: [{ function: { name: 'now', arguments: '{}' } }] }),
        chunk({}, 'tool_calls'),
        done,
      ),
    )
    const { reply } = await watch(client(local(at())))
    expect(reply?.toolCalls).toMatchObject([
      { id: 'call_1', name: 'find', arguments: { a: 1 } },
      { name: 'now', arguments: {} },
    ])
    expect(new Set(reply?.toolCalls.map(({ id }) => id)).size).toBe(2)
  })

  it('6: an empty list of choices is read as a choice', verifies('F83', 'F66'), async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 1 }
    server.answer(sse({ choices: [], prompt_filter_results: [] }, text('Hi', 'stop'), { choices: [], usage }, done))
    expect((await watch(client(openai(at())))).reply).toMatchObject({ text: 'Hi', usage: { inputTokens: 3 } })
    server.answer({ body: { choices: [] } })
    const error = await thrownBy(client(openai(at()), { retry: { retries: 0 } }).chat('Hi'))
    expect(error.code).toBe('bad_response')
  })

  it('7: the usage of a stream is dropped, or counted twice', async () => {
    const usage = { prompt_tokens: 30, completion_tokens: 7, total_tokens: 37 }
    server.answer(sse(text('Hi'), { ...text('', 'stop'), usage, x_groq: { usage } }, { choices: [], usage }, done))
    const { reply } = await watch(client(groq(at())))
    expect(reply?.usage).toMatchObject({ inputTokens: 30, outputTokens: 7, totalTokens: 37 })
    expect(reply?.routing.attempts.at(-1)?.usage).toMatchObject({ totalTokens: 37 })
    expect(server.requests[0]?.json).toMatchObject({ stream: true })
  })

  it('8: cached tokens are taken for fresh ones', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 80 } }
    server.answer(whole({ content: 'Hi' }, 'stop', { usage }))
    expect((await client(openai(at())).chat('Hi')).usage).toMatchObject({
      inputTokens: 100,
      input: { fresh: 20, cacheRead: 80 },
    })
    server.answer({
      body: {
        content: [{ type: 'text', text: 'Hi' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 5, cache_read_input_tokens: 80, cache_creation_input_tokens: 15, output_tokens: 1 },
      },
    })
    expect((await client(anthropic(at())).chat('Hi')).usage).toMatchObject({
      inputTokens: 100,
      input: { fresh: 5, cacheRead: 80, cacheWrite: 15 },
    })
  })

  it('9: a request nobody will pay for is sent again', verifies('F42', 'F35'), async () => {
    server.answer(failure(429, { type: 'insufficient_quota', code: 'insufficient_quota', message: 'Quota' }))
    expect((await thrownBy(client(openai(at())).chat('Hi'))).code).toBe('quota_exhausted')
    expect(server.requests).toHaveLength(1)
    server.answer(failure(402, { code: 402, message: 'Insufficient credits' }))
    expect((await thrownBy(client(openrouter(at())).chat('Hi'))).code).toBe('billing')
    expect(server.requests).toHaveLength(1)
  })

  it('10: another provider’s answer is put behind the first tokens', verifies('F89', 'F90'), async () => {
    server.answer({ ...sse(text('The sky ')), end: 'reset' })
    backup.answer(sse(text('The sky is blue.'), text('', 'stop'), done))
    const joined = await watch(client([openai(at()), second()]))
    expect(joined).toMatchObject({ shown: 'The sky is blue.', reply: { text: 'The sky is blue.', provider: 'second' } })
    backup.answer(sse(text('Blue it is.'), text('', 'stop'), done))
    const stream = client([openai(at()), second()]).chatStream('Hi')
    const pieces: string[] = []
    const error = await thrownBy(
      (async () => {
        for await (const piece of stream.text) pieces.push(piece)
      })(),
    )
    expect(pieces.join('')).toBe('The sky ')
    expect(error).toMatchObject({ code: 'stream_interrupted', partialText: 'The sky ' })
  })

  it('11: an error that a stream raises late escapes retry and fallback', verifies('F93'), async () => {
    const options = { retry: { baseMs: 0, retries: 1 } }
    server.answer(sse({ error: { type: 'server_error', message: 'Boom' } }))
    backup.answer(sse(text('Hi'), text('', 'stop'), done))
    const { reply } = await watch(client([openai(at()), second()], options))
    expect(reply).toMatchObject({ text: 'Hi', provider: 'second', routing: { strategy: 'fallback' } })
    expect(server.requests).toHaveLength(2)
  })

  it('12: a failure in mid-stream counts as a success of the provider', async () => {
    server.answer({ ...sse(text('Hel')), end: 'close' })
    const llm = client(openai(at()), { circuit: { threshold: 1 } })
    expect((await watch(llm)).error).toMatchObject({ code: 'stream_interrupted' })
    expect(llm.circuits()).toMatchObject({ openai: { state: 'open' } })
  })

  it('13: a provider with an open circuit is called, or a rate limit opens it', verifies('F41'), async () => {
    const options = { circuit: { threshold: 2 }, retry: { retries: 0 } }
    server.answer(failure(500, { message: 'Boom' }))
    backup.answer(hello())
    const llm = client([openai(at()), second()], options)
    for (let call = 0; call < 5; call++) expect((await llm.chat('Hi')).provider).toBe('second')
    expect(server.requests).toHaveLength(2)
    server.answer(failure(429, { message: 'Slow down' }))
    const clock = virtualClock()
    const limited = client(openai(at()), { ...options, clock })
    for (let call = 0; call < 4; call++) {
      await thrownBy(limited.chat('Hi'))
      // The key is rested for a while.
      await clock.advance(2_000)
    }
    expect(server.requests).toHaveLength(4)
    expect(limited.circuits()).toMatchObject({ openai: { state: 'closed' } })
  })

  it('14: Gemini answers without parts or candidates, or calls a tool and says STOP', async () => {
    const llm = () => client(gemini(at()), { retry: { retries: 0 } })
    server.answer({ body: { candidates: [{ content: { role: 'model' }, finishReason: 'STOP' }] } })
    await llm()
      .chat('Hi')
      .catch((error) => expect(LlmError.isInstance(error)).toBe(true))
    server.answer({ body: { promptFeedback: { blockReason: 'SAFETY' } } })
    expect((await thrownBy(llm().chat('Hi'))).code).toBe('content_filtered')
    const call = { functionCall: { name: 'now', args: {} } }
    server.answer({ body: { candidates: [{ content: { role: 'model', parts: [call] }, finishReason: 'STOP' }] } })
    expect(await llm().chat('Hi')).toMatchObject({ finishReason: 'tool-calls', toolCalls: [{ name: 'now' }] })
  })

  it('15: every chunk of Gemini is taken for the last', async () => {
    const part = (piece: string) => ({ candidates: [{ content: { parts: [{ text: piece }] }, finishReason: 'STOP' }] })
    server.answer(sse(part('one '), part('two '), part('three')))
    const { reply, events } = await watch(client(gemini(at())))
    expect(reply?.text).toBe('one two three')
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1)
  })

  it('16: the key stands in the URL, and so in errors and logs', verifies('F34'), async () => {
    server.answer(failure(400, { code: 400, status: 'INVALID_ARGUMENT', message: `API key not valid: ${apiKey}` }))
    const events: ClientEvent[] = []
    const llm = client(gemini(at()), { onEvent: (event) => void events.push(event) })
    const error = await thrownBy(llm.chat('Hi'))
    expect(server.requests[0]?.path).not.toContain(apiKey)
    expect([error.message, error.stack, JSON.stringify(error), JSON.stringify(events)].join()).not.toContain(apiKey)
  })

  it('17: what a model must get back with its own turn is not sent back', async () => {
    const again = async (llm: UnifiedClient): Promise<unknown> => {
      const first = await llm.chat({ prompt: 'Time?', tools: [{ name: 'now' }] })
      const messages: Message[] = [
        { role: 'user', content: 'Time?' },
        first.message,
        { role: 'tool', toolCallId: first.toolCalls[0]?.id as string, content: '12:00' },
      ]
      await llm.chat({ messages, tools: [{ name: 'now' }] })
      return server.requests.at(-1)?.json
    }
    const call = { functionCall: { name: 'now', args: {} }, thoughtSignature: 'c2ln' }
    server.answer({ body: { candidates: [{ content: { role: 'model', parts: [call] }, finishReason: 'STOP' }] } })
    expect(JSON.stringify(await again(client(gemini(at()))))).toContain('"thoughtSignature":"c2ln"')
    server.answer(whole({ content: '', reasoning_content: 'Look at the clock.', tool_calls: [toolCall('now', '{}')] }))
    expect(await again(client(deepseek(at())))).toMatchObject({
      messages: [{}, { role: 'assistant', reasoning_content: 'Look at the clock.' }, { role: 'tool' }],
    })
    const details = [{ type: 'reasoning.encrypted', data: 'opaque', index: 0 }]
    server.answer(whole({ content: '', reasoning_details: details, tool_calls: [toolCall('now', '{}')] }))
    expect(await again(client(openrouter(at())))).toMatchObject({
      messages: [{}, { role: 'assistant', reasoning_details: details }, { role: 'tool' }],
    })
  })

  it('18: sampling or the old form of thinking goes to models that refuse it', async () => {
    server.answer({ body: { content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' } })
    const claude = client(anthropic({ ...at(), model: 'claude-opus-5' }))
    const reply = await claude.chat({ prompt: 'Hi', temperature: 1.5, topP: 0.5, reasoning: { maxTokens: 2_000 } })
    const body = sent<Record<string, { type?: string }>>()
    for (const field of ['temperature', 'top_p', 'top_k']) expect(body).not.toHaveProperty(field)
    expect(body.thinking?.type).not.toBe('enabled')
    expect(reply.warnings.map(({ code }) => code)).toContain('parameter-dropped')
    server.answer(hello())
    await client(openai({ ...at(), model: 'o4-mini' })).chat({
      prompt: 'Hi',
      temperature: 0,
      stop: 'END',
      maxTokens: 9,
    })
    expect(server.requests[0]?.json).toMatchObject({ max_completion_tokens: 9 })
    for (const field of ['temperature', 'stop', 'max_tokens'])
      expect(server.requests[0]?.json).not.toHaveProperty(field)
  })

  it('19: Gemini gets words of JSON Schema that it refuses', async () => {
    server.answer({ body: { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] } })
    const parameters = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { kind: { const: 'a' }, of: { oneOf: [{ type: 'string' }, { $ref: '#/$defs/n' }] } },
      additionalProperties: false,
      $defs: { n: { type: 'number' } },
    }
    await client(gemini(at())).chat({ prompt: 'Hi', tools: [{ name: 'find', parameters }] })
    const [tool] = sent<{ tools: { functionDeclarations: object[] }[] }>().tools
    const [declaration = {}] = tool?.functionDeclarations ?? []
    const restricted = JSON.stringify((declaration as { parameters?: object }).parameters ?? {})
    for (const word of ['additionalProperties', '$schema', '$ref', '$defs', 'oneOf', 'const']) {
      expect(restricted).not.toContain(`"${word}"`)
    }
    expect(JSON.stringify(declaration)).toContain('"kind"')
  })

  it('20: characters are cut between two chunks', verifies('F82'), async () => {
    const answer = sse(text('Grüße 🌱 你好 👩‍👩‍👧'), text('', 'stop'), done)
    const length = Buffer.byteLength(answer.text as string)
    server.answer({ ...answer, cuts: Array.from({ length: length - 1 }, (_, index) => index + 1) })
    expect((await watch(client(openai(at())))).shown).toBe('Grüße 🌱 你好 👩‍👩‍👧')
  })

  it('21: keep-alives are parsed as JSON, or sent on as text', verifies('F83'), async () => {
    server.answer(
      sse(': OPENROUTER PROCESSING', 'data: : keepalive', 'data:', text('Hi'), ': ping', text('', 'stop'), done),
    )
    const { reply, events } = await watch(client(openrouter(at())))
    expect(reply).toMatchObject({ text: 'Hi', warnings: [] })
    expect(events.filter(({ type }) => type === 'warning')).toEqual([])
    server.answer({ headers: { 'content-type': 'application/json' }, text: `\n\n\n${JSON.stringify(hello().body)}` })
    expect((await client(deepseek(at())).chat('Hi')).text).toBe('Hello')
  })

  it('22: a JSON error to a streaming request gives an empty answer', verifies('F104', 'F69'), async () => {
    server.answer({ body: { error: 'Unexpected endpoint or method. (POST /chat/completions)' } })
    const { error, events } = await watch(client(local(at())))
    expect(error).toMatchObject({ code: 'model_not_found' })
    expect(error?.message).toContain('Unexpected endpoint')
    expect(events).toEqual([])
  })

  it('23: a status or code that is no number crashes the error handler', async () => {
    for (const code of [
      'invalid_request_error',
      'abc',
      '',
      null,
      {},
      [],
      true,
      Number.POSITIVE_INFINITY,
      -1,
      '__proto__',
    ]) {
      for (const provider of [openai(at()), openrouter(at()), gemini(at()), anthropic(at())]) {
        server.answer(failure(400, { code, status: code, type: code, message: 'No' }))
        const error = await thrownBy(client(provider).chat('Hi'))
        expect(error.code, `${provider.name} ${JSON.stringify(code)}`).toBe('bad_request')
      }
    }
    server.answer({ status: 999, body: { error: { code: 'NaN' } } })
    expect((await thrownBy(client(openai(at()), { retry: { retries: 0 } }).chat('Hi'))).code).toBe('server_error')
  })

  it('24: the abort signal does not reach the request, or the reader', verifies('F115'), async () => {
    const reason = new Error('enough')
    const caller = new AbortController()
    server.answer({ ...sse(text('Hel')), end: 'hold' })
    const stream = client(openai(at())).chatStream({ prompt: 'Hi', signal: caller.signal })
    const read = async () => {
      for await (const event of stream) if (event.type === 'text') caller.abort(reason)
    }
    const error = await thrownBy(read())
    expect(error).toMatchObject({ code: 'aborted', cause: { message: 'enough' } })
    await server.requests[0]?.closed
    const waiting = new AbortController()
    server.answer({ text: '', end: 'hold' })
    const call = thrownBy(client(openai(at())).chat({ prompt: 'Hi', signal: waiting.signal }))
    await happens(() => server.requests.length === 1)
    waiting.abort(reason)
    expect((await call).code).toBe('aborted')
    await server.requests[0]?.closed
  })

  it('25: the real reason stays in metadata.raw', async () => {
    const raw = JSON.stringify({ error: { message: 'This model wants at least 16 tokens' } })
    server.answer(
      failure(400, { code: 400, message: 'Provider returned error', metadata: { raw, provider_name: 'X' } }),
    )
    expect((await thrownBy(client(openrouter(at())).chat('Hi'))).message).toContain('wants at least 16 tokens')
  })

  it('26: a Gemini key is refused by its looks, or taken for good by the status', async () => {
    const answer = failure(400, {
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'API key not valid. Please pass a valid API key.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
    })
    for (const key of ['AQ.test-key', 'AIzatest-key', 'any-other-form', 'x']) {
      server.answer(answer)
      const error = await thrownBy(client(gemini({ ...at(), apiKey: key })).chat('Hi'))
      expect(error.code, key).toBe('auth_failed')
      expect(server.requests).toHaveLength(1)
    }
  })

  it('27: two credentials go to Gemini', async () => {
    server.answer({ body: { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] } })
    await client(gemini(at())).chat('Hi')
    const { headers, path = '' } = server.requests[0] ?? {}
    expect(headers?.['x-goog-api-key']).toBe(apiKey)
    expect(headers).not.toHaveProperty('authorization')
    expect(path).not.toMatch(/[?&]key=/)
  })

  it('28: a request that is too large is taken for one that must wait', async () => {
    const message =
      'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 40000.'
    server.answer(failure(429, { type: 'tokens', code: 'rate_limit_exceeded', message }, { 'retry-after': '1' }))
    expect((await thrownBy(client(openai(at())).chat('Hi'))).code).toBe('request_too_large')
    expect(server.requests).toHaveLength(1)
    server.answer(failure(413, { type: 'tokens', code: 'rate_limit_exceeded', message }))
    expect((await thrownBy(client(groq(at())).chat('Hi'))).code).toBe('request_too_large')
    expect(server.requests).toHaveLength(1)
  })

  it('29: what the user said about falling back is ignored', async () => {
    backup.answer(hello('from the second'))
    server.answer(failure(400, { message: 'No' }))
    const forward = client([openai(at()), second()], { errorRules: { bad_request: { next: 'yes' } } })
    expect((await forward.chat('Hi')).provider).toBe('second')
    server.answer(failure(500, { message: 'Boom' }))
    const rules = { server_error: { next: 'no', retries: 0, retriesWithFallback: 0 } } as const
    const stay = client([openai(at()), second()], { errorRules: rules })
    expect(await thrownBy(stay.chat('Hi'))).toMatchObject({ code: 'server_error' })
    expect(server.requests).toHaveLength(1)
  })

  it('30: the finish word error with no usage crashes the reader', async () => {
    const usage = { prompt_tokens: null, completion_tokens: null, total_tokens: 0 }
    server.answer(whole({ content: '{"half' }, 'error', { usage }))
    const llm = () => client(openrouter(at()), { retry: { retries: 0 }, midStream: 'error' })
    expect((await thrownBy(llm().chat('Hi'))).code).toBe('server_error')
    server.answer(sse(text('Par'), { ...text('', 'error'), usage: null }, done))
    expect(await watch(llm())).toMatchObject({ shown: 'Par', error: { code: 'stream_error_event' } })
  })

  it('31: a cut answer is continued by a prefill that the model refuses', async () => {
    const model = 'claude-opus-5'
    server.answer({ body: { content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' } })
    const turn: AssistantMessage = { role: 'assistant', content: 'The sky is' }
    await client(anthropic({ ...at(), model })).chat({ messages: [{ role: 'user', content: 'Go on' }, turn] })
    const { messages } = sent<{ messages: { role: string }[] }>()
    expect(messages.at(-1)?.role).toBe('user')
    const claude = anthropic({ name: 'claude', apiKey, model, baseUrl: backup.origin })
    expect(claude.canPrefill?.(model)).toBe(false)
    server.answer({ ...sse(text('The sky ')), end: 'reset' })
    backup.answer(
      sse(
        { type: 'message_start', message: { usage: { input_tokens: 3 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'The sky is blue.' } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } },
        { type: 'message_stop' },
      ),
    )
    const { shown } = await watch(client([openai(at()), claude], { midStream: 'continue' }))
    expect(shown).toBe('The sky is blue.')
    const asked = sent<{ messages: { role: string }[] }>(backup)
    expect(asked.messages.at(-1)?.role).toBe('user')
  })

  it('32: a refusal of the place disables a good key for ever', verifies('F36'), async () => {
    const clock = virtualClock()
    const location = {
      code: 400,
      status: 'FAILED_PRECONDITION',
      message: 'User location is not supported for the API use.',
    }
    const good: Answer = { body: { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] } }
    server.answer(failure(400, location), good)
    backup.answer(hello())
    const llm = client([gemini(at()), second()], { clock })
    const first = await llm.chat('Hi')
    expect(first.routing.attempts[0]).toMatchObject({ provider: 'gemini', code: 'forbidden' })
    expect((await llm.chat('Hi')).provider).toBe('second')
    expect(server.requests).toHaveLength(1)
    await clock.advance(900_000)
    expect((await llm.chat('Hi')).provider).toBe('gemini')
  })
})
