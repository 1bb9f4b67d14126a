/** Closing, a day of traffic, and what can be injected. */
import { type ClientEvent, UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { decide, fail, fault, hang, reply, type ScriptInput, stall } from 'holdfast/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { useBench } from './support/bench.ts'
import { heapInUse } from './support/heap.ts'
import { ofType } from './support/judge.ts'

const bench = useBench()

afterEach(() => {
  vi.useRealTimers()
})

describe('closing', () => {
  it('twice, at once and later, is closing once', verifies('F217'), async () => {
    bench.script(reply())
    const { llm } = bench.client()
    await llm.chat('Hi')
    await Promise.all([llm.close(), llm.close(), llm.close({ drainMs: 1_000 })])
    await llm.close()
    await bench.clock.settle()
    expect([bench.primary.openSockets, bench.clock.pending]).toEqual([0, 0])
  })

  it('a client that was never used, or has just begun', verifies('F217'), async () => {
    bench.script(reply())
    await bench.client().llm.close()
    const { llm, events } = bench.client({ hasBackup: true })
    const chat = llm.chat('Hi').catch((error) => error.code)
    const stream = llm
      .chatStream('Hi')
      .final()
      .catch((error) => error.code)
    await llm.close()
    for (const code of await Promise.all([chat, stream])) expect(['aborted', 'closed']).toContain(code)
    expect(bench.primary.requests).toHaveLength(0)
    expect(ofType({ events }, 'call-start')).toHaveLength(ofType({ events }, 'call-end').length)
  })

  it('refuses everything afterwards', verifies('F217'), async () => {
    bench.script(reply())
    const { llm } = bench.client()
    const unread = llm.chatStream('Hi')
    await llm.close()
    const closed = { code: 'closed' }
    await expect(llm.chat('Hi')).rejects.toMatchObject(closed)
    await expect(llm.embed('Hi')).rejects.toMatchObject(closed)
    await expect(llm.models()).rejects.toMatchObject(closed)
    expect(() => llm.chatStream('Hi')).toThrow(expect.objectContaining(closed))
    await expect(unread.final()).rejects.toMatchObject(closed)
    expect(bench.primary.requests).toHaveLength(0)
  })

  it(
    'lets what is under way come to its end within the time to drain, and ends the rest',
    verifies('F217'),
    async () => {
      bench.script(
        decide(({ index }) => (index === 0 ? stall({ beforeHeaders: true, forMs: 500, text: 'x' }) : hang())),
      )
      const { llm } = bench.client()
      const ends = ['first', 'second'].map(async (prompt) => {
        const end = llm.chat(prompt).then(
          ({ text }) => text,
          (error) => error.code,
        )
        await bench.primary.waitForRequest(prompt === 'first' ? 1 : 2)
        return end
      })
      await bench.primary.waitForRequest(2)
      const startedAt = bench.clock.monotonic()
      await bench.clock.run(llm.close({ drainMs: 2_000 }))
      expect(bench.clock.monotonic() - startedAt).toBe(2_000)
      expect((await Promise.all(ends)).sort()).toEqual(['aborted', 'x'])
    },
  )
})

describe('a day of mixed traffic', () => {
  it('grows nothing, and counts what the servers count', { timeout: 120_000, ...verifies('F225') }, async () => {
    const day = 86_400_000
    const everyMs = 120_000
    let at = 0
    const script: ScriptInput = decide(({ index }) => {
      at = bench.clock.monotonic()
      // An hour of outage after each five of ordinary trouble.
      if (Math.floor(at / 3_600_000) % 6 === 5) return fail(503)
      return weather[index % weather.length] as ScriptInput
    })
    bench.script(script)
    const counts: Record<string, number> = {}
    const count = (name: string) => {
      counts[name] = (counts[name] ?? 0) + 1
    }
    const llm = new UnifiedClient({
      providers: [
        openai({ name: 'primary', baseUrl: bench.primary.url('openai'), apiKey: 'sk-test-1', model: 'm' }),
        openai({ name: 'backup', baseUrl: bench.backup.url('openai'), apiKey: 'sk-test-1', model: 'b' }),
      ],
      clock: bench.clock,
      random: () => 0.5,
      onEvent: (event) => {
        if (event.type === 'attempt-end') count(event.record.provider)
        else count(event.type)
      },
    })
    const once = async (index: number) => {
      if (index % 3 === 0) await llm.chat('Hi').catch(() => {})
      else if (index % 3 === 1)
        await llm
          .chatStream('Hi')
          .final()
          .catch(() => {})
      else for await (const _ of llm.chatStream('Hi').text) if (index % 2) break
    }
    const seen = { primary: 0, backup: 0 }
    const calls = day / everyMs
    let before = 0
    for (let index = 0; index < calls; index++) {
      await bench.clock.run(once(index).catch(() => {}))
      await bench.clock.advance(everyMs)
      if (index % 60 === 59) {
        seen.primary += bench.primary.requests.length
        seen.backup += bench.backup.requests.length
        bench.primary.reset()
        bench.backup.reset()
      }
      if (index === calls / 2) before = heapInUse()
    }
    seen.primary += bench.primary.requests.length
    seen.backup += bench.backup.requests.length
    expect(counts).toMatchObject({ ...seen, 'call-start': calls, 'call-end': calls })
    expect(seen.primary).toBeGreaterThan(calls / 2)
    // Four outages, of which the last lasts until the day is over.
    expect(counts['circuit-opened']).toBeGreaterThanOrEqual(4)
    expect(counts['circuit-closed']).toBeGreaterThanOrEqual(3)
    expect(bench.clock.pending).toBe(0)
    expect(heapInUse() - before).toBeLessThan(1_000_000)
    expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length).toBeLessThan(20)
    await llm.close()
  })
})

const weather: readonly ScriptInput[] = [
  reply(),
  reply(),
  fail(500),
  reply(),
  fault('sse-cut-after-tokens'),
  reply(),
  fail(429, { retryAfter: 1 }),
  reply(),
  fault('rst-before-headers'),
  fault('slow-headers', { afterMs: 9_000 }),
  reply(),
  hang(),
  reply(),
  fault('html-200'),
  reply(),
]

describe('what can be injected', () => {
  it('time and chance: waits are to the millisecond what they say', verifies('F227'), async () => {
    bench.script(fail(503).times(2).then(reply()))
    const events: ClientEvent[] = []
    const { llm } = bench.client({ random: () => 0.5 })
    llm.observe((event) => events.push(event))
    await bench.clock.run(llm.chat('Hi'))
    expect(ofType({ events }, 'retry-scheduled').map(({ delayMs }) => delayMs)).toEqual([250, 500])
    const [first, second, third] = bench.primary.requests.map(({ at }) => at)
    expect([(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)]).toEqual([250, 500])
    expect(events.every(({ at }) => at <= bench.clock.now() && at > bench.clock.now() - 10_000)).toBe(true)
  })

  it('fetch: looked up when it is called, so that a later stub is seen', verifies('F227'), async () => {
    bench.script(reply('from the network'))
    const urls: string[] = []
    const body = { choices: [{ message: { content: 'from the stub' }, finish_reason: 'stop' }] }
    const stub = async (input: RequestInfo | URL) => {
      urls.push(String(input))
      return Response.json(body)
    }
    const { llm } = bench.client()
    expect((await llm.chat('Hi')).text).toBe('from the network')
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(stub)
    expect((await llm.chat('Hi')).text).toBe('from the stub')
    spy.mockRestore()
    expect((await llm.chat('Hi')).text).toBe('from the network')
    const own = bench.client({ fetch: stub })
    expect((await own.llm.chat('Hi')).text).toBe('from the stub')
    expect(urls).toEqual(Array(2).fill(`${bench.primary.url('openai')}/chat/completions`))
  })

  it('fake timers of a test runner work without telling the client of them', verifies('F227'), async () => {
    bench.script(hang())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'], now: 1_000_000 })
    const llm = new UnifiedClient({
      providers: [openai({ name: 'primary', baseUrl: bench.primary.url('openai'), apiKey: 'sk-test-1', model: 'm' })],
      retry: { retries: 0 },
    })
    const events: ClientEvent[] = []
    llm.observe((event) => events.push(event))
    const failed = llm.chat('Hi').catch((error) => error)
    await bench.primary.waitForRequest(1)
    await vi.advanceTimersByTimeAsync(29_999)
    expect(ofType({ events }, 'attempt-end')).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await failed).toMatchObject({ code: 'headers_timeout', attempts: [{ startedAt: 1_000_000, ms: 30_000 }] })
    expect(vi.getTimerCount()).toBe(0)
    await llm.close()
  })
})
