import { virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { createMeter, type MeterOptions } from '../../src/metering/meter.ts'
import { priceTable } from '../../src/metering/prices.ts'
import type { Meter } from '../../src/types/meter.ts'
import { verifies } from '../support/verifies.ts'
import { type Fault, spoilableStores } from './support/spoilt-store.ts'

const faults: Fault[] = ['throws', 'rejects', 'hangs', 'answers nothing', 'answers nonsense']
const candidates = [{ provider: 'openai', model: 'gpt-5' }]
const prices = priceTable({ 'gpt-5': { input: 1, output: 1 } })

function stand(options: Omit<MeterOptions, 'clock' | 'stores'>) {
  const clock = virtualClock()
  const { good, usage, limits, state } = spoilableStores(clock)
  const warnings: { code: string; message: string }[] = []
  const onWarning = (warning: { code: string; message: string }) => warnings.push(warning)
  const meter = createMeter({ stores: { usage, limits }, clock, prices, onWarning, ...options })
  return { clock, good, state, meter, warnings }
}

let calls = 0
const reserve = (meter: Meter) =>
  meter.reserve({
    requestId: `r${calls++}`,
    tenant: 'acme',
    endpoint: 'chat',
    inputTokens: 10,
    maxOutputTokens: 10,
    candidates,
  })

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'through',
    (error) => error.code,
  )

describe.each(faults)('a limit store that %s', (fault) => {
  it('lets calls go on under the same limits, counted here', verifies('F155', 'F172'), async () => {
    const { meter, clock, state } = stand({ limits: { perTenant: { requests: '3/minute' } } })
    state.fault = fault
    const codes: string[] = []
    for (let n = 0; n < 5; n++) codes.push(await clock.run(codeOf(reserve(meter))))
    expect(codes).toEqual(['through', 'through', 'through', 'limit_exceeded', 'limit_exceeded'])
    expect(meter.health().limitStore).toBe('unavailable')
  })

  it('refuses calls where money is limited', verifies('F155', 'F172'), async () => {
    const { meter, clock, state } = stand({ limits: { perTenant: { cost: '5/day', requests: '3/minute' } } })
    state.fault = fault
    const error = await clock.run(reserve(meter).catch((thrown) => thrown))
    expect(error).toMatchObject({ name: 'LimitExceededError', code: 'budget_unknown' })
  })

  it('costs the first call a quarter of a second at most, and the next ones nothing', verifies('F156'), async () => {
    const { meter, clock, state } = stand({ limits: { perTenant: { requests: '300/minute' } } })
    state.fault = fault
    await clock.run(reserve(meter))
    expect(clock.monotonic()).toBeLessThanOrEqual(fault === 'hangs' ? 500 : 250)
    const before = clock.monotonic()
    for (let n = 0; n < 50; n++) await reserve(meter)
    expect(clock.monotonic()).toBe(before)
  })

  it('is asked again when it has rested, and trusted again when it answers', async () => {
    const { meter, clock, state, good } = stand({ limits: { perTenant: { requests: '3/minute' } } })
    state.fault = fault
    for (let n = 0; n < 4; n++) await clock.run(codeOf(reserve(meter)))
    state.fault = undefined
    await clock.advance(2_000)
    expect(await codeOf(reserve(meter))).toBe('through')
    expect(meter.health().limitStore).toBe('ok')
    const levels = await good.limits.read([
      { key: 'tenant/acme/requests/minute', limit: 0, amount: 0, keep: 0, window: { kind: 'sliding', ms: 60_000 } },
    ])
    expect(levels).toEqual([{ used: 1, reserved: 1 }])
  })
})

describe('a limit store that comes and goes', () => {
  it('follows a policy that was chosen', verifies('F155'), async () => {
    const closed = stand({ limits: { perTenant: { requests: '3/minute' }, onStoreError: 'deny' } })
    closed.state.fault = 'rejects'
    expect(await closed.clock.run(codeOf(reserve(closed.meter)))).toBe('budget_unknown')
    const open = stand({ limits: { perTenant: { cost: '5/day' }, onStoreError: 'allow' } })
    open.state.fault = 'rejects'
    expect(await open.clock.run(codeOf(reserve(open.meter)))).toBe('through')
  })

  it('gives places back that were counted here', verifies('F146'), async () => {
    const { meter, clock, state } = stand({ limits: { perTenant: { concurrent: 1 } } })
    state.fault = 'rejects'
    for (let n = 0; n < 3; n++) {
      const reservation = await clock.run(reserve(meter))
      expect(await clock.run(codeOf(reserve(meter)))).toBe('concurrency_exceeded')
      reservation.settle({ outcome: 'ok', ms: 1 })
    }
  })

  it('is reported once a minute, without what it said about itself', verifies('F155'), async () => {
    const { meter, clock, state, warnings } = stand({ limits: { perTenant: { requests: '1000/minute' } } })
    state.fault = 'throws'
    for (let n = 0; n < 90; n++) {
      await clock.run(codeOf(reserve(meter)))
      await clock.advance(1_000)
    }
    const own = warnings.filter(({ code }) => code === 'limit-store-failed')
    expect(own).toHaveLength(2)
    expect(JSON.stringify(own)).not.toContain('sk-test-not-a-real-key-0000')
  })

  it('has nothing reserved when an answer came too late', verifies('F156', 'F146'), async () => {
    const clock = virtualClock()
    const { good } = spoilableStores(clock)
    let isSlow = true
    const slow = {
      ...good.limits,
      settle: good.limits.settle.bind(good.limits),
      read: good.limits.read.bind(good.limits),
      reserve: async (...parts: Parameters<typeof good.limits.reserve>) => {
        if (isSlow) await new Promise<void>((resolve) => clock.setTimeout(resolve, 5_000))
        return good.limits.reserve(...parts)
      },
    }
    const meter = createMeter({
      stores: { limits: slow },
      clock,
      limits: { perTenant: { requests: '3/minute', concurrent: 9 } },
    })
    const reservation = await clock.run(reserve(meter))
    expect(clock.monotonic()).toBe(250)
    await clock.advance(5_000)
    isSlow = false
    const attempt = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
    attempt.settle({ outcome: 'ok', ms: 1 })
    reservation.settle({ outcome: 'ok', ms: 1 })
    await clock.run(meter.flush())
    const statuses = await meter.remaining({ tenant: 'acme' })
    expect(statuses.map(({ used, reserved }) => [used, reserved])).toEqual([
      [1, 0],
      [0, 0],
    ])
  })

  it('is paid what is owed when it is back', verifies('F146'), async () => {
    const { meter, clock, state } = stand({ limits: { perTenant: { tokens: '1000/day', concurrent: 5 } } })
    const reservation = await reserve(meter)
    state.fault = 'rejects'
    reservation.settle({ outcome: 'ok', ms: 1 })
    await clock.advance(10_000)
    state.fault = undefined
    await clock.advance(60_000)
    const statuses = await meter.remaining({ tenant: 'acme' })
    expect(statuses.map(({ used, reserved }) => [used, reserved])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(clock.pending).toBe(0)
  })

  it('is paid what is owed before the meter is closed, however shortly it was away', verifies('F146'), async () => {
    const { meter, clock, state, good } = stand({ limits: { perTenant: { tokens: '1000/day', concurrent: 5 } } })
    const reservation = await reserve(meter)
    state.fault = 'rejects'
    reservation.settle({ outcome: 'ok', ms: 1 })
    await clock.advance(10)
    state.fault = undefined
    await clock.run(meter.close())
    const restarted = createMeter({ stores: good, clock, limits: { perTenant: { tokens: '1000/day', concurrent: 5 } } })
    expect((await restarted.remaining({ tenant: 'acme' })).map(({ used, reserved }) => [used, reserved])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(clock.pending).toBe(0)
  })

  it('that crawls holds up the end no longer than a close may take', verifies('F174'), async () => {
    const { good, clock, meter: early } = stand({ limits: {} })
    await early.close()
    let isAway = false
    const limits = {
      reserve: good.limits.reserve.bind(good.limits),
      read: good.limits.read.bind(good.limits),
      settle: async () => {
        if (isAway) throw new Error('away')
        await new Promise<void>((resolve) => clock.setTimeout(() => resolve(), 200))
        return true
      },
    }
    const meter = createMeter({ stores: { limits }, clock, limits: { perTenant: { concurrent: 1_000 } } })
    const calls = await Promise.all(Array.from({ length: 100 }, () => reserve(meter)))
    isAway = true
    for (const one of calls) one.settle({ outcome: 'ok', ms: 1 })
    await clock.settle()
    isAway = false
    await clock.run(meter.close(1_000))
    expect(clock.monotonic()).toBeLessThanOrEqual(1_500)
  })

  it('is not told of calls it was never asked about', verifies('F146'), async () => {
    const { meter, clock, state } = stand({ limits: { perTenant: { concurrent: 10_000 } } })
    const before = await reserve(meter)
    state.fault = 'rejects'
    const during = []
    for (let n = 0; n < 5_000; n++) during.push(await reserve(meter))
    for (const one of [...during, before]) one.settle({ outcome: 'ok', ms: 1 })
    expect(await clock.run(meter.remaining({ tenant: 'acme' }))).toMatchObject([{ used: 0, reserved: 0 }])
    state.fault = undefined
    const asked = state.calls
    await clock.advance(60_000)
    expect(state.calls - asked).toBeLessThan(100)
    expect(await meter.remaining({ tenant: 'acme' })).toMatchObject([{ used: 0, reserved: 0 }])
  })

  it('that lost a reservation is noticed', verifies('F168'), async () => {
    const clock = virtualClock()
    const { good } = spoilableStores(clock)
    const forgetful = {
      reserve: good.limits.reserve.bind(good.limits),
      read: good.limits.read.bind(good.limits),
      settle: async () => false,
    }
    const meter = createMeter({ stores: { limits: forgetful }, clock, limits: { perTenant: { requests: '3/minute' } } })
    const reservation = await reserve(meter)
    reservation.settle({ outcome: 'ok', ms: 1 })
    await meter.flush()
    expect(meter.health().lostReservations).toBe(1)
  })
})

describe.each(faults.filter((fault) => fault !== 'answers nothing' && fault !== 'answers nonsense'))(
  'a usage store that %s',
  (fault) => {
    it('stops no call and loses no row', verifies('F161', 'F172'), async () => {
      const { meter, clock, state, good } = stand({})
      state.fault = fault
      for (let n = 0; n < 20; n++) {
        const reservation = await clock.run(reserve(meter))
        const attempt = await clock.run(reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 }))
        attempt.settle({ outcome: 'ok', ms: 1 })
        reservation.settle({ outcome: 'ok', ms: 1 })
      }
      expect(clock.monotonic()).toBeLessThan(6_000)
      expect(meter.health()).toMatchObject({ queued: 40, dropped: 0 })
      await clock.advance(10_000)
      expect(meter.health().usageStore).toBe('unavailable')
      state.fault = undefined
      await clock.advance(60_000)
      expect(meter.health()).toMatchObject({ usageStore: 'ok', queued: 0, written: 40 })
      expect(await good.usage.list({ kind: 'attempt' })).toHaveLength(20)
      expect(await good.usage.list({ kind: 'call' })).toHaveLength(20)
    })
  },
)

describe('a usage store that is full', () => {
  it('refuses calls where that was chosen', verifies('F173'), async () => {
    const { meter, clock, state, warnings } = stand({ ledger: { maxQueued: 3, onFull: 'refuse' } })
    state.fault = 'rejects'
    for (let n = 0; n < 3; n++) (await reserve(meter)).settle({ outcome: 'ok', ms: 1 })
    await expect(reserve(meter)).rejects.toMatchObject({ name: 'StoreError', code: 'store_unavailable' })
    expect(warnings.map(({ code }) => code)).toContain('usage-rows-dropped')
    state.fault = undefined
    await clock.advance(60_000)
    await reserve(meter)
  })
})
