import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { type FaultEndpoint, fakeProviderServer, faultEndpoint } from '../../src/testing/server.ts'
import { fault, reply } from '../../src/testing/steps.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import { rawClient, requestText, sendRaw, settle } from './raw-client.ts'

const open: { close(): Promise<void> }[] = []

async function start(name: string, options = {}): Promise<FaultEndpoint> {
  const endpoint = await faultEndpoint(name, options)
  open.push(endpoint)
  return endpoint
}

afterEach(async () => {
  for (const closable of open.splice(0)) await closable.close()
})

const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

function portOf(endpoint: FaultEndpoint): number {
  return Number(new URL(endpoint.url()).port)
}

async function tlsOutcome(endpoint: FaultEndpoint, ca?: string): Promise<string> {
  const socket = connectTls({ port: portOf(endpoint), host: '127.0.0.1', ...(ca !== undefined && { ca }) })
  const outcome = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve('secure'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  socket.destroy()
  return outcome
}

describe('faults of an address', () => {
  it('conn-refused: nobody listens', async () => {
    const endpoint = await start('conn-refused')
    await expect(fetch(endpoint.url())).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  it('dns-nxdomain: the name does not exist', async () => {
    const endpoint = await start('dns-nxdomain')
    expect(new URL(endpoint.url('openai')).hostname).toBe('nobody.invalid')
    // Where no name server can be reached at all the answer is EAI_AGAIN.
    await expect(fetch(endpoint.url())).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) },
    })
  })

  it('conn-hang: the connection is never made', async () => {
    const endpoint = await start('conn-hang')
    const connecting = rawClient(portOf(endpoint))
    const first = await Promise.race([connecting, settle(2_000).then(() => 'nothing yet')])
    expect(first).toBe('nothing yet')
    await endpoint.close()
    open.length = 0
    // The pending connection is refused or reset once the port is gone, at the latest when the kernel tries again.
    const client = await connecting
    client.close()
  })

  it('tls-self-signed: nobody vouches for it', async () => {
    expect(await tlsOutcome(await start('tls-self-signed'))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  it('tls-expired: trusted, but too old', async () => {
    const endpoint = await start('tls-expired')
    expect(await tlsOutcome(endpoint, endpoint.ca)).toBe('CERT_HAS_EXPIRED')
  })

  it('tls-wrong-host: trusted, but for another name', async () => {
    const endpoint = await start('tls-wrong-host')
    expect(await tlsOutcome(endpoint, endpoint.ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('tls-plaintext: plain HTTP on a TLS port', async () => {
    const endpoint = await start('tls-plaintext')
    expect(endpoint.url()).toMatch(/^https:/)
    expect(await tlsOutcome(endpoint)).toMatch(/WRONG_VERSION_NUMBER|PACKET_LENGTH|EPROTO/)
  })

  it('tls-stall: the handshake gets no answer', async () => {
    const endpoint = await start('tls-stall')
    const outcome = await Promise.race([tlsOutcome(endpoint), settle(300).then(() => 'nothing yet')])
    expect([outcome, endpoint.connections]).toEqual(['nothing yet', 1])
  })

  it('tls-rst: the handshake is answered with a reset', async () => {
    expect(await tlsOutcome(await start('tls-rst'))).toBe('ECONNRESET')
  })

  it('serves good TLS to who trusts its authority', async () => {
    const { createAuthority } = await import('../../src/testing/server.ts')
    const authority = createAuthority()
    const server = await fakeProviderServer({ tls: authority.issue() })
    open.push(server)
    const socket = connectTls({ port: server.port, host: 'localhost', ca: authority.ca })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    const text = await new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(data.toString()))
      socket.write(requestText(`${server.url('openai')}/chat/completions`, chat))
    })
    expect(text).toContain('HTTP/1.1 200 OK')
    socket.destroy()
  })
})

describe('faults of a connection', () => {
  it('accept-silence: taken, and nothing more', async () => {
    const endpoint = await start('accept-silence')
    const client = await rawClient(portOf(endpoint))
    client.send(requestText(endpoint.url('openai'), chat))
    await settle(100)
    expect([client.text, client.ended, endpoint.connections, endpoint.server?.requests.length]).toEqual([
      '',
      undefined,
      1,
      0,
    ])
    client.close()
  })

  it('rst-on-accept and fin-on-accept: ended before a word', async () => {
    for (const [name, how] of [
      ['rst-on-accept', 'reset'],
      ['fin-on-accept', 'fin'],
    ] as const) {
      const endpoint = await start(name)
      const client = await rawClient(portOf(endpoint))
      expect([await client.end(), client.text]).toEqual([how, ''])
      client.close()
    }
  })

  it('not-http: another protocol', async () => {
    const endpoint = await start('not-http')
    const client = await rawClient(portOf(endpoint))
    expect(await client.until((text) => text.includes('\n'))).toBe('SSH-2.0-OpenSSH_9.9p1 fake\r\n')
    client.close()
    await expect(fetch(endpoint.url())).rejects.toMatchObject({ cause: { name: 'HTTPParserError' } })
  })

  it('stands in a script like any other step', async () => {
    const server = await fakeProviderServer(
      reply('a').times(1).then(fault('rst-on-accept')).then(fault('fin-on-accept').times(2)).then('b'),
    )
    open.push(server)
    const outcomes: string[] = []
    for (let number = 0; number < 6; number++) {
      const response = await fetch(`${server.url('openai')}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify(chat),
      }).catch(() => undefined)
      outcomes.push(
        response
          ? `${response.headers.get('connection')} ${/"content":"(\w)"/.exec(await response.text())?.[1]}`
          : 'lost',
      )
      await settle(3)
    }
    // The answer before a fault of connections ends its own, so that the next request must dial.
    expect(outcomes).toEqual(['close a', 'lost', 'lost', 'lost', 'keep-alive b', 'keep-alive b'])
    expect(server.connections).toBe(5)
  })
})

describe('faults once the request was read', () => {
  it.each([
    ['hang-before-headers', undefined, ''],
    ['rst-before-headers', 'reset', ''],
    ['fin-before-headers', 'fin', ''],
  ] as const)('%s', async (name, how, text) => {
    const endpoint = await start(name)
    const client = await rawClient(portOf(endpoint))
    client.send(requestText(`${endpoint.url('openai')}/chat/completions`, chat))
    await endpoint.server?.waitForRequest(1)
    if (how) await client.end()
    await settle()
    expect([client.ended, client.text]).toEqual([how, text])
    client.close()
  })

  it.each([
    ['rst-after-headers', 'reset', 0],
    ['fin-after-headers', 'fin', 0],
    ['rst-mid-body', 'reset', 0.5],
    ['fin-mid-body', 'fin', 0.5],
  ] as const)('%s', async (name, how, share) => {
    for (const stream of [false, true]) {
      const endpoint = await start(name)
      const client = await sendRaw(`${endpoint.url('openai')}/chat/completions`, { ...chat, stream })
      expect(await client.end()).toBe(how)
      const [head = '', body = ''] = client.text.split('\r\n\r\n')
      expect(head).toContain('HTTP/1.1 200 OK')
      if (stream) expect(body.length > 0).toBe(share > 0)
      else expect(body.length).toBe(Math.floor(Number(/content-length: (\d+)/i.exec(head)?.[1]) * share))
      expect(client.text).not.toContain('[DONE]')
    }
  })

  it('stale-keepalive: the kept connection is lost with the next request', async () => {
    const endpoint = await start('stale-keepalive')
    const client = await rawClient(portOf(endpoint))
    const request = requestText(`${endpoint.url('openai')}/chat/completions`, chat)
    client.send(request)
    await client.until((text) => text.includes('total_tokens'))
    expect(client.ended).toBeUndefined()
    const { length } = client.text
    client.send(request)
    expect([await client.end(), client.text.length]).toEqual(['reset', length])
    const fresh = await sendRaw(`${endpoint.url('openai')}/chat/completions`, chat)
    expect(fresh.text).toContain('200 OK')
    expect(endpoint.server?.requests.map(({ connection, outcome }) => [connection, outcome])).toEqual([
      [0, 'answered'],
      [0, 'broken'],
      [1, 'answered'],
    ])
  })

  it('can be waited out on a virtual clock', async () => {
    const clock = virtualClock(0)
    const server = await fakeProviderServer({ script: fault('slow-headers', { afterMs: 5_000 }), clock })
    open.push(server)
    const answer = fetch(`${server.url('openai')}/chat/completions`, { method: 'POST', body: JSON.stringify(chat) })
    await server.waitForRequest(1)
    await clock.advance(5_000)
    expect((await answer).status).toBe(200)
  })

  it('refuses names it does not know, and those no script can hold', async () => {
    const server = await fakeProviderServer()
    open.push(server)
    expect(() => server.fault('rst-mid-bdoy')).toThrow("got 'rst-mid-bdoy'")
    expect(() => server.fault('conn-refused')).toThrow('faultEndpoint')
    await expect(faultEndpoint('nothing')).rejects.toThrow('allowed')
  })
})
