import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type FakeProviderServer,
  fakeProviderServer,
  loadCases,
  recordedCase,
  serveCase,
} from '../../src/testing/server.ts'
import { sendRaw } from './raw-client.ts'

const open: FakeProviderServer[] = []

afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const corpus = join(process.cwd(), 'test/fixtures/wire')

describe('recorded cases', () => {
  it('are loaded from a folder and the folders in it, and nothing else is', async () => {
    const cases = await loadCases(corpus)
    expect(cases.length).toBeGreaterThan(500)
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    expect(new Set(cases.map(({ provider }) => provider))).toContain('anthropic')
  })

  it('are refused when they are not what they say', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cases-'))
    try {
      await writeFile(join(folder, 'other.json'), '{"schema":"something else"}')
      expect(await loadCases(folder)).toEqual([])
      await writeFile(join(folder, 'wrong.json'), '{"schema":"wire-case/1","id":7}')
      await expect(loadCases(folder)).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('wrong.json'),
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('come over the wire as they were: status, headers and every byte, whatever is asked', async () => {
    const cases = (await loadCases(corpus)).filter((_, place) => place % 5 === 0)
    const server = await fakeProviderServer()
    open.push(server)
    for (const wireCase of cases) {
      server.use(recordedCase(wireCase), { operation: 'any' })
      const { status, headers, text, body } = wireCase.response
      const { pathname } = new URL(wireCase.request.url)
      const response = await fetch(server.url() + pathname, {
        method: wireCase.request.method,
        ...(wireCase.request.method === 'POST' && { body: '{}' }),
      })
      expect(response.status, wireCase.id).toBe(status)
      for (const [name, value] of Object.entries(headers)) {
        if (!/^(content-(encoding|length)|transfer-encoding|connection)$/.test(name))
          expect(response.headers.get(name), wireCase.id).toBe(value)
      }
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(bytes.equals(Buffer.from(text ?? (body === undefined ? '' : JSON.stringify(body)))), wireCase.id).toBe(
        true,
      )
    }
  })

  it('are cut where told, at every byte too, and end as told', async () => {
    const text = 'data: {"a":"é日👩"}\r\n\r\n'
    const wireCase = {
      response: { status: 200, headers: { 'content-type': 'text/event-stream', 'content-length': '9' }, text },
    }
    const pieces = await serveCase(wireCase, { cutAt: [3, 3, 11, 999] })
    open.push(pieces)
    const cut = await sendRaw(`${pieces.url()}/any/path`, {})
    expect(await cut.end()).toBe('fin')
    expect(cut.text.match(/\r\n([0-9a-f]+)\r\n/g)?.map((size) => Number.parseInt(size.trim(), 16))).toEqual([
      3,
      8,
      Buffer.byteLength(text) - 11,
      0,
    ])
    const bytes = await serveCase(wireCase, { cutAt: 'every-byte' })
    open.push(bytes)
    expect(await (await fetch(bytes.url(), { method: 'POST', body: '{}' })).text()).toBe(text)
    for (const [endBy, how] of [
      ['fin', 'fin'],
      ['reset', 'reset'],
    ] as const) {
      const server = await serveCase(wireCase, { endBy })
      open.push(server)
      const client = await sendRaw(server.url(), undefined)
      expect([await client.end(), client.text.endsWith('0\r\n\r\n'), client.text.includes('日')]).toEqual([
        how,
        false,
        true,
      ])
    }
  })
})
