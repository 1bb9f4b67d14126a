/** Every fault there is, in every view: the key shows nowhere. */
import { inspect } from 'node:util'
import { fault } from 'holdfast/testing'
import { faultEndpoint, faultNames } from 'holdfast/testing/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask, type View } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { canary, hidesCanary } from './support/canary.ts'

const bench = useBench()
const written: string[] = []

beforeEach(() => {
  written.length = 0
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written.push(String(chunk))
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  hidesCanary(written)
})

const addresses = ['dns-nxdomain', 'conn-refused', 'conn-hang', /^tls-/].map((name) => new RegExp(name))
const isAddress = (name: string) => addresses.some((pattern) => pattern.test(name))
/** Sizes by which a fault is as good as endless, and cheap. */
const small: Readonly<Record<string, object>> = {
  'sse-tool-flood': { count: 200 },
  'sse-200k-events': { count: 1_000 },
  'body-600mb': { megabytes: 8 },
  'gzip-bomb': { megabytes: 8 },
  'sse-no-newline': { megabytes: 8 },
  'sse-no-blank-line': { megabytes: 8 },
  'sse-10mb-event': { megabytes: 3 },
  'deep-json': { depth: 10_000 },
  'sse-endless': { everyMs: 1_000 },
}
const limits = { maxResponseBytes: 2_000_000, maxEventBytes: 1_000_000, timeoutMs: 120_000, retry: { retries: 1 } }

describe('the search itself', () => {
  it('finds a key wherever it hides', () => {
    const deep = { list: [{ inner: `Bearer ${canary}` }] }
    const cause = Object.defineProperty(new Error('outer'), 'cause', { value: new Error(`GET /?key=${canary}`) })
    for (const value of [deep, cause, `x${canary}`, { [canary]: 1 }, { [Symbol('s')]: canary }, canary.slice(0, 20)])
      expect(() => hidesCanary(value)).toThrow('The key shows')
    hidesCanary({ key: '[secret]' })
  })
})

describe('the key of every provider', () => {
  // What `ask` gives back it has already looked through: errors with all they hold, replies, and at the end all events.
  for (const view of ['chat', 'text'] as const satisfies View[]) {
    it(`stays hidden through every fault of a server: ${view}`, { timeout: 120_000, ...verifies('F184') }, async () => {
      const names = faultNames.filter((name) => !isAddress(name))
      expect(names.length).toBeGreaterThan(100)
      for (const name of names) {
        for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
          bench.script(fault(name, { ...small[name] }))
          const { error, reply } = await ask(bench, { view, dialect, hasBackup: dialect === 'gemini', ...limits })
          expect(error ?? reply, name).toBeDefined()
        }
      }
    })
  }

  it('stays hidden through every fault of an address', { timeout: 120_000, ...verifies('F184') }, async () => {
    for (const name of faultNames.filter((each) => isAddress(each) && !/hang|stall/.test(each))) {
      const endpoint = await faultEndpoint(name)
      const baseUrl = endpoint.url('openai').replace('http://nobody', 'https://nobody')
      const { error } = await ask(bench, { baseUrl, patienceMs: 60, ...limits })
      expect(error, name).toBeDefined()
      await endpoint.close()
    }
  })

  it('is sent in a header, and in no URL', verifies('F184', 'F187'), async () => {
    for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
      bench.script('x')
      await ask(bench, { dialect })
      const [request] = bench.primary.requests
      expect(JSON.stringify(request?.headers)).toContain(canary)
      expect(request?.path).not.toContain(canary)
      expect(JSON.stringify(request?.body)).not.toContain(canary)
    }
  })

  it('does not show in whatever way a client is looked at', verifies('F184', 'F185'), async () => {
    bench.script('x')
    const { llm } = bench.client({ hasBackup: true })
    await llm.chat('Hi')
    hidesCanary(llm)
    hidesCanary(llm.circuits())
    expect(inspect(llm, { depth: 20, showHidden: true })).not.toContain('canary-4f9b')
    expect(`${llm}${JSON.stringify(llm)}`).not.toContain('canary')
  })

  it('that stands in an error of the network package does not come along', verifies('F186'), async () => {
    bench.script(fault('rst-before-headers'))
    const { error } = await ask(bench)
    const seen: string[] = []
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) seen.push(...Object.keys(cause))
    expect(seen.filter((key) => /^(request|response|options|headers|config)$/.test(key))).toEqual([])
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/https?:\/\/|authorization/i)
  })
})
