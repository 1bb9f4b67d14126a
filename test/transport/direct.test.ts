import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { canSendDirect, directSender } from '../../src/transport/direct.ts'
import { type Connections, createConnections } from '../../src/transport/dispatcher.ts'
import { Exchange } from '../../src/transport/exchange.ts'
import type { HttpClient } from '../../src/transport/http-client.ts'
import { createHttpClient } from '../../src/transport/http-client.ts'
import { systemClock } from '../../src/utils/clock.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

let server: Server
let url: string
let answer: Answer
let client: HttpClient
let connections: Connections

beforeAll(async () => {
  server = createServer((request, response) => answer(response, request)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1?a=b`
  const limits = { connectMs: 60_000, maxConnections: 8 }
  client = createHttpClient({ ...limits, clock: systemClock, maxResponseBytes: 1_000_000, maxEventBytes: 1_000_000 })
  // The runtime makes its Agent with the first mention of a request.
  new Request(url)
  connections = createConnections(limits) as Connections
})
afterEach(() => {
  vi.unstubAllGlobals()
})
afterAll(() => {
  client.close()
  connections.close()
  server.close()
  server.closeAllConnections()
})

const { signal } = new AbortController()
const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":"ü"}' } as const

function send(given: Answer) {
  answer = given
  return client.send({ ...post, url }, { signal })
}

describe('a request', () => {
  it('looks as that of fetch does', async () => {
    const seen: object[] = []
    answer = (response, { method, url, headers }) => {
      seen.push({ method, url, headers })
      response.end('{}')
    }
    await (await client.send({ ...post, url }, { signal })).json()
    await (await fetch(url, post)).json()
    expect(seen[0]).toEqual(seen[1])
  })

  it("has the caller's own words where there are any", async () => {
    let seen: IncomingMessage['headers'] = {}
    answer = (response, { headers }) => {
      seen = headers
      response.end('{}')
    }
    await client.send({ ...post, url, headers: { 'User-Agent': 'mine', 'Accept-Encoding': 'zstd' } }, { signal })
    expect([seen['user-agent'], seen['accept-encoding'], seen.accept]).toEqual(['mine', 'zstd', '*/*'])
  })

  it('goes by a fetch that was put in the place of the own one', async () => {
    const mock = vi.fn(async () =>
      Response.json({ choices: [{ message: { content: 'mocked' }, finish_reason: 'stop' }] }),
    )
    vi.stubGlobal('fetch', mock)
    const llm = new UnifiedClient({
      providers: [openaiCompatible({ name: 'a', baseUrl: 'https://a.test', apiKey: 'sk-test', model: 'm' })],
    })
    expect((await llm.chat('Hi')).text).toBe('mocked')
    await llm.close()
    expect(mock).toHaveBeenCalledOnce()
  })
})

describe('a runtime', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each([
    ['6.21.0', true],
    ['7.0.0', true],
    ['8.1.0', true],
    ['9.0.0', false],
    ['5.28.0', false],
    [undefined, false],
  ])('with undici %s is asked directly: %s', (undici, isDirect) => {
    vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, undici } as NodeJS.ProcessVersions)
    expect(canSendDirect()).toBe(isDirect)
  })
})

describe.each([
  ['as undici up to 7 wants it', false],
  ['as undici from 8 on wants it', true],
] as const)('an exchange, %s', (_, isModern) => {
  const send = directSender(isModern)
  const ask = (given: Answer, by = signal) => {
    answer = given
    return send(connections.pooled, { ...post, url }, by)
  }

  it('gives head and body', async () => {
    const { status, headers, body } = await ask((response) => {
      response.writeHead(418, { 'X-Twice': ['a', 'b'], 'X-Odd': '\u00e9' }).write('one')
      setImmediate(() => response.end('two'))
    })
    expect([status, headers.get('x-twice'), headers.get('x-odd'), headers.get('x-none')]).toEqual([
      418,
      'a, b',
      'é',
      null,
    ])
    let text = ''
    for (let chunk = await body?.read(); chunk !== undefined; chunk = await body?.read()) text += Buffer.from(chunk)
    expect(text).toBe('onetwo')
  })

  it('rests while nobody reads, and goes on when somebody does', async () => {
    const size = 4_000_000
    const { body } = await ask((response) => void response.end(Buffer.alloc(size)))
    let read = 0
    for (let chunk = await body?.read(); chunk !== undefined; chunk = await body?.read()) read += chunk.byteLength
    expect(read).toBe(size)
  })

  it.each(['before the head', 'in the body'])('ends with its signal: %s', async (phase) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let onClose: Promise<unknown> | undefined
    const begun = new Promise<void>((resolve) => {
      answer = (response) => {
        onClose = once(response, 'close')
        if (phase === 'in the body') response.writeHead(200).write('one')
        resolve()
      }
    })
    const asked = send(connections.pooled, { ...post, url }, controller.signal)
    const work = phase === 'in the body' ? asked.then(({ body }) => body?.read().then(() => body?.read())) : asked
    work.catch(() => {})
    await begun
    controller.abort(reason)
    await expect(work).rejects.toBe(reason)
    await onClose
  })

  it('ends when it is not wanted any more', async () => {
    let onClose: Promise<unknown> | undefined
    const { body } = await ask((response) => {
      onClose = once(response, 'close')
      response.writeHead(200).write('one')
    })
    await body?.read()
    const next = body?.read()
    body?.cancel()
    expect(await next).toBeUndefined()
    expect(await body?.read()).toBeUndefined()
    await onClose
  })

  it('says what went wrong', async () => {
    const refused = send(connections.pooled, { ...post, url: 'http://127.0.0.1:1/' }, signal)
    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('an exchange nobody reads yet', () => {
  const begun = (by = signal) => {
    const exchange = new Exchange(by, { resolve: () => {}, reject: () => {} })
    const told: unknown[] = []
    exchange.onConnect((reason) => told.push(reason))
    exchange.onHeaders(200, [], () => told.push('resume'))
    return { exchange, told }
  }

  it('keeps what came before it broke', async () => {
    const { exchange } = begun()
    const error = new Error('broken')
    exchange.onData(Buffer.from('one'))
    exchange.onError(error)
    expect(await exchange.read()).toEqual(Buffer.from('one'))
    await expect(exchange.read()).rejects.toBe(error)
  })

  it('takes 64 kB, then asks for a pause until that is read', async () => {
    const { exchange, told } = begun()
    expect(exchange.onData(Buffer.alloc(65_000))).toBe(true)
    expect(exchange.onData(Buffer.alloc(1_000))).toBe(false)
    await exchange.read()
    expect(told).toEqual([])
    expect(exchange.take()?.byteLength).toBe(1_000)
    expect(told).toEqual(['resume'])
    expect(exchange.take()).toBeUndefined()
  })

  it('keeps nothing of what its signal has ended', async () => {
    const controller = new AbortController()
    const { exchange, told } = begun(controller.signal)
    exchange.onData(Buffer.from('one'))
    const reason = new Error('enough')
    controller.abort(reason)
    expect(told).toEqual([reason])
    await expect(exchange.read()).rejects.toBe(reason)
  })

  it('is not sent when it ended before there was a connection', () => {
    const exchange = new Exchange(signal, { resolve: () => {}, reject: () => {} })
    exchange.cancel()
    const told: unknown[] = []
    exchange.onConnect((reason) => told.push(reason))
    expect(told).toHaveLength(1)
  })
})

describe('a coded body', () => {
  const plain = JSON.stringify({ words: 'lorem ipsum '.repeat(10_000) })
  const coded: [coding: string, bytes: Buffer][] = [
    ['gzip', gzipSync(plain)],
    ['X-GZIP', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['deflate', deflateRawSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['identity', Buffer.from(plain)],
    ['br, identity , gzip', gzipSync(brotliCompressSync(plain))],
  ]
  it.each(coded)('%s', async (coding, bytes) => {
    const answer = await send((response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes))
    expect(await answer.json()).toEqual(JSON.parse(plain))
  })

  it('of six layers, or of none that is known, is refused', async () => {
    const codings = ['gzip, gzip, gzip, gzip, gzip, gzip', 'gzip, rot13']
    for (const coding of codings) {
      const asked = send((response) => response.writeHead(200, { 'content-encoding': coding }).end('?'))
      await expect(asked).rejects.toMatchObject({ code: 'bad_response' })
    }
  })

  it('that is not what it says breaks, and that is let go ends', async () => {
    const broken = await send((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'))
    await expect(broken.json()).rejects.toMatchObject({ code: 'bad_response' })
    let onClose: Promise<unknown> | undefined
    const left = await send((response) => {
      onClose = once(response, 'close')
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync(`data: ${plain}\n\n`))
    })
    const events = left.events()[Symbol.asyncIterator]()
    expect((await events.next()).value).toEqual([{ data: plain }])
    await events.return?.()
    await onClose
  })
})

describe('what comes with one network read', () => {
  it('is one batch, and what was whole before a limit is handed out', async () => {
    const event = `data: ${'a'.repeat(10_000)}\n\n`
    const response = await send((response) => {
      for (let count = 0; count < 10; count++) response.write(event)
      response.write(`data: ${'b'.repeat(1_100_000)}`)
    })
    let count = 0
    const read = async () => {
      for await (const batch of response.events()) count += batch.length
    }
    await expect(read()).rejects.toMatchObject({ code: 'response_too_large' })
    expect(count).toBe(10)
  })
})
