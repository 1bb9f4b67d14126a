import { afterEach, describe, expect, it } from 'vitest'
import { type FaultEndpoint, faultEndpoint } from '../../src/testing/server.ts'
import type { JsonObject } from '../../src/types/json.ts'
import { rawClient, requestText, sendRaw, settle } from './raw-client.ts'

const open: FaultEndpoint[] = []

async function start(name: string, options: JsonObject = {}): Promise<FaultEndpoint> {
  const endpoint = await faultEndpoint(name, options)
  open.push(endpoint)
  return endpoint
}

afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close()
})

const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

function urlOf(endpoint: FaultEndpoint): string {
  return `${endpoint.url('openai')}/chat/completions`
}

function ask(endpoint: FaultEndpoint, init: RequestInit = {}): Promise<Response> {
  return fetch(urlOf(endpoint), { method: 'POST', body: JSON.stringify(chat), redirect: 'manual', ...init })
}

describe('faults of the form of HTTP', () => {
  it.each([
    ['bad-status-line', 'HTTP/1.1 banana\r\n\r\n'],
    ['bad-header', 'HTTP/1.1 200 OK\r\nthis line is no header\r\n'],
    ['bad-chunk', 'Transfer-Encoding: chunked\r\n\r\nZZ\r\n'],
    ['two-lengths', 'Content-Length: 2\r\nContent-Length: 70\r\n\r\n{}HTTP/1.1 200 OK'],
  ])('%s: no reader accepts it', async (name, bytes) => {
    const endpoint = await start(name)
    const client = await sendRaw(urlOf(endpoint), chat)
    expect(await client.end()).toBe('fin')
    expect(client.text).toContain(bytes)
    await expect(ask(endpoint).then((response) => response.text())).rejects.toThrow(/fetch failed|terminated/)
  })

  it('header-flood: a megabyte of headers', async () => {
    const endpoint = await start('header-flood')
    const client = await sendRaw(urlOf(endpoint), chat)
    await client.end()
    expect(client.bytes.length).toBeGreaterThan(1_048_576)
    await expect(ask(endpoint)).rejects.toMatchObject({ cause: { code: 'UND_ERR_HEADERS_OVERFLOW' } })
  })

  it('early-hints-flood: five hundred hints, then a good answer', async () => {
    const endpoint = await start('early-hints-flood')
    const client = await sendRaw(urlOf(endpoint), chat)
    await client.end()
    expect(client.text.match(/HTTP\/1\.1 103/g)).toHaveLength(500)
    expect(client.text).toMatch(/HTTP\/1\.1 200 OK[\s\S]*total_tokens/)
    expect((await ask(endpoint)).status).toBe(200)
  })

  it('1xx-forever: signs of life, never an answer', async () => {
    const endpoint = await start('1xx-forever', { everyMs: 0 })
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    client.send(requestText(urlOf(endpoint), chat))
    await client.until((text) => (text.match(/102 Processing/g)?.length ?? 0) > 20)
    expect(client.text).not.toContain(' 200 ')
    client.close()
    expect((await endpoint.server?.waitForEnd(1))?.outcome).toBe('client-closed')
  })

  it('switching-101: the protocol changes to nothing', async () => {
    const endpoint = await start('switching-101')
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    client.send(requestText(urlOf(endpoint), chat))
    await client.until((text) => text.includes('\r\n\r\n'))
    await settle()
    expect([client.text.split('\r\n')[0], client.ended]).toEqual(['HTTP/1.1 101 Switching Protocols', undefined])
    client.close()
  })

  it('early-413-close: refused while the body is on its way', async () => {
    const endpoint = await start('early-413-close')
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    const head = requestText(urlOf(endpoint), chat).replace(/Content-Length: \d+/, 'Content-Length: 8388608')
    client.send(head)
    expect(await client.end()).toBe('fin')
    expect(client.text).toMatch(/^HTTP\/1\.1 413 [\s\S]*request_too_large/)
    client.close()
    const big = JSON.stringify({ ...chat, messages: [{ role: 'user', content: 'a'.repeat(8_388_608) }] })
    const response = await ask(endpoint, { body: big })
    expect([response.status, (await response.text()).includes('request_too_large')]).toEqual([413, true])
    expect(endpoint.server?.requests[0]?.body).toBeUndefined()
  })

  it('early-413-close, abruptly: the refusal races a reset', async () => {
    const endpoint = await start('early-413-close', { isAbrupt: true })
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    client.send(requestText(urlOf(endpoint), chat).replace(/Content-Length: \d+/, 'Content-Length: 8388608'))
    expect(await client.end()).toBe('reset')
  })

  it.each([
    ['http-999', 999],
    ['http-204', 204],
    ['empty-200', 200],
  ] as const)('%s', async (name, status) => {
    const response = await ask(await start(name))
    expect(response.status).toBe(status)
    expect((await response.text()) === '').toBe(status !== 999)
  })
})

describe('faults by status', () => {
  it.each([
    400, 401, 402, 403, 404, 407, 408, 409, 413, 422, 425, 429, 498, 500, 501, 502, 503, 504, 520, 526, 529, 418,
  ])('http-%i: refused in the words of the dialect', async (status) => {
    const endpoint = await start(`http-${status}`)
    const client = await sendRaw(urlOf(endpoint), chat)
    expect(client.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*"error":\\{"message"`))
  })

  it('http-401-echo: the key comes back in the message and in a header', async () => {
    const endpoint = await start('http-401-echo')
    const response = await ask(endpoint, { headers: { authorization: 'Bearer sk-test-echo-1' } })
    expect(response.headers.get('www-authenticate')).toContain('sk-test-echo-1')
    expect(await response.text()).toContain('sk-test-echo-1')
    const anthropic = await fetch(`${endpoint.url('anthropic')}/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'sk-ant-test-2' },
      body: '{}',
    })
    expect(await anthropic.text()).toContain('sk-ant-test-2')
  })

  it('http-429-quota, http-500-html, http-500-no-retry', async () => {
    const quota = await ask(await start('http-429-quota'))
    expect([quota.status, await quota.text()]).toEqual([429, expect.stringContaining('insufficient_quota')])
    const html = await ask(await start('http-500-html'))
    expect([html.status, await html.text()]).toEqual([502, expect.stringContaining('<html>')])
    expect((await ask(await start('http-500-no-retry'))).headers.get('x-should-retry')).toBe('false')
  })

  it.each([
    ['http-500-body-hang', 500],
    ['http-429-body-hang', 429],
    ['http-400-body-hang', 400],
  ] as const)('%s: the status comes, the rest of the body never', async (name, status) => {
    const endpoint = await start(name)
    const client = await rawClient(Number(new URL(endpoint.url()).port))
    client.send(requestText(urlOf(endpoint), chat))
    await client.until((text) => text.includes('{"error"'))
    await settle()
    expect([client.text.includes(` ${status} `), client.ended]).toEqual([true, undefined])
    client.close()
    expect((await endpoint.server?.waitForEnd(1))?.outcome).toBe('client-closed')
  })

  it('http-500-body-huge: an error without end', async () => {
    const endpoint = await start('http-500-body-huge')
    const response = await ask(endpoint)
    const reader = response.body?.getReader()
    let received = 0
    while (received < 4_194_304) received += (await reader?.read())?.value?.length ?? 0
    await reader?.cancel()
    const request = await endpoint.server?.waitForEnd(1)
    expect(request?.outcome).toBe('client-closed')
    // The server is held back by a reader that stops: it does not fill its memory.
    expect(request?.bytesSent).toBeLessThan(64 * 1_048_576)
  })

  it('http-500-log-injection: line breaks, escapes and more in the message', async () => {
    const body = (await (await ask(await start('http-500-log-injection'))).json()) as { error: { message: string } }
    for (const odd of ['\n', '\r', '\u001b[2J', '\u0000', '\u2028']) expect(body.error.message).toContain(odd)
  })

  it('http-500-then-ok: twice, then well', async () => {
    const endpoint = await start('http-500-then-ok')
    const statuses = []
    for (let number = 0; number < 4; number++) {
      const response = await ask(endpoint)
      statuses.push(response.status)
      await response.text()
    }
    expect(statuses).toEqual([503, 503, 200, 200])
  })
})

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('redirect-%i: to where it is told, by default to itself', async (status) => {
    const here = await ask(await start(`redirect-${status}`))
    expect([here.status, here.headers.get('location')]).toEqual([status, '/openai/v1/chat/completions'])
    const there = await ask(await start(`redirect-${status}`, { to: 'http://127.0.0.1:9/x' }))
    expect(there.headers.get('location')).toBe('http://127.0.0.1:9/x')
  })

  it('redirect-loop: never ends', async () => {
    const endpoint = await start('redirect-loop')
    await expect(ask(endpoint, { redirect: 'follow' })).rejects.toMatchObject({
      cause: { message: 'redirect count exceeded' },
    })
    expect(endpoint.server?.requests.length).toBeGreaterThan(10)
  })

  it.each([
    ['redirect-file', 'file:'],
    ['redirect-data', 'data:'],
    ['redirect-ftp', 'ftp:'],
    ['redirect-metadata', 'http://169.254.169.254'],
    ['redirect-loopback', 'http://127.0.0.2'],
  ])('%s', async (name, beginning) => {
    expect((await ask(await start(name))).headers.get('location')).toMatch(beginning)
  })
})
