import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type FaultEndpoint, faultEndpoint } from '../../src/testing/server.ts'
import { sampleText } from '../../src/testing/tokens.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { rawClient, requestText, sendRaw, settle } from './raw-client.ts'

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
const chat = { model: 'm', messages }
const requests = {
  openai: ['/chat/completions', chat],
  anthropic: ['/messages', { ...chat, max_tokens: 9 }],
  gemini: ['/models/g:generateContent', { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }],
} as const
const dialects = Object.keys(requests) as (keyof typeof requests)[]

function urlOf(endpoint: FaultEndpoint): string {
  return `${endpoint.url('openai')}/chat/completions`
}

async function ask(endpoint: FaultEndpoint, dialect: keyof typeof requests = 'openai'): Promise<Response> {
  const [path, body] = requests[dialect]
  return fetch(endpoint.url(dialect) + path, { method: 'POST', body: JSON.stringify(body) })
}

describe('slow and short bodies', () => {
  it('slow-headers: after the time it was told', async () => {
    const clock = virtualClock(0)
    const endpoint = await start('slow-headers', { afterMs: 700 }, clock)
    const answer = ask(endpoint)
    await endpoint.server?.waitForRequest(1)
    await clock.advance(699)
    expect(endpoint.server?.requests[0]?.status).toBeUndefined()
    await clock.advance(1)
    expect((await answer).status).toBe(200)
  })

  it('slow-drip: a byte, a pause, a byte', async () => {
    const clock = virtualClock(0)
    const endpoint = await start('slow-drip', {}, clock)
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    client.send(requestText(urlOf(endpoint), chat))
    await endpoint.server?.waitForRequest(1)
    await clock.advance(100)
    const { length } = client.bytes
    await clock.advance(1_000)
    // Each byte is a chunk of its own: size, byte, two line ends.
    expect(client.bytes.length - length).toBe(10 * 6)
    client.close()
  })

  it('body-hang: half a body, then silence', async () => {
    const endpoint = await start('body-hang')
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    client.send(requestText(urlOf(endpoint), chat))
    await client.until((text) => text.includes('choices'))
    await settle()
    expect([client.ended, client.text.includes('total_tokens')]).toEqual([undefined, false])
    client.close()
  })

  it('short-body: less than was promised', async () => {
    const client = await sendRaw(urlOf(await start('short-body')), chat)
    expect(await client.end()).toBe('fin')
    const [head = '', body = ''] = client.text.split('\r\n\r\n')
    expect(body.length).toBeLessThan(Number(/content-length: (\d+)/i.exec(head)?.[1]))
  })

  it('truncated-json: half a text, of the length that was promised', async () => {
    const text = await (await ask(await start('truncated-json'))).text()
    expect(text).toMatch(/^\{"id"/)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
  })
})

describe('bodies of another kind', () => {
  it('html-200, text-plain-json, bom-json, blank-lines-json', async () => {
    const html = await ask(await start('html-200'))
    expect([html.status, html.headers.get('content-type'), await html.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      expect.stringContaining('<html>'),
    ])
    const plain = await ask(await start('text-plain-json'))
    expect([plain.headers.get('content-type'), JSON.parse(await plain.text()).object]).toEqual([
      'text/plain',
      'chat.completion',
    ])
    const bom = Buffer.from(await (await ask(await start('bom-json'))).arrayBuffer())
    expect([...bom.subarray(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x7b])
    const blank = await (await ask(await start('blank-lines-json'))).text()
    expect([blank.startsWith('\n\n\n'), JSON.parse(blank).object]).toEqual([true, 'chat.completion'])
  })

  it.each([
    ['json-null', 'null'],
    ['json-array', '[1,2,3]'],
    ['json-other', '{"hello":"world"}'],
    ['json-text', '"hello"'],
  ])('%s', async (name, text) => {
    expect(await (await ask(await start(name))).text()).toBe(text)
  })

  it('error-in-200: a refusal that says 200', async () => {
    const response = await ask(await start('error-in-200', { code: 'rate_limited' }))
    expect([response.status, await response.json()]).toMatchObject([200, { error: { code: 'rate_limit_exceeded' } }])
  })

  it.each(dialects)('choices-empty and content-*, in the words of %s', async (dialect) => {
    const said = async (name: string) => (await ask(await start(name), dialect)).json()
    const contentOf = {
      openai: (content: unknown) => ({ choices: [{ message: { content } }] }),
      anthropic: (text: unknown) => ({ content: [{ type: 'text', text }] }),
      gemini: (text: unknown) => ({ candidates: [{ content: { parts: [{ text }] } }] }),
    }[dialect]
    expect(await said('content-null')).toMatchObject(contentOf(null))
    expect(await said('content-number')).toMatchObject(contentOf(42))
    expect(await said('content-object')).toMatchObject(contentOf({ text: 'hidden' }))
    const list = { openai: 'choices', anthropic: 'content', gemini: 'candidates' }[dialect]
    expect(await said('choices-empty')).toMatchObject({ [list]: [] })
  })

  it.each(dialects)(
    'dup-keys, huge-numbers, usage-missing, usage-zero, proto-keys and deep-json, in the words of %s',
    async (dialect) => {
      const said = async (name: string, options?: JsonObject) => (await ask(await start(name, options), dialect)).text()
      const doubled = await said('dup-keys')
      expect(doubled).toContain('"wrong"')
      expect(doubled).toContain('999999')
      expect(JSON.stringify(JSON.parse(doubled))).toContain(JSON.stringify(sampleText))
      expect(JSON.stringify(JSON.parse(doubled))).not.toContain('"wrong"')
      const huge = await said('huge-numbers')
      for (const number of [':1e400', ':-5', ':"NaN"']) expect(huge).toContain(number)
      expect(() => JSON.parse(huge)).not.toThrow()
      expect(await said('usage-missing')).not.toMatch(/usage/)
      expect(await said('usage-zero')).toMatch(/"(prompt_tokens|input_tokens|promptTokenCount)":0/)
      const polluted = await said('proto-keys')
      expect(Object.getOwnPropertyNames(JSON.parse(polluted))).toContain('__proto__')
      expect(polluted).toMatch(/lookup/)
      const deep = await said('deep-json', { depth: 1_000 })
      expect(deep).toContain('['.repeat(1_000))
      expect(deep).toContain(JSON.stringify(sampleText))
    },
  )

  it('deep-json is a hundred thousand deep when not told otherwise', async () => {
    expect(await (await ask(await start('deep-json'))).text()).toContain('['.repeat(100_000))
  })

  it('invalid-utf8: bytes that are none', async () => {
    const bytes = Buffer.from(await (await ask(await start('invalid-utf8'))).arrayBuffer())
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow()
    expect(JSON.parse(bytes.toString()).choices[0].message.content).toMatch(/^before .*\uFFFD.* after$/)
  })
})

describe('big and encoded bodies', () => {
  it('body-600mb: goes on as long as it is read, and no longer', async () => {
    const endpoint = await start('body-600mb')
    const reader = (await ask(endpoint)).body?.getReader()
    let received = 0
    while (received < 8 * 1_048_576) received += (await reader?.read())?.value?.length ?? 0
    await reader?.cancel()
    const request = await endpoint.server?.waitForEnd(1)
    expect(request?.outcome).toBe('client-closed')
    expect(request?.bytesSent).toBeLessThan(64 * 1_048_576)
  })

  it('body-600mb: is as big as told', async () => {
    const text = await (await ask(await start('body-600mb', { megabytes: 2 }))).text()
    expect(JSON.parse(text).id).toHaveLength(2 * 1_048_576)
  })

  it('gzip-bomb: much from little', async () => {
    const endpoint = await start('gzip-bomb', { megabytes: 16 })
    const client = await sendRaw(urlOf(endpoint), chat)
    await client.end()
    expect(client.bytes.length).toBeLessThan(32_768)
    expect((await (await ask(endpoint)).arrayBuffer()).byteLength).toBe(16 * 1_048_576)
  })

  it('gzip-ok: what a good reader undoes', async () => {
    expect(await (await ask(await start('gzip-ok'))).json()).toMatchObject({ object: 'chat.completion' })
  })

  it.each(['gzip-truncated', 'gzip-corrupt'])('%s: cannot be undone', async (name) => {
    const endpoint = await start(name)
    // A lenient reader hands out what it could undo.
    const read = ask(endpoint).then((response) => response.json())
    await expect(read).rejects.toThrow()
    const client = await sendRaw(urlOf(endpoint), chat)
    const body = client.bytes.subarray(client.bytes.indexOf('\r\n\r\n') + 4)
    expect(client.text).toContain('content-encoding: gzip')
    expect(() => gunzipSync(body.subarray(body.indexOf('\r\n') + 2))).toThrow()
  })

  it('encoding-chain and encoding-unknown', async () => {
    const chain = await sendRaw(urlOf(await start('encoding-chain')), chat)
    expect(chain.text.match(/gzip/g)).toHaveLength(60)
    expect((await sendRaw(urlOf(await start('encoding-unknown')), chat)).text).toContain('content-encoding: zebra')
  })
})
