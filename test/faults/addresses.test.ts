/** Addresses that cannot be reached: names, ports, handshakes. Here the network itself takes its time, so limits are short. */

import { channel } from 'node:diagnostics_channel'
import dns from 'node:dns'
import { createServer } from 'node:net'
import tls from 'node:tls'
import { fault, reply } from 'holdfast/testing'
import { type FaultEndpoint, faultEndpoint } from 'holdfast/testing/server'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { runProgram } from '../support/run-program.ts'
import { verifies } from '../support/verifies.ts'
import { ask } from './support/ask.ts'
import { Bench, happens, useBench } from './support/bench.ts'
import { canary } from './support/canary.ts'
import { dead, judge, passing, type Row, silent } from './support/judge.ts'

const bench = useBench()
const open: FaultEndpoint[] = []

/** Dials of this process, by host and port, as the runtime itself tells of them. */
const dials: string[] = []
const dialling = channel('undici:client:beforeConnect')
const noteDial = (message: unknown) => {
  const { host } = (message as { connectParams: { host: string } }).connectParams
  dials.push(host)
}
beforeAll(() => dialling.subscribe(noteDial))
afterAll(() => void dialling.unsubscribe(noteDial))

function dialsTo(baseUrl: string): () => number {
  const { host } = new URL(baseUrl)
  return () => dials.filter((dialled) => dialled === host).length
}

async function start(name: string): Promise<FaultEndpoint> {
  const endpoint = await faultEndpoint(name)
  open.push(endpoint)
  return endpoint
}

afterEach(async () => {
  vi.restoreAllMocks()
  for (const endpoint of open.splice(0)) await endpoint.close()
})

/** What the system's resolver is asked and answers from here on; never calls back when there is no answer. */
function resolver(
  answer: (host: string) => readonly dns.LookupAddress[] | NodeJS.ErrnoException | undefined,
): string[] {
  const asked: string[] = []
  const lookup = (host: string, options: unknown, done: (error: unknown, ...rest: unknown[]) => void) => {
    asked.push(host)
    const found = answer(host)
    if (found === undefined) return
    const [first] = found instanceof Error ? [] : found
    if (first === undefined) process.nextTick(done, found)
    else if ((options as dns.LookupOptions).all) process.nextTick(done, null, found)
    else process.nextTick(done, null, first.address, first.family)
  }
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never)
  return asked
}

/** Real time for names and handshakes before the clock may move. */
const patienceMs = 25
const timeout: Row = { code: 'connect_timeout', ...silent, billing: 'U0' }

describe('a name', () => {
  it('that does not exist', verifies('F1'), async () => {
    const baseUrl = (await start('dns-nxdomain')).url('openai').replace('http:', 'https:')
    const row: Row = { code: 'dns_failed', ...passing, billing: 'U0' }
    await judge(bench, row, { patienceMs: 80, baseUrl, seen: dialsTo(baseUrl) })
  })

  it('that exists again with the next attempt is not remembered as unknown', verifies('F1'), async () => {
    bench.script(reply())
    const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    const asked = resolver(() => (asked.length === 1 ? missing : [{ address: '127.0.0.1', family: 4 }]))
    const { reply: answer, attempts } = await ask(bench, {
      patienceMs: 25,
      baseUrl: bench.primary.url('openai', 'localhost'),
    })
    expect(answer?.provider).toBe('primary')
    expect(attempts.map(({ code, outcome }) => code ?? outcome)).toEqual(['dns_failed', 'ok'])
  })

  it('with two addresses of which one is dead', verifies('F3'), async () => {
    bench.script(reply())
    const asked = resolver(() => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ])
    const outcome = await ask(bench, { patienceMs, baseUrl: bench.primary.url('openai', 'localhost') })
    expect(outcome.reply?.routing.attempts).toMatchObject([{ outcome: 'ok' }])
    expect([asked.length, outcome.failures, outcome.primary]).toEqual([1, 0, 1])
  })
})

describe('a port', () => {
  it('where nobody listens; after close no timer waits for a retry', verifies('F4'), async () => {
    const baseUrl = (await start('conn-refused')).url('openai')
    const row: Row = { code: 'connect_refused', ...passing, billing: 'U0' }
    await judge(bench, row, { baseUrl, seen: dialsTo(baseUrl) })
    const client = bench.client({ baseUrl, random: () => 1 })
    const pending = client.llm.chat('Hi').catch((error) => error)
    await happens(() => client.events.some(({ type }) => type === 'retry-scheduled'), 'a retry waits')
    expect(bench.clock.pending).toBeGreaterThan(0)
    await client.close()
    expect((await pending).code).toBe('aborted')
    expect(bench.clock.pending).toBe(0)
  })
})

describe('a connection that is never made: the connect limit holds', () => {
  // The runtime looks at connect limits once or twice a second, so these three wait side by side, each by its own clock.
  const cases = [
    ['because the name is never found', undefined, verifies('F2')],
    ['because the port never answers', 'conn-hang', verifies('F5')],
    ['because the handshake never ends', 'tls-stall', verifies('F12')],
  ] as const
  const judged = new Map<string, Promise<unknown>>()
  const benches: Bench[] = []
  const asked: string[] = []

  beforeAll(async () => {
    const { lookup } = dns
    const stuck = (host: string, ...rest: unknown[]) =>
      host === 'stuck.invalid' ? asked.push(host) : lookup(host, ...(rest as [never, never]))
    vi.spyOn(dns, 'lookup').mockImplementation(stuck as never)
    for (const [what, name] of cases) {
      const own = new Bench()
      benches.push(own)
      await own.start()
      const endpoint = name && (await faultEndpoint(name))
      if (endpoint) stopped.push(endpoint)
      const baseUrl = endpoint ? endpoint.url('openai') : 'https://stuck.invalid/v1'
      const options = { baseUrl, seen: dialsTo(baseUrl), timeouts: { connectMs: 60 }, patienceMs: 1_500 }
      const work = judge(own, timeout, options)
      work.catch(() => {}) // The test that it belongs to will see it.
      judged.set(what, work)
    }
  })
  afterAll(async () => {
    for (const own of benches) await own.stop()
    for (const endpoint of stopped) await endpoint.close()
  })
  const stopped: FaultEndpoint[] = []

  for (const [what, name, id] of cases) {
    it(what, id, async () => {
      await judged.get(what)
      if (name === undefined) expect(asked).toEqual(Array(3).fill('stuck.invalid'))
      await benches[cases.findIndex(([title]) => title === what)]?.lookOver()
    })
  }
})

describe('a handshake', () => {
  const refused: Row = { code: 'tls_failed', ...dead, billing: 'U0' }
  const cases: [string, Row, string, ReturnType<typeof verifies>][] = [
    ['tls-self-signed', refused, 'DEPTH_ZERO_SELF_SIGNED_CERT', verifies('F10')],
    ['tls-expired', refused, 'CERT_HAS_EXPIRED', verifies('F10')],
    ['tls-wrong-host', refused, 'ERR_TLS_CERT_ALTNAME_INVALID', verifies('F10')],
    ['tls-plaintext', refused, 'ERR_SSL_WRONG_VERSION_NUMBER', verifies('F11')],
    ['tls-rst', { code: 'connection_reset', ...passing, billing: 'U1' }, 'ECONNRESET', verifies('F13')],
  ]
  const trusted = tls.getCACertificates('default')
  afterEach(() => tls.setDefaultCACertificates(trusted))

  for (const [name, row, code, id] of cases) {
    it(name, id, async () => {
      const endpoint = await start(name)
      if (endpoint.ca !== undefined) tls.setDefaultCACertificates([...trusted, endpoint.ca])
      const seen = () => endpoint.connections
      const [alone] = await judge(bench, row, { patienceMs, baseUrl: endpoint.url('openai'), seen })
      // Each dial reached it, none came back in plain text.
      expect(endpoint.connections).toBe(row.alone + row.beside)
      expect(alone.error?.message).toContain(code)
    })
  }

  it('cannot be had without verification: no option turns it off', verifies('F10'), async () => {
    for (const option of ['rejectUnauthorized', 'tls', 'insecure', 'verify'])
      expect(() => bench.client({ [option]: false })).toThrow(/Unknown option/)
  })
})

describe('closing the client', () => {
  it.each([
    ['a look-up', undefined],
    ['a dial', 'conn-hang'],
    ['a handshake', 'tls-stall'],
  ])('lets %s that never ends go at once', verifies('F2', 'F5', 'F12'), async (_, name) => {
    if (name === undefined) resolver(() => undefined)
    const baseUrl = name === undefined ? 'https://stuck.invalid/v1' : (await start(name)).url('openai')
    const before = sockets()
    const client = bench.client({ baseUrl, timeouts: { connectMs: 60_000 } })
    const calls = Array.from({ length: 12 }, () => client.llm.chat('Hi').catch((error) => error.code))
    await happens(() => sockets() >= (name === undefined ? 0 : 12), 'it dials')
    await client.close()
    // A call that had not begun yet is refused, the others are ended.
    for (const code of await Promise.all(calls)) expect(['aborted', 'closed']).toContain(code)
    await happens(() => sockets() <= before, 'no socket is left')
  })
})

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length
}

describe('a proxy', () => {
  it('that asks for credentials is told no key', verifies('F21'), async () => {
    let heard = ''
    const proxy = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => {
        heard += data
        socket.end(
          'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
        )
      })
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as { port: number }
    const { status, stdout, stderr } = await runProgram('test/faults/support/programs/behind-proxy.ts', {
      env: { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: `http://127.0.0.1:${port}`, TEST_KEY: canary },
    })
    proxy.close()
    expect(stderr).toBe('')
    expect([status, JSON.parse(stdout)]).toEqual([0, { codes: ['http_protocol'], failures: 1 }])
    expect(heard).toMatch(/^CONNECT api\.provider\.invalid:443 /)
    expect(heard).not.toContain('canary')
    expect(heard).not.toMatch(/authorization:/i)
  })

  it('whose refusal comes as an answer', verifies('F21'), async () => {
    bench.script(fault('http-407'))
    await judge(bench, { code: 'http_protocol', ...dead, billing: 'U1' })
  })
})
