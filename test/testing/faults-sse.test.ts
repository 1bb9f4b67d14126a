import { afterEach, describe, expect, it } from 'vitest'
import { type DialectName, type FaultEndpoint, faultEndpoint } from '../../src/testing/server.ts'
import { sampleText } from '../../src/testing/tokens.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { eventsOf } from '../support/wire-corpus.ts'
import { type RawClient, rawClient, requestText, sendRaw, settle } from './raw-client.ts'

const open: FaultEndpoint[] = []

async function start(name: string, options: JsonObject = {}, clock = virtualClock(0)): Promise<FaultEndpoint> {
  const endpoint = await faultEndpoint(name, options, { clock })
  open.push(endpoint)
  return endpoint
}

afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close()
})

const messages = [{ role: 'user', content: 'hi' }]
const requests = {
  openai: ['/chat/completions', { model: 'm', messages, stream: true }],
  anthropic: ['/messages', { model: 'm', messages, stream: true, max_tokens: 9 }],
  gemini: ['/models/g:streamGenerateContent?alt=sse', { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }],
} as const
type Name = keyof typeof requests & DialectName
const dialects = Object.keys(requests) as Name[]

function requestOf(endpoint: FaultEndpoint, dialect: Name): [string, unknown] {
  const [path, body] = requests[dialect]
  return [endpoint.url(dialect) + path, body]
}

async function ask(endpoint: FaultEndpoint, dialect: Name = 'openai'): Promise<Response> {
  const [url, body] = requestOf(endpoint, dialect)
  return fetch(url, { method: 'POST', body: JSON.stringify(body) })
}

/** Reads to the end as the standard says. */
async function read(name: string, dialect: Name = 'openai', options: JsonObject = {}): Promise<string> {
  return (await ask(await start(name, options), dialect)).text()
}

/** The text in a stream; what is not JSON is left out. */
function textOf(sse: string, dialect: Name = 'openai'): string {
  const { events } = parsed(sse)
  return events.map((event) => piece[dialect](event) ?? '').join('')
}

const piece: Record<Name, (event: Any) => string | undefined> = {
  openai: (event) => event.choices?.[0]?.delta.content,
  anthropic: (event) => event.delta?.text,
  gemini: (event) => event.candidates?.[0]?.content.parts[0].text,
}

// biome-ignore lint/suspicious/noExplicitAny: events of three dialects, looked into by hand.
type Any = any

function parsed(sse: string): { events: Any[]; bad: number } {
  let bad = 0
  const events = eventsOf(sse)
    .filter(({ data }) => data.startsWith('{'))
    .flatMap(({ data }) => {
      try {
        return [JSON.parse(data)]
      } catch {
        bad++
        return []
      }
    })
  return { events, bad }
}

const isFinished: Record<Name, (sse: string) => boolean> = {
  openai: (sse) => /"finish_reason": ?"\w+"/.test(sse),
  anthropic: (sse) => /"stop_reason": ?"\w+"/.test(sse),
  gemini: (sse) => /"finishReason": ?"\w+"/.test(sse),
}

async function rawly(name: string, dialect: Name = 'openai', options: JsonObject = {}): Promise<RawClient> {
  const endpoint = await start(name, options)
  const [url, body] = requestOf(endpoint, dialect)
  return sendRaw(url, body)
}

describe.each(dialects)('liberties of form, in %s', (dialect) => {
  it.each([
    ['sse-crlf', /data: .*\r\n\r\n/],
    ['sse-cr', /data: [^\n]*\r\r/],
    ['sse-no-space', /data:\{/],
    ['sse-comments', /: keep-alive\r?\n:\r?\n/],
    ['sse-ids', /id: 7\r?\nretry: 10\r?\ncolor: red\r?\nnothing\r?\n/],
    ['sse-multi-line-data', /data: \{\r?\ndata: +"/],
    ['sse-empty-deltas', /./],
    ['sse-null-deltas', /null/],
    ['sse-role-only', /./],
    ['sse-choices-empty', /./],
    ['sse-data-null', /data: null/],
    ['sse-data-empty', /data:\n\ndata: : keepalive/],
  ])('%s: the text is the same', async (name, form) => {
    const sse = await read(name, dialect)
    expect(sse).toMatch(form)
    expect(textOf(sse, dialect)).toBe(sampleText)
    expect(isFinished[dialect](sse)).toBe(true)
  })

  it('sse-bom, sse-gzip, sse-text-plain, sse-byte-by-byte', async () => {
    const bytes = Buffer.from(await (await ask(await start('sse-bom'), dialect)).arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const zipped = await ask(await start('sse-gzip'), dialect)
    expect([zipped.headers.get('content-encoding'), textOf(await zipped.text(), dialect)]).toEqual(['gzip', sampleText])
    const plain = await ask(await start('sse-text-plain'), dialect)
    expect([plain.headers.get('content-type'), textOf(await plain.text(), dialect)]).toEqual(['text/plain', sampleText])
    const client = await rawly('sse-byte-by-byte', dialect)
    await client.end()
    expect(client.pieces.length).toBeGreaterThan(1_000)
    expect(textOf(await read('sse-byte-by-byte', dialect), dialect)).toBe('Grüße: 日本語 ok 👩‍👩‍👧 naïve 😀 done')
  })

  it('sse-no-done: the finish word, then a clean end', async () => {
    const sse = await read('sse-no-done', dialect)
    expect(sse).not.toMatch(/\[DONE\]|message_stop/)
    expect([isFinished[dialect](sse), textOf(sse, dialect)]).toEqual([true, sampleText])
  })

  it('sse-no-last-blank: the last event lacks its empty line', async () => {
    const sse = await read('sse-no-last-blank', dialect)
    expect(sse).toMatch(/[^\r\n]\r?\n$/)
    expect(sse).not.toMatch(/\n\r?\n$/)
  })

  it('sse-open-after-done: complete, and the connection stays', async () => {
    const endpoint = await start('sse-open-after-done')
    const [url, body] = requestOf(endpoint, dialect)
    const client = await sendRaw(url, body, (text) => isFinished[dialect](text))
    await settle()
    expect(client.ended).toBeUndefined()
    client.close()
    expect((await endpoint.server?.waitForEnd(1))?.outcome).toBe('client-closed')
  })

  it('sse-text-after-done', async () => {
    const sse = await read('sse-text-after-done', dialect)
    const end = { openai: '[DONE]', anthropic: 'message_stop', gemini: 'finishReason' }[dialect]
    expect(sse.indexOf('LATE')).toBeGreaterThan(sse.lastIndexOf(end))
  })
})

describe.each(dialects)('streams that break, in %s', (dialect) => {
  it.each([
    ['sse-cut-before-first', 'fin', true],
    ['sse-rst-before-first', 'reset', false],
    ['sse-fin-before-first', 'fin', false],
  ] as const)('%s: headers and no event', async (name, how, isWhole) => {
    const client = await rawly(name, dialect)
    expect(await client.end()).toBe(how)
    expect(client.text).toContain('200 OK')
    expect(client.text).not.toContain('data:')
    expect(client.text.endsWith('0\r\n\r\n')).toBe(isWhole)
  })

  it.each([
    ['sse-cut-after-tokens', 'fin', true],
    ['sse-rst-after-tokens', 'reset', false],
    ['sse-fin-after-tokens', 'fin', false],
    ['sse-cut-mid-event', 'fin', true],
    ['sse-cut-mid-utf8', 'fin', true],
  ] as const)('%s: two tokens and no finish', async (name, how, isWhole) => {
    const client = await rawly(name, dialect)
    expect(await client.end()).toBe(how)
    expect(client.text).toContain('" good"')
    expect(client.text).not.toContain('" expects"')
    expect(isFinished[dialect](client.text)).toBe(false)
    expect(client.text.endsWith('0\r\n\r\n')).toBe(isWhole)
  })

  it('sse-cut-after-tokens takes the number it is told', async () => {
    expect(textOf(await read('sse-cut-after-tokens', dialect, { tokens: 5 }), dialect)).toBe(
      'A good client expects trouble:',
    )
  })

  it('sse-cut-mid-event ends inside of an event, sse-cut-mid-utf8 inside of a character', async () => {
    expect(await read('sse-cut-mid-event', dialect)).not.toMatch(/\n$/)
    const bytes = Buffer.from(await (await ask(await start('sse-cut-mid-utf8'), dialect)).arrayBuffer())
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow()
    expect([...bytes.subarray(-2)]).toEqual([...Buffer.from('日').subarray(0, 2)])
  })

  it('sse-done-only and sse-done-no-finish', async () => {
    const only = await read('sse-done-only', dialect)
    expect([textOf(only, dialect), isFinished[dialect](only)]).toEqual(['', false])
    const unfinished = await read('sse-done-no-finish', dialect)
    expect([textOf(unfinished, dialect), isFinished[dialect](unfinished)]).toEqual([sampleText, false])
    const mark = { openai: '[DONE]', anthropic: 'message_stop', gemini: '' }[dialect]
    expect(only.includes(mark) && unfinished.includes(mark)).toBe(true)
  })

  it.each([
    ['sse-error-first', ''],
    ['sse-error-mid', 'A good'],
    ['sse-error-named', 'A good'],
  ])('%s: the error stands in the stream', async (name, text) => {
    const sse = await read(name, dialect)
    expect(textOf(sse, dialect)).toBe(text)
    expect(parsed(sse).events.at(-1)).toHaveProperty('error')
    if (name === 'sse-error-named') expect(sse).toContain('event: error')
    const words = { openai: 'rate_limit_exceeded', anthropic: 'rate_limit_error', gemini: 'RESOURCE_EXHAUSTED' }
    expect(await read(name, dialect, { code: 'rate_limited' })).toContain(words[dialect])
  })

  it('sse-bad-json: an event that is none, between good ones', async () => {
    const sse = await read('sse-bad-json', dialect)
    expect([parsed(sse).bad, textOf(sse, dialect), isFinished[dialect](sse)]).toEqual([1, sampleText, true])
    expect(parsed(await read('sse-bad-json', dialect, { count: 4 })).bad).toBe(4)
  })

  it.each([
    ['sse-stall-first', 0],
    ['sse-stall-mid', 2],
  ] as const)('%s: silence', async (name, tokens) => {
    const endpoint = await start(name)
    const [url, body] = requestOf(endpoint, dialect)
    const client = await sendRaw(url, body, (text) => text.includes(tokens ? '" good"' : '\r\n\r\n'))
    await settle()
    expect([client.ended, client.text.includes('" good"'), client.text.includes('data:')]).toEqual([
      undefined,
      tokens > 0,
      tokens > 0,
    ])
    client.close()
  })

  it.each(['sse-ping-first', 'sse-ping-mid', 'sse-empty-forever'])(
    '%s: signs of life without content',
    async (name) => {
      const clock = virtualClock(0)
      const endpoint = await start(name, {}, clock)
      const [url, body] = requestOf(endpoint, dialect)
      const client = await rawClient(Number(new URL(url).port))
      client.send(requestText(url, body))
      await endpoint.server?.waitForRequest(1)
      await clock.advance(5_000)
      const before = client.text
      await clock.advance(10_000)
      const added = client.text.slice(before.length)
      expect(added.match(/^(: keep-alive|event: ping|data: \{)/gm)?.length).toBeGreaterThanOrEqual(10)
      expect(before.includes('" good"')).toBe(name === 'sse-ping-mid')
      expect(added).not.toMatch(/"(text|content)":"[^"]/)
      client.close()
    },
  )

  it('slow-tokens-ok: a token each 400 ms, as long as it takes', async () => {
    const clock = virtualClock(0)
    const endpoint = await start('slow-tokens-ok', {}, clock)
    const answer = ask(endpoint, dialect).then((response) => response.text())
    await endpoint.server?.waitForRequest(1)
    await clock.advance(60 * 400 - 1)
    expect(endpoint.server?.requests[0]?.outcome).toBe('open')
    await clock.advance(1)
    expect(textOf(await answer, dialect)).toBe(sampleText)
  })
})

describe('a finish that is an error', () => {
  it('sse-finish-error, where the dialect has a word for it', async () => {
    expect(await read('sse-finish-error')).toContain('"finish_reason":"error"')
    expect(await read('sse-finish-error', 'gemini')).toContain('MALFORMED_FUNCTION_CALL')
  })
})

describe('streams of a size', () => {
  it.each([
    ['sse-endless', /"content":"A"/],
    ['sse-no-newline', /a{4096}/],
    ['sse-no-blank-line', /data: a+\ndata: a+/],
  ])('%s: goes on until the reader has enough', async (name, form) => {
    const endpoint = await start(name)
    const reader = (await ask(endpoint)).body?.getReader()
    let text = ''
    while (text.length < 400_000) text += Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(text).toMatch(form)
    await reader?.cancel()
    const request = await endpoint.server?.waitForEnd(1)
    expect(request?.outcome).toBe('client-closed')
    expect(request?.bytesSent).toBeLessThan(64 * 1_048_576)
  })

  it('sse-10mb-event', async () => {
    expect(textOf(await read('sse-10mb-event', 'openai', { megabytes: 2 }))).toHaveLength(2 * 1_048_576)
  })

  it('sse-200k-events', async () => {
    const sse = await read('sse-200k-events', 'openai', { count: 1_234 })
    expect([textOf(sse), isFinished.openai(sse)]).toEqual(['a'.repeat(1_234), true])
  })

  it('sse-json-body: one JSON text where a stream was asked for', async () => {
    const response = await ask(await start('sse-json-body'))
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ object: 'chat.completion' })
  })
})

describe('tools in streams', () => {
  function callsOf(sse: string): Record<number, string> {
    const calls: Record<number, string> = {}
    for (const event of parsed(sse).events) {
      for (const call of event.choices?.[0]?.delta.tool_calls ?? []) {
        calls[call.index] = (calls[call.index] ?? '') + (call.function.name ?? '') + call.function.arguments
      }
    }
    return calls
  }

  it('sse-tools-interleaved: the pieces of two calls come in turn', async () => {
    const sse = await read('sse-tools-interleaved')
    expect(callsOf(sse)).toEqual({
      0: 'weather{"city":"Oslo","unit":"celsius"}',
      1: 'clock{"zone":"Europe/Oslo","style":"long"}',
    })
    const order = parsed(sse).events.flatMap((event) => event.choices?.[0]?.delta.tool_calls?.[0]?.index ?? [])
    expect(order).toEqual([0, 1, 0, 1, 0, 1])
    const blocks = parsed(await read('sse-tools-interleaved', 'anthropic')).events.filter(
      ({ delta }) => delta?.partial_json,
    )
    expect(blocks.map(({ index }) => index)).toEqual([0, 1, 0, 1])
    expect(isFinished.anthropic(await read('sse-tools-interleaved', 'anthropic'))).toBe(true)
  })

  it('sse-tool-cut: half of the arguments, then a finish as if all were well', async () => {
    const sse = await read('sse-tool-cut')
    expect(callsOf(sse)).toEqual({ 0: 'weather{"city":"Os' })
    expect(sse).toContain('"finish_reason":"tool_calls"')
    expect(await read('sse-tool-cut', 'anthropic')).toContain('"stop_reason":"tool_use"')
  })

  it('sse-tool-flood: as many calls as told', async () => {
    const calls = callsOf(await read('sse-tool-flood', 'openai', { count: 300, nameLength: 10 }))
    expect(Object.keys(calls)).toHaveLength(300)
    expect(calls[7]).toBe('tool_7_xxxxxxxxxx{}')
  })
})

describe('continuations', () => {
  async function goOn(name: string, content: string, dialect: Name = 'openai'): Promise<string> {
    const endpoint = await start(name)
    const turns = [...messages, { role: 'assistant', content }]
    const [path, body] = requests[dialect]
    const response = await fetch(endpoint.url(dialect) + path, {
      method: 'POST',
      body: JSON.stringify({ ...body, messages: turns }),
    })
    return response.ok ? textOf(await response.text(), dialect) : `${response.status} ${await response.text()}`
  }

  it('continuation-ok: goes on where the prefill stops', async () => {
    const given = sampleText.slice(0, 60)
    expect(given + (await goOn('continuation-ok', given))).toBe(sampleText)
    expect(textOf(await read('continuation-ok'))).toBe(sampleText)
  })

  it('prefill-refused: 400 to a last turn of the assistant, well otherwise', async () => {
    for (const dialect of ['openai', 'anthropic'] as const) {
      expect(await goOn('prefill-refused', 'A good', dialect)).toMatch(
        /^400 .*does not support assistant message prefill/,
      )
    }
    expect(textOf(await read('prefill-refused'))).toBe(sampleText)
  })

  it('continuation-repeats and continuation-contradicts', async () => {
    const given = 'A good client expects trouble:'
    expect(await goOn('continuation-repeats', given)).toBe(sampleText.slice('A good'.length))
    expect(await goOn('continuation-contradicts', given)).toContain('On the contrary')
  })
})

describe('what was asked for', () => {
  it('does not matter: a page answers a stream, and a broken stream a request for none', async () => {
    expect(await (await ask(await start('html-200'))).text()).toContain('<html>')
    const endpoint = await start('sse-cut-after-tokens')
    const body = JSON.stringify({ model: 'm', messages })
    const response = await fetch(`${endpoint.url('openai')}/chat/completions`, { method: 'POST', body })
    expect(textOf(await response.text())).toBe('A good')
  })
})
