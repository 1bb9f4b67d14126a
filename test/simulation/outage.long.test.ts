import { UnifiedClient } from 'holdfast'
import { fail, fakeProvider, hang, type ScriptInput, virtualClock } from 'holdfast/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { Random } from './support/random.ts'
import { warmUp } from './support/run-world.ts'

/** Calls each minute, and how long the outage lasts. */
const rate = 1_000
const minutes = 3
const periodMs = 60_000 / rate
const steadyAfterMs = 60_000

type Options = Omit<ConstructorParameters<typeof UnifiedClient>[0], 'providers' | 'clock'>

/** Everything is down for minutes; how often each provider is asked for each call, once that has settled. */
async function amplification(script: ScriptInput, options: Options): Promise<number[]> {
  const clock = virtualClock({ turns: 1 })
  const random = new Random(7)
  const providers = ['a', 'b', 'c'].map((name) => fakeProvider({ name, clock, script }))
  const llm = new UnifiedClient({ ...options, providers, clock, random: random.next })
  const seen = () => providers.map(({ calls }) => calls.length)
  let before: number[] = []
  let offered = 0
  for (let at = 0; at < minutes * 60_000; at += periodMs) {
    if (before.length === 0 && at >= steadyAfterMs) before = seen()
    if (before.length > 0) offered++
    const isStream = random.chance(0.5)
    const work = isStream ? llm.chatStream('Hi').final() : llm.chat('Hi')
    work.catch(() => {})
    await clock.advance(periodMs)
  }
  const amplified = seen().map((count, index) => (count - (before[index] ?? 0)) / offered)
  await llm.close()
  await clock.settle()
  expect([clock.pending, ...providers.map(({ running }) => running)]).toEqual([0, 0, 0, 0])
  return amplified
}

describe('a total outage under a thousand calls a minute', () => {
  beforeAll(warmUp)

  it.each([
    ['refusals', fail(503)],
    ['silence', hang()],
    ['resets', hang({ forMs: 5 })],
  ])('%s: open circuits let through next to nothing', verifies('F135'), async (_, script) => {
    for (const share of await amplification(script, {})) expect(share).toBeLessThan(0.02)
  })

  const neverOpen = {
    errorRules: { overloaded: { countsForBreaker: false }, server_error: { countsForBreaker: false } },
  }

  it.each([
    ['with the defaults', {}],
    ['with many retries allowed', { retry: { retries: 10, baseMs: 0 }, maxAttempts: 100 }],
    ['with a hedge', { hedge: { afterMs: 1 } }],
  ])('%s: where circuits do not help, the budget still keeps it at 1.1 for each call', async (_, options) => {
    for (const share of await amplification(fail(503, { afterMs: 20 }), { ...neverOpen, ...options })) {
      expect(share).toBeLessThanOrEqual(1.1)
      expect(share).toBeGreaterThan(0.9)
    }
  })
})
