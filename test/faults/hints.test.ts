/** What a refusal says about when to come again. */
import { type FailOptions, fail, reply } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask, type Outcome } from './support/ask.ts'
import { type BenchOptions, useBench } from './support/bench.ts'
import { ofType } from './support/judge.ts'

const bench = useBench()

/** One refusal with these headers, then a good answer; the gap between the two requests, by the server's clock. */
async function gapAfter(
  options: FailOptions,
  more: BenchOptions & { status?: number } = {},
): Promise<{ gap: number | undefined; outcome: Outcome }> {
  const { status = 429, ...rest } = more
  bench.script(fail(status, options).times(1).then(reply()))
  const outcome = await ask(bench, rest)
  const [first, second] = bench.primary.requests
  return { gap: first && second && second.at - first.at, outcome }
}

function later(ms: number): string {
  return new Date(bench.clock.now() + ms).toUTCString()
}

const second = 1_000

describe('a short hint', () => {
  const hints: [string, () => FailOptions, number][] = [
    ['Retry-After: 1', () => ({ retryAfter: 1 }), 1_000],
    ['retry-after-ms: 1200', () => ({ headers: { 'retry-after-ms': '1200' } }), 1_200],
    ['a date two seconds ahead', () => ({ retryAfter: later(2 * second), headers: { date: later(0) } }), 2_000],
  ]
  for (const [title, options, ms] of hints) {
    it(`${title}: waits that long, and a little by chance`, verifies('F52'), async () => {
      for (const status of [429, 503]) {
        const { gap, outcome } = await gapAfter(options(), { status })
        expect(gap).toBe(ms)
        expect(outcome.billing).toEqual(['U2', 'U5'])
        expect(ofType(outcome, 'retry-scheduled')).toMatchObject([{ delayMs: ms, attempt: 2 }])
        const jittered = await gapAfter(options(), { status, random: () => 0.99 })
        expect(jittered.gap).toBeGreaterThan(ms)
        expect(jittered.gap).toBeLessThanOrEqual(ms + 100)
      }
    })
  }

  it('is not waited out where falling back is wanted and sooner', verifies('F52'), async () => {
    const { outcome, gap } = await gapAfter({ retryAfter: 1 }, { hasBackup: true, retry: { onRateLimit: 'fallback' } })
    expect([outcome.reply?.provider, outcome.ms, gap]).toEqual(['backup', 0, undefined])
  })
})

describe('a long hint', () => {
  it('that does not fit into the time left: no wait, the key rests until then', verifies('F53'), async () => {
    bench.script(fail(429, { retryAfter: 30 }))
    const alone = await ask(bench, { timeoutMs: 10_000 })
    expect(alone.error).toMatchObject({ code: 'rate_limited', retryAfterMs: 30_000 })
    expect([alone.primary, alone.ms]).toEqual([1, 0])
    expect(ofType(alone, 'gate-closed')).toMatchObject([{ forMs: 30_000 }])
    bench.primary.reset()
    const client = bench.client({ hasBackup: true })
    expect((await ask(bench, { client, timeoutMs: 10_000 })).reply?.provider).toBe('backup')
    await bench.clock.advance(29_999)
    expect((await ask(bench, { client })).attempts[0]).toMatchObject({ outcome: 'not_sent', retryAfterMs: 1 })
    await bench.clock.advance(1)
    expect((await ask(bench, { client })).attempts[0]).toMatchObject({ attempt: 1, status: 429 })
    expect(bench.primary.requests).toHaveLength(2)
  })

  it('even one that the waiting limit allows does not sleep past the deadline', verifies('F53'), async () => {
    bench.script(fail(429, { retryAfter: 4 }))
    const { error, ms, primary } = await ask(bench, { timeoutMs: 3_000 })
    expect([error?.code, ms, primary]).toEqual(['rate_limited', 0, 1])
  })

  it('of a day: the key rests a quarter of an hour, then one call tries', verifies('F54'), async () => {
    bench.script(fail(429, { retryAfter: 86_400 }))
    const client = bench.client({ hasBackup: true })
    const first = await ask(bench, { client })
    expect([first.reply?.provider, first.ms]).toEqual(['backup', 0])
    expect(ofType(first, 'gate-closed')).toMatchObject([{ forMs: 900_000 }])
    await bench.clock.advance(899_999)
    expect((await ask(bench, { client })).primary).toBe(1)
    await bench.clock.advance(1)
    await Promise.all(Array.from({ length: 20 }, () => client.llm.chat('Hi')))
    expect(bench.primary.requests.length).toBe(2)
  })
})

describe('a hint that makes no sense', () => {
  const nonsense: [string, FailOptions['retryAfter']][] = [
    ['0', 0],
    ['negative', -5],
    ['a date that is past', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['a word', 'soon'],
    ['Infinity', 'Infinity'],
    ['1e400', '1e400'],
    ['nothing', ''],
    ['twice', ['1', '2']],
  ]
  for (const [title, retryAfter] of nonsense) {
    it(`${title}: the usual backoff`, verifies('F55'), async () => {
      const { gap, outcome } = await gapAfter({ retryAfter: retryAfter as string }, { status: 503, random: () => 0.5 })
      expect(gap).toBe(250)
      expect(outcome.attempts[0]?.retryAfterMs).toBeUndefined()
    })
  }
})

describe('a date as hint while our clock is wrong', () => {
  it.each([3_600_000, -3_600_000])('by %i ms: the answer knows its own date', verifies('F56'), async (wrong) => {
    const headers = { date: later(wrong) }
    const { gap } = await gapAfter({ retryAfter: later(wrong + 2 * second), headers })
    expect(gap).toBe(2_000)
  })
})
