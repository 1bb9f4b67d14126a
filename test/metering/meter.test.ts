import { memoryStores } from 'holdfast/stores/memory'
import { type VirtualClock, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { createMeter } from '../../src/metering/meter.ts'
import { priceTable } from '../../src/metering/prices.ts'
import type { AttemptResult, MeteredCall } from '../../src/types/meter.ts'
import { verifies } from '../support/verifies.ts'

const prices = priceTable({ 'gpt-5': { input: 1_000, output: 10_000, cacheRead: 100 } })

function stand(startAt = Date.parse('2026-01-15T12:00:00Z')) {
  const clock = virtualClock(startAt)
  const stores = memoryStores({ clock })
  return { clock, stores, meter: createMeter({ stores, clock, prices }) }
}

let calls = 0
const call = (fields: Partial<MeteredCall> = {}): MeteredCall => ({
  requestId: `request-${calls++}`,
  tenant: 'acme',
  endpoint: 'chat',
  inputTokens: 12,
  ...fields,
})

/** The same, a little later. */
function later<Args extends unknown[], Result>(clock: VirtualClock, work: (...args: Args) => Result) {
  return (...args: Args) =>
    new Promise<Awaited<Result>>((resolve) => clock.setTimeout(() => resolve(work(...args) as Awaited<Result>), 10))
}

async function run(
  { meter }: ReturnType<typeof stand>,
  fields: Partial<MeteredCall>,
  ...attempts: [string, Partial<AttemptResult>][]
) {
  const reservation = await meter.reserve(call(fields))
  for (const [provider, result] of attempts) {
    const attempt = await reservation.openAttempt({ provider, model: 'gpt-5', attempt: 1 })
    attempt.settle({ outcome: 'ok', ms: 5, ...result })
  }
  const last = attempts.at(-1)
  const { outcome = 'ok' } = last?.[1] ?? {}
  reservation.settle({ outcome, ms: 9, ...(last && { provider: last[0] }), model: 'gpt-5' })
}

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  input: {},
  output: {},
})

describe('the books of a call', () => {
  it('hold an open row before anything is sent, and the same row closed after', async () => {
    const { meter, stores, clock } = stand()
    const reservation = await meter.reserve(
      call({ requestId: 'one', timeoutMs: 30_000, metadata: { feature: 'search' } }),
    )
    const attempt = await reservation.openAttempt({
      provider: 'openai',
      model: 'gpt-5',
      attempt: 2,
      providerConfigId: 'c1',
    })
    const [open] = await stores.usage.list({})
    expect(open).toMatchObject({
      id: attempt.id,
      kind: 'attempt',
      requestId: 'one',
      tenant: 'acme',
      provider: 'openai',
      model: 'gpt-5',
      endpoint: 'chat',
      attempt: 2,
      outcome: 'open',
      inputTokens: 12,
      totalTokens: 12,
      isEstimated: true,
      cost: expect.closeTo(0.012),
      providerConfigId: 'c1',
      createdAt: clock.now(),
      expiresAt: clock.now() + 90_000,
      metadata: { feature: 'search' },
    })
    attempt.settle({
      outcome: 'ok',
      ms: 250,
      firstTokenMs: 80,
      status: 200,
      usage: { ...usage(10, 20), input: { cacheRead: 4 }, output: { reasoning: 3 } },
    })
    reservation.settle({
      outcome: 'ok',
      provider: 'openai',
      model: 'gpt-5',
      ms: 260,
      routing: { strategy: 'fallback' },
    })
    await meter.flush()
    const [closed] = await stores.usage.list({})
    expect(closed).toEqual({
      id: attempt.id,
      kind: 'attempt',
      requestId: 'one',
      tenant: 'acme',
      provider: 'openai',
      model: 'gpt-5',
      endpoint: 'chat',
      attempt: 2,
      outcome: 'ok',
      billing: 'U5',
      status: 200,
      inputTokens: 10,
      outputTokens: 20,
      totalTokens: 30,
      cacheReadTokens: 4,
      reasoningTokens: 3,
      cost: expect.closeTo(0.006 + 0.000_4 + 0.2),
      latencyMs: 250,
      firstTokenMs: 80,
      providerConfigId: 'c1',
      createdAt: clock.now(),
      storedAt: clock.now(),
      metadata: { feature: 'search' },
    })
    const [whole] = await stores.usage.list({ kind: 'call' })
    expect(whole).toMatchObject({
      kind: 'call',
      requestId: 'one',
      provider: 'openai',
      attempt: 1,
      outcome: 'ok',
      inputTokens: 10,
      outputTokens: 20,
      totalTokens: 30,
      cacheReadTokens: 4,
      reasoningTokens: 3,
      latencyMs: 260,
      routing: { strategy: 'fallback' },
    })
    expect(whole?.cost).toBeCloseTo(closed?.cost as number)
  })

  it('are up to date at once where the store is in the same process', async () => {
    const room = stand()
    await run(room, { requestId: 'now' }, ['openai', { usage: usage(3, 4) }])
    expect(await room.meter.statistics()).toMatchObject([{ rows: 1, ok: 1, open: 0, totalTokens: 7 }])
    expect(await room.stores.usage.list({ kind: 'call', requestId: 'now' })).toHaveLength(1)
    expect(room.meter.health()).toMatchObject({ queued: 0, written: 3 })
    expect(room.clock.pending).toBe(0)
  })

  it('do not change with the object of whoever called', async () => {
    const { meter, stores } = stand()
    const metadata = { feature: 'search' }
    const mine = { ...call({ requestId: 'mine', metadata }) } as { requestId: string; tenant: string } & MeteredCall
    const reservation = await meter.reserve(mine)
    mine.requestId = 'other'
    mine.tenant = 'other'
    metadata.feature = 'other'
    reservation.settle({ outcome: 'ok', ms: 1 })
    await meter.flush()
    expect(await stores.usage.list({ kind: 'call' })).toMatchObject([
      { requestId: 'mine', tenant: 'acme', metadata: { feature: 'search' } },
    ])
  })

  it('have one row for each attempt, and a call row with their sum', verifies('B4'), async () => {
    const room = stand()
    await run(
      room,
      { requestId: 'two' },
      ['openai', { outcome: 'failed', code: 'server_error', status: 503, errorMessage: 'busy\u001b[31m', ms: 7 }],
      ['anthropic', { outcome: 'failed', code: 'stream_interrupted', receivedText: 'one two three' }],
      ['groq', { outcome: 'ok', usage: usage(11, 22) }],
    )
    await room.meter.flush()
    const rows = (await room.stores.usage.list({ requestId: 'two' })).toReversed()
    expect(
      rows.map(({ provider, outcome, code, billing, totalTokens }) => [provider, outcome, code, billing, totalTokens]),
    ).toEqual([
      ['openai', 'failed', 'server_error', 'U2', 0],
      ['anthropic', 'failed', 'stream_interrupted', 'U4', 15],
      ['groq', 'ok', undefined, 'U5', 33],
    ])
    expect(rows[0]?.errorMessage).toBe('busy\\u001b[31m')
    const [whole] = await room.stores.usage.list({ kind: 'call', requestId: 'two' })
    expect(whole).toMatchObject({ outcome: 'ok', provider: 'groq', attempt: 3, totalTokens: 48, isEstimated: true })
  })

  it('are closed once, whatever comes after', async () => {
    const { meter, stores } = stand()
    const reservation = await meter.reserve(call({ requestId: 'three' }))
    const attempt = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
    attempt.settle({ outcome: 'ok', ms: 1, usage: usage(1, 1) })
    attempt.settle({ outcome: 'failed', code: 'server_error', ms: 2 })
    reservation.settle({ outcome: 'ok', ms: 1 })
    reservation.settle({ outcome: 'failed', ms: 2 })
    await meter.flush()
    expect((await stores.usage.list({ requestId: 'three' })).map(({ outcome }) => outcome)).toEqual(['ok'])
    expect((await stores.usage.list({ requestId: 'three', kind: 'call' })).map(({ outcome }) => outcome)).toEqual([
      'ok',
    ])
  })

  it('wait for an attempt that ends after its call', async () => {
    const { meter, stores } = stand()
    const reservation = await meter.reserve(call({ requestId: 'four' }))
    const winner = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
    const loser = await reservation.openAttempt({ provider: 'groq', model: 'gpt-5', attempt: 1 })
    winner.settle({ outcome: 'ok', ms: 1, usage: usage(10, 5) })
    reservation.settle({ outcome: 'ok', ms: 1 })
    await meter.flush()
    expect(await stores.usage.list({ kind: 'call' })).toEqual([])
    loser.settle({ outcome: 'hedge_lost', ms: 2 })
    await meter.flush()
    expect((await stores.usage.list({ kind: 'call' }))[0]).toMatchObject({ attempt: 2, totalTokens: 27 })
  })

  it('wait for an attempt that is still being opened when its call ends', async () => {
    const clock = virtualClock()
    const stores = memoryStores({ clock })
    const slow = { ...stores.limits, reserve: later(clock, stores.limits.reserve.bind(stores.limits)) }
    const limits = {
      ...slow,
      settle: stores.limits.settle.bind(stores.limits),
      read: stores.limits.read.bind(stores.limits),
    }
    const meter = createMeter({
      stores: { ...stores, limits },
      clock,
      limits: { perProvider: { requests: '1/minute' } },
    })
    const ends = []
    for (let n = 0; n < 2; n++) {
      const reservation = await meter.reserve(call({ requestId: `r${n}` }))
      const opening = reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
      reservation.settle({ outcome: 'aborted', code: 'aborted', ms: 1 })
      expect(await stores.usage.list({ kind: 'call', requestId: `r${n}` })).toEqual([])
      ends.push(await clock.run(opening.catch((error) => error)))
      if (n === 0) ends[0].settle({ outcome: 'aborted', code: 'aborted', ms: 1 })
    }
    expect(ends[1]).toMatchObject({ code: 'limit_exceeded' })
    const booked = (await stores.usage.list({ kind: 'call' })).toReversed()
    expect(booked.map(({ attempt, totalTokens }) => [attempt, totalTokens])).toEqual([
      [1, 12],
      [0, 0],
    ])
  })

  it('carry whole moments, whatever the clock and the time of the call are', async () => {
    const { stores, clock } = stand()
    const odd = { ...clock, now: () => clock.now() + 0.25 }
    const meter = createMeter({ stores, clock: odd })
    const reservation = await meter.reserve(call({ timeoutMs: 1_000 / 3 }))
    await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
    reservation.settle({ outcome: 'ok', ms: 1 })
    const [open] = await stores.usage.list({})
    expect([open?.createdAt, open?.expiresAt].map(Number.isInteger)).toEqual([true, true])
  })

  it('are not begun for numbers that are none', async () => {
    const limits = { perTenant: { tokens: '10000/day' } } as const
    const { stores, clock } = stand()
    const meter = createMeter({ stores, clock, limits })
    for (const fields of [
      { inputTokens: Number.NaN },
      { inputTokens: -1 },
      { inputTokens: Number.POSITIVE_INFINITY },
      { inputTokens: '5' },
      { maxOutputTokens: Number.NaN },
      { timeoutMs: Number.NaN },
      { endpoint: 'constructor' },
    ]) {
      const [path] = Object.keys(fields)
      await expect(meter.reserve(call(fields as Partial<MeteredCall>))).rejects.toMatchObject({
        code: 'request_invalid',
        path,
      })
    }
    await meter.reserve(call({ inputTokens: 12.5 }))
    expect(await meter.remaining({ tenant: 'acme' })).toMatchObject([{ used: 13 + 1_024 }])
  })

  it('leave the cost open when one attempt has no known price', async () => {
    const room = stand()
    const reservation = await room.meter.reserve(call())
    for (const model of ['gpt-5', 'nobody-knows']) {
      const attempt = await reservation.openAttempt({ provider: 'openai', model, attempt: 1 })
      attempt.settle({ outcome: 'ok', ms: 1, usage: usage(1, 1) })
    }
    reservation.settle({ outcome: 'ok', ms: 1 })
    await room.meter.flush()
    expect((await room.stores.usage.list({ kind: 'call' }))[0]).not.toHaveProperty('cost')
    expect((await room.stores.usage.list({})).map(({ cost }) => cost)).toEqual([undefined, expect.closeTo(0.011)])
  })

  it('carry ids that sort by creation although the clock was set back', verifies('F175'), async () => {
    const { meter, stores, clock } = stand()
    const ids: string[] = []
    for (let n = 0; n < 50; n++) {
      const reservation = await meter.reserve(call())
      ids.push((await reservation.openAttempt({ provider: 'openai', model: 'm', attempt: 1 })).id)
      if (n % 10 === 5) clock.setNow(clock.now() - 3_600_000)
    }
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(50)
    expect((await stores.usage.list({ limit: 1_000 })).every(({ storedAt }) => storedAt !== undefined)).toBe(true)
  })

  it('are written when the meter is closed, and nothing keeps the process alive', async () => {
    const room = stand()
    await run(room, {}, ['openai', {}])
    expect(await room.clock.run(room.meter.close())).toBe(0)
    expect(await room.stores.usage.list({ kind: 'call' })).toHaveLength(1)
    expect(room.clock.pending).toBe(0)
  })

  it('are not kept without a store', async () => {
    const meter = createMeter({ clock: virtualClock() })
    const reservation = await meter.reserve(call())
    const attempt = await reservation.openAttempt({ provider: 'openai', model: 'm', attempt: 1 })
    attempt.settle({ outcome: 'ok', ms: 1 })
    reservation.settle({ outcome: 'ok', ms: 1 })
    expect(await meter.statistics()).toEqual([])
    expect(await meter.remaining()).toEqual([])
    expect(meter.health()).toMatchObject({ usageStore: 'none', limitStore: 'none' })
    expect(await meter.close()).toBe(0)
  })
})

describe('statistics', () => {
  it('cover periods, tenants, providers and models, with rates and percentiles', verifies('B4'), async () => {
    const room = stand()
    for (let day = 0; day < 3; day++) {
      for (let n = 0; n < 10; n++) {
        const fields = { tenant: n % 2 === 0 ? 'acme' : 'umbra' }
        await run(room, fields, [
          'openai',
          n < 9 ? { ms: (n + 1) * 10, usage: usage(10, 10) } : { outcome: 'failed', code: 'server_error', ms: 500 },
        ])
      }
      await room.clock.advance(24 * 3_600_000)
    }
    await room.meter.flush()
    const from = Date.parse('2026-01-15T00:00:00Z')
    const days = await room.meter.statistics({ from, every: 'day' })
    expect(days.map(({ periodAt, rows, successRate, latencyMs }) => [periodAt, rows, successRate, latencyMs])).toEqual(
      [15, 16, 17].map((day) => [Date.parse(`2026-01-${day}T00:00:00Z`), 10, 0.9, { p50: 50, p95: 500, p99: 500 }]),
    )
    const tenants = await room.meter.statistics({ groupBy: ['tenant', 'provider', 'model'] })
    expect(
      tenants
        .map(({ tenant, provider, model, ok, failed, totalTokens }) => [
          tenant,
          provider,
          model,
          ok,
          failed,
          totalTokens,
        ])
        .sort(),
    ).toEqual([
      ['acme', 'openai', 'gpt-5', 15, 0, 300],
      ['umbra', 'openai', 'gpt-5', 12, 3, 240],
    ])
    const [callsOfUmbra] = await room.meter.statistics({ kind: 'call', tenant: 'umbra' })
    expect(callsOfUmbra).toMatchObject({ rows: 15, ok: 12, failed: 3, successRate: 0.8 })
  })

  it('of today begin at local midnight', async () => {
    const room = stand(Date.parse('2026-01-15T18:00:00Z'))
    await run(room, {}, ['openai', { usage: usage(1, 1) }])
    await room.clock.advance(3_600_000)
    await run(room, {}, ['openai', { usage: usage(2, 2) }])
    await room.meter.flush()
    const tokens = async (timeZone?: string) =>
      (await room.meter.statistics({ from: 'today', ...(timeZone && { timeZone }) }))[0]?.totalTokens
    expect(await tokens()).toBe(6)
    expect(await tokens('Asia/Kathmandu')).toBe(4)
    expect((await room.meter.statistics({ from: 'this-month' }))[0]?.totalTokens).toBe(6)
  })

  it('take any moment, and refuse questions that make no sense', async () => {
    const room = stand()
    await run(room, {}, ['openai', { usage: usage(1, 1) }])
    const now = room.clock.now()
    for (const span of [{ from: now - 0.5 }, { to: Number.POSITIVE_INFINITY }, { from: Number.NEGATIVE_INFINITY }]) {
      expect(await room.meter.statistics(span)).toHaveLength(1)
    }
    expect(await room.meter.statistics({ from: now - 0.5, every: 'hour' })).toHaveLength(1)
    for (const span of [{ from: now + 0.5 }, { from: Number.POSITIVE_INFINITY }, { to: Number.NEGATIVE_INFINITY }]) {
      expect(await room.meter.statistics(span)).toEqual([])
    }
    const wrong = [
      { from: Number.NaN },
      { to: 'today' },
      { every: 'week' },
      { groupBy: ['__proto__'] },
      { tenants: 'a' },
    ]
    for (const query of [...wrong, { from: Number.NEGATIVE_INFINITY, every: 'day' }]) {
      await expect(room.meter.statistics(query as never)).rejects.toMatchObject({ code: 'config_invalid' })
    }
  })

  it('refuse questions without end', async () => {
    const { meter } = stand()
    await expect(meter.statistics({ every: 'day' })).rejects.toMatchObject({ code: 'config_invalid' })
    await expect(meter.statistics({ from: 0, every: 'hour' })).rejects.toMatchObject({ code: 'config_invalid' })
  })
})

describe('what is left of the limits', () => {
  it('is shown for each limit of a subject', verifies('A9'), async () => {
    const clock = virtualClock(Date.parse('2026-01-15T12:00:00Z'))
    const meter = createMeter({
      stores: memoryStores({ clock }),
      clock,
      prices,
      limits: {
        perTenant: { requests: '1000/day', tokens: '1000000/day', cost: '5/day' },
        perProvider: { requests: '60/minute' },
      },
    })
    const candidates = [{ provider: 'openai', model: 'gpt-5' }]
    const reservation = await meter.reserve(call({ candidates, maxOutputTokens: 88 }))
    expect(await meter.remaining({ tenant: 'acme', provider: 'openai' })).toEqual([
      {
        scope: 'tenant',
        measure: 'requests',
        rate: '1000/day',
        limit: 1_000,
        used: 1,
        reserved: 1,
        remaining: 999,
        resetsAt: Date.parse('2026-01-16T00:00:00Z'),
      },
      {
        scope: 'tenant',
        measure: 'tokens',
        rate: '1000000/day',
        limit: 1_000_000,
        used: 100,
        reserved: 100,
        remaining: 999_900,
        resetsAt: Date.parse('2026-01-16T00:00:00Z'),
      },
      {
        scope: 'tenant',
        measure: 'cost',
        rate: '5/day',
        limit: 5,
        used: 0.892,
        reserved: 0.892,
        remaining: 4.108,
        resetsAt: Date.parse('2026-01-16T00:00:00Z'),
      },
      { scope: 'provider', measure: 'requests', rate: '60/minute', limit: 60, used: 0, reserved: 0, remaining: 60 },
    ])
    reservation.settle({ outcome: 'failed', code: 'guard_blocked', ms: 1 })
    expect((await meter.remaining({ tenant: 'acme' })).map(({ remaining }) => remaining)).toEqual([1_000, 1_000_000, 5])
  })
})

describe('ten thousand calls at once', () => {
  it('leave nothing behind', async () => {
    const clock = virtualClock()
    const stores = memoryStores({ clock, maxRows: 50_000 })
    const meter = createMeter({
      stores,
      clock,
      limits: { perTenant: { requests: '20000/minute', tokens: '1000000000/day', concurrent: 10_000 } },
      ledger: { maxQueued: 50_000 },
    })
    await Promise.all(
      Array.from({ length: 10_000 }, async () => {
        const reservation = await meter.reserve(call())
        const attempt = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
        attempt.settle({ outcome: 'ok', ms: 1, usage: usage(1, 1) })
        reservation.settle({ outcome: 'ok', ms: 1 })
      }),
    )
    await meter.flush()
    expect((await meter.remaining({ tenant: 'acme' })).map(({ used, reserved }) => [used, reserved])).toEqual([
      [10_000, 0],
      [20_000, 0],
      [0, 0],
    ])
    expect((await stores.usage.statistics({}))[0]).toMatchObject({
      rows: 10_000,
      ok: 10_000,
      open: 0,
      totalTokens: 20_000,
    })
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  })
})
