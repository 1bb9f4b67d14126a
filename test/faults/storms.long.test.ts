/** What an outage is met with: requests at each provider, all layers together. */
import { type Provider, UnifiedClient } from 'holdfast'
import { decide, fail, reply, type ScriptInput, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import type { TenantVault } from '../../src/types/tenant.ts'
import { verifies } from '../support/verifies.ts'
import { useBench } from './support/bench.ts'
import { heapInUse } from './support/heap.ts'
import { ofType } from './support/judge.ts'

const bench = useBench()
const minute = 60_000

/** So many calls, evenly over a minute. */
async function aMinuteOf(calls: number, client: ReturnType<typeof bench.client>): Promise<number> {
  let failed = 0
  const running: Promise<void>[] = []
  for (let call = 0; call < calls; call++) {
    running.push(
      client.llm.chat('Hi').then(
        () => {},
        () => {
          failed++
        },
      ),
    )
    await bench.clock.advance(minute / calls)
  }
  await bench.clock.run(Promise.all(running))
  return failed
}

describe('a total outage', () => {
  it('is met by a few requests until the circuits open, then by probes', verifies('F135'), async () => {
    bench.script(fail(503), fail(503))
    const client = bench.client({ hasBackup: true, circuit: {}, random: () => 0.5 })
    const calls = 300
    expect(await aMinuteOf(calls, client)).toBe(calls)
    for (const { requests } of [bench.primary, bench.backup]) expect(requests.length).toBeLessThanOrEqual(10)
    const sent = ofType(client, 'attempt-end').filter(({ record }) => record.attempt > 0)
    expect(sent).toHaveLength(bench.primary.requests.length + bench.backup.requests.length)
    expect(ofType(client, 'circuit-opened').map(({ provider }) => provider)).toEqual(['primary', 'backup'])
    // A quarter of an hour on: at most three probes each minute.
    bench.primary.reset()
    for (let passed = 0; passed < 15; passed++) {
      await bench.clock.advance(minute)
      for (let call = 0; call < 5; call++) await bench.clock.run(client.llm.chat('Hi').catch(() => {}))
    }
    expect(bench.primary.requests.length).toBeLessThanOrEqual(45)
  })

  it('without any circuit the retry budget alone keeps it to a tenth more', verifies('F135'), async () => {
    bench.script(fail(503), fail(503))
    const client = bench.client({ hasBackup: true, circuit: { threshold: 1_000 }, random: () => 0.5 })
    const calls = 300
    await aMinuteOf(calls, client)
    // Ten per cent, and three in each ten seconds.
    for (const { requests } of [bench.primary, bench.backup])
      expect(requests.length).toBeLessThanOrEqual(calls * 1.1 + 3 * 7)
  })
})

describe('half of all requests fail', () => {
  it('retries stop when their budget is spent, calls go on elsewhere', verifies('F136'), async () => {
    let count = 0
    const half: ScriptInput = decide(() => (count++ % 2 === 0 ? fail(503) : reply()))
    bench.script(half)
    const client = bench.client({ hasBackup: true, circuit: { threshold: 1_000 }, random: () => 0.5 })
    const calls = 300
    expect(await aMinuteOf(calls, client)).toBe(0)
    const retries = ofType(client, 'retry-scheduled').length
    expect(retries).toBeGreaterThan(20)
    expect(retries).toBeLessThanOrEqual(calls * 0.1 + 3 * 7)
    expect(bench.primary.requests).toHaveLength(calls + retries)
    expect(ofType(client, 'fallback-taken').length).toBeGreaterThan(calls / 5)
    expect(client.llm.circuits().primary?.state).toBe('closed')
  })
})

describe('ten thousand tenants at seven providers', () => {
  it('need no timer, and little memory, of their own', verifies('F131'), async () => {
    const clock = virtualClock()
    const timersBefore = timers()
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const llm = new UnifiedClient({
      providers: names.map(forgetful),
      clock,
      vault,
    })
    const askAll = async (from: number, to: number) => {
      for (let tenant = from; tenant < to; tenant++)
        await llm.tenant(`tenant-${tenant}`).chat({ prompt: 'Hi', providers: [names[tenant % 7] as string] })
    }
    await askAll(0, 1_000)
    const before = heapInUse()
    await askAll(1_000, 10_000)
    expect((heapInUse() - before) / 9_000).toBeLessThan(1_000)
    expect(clock.pending).toBe(0)
    // One that others left may have ended meanwhile.
    expect(timers()).toBeLessThanOrEqual(timersBefore)
    expect(Object.keys(llm.circuits())).toEqual(names)
    await llm.close()
  })
})

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

/** Answers at once and remembers nothing, as a fake would. */
function forgetful(name: string): Provider {
  return {
    name,
    kind: 'forgetful',
    defaultModel: 'm',
    capabilities: { chat: true, chatStream: false, embed: false, models: false },
    chat: async () => [
      { type: 'text', text: 'x' },
      { type: 'finish', finishReason: 'stop' },
    ],
    chatStream: () => {
      throw new Error('not asked')
    },
  }
}

/** Every tenant has a key of its own, at every provider. */
const vault = {
  active: async (tenant: string, provider: string) => ({ id: '1', tenant, provider }),
  key: async () => ({ key: { reveal: () => 'sk-test-tenant' } }),
} as unknown as TenantVault
