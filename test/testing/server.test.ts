import { afterEach, describe, expect, it } from 'vitest'
import type { ScriptInput } from '../../src/testing/script.ts'
import {
  type FakeProviderServer,
  type FakeProviderServerOptions,
  fakeProviderServer,
} from '../../src/testing/server.ts'
import { cut, decide, fail, hang, reply, reset, stall, stream, toolCall } from '../../src/testing/steps.ts'
import { sampleText } from '../../src/testing/tokens.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import { eventsOf } from '../support/wire-corpus.ts'
import { rawClient, requestText, sendRaw, settle } from './raw-client.ts'

const servers: FakeProviderServer[] = []

async function start(input?: ScriptInput | FakeProviderServerOptions): Promise<FakeProviderServer> {
  const server = await fakeProviderServer(input)
  servers.push(server)
  return server
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.close()
    expect(server.openSockets).toBe(0)
  }
})

const chat = { model: 'm', messages: [{ role: 'user', content: 'Say hello please' }] }
const streaming = { ...chat, stream: true }

function post(server: FakeProviderServer, body: unknown = chat, path = '/chat/completions', signal?: AbortSignal) {
  return fetch(`${server.url('openai')}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
}

function textOf(sse: string): string {
  return eventsOf(sse)
    .filter(({ data }) => data !== '[DONE]')
    .map(({ data }) => JSON.parse(data).choices?.[0]?.delta.content ?? '')
    .join('')
}

describe('fakeProviderServer', () => {
  it('answers sixty words when it was told nothing', async () => {
    const server = await start()
    const body = (await (await post(server)).json()) as { choices: [{ message: { content: string } }] }
    expect(body.choices[0].message.content).toBe(sampleText)
    expect(textOf(await (await post(server, streaming)).text())).toBe(sampleText)
  })

  it('carries out a script request by request, whoever asks', async () => {
    const server = await start(fail(503).times(2).then('hello'))
    expect((await post(server)).status).toBe(503)
    const refused = await post(server, streaming)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('content-type')).toContain('application/json')
    await refused.text()
    expect(textOf(await (await post(server, streaming)).text())).toBe('hello')
    expect(server.requests.map(({ status }) => status)).toEqual([503, 503, 200])
    server.reset()
    expect(server.requests).toEqual([])
    expect((await post(server)).status).toBe(503)
  })

  it('remembers what was asked, over which connection, and how it ended', async () => {
    const server = await start({ script: 'hello', clock: virtualClock(5_000) })
    await (await post(server)).text()
    // The client frees its connection one turn of the loop after the answer.
    await settle(2)
    await (await post(server, streaming, '/chat/completions?x=1')).text()
    await server.waitForEnd(2)
    expect(server.requests[0]).toMatchObject({
      index: 0,
      method: 'POST',
      path: '/openai/v1/chat/completions',
      body: chat,
      dialect: 'openai',
      operation: 'chat',
      model: 'm',
      at: 5_000,
      endedAt: 5_000,
      status: 200,
      outcome: 'answered',
    })
    expect(server.requests[0]?.headers['content-type']).toBeDefined()
    expect(server.requests[0]?.bodyBytes).toBe(JSON.stringify(chat).length)
    expect(server.requests[0]?.bytesSent).toBeGreaterThan(100)
    expect(server.requests[1]).toMatchObject({ path: '/openai/v1/chat/completions?x=1', operation: 'chatStream' })
    expect(server.connections).toBe(1)
  })

  it('refuses as the status, the meaning and the options say', async () => {
    const server = await start([
      fail(429, { retryAfter: 2, code: 'slow_down', message: 'Slow', headers: { 'x-own': 'a' } }),
      fail('context_length_exceeded'),
      fail(502, { body: '<html>bad</html>', headers: { 'content-type': 'text/html' } }),
      fail(429, { retryAfter: ['1', '7'] }),
      fail(204),
    ])
    const limited = await post(server)
    expect([limited.status, limited.headers.get('retry-after'), limited.headers.get('x-own')]).toEqual([429, '2', 'a'])
    expect(await limited.json()).toMatchObject({ error: { message: 'Slow', code: 'slow_down' } })
    const tooLong = await post(server)
    expect([tooLong.status, await tooLong.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }])
    const html = await post(server)
    expect([html.headers.get('content-type'), await html.text()]).toEqual(['text/html', '<html>bad</html>'])
    const twice = await sendRaw(`${server.url('openai')}/chat/completions`, chat)
    expect(twice.text.match(/retry-after: \d/gi)).toEqual(['retry-after: 1', 'retry-after: 7'])
    expect((await post(server)).status).toBe(204)
  })

  it.each([
    ['anthropic', '/messages', { ...chat, max_tokens: 9 }, 529, { type: 'error', error: { type: 'overloaded_error' } }],
    ['gemini', '/models/g:generateContent', { contents: [{}] }, 503, { error: { status: 'UNAVAILABLE', code: 503 } }],
    ['openai', '/responses', { model: 'm', input: 'x' }, 503, { error: { code: 'server_is_overloaded' } }],
    [
      'openrouter',
      '/chat/completions',
      chat,
      503,
      { error: { code: 503, metadata: { error_type: 'provider_overloaded' } } },
    ],
    ['deepseek', '/chat/completions', chat, 503, { error: { code: 'service_unavailable_error' } }],
    ['llamacpp', '/chat/completions', chat, 503, { error: { code: 503, type: 'unavailable_error' } }],
    ['ollama-native', '/api/chat', chat, 503, { error: expect.stringContaining('overloaded') }],
  ] as const)('says %s %s in its own words', async (dialect, path, body, status, said) => {
    const server = await start(fail('overloaded'))
    const response = await fetch(server.url(dialect) + path, { method: 'POST', body: JSON.stringify(body) })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(said)
  })

  it('says a blocked prompt the way Gemini does: by an answer without candidates', async () => {
    const server = await start(fail('content_filtered'))
    const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] })
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }
    const whole = await fetch(`${server.url('gemini')}/models/g:generateContent`, { method: 'POST', body })
    expect([whole.status, await whole.json()]).toMatchObject([200, blocked])
    const url = `${server.url('gemini')}/models/g:streamGenerateContent?alt=sse`
    const streamed = await (await fetch(url, { method: 'POST', body })).text()
    expect(JSON.parse(eventsOf(streamed)[0]?.data ?? '')).toMatchObject(blocked)
  })

  it('streams at the pace of its clock, and tells time by it', async () => {
    const clock = virtualClock(0)
    const server = await start({
      script: stream(['a', 'b', 'c'], { headersAfterMs: 50, firstTokenAfterMs: 500, everyMs: 100 }),
      clock,
    })
    const client = await rawClient(server.port)
    client.send(requestText(`${server.url('openai')}/chat/completions`, streaming))
    await server.waitForRequest(1)
    await clock.advance(49)
    expect(client.text).toBe('')
    await clock.advance(1)
    expect(client.text).toContain('HTTP/1.1 200 OK')
    expect(client.text).toContain('"role":"assistant"')
    await clock.advance(499)
    expect(client.text).not.toContain('"content":"a"')
    await clock.advance(1)
    expect(client.text).toContain('"content":"a"')
    await clock.advance(100)
    expect(client.text).toContain('"content":"b"')
    expect(client.text).not.toContain('"content":"c"')
    await clock.advance(100)
    expect(client.text).toContain('[DONE]')
    expect((await server.waitForEnd(1)).endedAt).toBe(750)
    expect(clock.pending).toBe(0)
    client.close()
  })

  it.each([
    ['cut', cut({ afterTokens: 2, text: 'a b c' }), 'fin', true],
    ['closed', stream(['a', ' b', ' c'], { closeAfter: 2 }), 'fin', false],
    ['reset', reset({ afterTokens: 2, text: 'a b c' }), 'reset', false],
  ] as const)('breaks a stream in the middle: %s', async (_, script, how, isEndedRight) => {
    const server = await start(script)
    const client = await sendRaw(`${server.url('openai')}/chat/completions`, streaming)
    expect(await client.end()).toBe(how)
    expect(client.text).toContain('"content":" b"')
    expect(client.text).not.toContain('"content":" c"')
    expect(client.text).not.toContain('[DONE]')
    expect(client.text.endsWith('\r\n0\r\n\r\n')).toBe(isEndedRight)
    expect((await server.waitForEnd(1)).outcome).toBe(isEndedRight ? 'answered' : 'broken')
  })

  it('breaks a whole answer in the middle too', async () => {
    const server = await start([cut({ afterTokens: 5 }), reset({ afterTokens: 5 }), stream(['a'], { closeAfter: 1 })])
    const half = await (await post(server)).text()
    expect(() => JSON.parse(half)).toThrow()
    for (const how of ['reset', 'fin']) {
      const client = await sendRaw(`${server.url('openai')}/chat/completions`, chat)
      expect([await client.end(), /content-length: \d+/.test(client.text)]).toEqual([how, true])
    }
  })

  it('puts an error into the stream where told', async () => {
    const server = await start(fail('overloaded', { afterTokens: 1 }))
    const openai = await (await post(server, streaming)).text()
    expect(eventsOf(openai).at(-2)?.data).toContain('server_is_overloaded')
    const body = JSON.stringify({ ...streaming, max_tokens: 9 })
    const anthropic = await (await fetch(`${server.url('anthropic')}/messages`, { method: 'POST', body })).text()
    expect(eventsOf(anthropic).at(-1)).toMatchObject({
      event: 'error',
      data: expect.stringContaining('overloaded_error'),
    })
    expect((await post(server)).status).toBe(200)
  })

  it('falls silent, for a while or for ever, and notices when the client has had enough', async () => {
    const clock = virtualClock(0)
    const script = stall({ afterTokens: 1, text: 'a b', forMs: 30_000 })
      .then(hang())
      .then(stall({ beforeFirstToken: true }))
    const server = await start({ script, clock })
    const answer = post(server, streaming).then((response) => response.text())
    await server.waitForRequest(1)
    await clock.advance(29_999)
    expect(server.requests[0]?.outcome).toBe('open')
    await clock.advance(1)
    expect(textOf(await answer)).toBe('a b')
    for (const number of [2, 3]) {
      const controller = new AbortController()
      const left = post(server, streaming, '/chat/completions', controller.signal).then((response) => response.text())
      const caught = expect(left).rejects.toThrow('abort')
      await server.waitForRequest(number)
      await clock.advance(5_000)
      controller.abort()
      await caught
      expect(await server.waitForEnd(number)).toMatchObject({
        outcome: 'client-closed',
        status: number === 2 ? undefined : 200,
      })
      const { at, endedAt = 0 } = server.requests[number - 1] ?? { at: 0 }
      expect(endedAt - at).toBe(5_000)
    }
  })

  it('closes the connection of a hang when its time has come', async () => {
    const clock = virtualClock(0)
    const server = await start({ script: hang({ forMs: 1_000 }), clock })
    const client = await rawClient(server.port)
    client.send(requestText(`${server.url('openai')}/chat/completions`, chat))
    await server.waitForRequest(1)
    await clock.advance(1_000)
    expect([await client.end(), client.text]).toEqual(['fin', ''])
  })

  it('resets the connection before it answers', async () => {
    const server = await start(reset().then('hello'))
    const client = await sendRaw(`${server.url('openai')}/chat/completions`, chat)
    expect([await client.end(), client.text]).toEqual(['reset', ''])
    expect((await post(server)).status).toBe(200)
  })

  it('has scripts by model, path, dialect and operation; the last that fits counts', async () => {
    const server = await start('for all')
    server.use('for m2', { model: 'm2' })
    server.use(fail(500), { path: '/openai/v1/responses' })
    server.use('for groq', { dialect: 'groq' })
    server.use(fail(418), { operation: 'embed' })
    const say = async (response: Response) =>
      response.ok
        ? ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content
        : response.status
    expect(await say(await post(server))).toBe('for all')
    expect(await say(await post(server, { ...chat, model: 'm2' }))).toBe('for m2')
    expect(await say(await post(server, { model: 'm', input: 'x' }, '/responses'))).toBe(500)
    expect(
      await say(await fetch(`${server.url('groq')}/chat/completions`, { method: 'POST', body: JSON.stringify(chat) })),
    ).toBe('for groq')
    expect(await say(await post(server, { model: 'm', input: 'x' }, '/embeddings'))).toBe(418)
    server.use('again', { model: 'm2' })
    expect(await say(await post(server, { ...chat, model: 'm2' }))).toBe('again')
  })

  it('shows deciding steps the request', async () => {
    const server = await start(
      decide(({ last, model }) => (last?.role === 'assistant' ? fail(400) : `${model}: ${last?.text}`)),
    )
    expect(await (await post(server)).text()).toContain('m: Say hello please')
    expect((await post(server, { model: 'm', messages: [{ role: 'assistant', content: 'I' }] })).status).toBe(400)
  })

  it('refuses what the services refuse: a wrong key, missing fields, a wrong path', async () => {
    const server = await start({ apiKey: 'sk-test-1' })
    expect((await post(server)).status).toBe(401)
    const headers = { authorization: 'Bearer sk-test-1' }
    const ask = (dialect: 'openai' | 'anthropic', path: string, body: unknown) =>
      fetch(server.url(dialect) + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect((await ask('openai', '/chat/completions', chat)).status).toBe(200)
    expect((await ask('openai', '/chat/completions', { model: 'm' })).status).toBe(400)
    expect((await ask('openai', '/chat/completions', { messages: chat.messages })).status).toBe(400)
    expect((await ask('anthropic', '/messages', chat)).status).toBe(400)
    expect((await ask('openai', '/nothing', chat)).status).toBe(404)
    const odd = await fetch(`${server.url('lmstudio').replace('/v1', '')}/chat/wrong`, {
      method: 'POST',
      headers,
      body: '{}',
    })
    expect([odd.status, await odd.json()]).toEqual([
      200,
      { error: 'Unexpected endpoint or method. (POST /chat/wrong)' },
    ])
  })

  it('says so when a script has ended', async () => {
    const server = await start(reply('once').times(1))
    await (await post(server)).text()
    const refused = await post(server)
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'script_ended' } }])
  })

  it('sends single bytes in turns of their own when told to', async () => {
    const server = await start({ script: 'é 日本 👩‍👩‍👧', pieceBytes: 1 })
    const client = await sendRaw(`${server.url('openai')}/chat/completions`, streaming)
    await client.end()
    expect(client.pieces.length).toBeGreaterThan(500)
    expect(textOf(await (await post(server, streaming)).text())).toBe('é 日本 👩‍👩‍👧')
  })

  it('calls tools in each dialect', async () => {
    const server = await start(toolCall('weather', { city: 'Oslo' }))
    const openai = await (await post(server)).json()
    expect(openai).toMatchObject({
      choices: [
        { finish_reason: 'tool_calls', message: { tool_calls: [{ function: { arguments: '{"city":"Oslo"}' } }] } },
      ],
    })
    const body = JSON.stringify({ ...chat, max_tokens: 9 })
    const anthropic = await (await fetch(`${server.url('anthropic')}/messages`, { method: 'POST', body })).json()
    expect(anthropic).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', input: { city: 'Oslo' } }],
    })
    const gemini = await fetch(`${server.url('gemini')}/models/g:generateContent`, {
      method: 'POST',
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
    })
    expect(await gemini.json()).toMatchObject({
      candidates: [{ finishReason: 'STOP', content: { parts: [{ functionCall: { args: { city: 'Oslo' } } }] } }],
    })
  })

  it('embeds, as numbers or in base64', async () => {
    const server = await start()
    const asked = { model: 'e', input: ['a', 'b'], dimensions: 4 }
    const plain = (await (await post(server, asked, '/embeddings')).json()) as { data: { embedding: number[] }[] }
    const coded = (await (await post(server, { ...asked, encoding_format: 'base64' }, '/embeddings')).json()) as {
      data: { embedding: string }[]
    }
    const bytes = Buffer.from(coded.data[1]?.embedding ?? '', 'base64')
    expect([0, 4, 8, 12].map((place) => bytes.readFloatLE(place))).toEqual(plain.data[1]?.embedding)
  })

  it('goes down and comes back on the same port', async () => {
    const server = await start('hello')
    await (await post(server)).text()
    const { port } = server
    await server.down()
    expect(server.openSockets).toBe(0)
    await expect(post(server)).rejects.toThrow()
    await server.up()
    expect(server.port).toBe(port)
    expect((await post(server)).status).toBe(200)
  })

  it('can be reached by the name localhost, whose other address is closed', async () => {
    const server = await start('hello')
    const url = `${server.url('openai', 'localhost')}/chat/completions`
    expect((await fetch(url, { method: 'POST', body: JSON.stringify(chat) })).status).toBe(200)
    expect((await rawClient(server.port, '::1')).ended).toBe('reset')
  })

  it('closes whatever hangs, twice if asked, and tells those who wait', async () => {
    const server = await start(hang())
    const left = post(server).catch((error: Error) => error)
    await server.waitForRequest(1)
    const waiting = expect(server.waitForRequest(5)).rejects.toThrow('closed')
    await server.close()
    await server.close()
    await waiting
    expect(await left).toBeInstanceOf(Error)
    expect(server.openSockets).toBe(0)
    await settle()
    expect(server.requests[0]?.outcome).toBe('broken')
  })
})
