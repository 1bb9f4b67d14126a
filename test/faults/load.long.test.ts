/** Crowds of calls and of streams. */
import { UnifiedClient } from 'holdfast'
import { createMeter } from 'holdfast/metering'
import { memoryStores } from 'holdfast/stores/memory'
import { fakeProvider, stall, stream, virtualClock } from 'holdfast/testing'
import { type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { endChildren, startProgram } from './support/child.ts'

let server: FakeProviderServer
const timeout = 120_000

beforeAll(async () => {
  server = await fakeProviderServer()
})
afterAll(async () => {
  endChildren()
  await server.close()
})

describe('ten thousand calls at once', () => {
  it('all settle over a bounded number of connections, and cost little while they wait', {
    timeout,
    ...verifies('F221'),
  }, async () => {
    const child = startProgram('crowd.ts', { args: ['10000'], flags: ['--expose-gc'] })
    const { ok, asked, most, perCall } = await child.said<Record<'ok' | 'asked' | 'most' | 'perCall', number>>()
    expect([ok, asked]).toEqual([10_000, 10_000])
    expect(most).toBeLessThanOrEqual(200)
    expect(perCall).toBeLessThan(40_960)
    expect(await child.ended()).toEqual({ code: 0, errors: '' })
  })
})

describe('a heap of 64 MB', () => {
  it('carries two hundred streams', { timeout, ...verifies('F222') }, async () => {
    server.use(stream(Array(150).fill('lorem ipsum '), {}))
    const child = startProgram('streams.ts', {
      args: [server.url('openai'), '200'],
      flags: ['--max-old-space-size=64'],
    })
    expect(await child.said()).toEqual({ 1800: 200 })
    expect(await child.ended()).toEqual({ code: 0, errors: '' })
  })
})

describe('more calls than may run at once', () => {
  it('are refused at once, by name, and the places come back', verifies('F221'), async () => {
    const clock = virtualClock()
    const meter = createMeter({ stores: memoryStores({ clock }), clock, limits: { perClient: { concurrent: 100 } } })
    const provider = fakeProvider({ clock, script: stall({ beforeHeaders: true, forMs: 1_000, text: 'x' }) })
    const llm = new UnifiedClient({ providers: [provider], clock, meter })
    const crowd = () =>
      Promise.allSettled(Array.from({ length: 1_000 }, () => llm.chat('Hi'))).then((all) =>
        all.map((one) => (one.status === 'fulfilled' ? one.value.text : one.reason.code)),
      )
    for (let round = 0; round < 2; round++) {
      const ends = await clock.run(crowd())
      expect(ends.filter((end) => end === 'x')).toHaveLength(100)
      expect(ends.filter((end) => end === 'concurrency_exceeded')).toHaveLength(900)
    }
    expect(provider.calls).toHaveLength(200)
    await llm.close()
    await clock.run(meter.close())
  })
})
