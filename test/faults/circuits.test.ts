/** Circuits over real connections: crowds, black holes, bad probes, shared names. */
import { anthropic } from 'holdfast/providers/anthropic'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { fail, fault, hang, reply, stall } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { cpuNow } from '../support/cost.ts'
import { verifies } from '../support/verifies.ts'
import { ask } from './support/ask.ts'
import { type BenchClient, useBench } from './support/bench.ts'
import { ofType } from './support/judge.ts'

const bench = useBench()
const circuit = { threshold: 3, cooldownMs: 60_000, probes: 3, jitter: 0 }

/** A client whose first provider's circuit has just opened. */
async function opened(script: Parameters<typeof bench.script>[0] = fail(503)): Promise<BenchClient> {
  bench.script(script)
  const client = bench.client({ hasBackup: true, circuit })
  while (client.llm.circuits().primary?.state === 'closed') await ask(bench, { client })
  expect(ofType(client, 'circuit-opened')).toMatchObject([{ provider: 'primary', cooldownMs: 60_000 }])
  bench.primary.reset()
  return client
}

async function crowd({ llm }: BenchClient, size: number): Promise<string[]> {
  return Promise.all(Array.from({ length: size }, async () => (await llm.chat('Hi')).provider))
}

describe('an open circuit', () => {
  it('sends nothing, costs no time, and tells when to come again', verifies('F121'), async () => {
    const client = await opened()
    const outcome = await ask(bench, { client })
    expect(outcome.attempts[0]).toMatchObject({ provider: 'primary', outcome: 'not_sent', retryAfterMs: 60_000 })
    expect([outcome.reply?.provider, outcome.primary, outcome.ms]).toEqual(['backup', 0, 0])
    const alone = await client.llm.chat({ prompt: 'Hi', providers: ['primary'] }).catch((error) => error)
    expect(alone).toMatchObject({ code: 'circuit_open', retryAfterMs: 60_000 })
    const times: number[] = []
    for (let round = 0; round < 20; round++) {
      const before = cpuNow()
      await client.llm.chat({ prompt: 'Hi', providers: ['primary'] }).catch(() => {})
      times.push(cpuNow() - before)
    }
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(5)
  })

  it('opens once for a hundred failures in flight', verifies('F141'), async () => {
    bench.script(fail(503))
    const client = bench.client({ hasBackup: true, circuit })
    await bench.clock.run(crowd(client, 100))
    expect(ofType(client, 'circuit-opened')).toHaveLength(1)
    // Some hundred were on their way already, and the retry budget allows only a few more.
    expect(bench.primary.requests.length).toBeLessThanOrEqual(113)
  })

  it('opens on failures too slow for any window', verifies('F251'), async () => {
    bench.script(hang())
    const client = bench.client({ hasBackup: true, circuit })
    for (let call = 0; call < 3; call++) {
      await bench.clock.advance(120_000)
      expect((await ask(bench, { client })).ms).toBe(30_000)
    }
    expect(client.llm.circuits().primary?.state).toBe('open')
    expect((await ask(bench, { client })).ms).toBe(0)
    expect(bench.primary.requests).toHaveLength(3)
  })
})

describe('at the end of the cooldown', () => {
  it('a crowd of a thousand makes three probes, the rest go on at once', verifies('F122'), async () => {
    const client = await opened()
    bench.primary.use(stall({ beforeHeaders: true, forMs: 5_000, text: 'back' }))
    await bench.clock.advance(60_000)
    const started = bench.clock.monotonic()
    const others: string[] = []
    const calls = Array.from({ length: 1_000 }, async () => {
      const { provider } = await client.llm.chat('Hi')
      if (provider === 'backup') others.push(provider)
    })
    await bench.primary.waitForRequest(3)
    while (others.length < 997) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(bench.clock.monotonic()).toBe(started)
    await bench.clock.run(Promise.all(calls))
    expect(bench.primary.requests).toHaveLength(3)
    expect(ofType(client, 'attempt-start').filter(({ isProbe }) => isProbe)).toHaveLength(3)
    expect(client.llm.circuits().primary?.state).toBe('closed')
  })

  it(
    'a probe that never settles is ended by its own limit, and opens the circuit again',
    verifies('F123'),
    async () => {
      const client = await opened()
      bench.primary.use(hang())
      await bench.clock.advance(60_000)
      expect((await ask(bench, { client })).ms).toBe(30_000)
      expect(client.llm.circuits().primary).toMatchObject({ state: 'open' })
      expect(ofType(client, 'circuit-opened')).toHaveLength(2)
    },
  )

  it('a probe that its caller gives up gives its place back, without a word on health', verifies('F124'), async () => {
    const client = await opened()
    bench.primary.use(stall({ afterTokens: 3 }))
    await bench.clock.advance(60_000)
    for (let round = 0; round < 5; round++) {
      for await (const _ of client.llm.chatStream('Hi').text) break
      await bench.clock.settle()
    }
    expect(bench.primary.requests).toHaveLength(5)
    expect(ofType(client, 'circuit-closed')).toEqual([])
    bench.primary.use(reply('back'))
    for (let round = 0; round < 3; round++) expect((await ask(bench, { client })).reply?.text).toBe('back')
    expect(ofType(client, 'circuit-closed')).toHaveLength(1)
  })

  it.each([400, 401, 422])('a probe that gets %i says nothing about health', verifies('F126'), async (status) => {
    const client = await opened()
    bench.primary.use(fail(status))
    await bench.clock.advance(60_000)
    for (let round = 0; round < 4; round++) await ask(bench, { client })
    expect(ofType(client, 'circuit-closed')).toEqual([])
    expect(ofType(client, 'circuit-opened')).toHaveLength(1)
    bench.primary.use(reply('back'))
    client.llm.reset()
    expect((await ask(bench, { client })).reply?.text).toBe('back')
  })
})

describe('circuits in a shared store', () => {
  it('belong to endpoints: the same name at another address is another circuit', verifies('F130'), async () => {
    const { circuits: circuitStore } = memoryStores({ clock: bench.clock })
    bench.script(fail(503), reply('well'))
    const down = bench.client({ circuit, circuitStore })
    const up = bench.client({ circuit, circuitStore, baseUrl: bench.backup.url('openai') })
    const beside = bench.client({ circuit, circuitStore })
    await ask(bench, { client: down })
    expect(down.llm.circuits().primary?.state).toBe('open')
    for (let call = 0; call < 3; call++) {
      await bench.clock.advance(1_001)
      expect((await ask(bench, { client: up })).reply?.text).toBe('well')
    }
    // Whoever is told of the same endpoint follows.
    await ask(bench, { client: beside })
    await bench.clock.settle()
    expect(beside.llm.circuits().primary?.state).toBe('open')
  })

  it('that is down, slow or broken: this process decides alone, and says so once', verifies('F134'), async () => {
    const never = () => new Promise<never>(() => {})
    const rejects = () => Promise.reject(new Error('down'))
    const throws = () => {
      throw new Error('broken')
    }
    for (const [how, work] of [
      ['down', rejects],
      ['broken', throws],
      ['slow', never],
    ] as const) {
      const circuitStore = { read: work, write: work, lease: work, release: work }
      bench.script(fail(503))
      const client = bench.client({ hasBackup: true, circuit, circuitStore })
      const first = await ask(bench, { client })
      expect([how, first.reply?.provider, first.ms]).toEqual([how, 'backup', 0])
      await ask(bench, { client })
      expect(client.llm.circuits().primary?.state).toBe('open')
      bench.primary.use(reply('back'))
      await bench.clock.advance(60_000)
      const probe = await ask(bench, { client })
      expect(probe.reply?.text).toBe('back')
      expect(probe.ms).toBeLessThanOrEqual(50)
      // Once a minute; that it is slow is known when it has been waited for.
      const told = ofType(client, 'warning').filter(({ provider }) => provider === 'primary')
      expect(told.map(({ code }) => code)).toEqual(Array(how === 'slow' ? 1 : 2).fill('circuit-store-unavailable'))
      await client.close()
    }
  })
})

describe('routing', () => {
  it('asks nobody for what nobody can do', verifies('F138'), async () => {
    bench.script(reply())
    const client = bench.client({ hasBackup: true, make: anthropic })
    await expect(client.llm.embed('x')).rejects.toMatchObject({ code: 'no_provider' })
    expect([bench.primary.requests.length, bench.backup.requests.length, client.events]).toEqual([0, 0, []])
  })

  it('does not go elsewhere for a caller who names a provider that is open', verifies('F139'), async () => {
    const client = await opened()
    await expect(client.llm.chat({ prompt: 'Hi', providers: ['primary'] })).rejects.toMatchObject({
      code: 'circuit_open',
    })
    const both = await client.llm.chat({ prompt: 'Hi', providers: ['primary', 'backup'] })
    expect(both.provider).toBe('backup')
  })
})

describe('one layer retries', () => {
  it.each([
    ['500', fail(500)],
    ['503 with a hint of 0', fail(503, { retryAfter: 0 })],
    ['429', fail(429)],
    ['408', fail(408)],
    ['a reset', fault('rst-before-headers')],
    ['a close', fault('fin-before-headers')],
    ['an empty answer', fault('http-204')],
  ])('none told to retry: %s is one request', verifies('F137'), async (_, script) => {
    bench.script(script)
    for (const view of ['chat', 'text'] as const) {
      bench.primary.reset()
      expect((await ask(bench, { view, retry: { retries: 0 } })).primary).toBe(1)
    }
  })
})

describe('observers', () => {
  it('that throw or reject change nothing', verifies('F140', 'F224'), async () => {
    bench.script(fail(503).times(1).then(reply('well')))
    const { UnifiedClient } = await import('holdfast')
    let told = 0
    const llm = new UnifiedClient({
      providers: [openai({ baseUrl: bench.primary.url('openai'), apiKey: 'sk-test-1', model: 'm' })],
      clock: bench.clock,
      onEvent: [
        () => {
          throw new Error('observer')
        },
        (async () => {
          throw new Error('observer')
        }) as never,
        () => {
          told++
        },
      ],
    })
    llm.observe(() => {
      throw new Error('observer')
    })
    expect((await bench.clock.run(llm.chat('Hi'))).text).toBe('well')
    expect((await bench.clock.run(llm.chatStream('Hi').final())).text).toBe('well')
    expect(told).toBeGreaterThan(8)
    await llm.close()
  })
})
