import { memoryStores } from 'holdfast/stores/memory'
import { type VirtualClock, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { createMeter, type MeterOptions } from '../../src/metering/meter.ts'
import { priceTable } from '../../src/metering/prices.ts'
import type { CallReservation, Meter, MeteredCall } from '../../src/types/meter.ts'
import type { LimitStore, UsageRow } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'

let calls = 0
function call(fields: Partial<MeteredCall> = {}): MeteredCall {
  return {
    requestId: `request-${calls++}`,
    tenant: 'acme',
    endpoint: 'chat',
    inputTokens: 10,
    maxOutputTokens: 90,
    ...fields,
  }
}

function stand(options: Omit<MeterOptions, 'clock'>, clock: VirtualClock = virtualClock()) {
  const stores = memoryStores({ clock })
  return { clock, stores, meter: createMeter({ stores, clock, ...options }) }
}

/** How many of the reservations were let through, and the codes of the others. */
async function outcomes(work: readonly Promise<CallReservation>[]) {
  const settled = await Promise.allSettled(work)
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  return { through: settled.length - errors.length, errors }
}

async function used(meter: Meter, subject = { tenant: 'acme' }) {
  return (await meter.remaining(subject)).map((status) => [status.used, status.reserved])
}

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  input: {},
  output: {},
})

/** One call with one good attempt. */
async function answered(meter: Meter, fields: Partial<MeteredCall> = {}, tokens = usage(10, 20)) {
  const reservation = await meter.reserve(call(fields))
  const attempt = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
  attempt.settle({ outcome: 'ok', ms: 5, usage: tokens })
  reservation.settle({ outcome: 'ok', ms: 5 })
}

describe('limits of requests', () => {
  it('let exactly ten of a hundred through when ten are left', verifies('F142'), async () => {
    const { meter, stores, clock } = stand({ limits: { perTenant: { requests: '10/minute' } } })
    const { through, errors } = await outcomes(Array.from({ length: 100 }, () => meter.reserve(call())))
    expect(through).toBe(10)
    expect(errors).toHaveLength(90)
    for (const error of errors) {
      expect(error).toMatchObject({
        name: 'LimitExceededError',
        code: 'limit_exceeded',
        isRetryable: false,
        limit: { scope: 'tenant', measure: 'requests', rate: '10/minute', remaining: 0 },
      })
      expect(error.retryAfterMs).toBeGreaterThan(0)
      expect(error.retryAfterMs).toBeLessThanOrEqual(61_000)
    }
    await meter.flush()
    const rows = await stores.usage.list({ kind: 'call', limit: 1_000 })
    expect(rows.filter(({ outcome, code }) => outcome === 'rejected' && code === 'limit_exceeded')).toHaveLength(90)
    await clock.advance(61_000)
    expect((await outcomes(Array.from({ length: 20 }, () => meter.reserve(call())))).through).toBe(10)
  })

  it('let exactly 100 of 1,000 calls through at once', verifies('F142'), async () => {
    const { meter } = stand({ limits: { perTenant: { requests: '100/hour', tokens: '1000000/day' } } })
    expect((await outcomes(Array.from({ length: 1_000 }, () => meter.reserve(call())))).through).toBe(100)
  })

  it('count tenants apart, and all together where that is asked', async () => {
    const { meter } = stand({ limits: { perTenant: { requests: '2/minute' }, perClient: { requests: '3/minute' } } })
    const ask = (tenant: string) => outcomes([meter.reserve(call({ tenant })), meter.reserve(call({ tenant }))])
    expect((await ask('acme')).through).toBe(2)
    const second = await ask('umbra')
    expect(second.through).toBe(1)
    expect(second.errors[0]).toMatchObject({ limit: { scope: 'client', rate: '3/minute' } })
  })

  it('per day and per minute hold together', verifies('A9'), async () => {
    const { meter, clock } = stand({ limits: { perTenant: { requests: ['2/minute', '3/day'] } } })
    expect((await outcomes([1, 2, 3].map(() => meter.reserve(call())))).through).toBe(2)
    await clock.advance(61_000)
    const { through, errors } = await outcomes([1, 2].map(() => meter.reserve(call())))
    expect(through).toBe(1)
    expect(errors[0]).toMatchObject({ limit: { rate: '3/day' } })
    expect(errors[0].retryAfterMs).toBe(86_400_000 - 61_000)
  })

  it('never let through more than the limit in any minute', verifies('F152'), async () => {
    const { meter, clock } = stand({ limits: { perTenant: { requests: '10/minute' } } })
    await clock.advance(59_900)
    expect((await outcomes(Array.from({ length: 12 }, () => meter.reserve(call())))).through).toBe(10)
    await clock.advance(200)
    expect((await outcomes(Array.from({ length: 12 }, () => meter.reserve(call())))).through).toBe(0)
  })

  it('are counted per provider, per tenant at a provider, and per key, for each attempt', verifies('A9'), async () => {
    const { meter } = stand({
      limits: {
        perProvider: ({ provider }) => (provider === 'openai' ? { requests: '3/minute' } : undefined),
        perTenantProvider: { requests: '2/minute' },
        perKey: { requests: '1/minute' },
      },
    })
    const attempt = async (tenant: string, provider: string, keyId: string) => {
      const reservation = await meter.reserve(call({ tenant }))
      return reservation.openAttempt({ provider, model: 'm', attempt: 1, keyId }).then(
        () => 'ok',
        (error) => error.limit.scope,
      )
    }
    expect(await attempt('acme', 'openai', 'k1')).toBe('ok')
    expect(await attempt('acme', 'openai', 'k1')).toBe('key')
    expect(await attempt('acme', 'openai', 'k2')).toBe('ok')
    expect(await attempt('acme', 'openai', 'k3')).toBe('tenant-provider')
    expect(await attempt('umbra', 'openai', 'k4')).toBe('ok')
    expect(await attempt('zeta', 'openai', 'k5')).toBe('provider')
    expect(await attempt('zeta', 'groq', 'k1')).toBe('ok')
  })

  it('of 0 refuse all; removed, lowered and raised they hold at once', verifies('F157'), async () => {
    let requests: string | undefined = '0/day'
    const { meter } = stand({ limits: { perTenant: () => (requests === undefined ? undefined : { requests }) } })
    const refused = await outcomes([meter.reserve(call())])
    expect(refused.errors[0]).toMatchObject({ code: 'limit_exceeded' })
    expect(refused.errors[0].retryAfterMs).toBeUndefined()
    requests = '5/day'
    expect((await outcomes([1, 2, 3].map(() => meter.reserve(call())))).through).toBe(3)
    requests = '2/day'
    expect((await outcomes([meter.reserve(call())])).through).toBe(0)
    requests = undefined
    expect((await outcomes(Array.from({ length: 50 }, () => meter.reserve(call())))).through).toBe(50)
    requests = '4/day'
    expect((await outcomes([1, 2].map(() => meter.reserve(call())))).through).toBe(1)
  })

  it('of one span hold as the strictest of them, and count each call once', async () => {
    const { meter } = stand({ limits: { perTenant: { requests: ['9/minute', '3/minute', '5/minute'] } } })
    const reservations = await Promise.all([1, 2, 3].map(() => meter.reserve(call())))
    expect((await outcomes([meter.reserve(call())])).through).toBe(0)
    for (const reservation of reservations) reservation.settle({ outcome: 'failed', code: 'guard_blocked', ms: 1 })
    expect(await used(meter)).toEqual([[0, 0]])
  })

  it('change with the object a function gives, although it is the same one', verifies('F157'), async () => {
    const plan: { requests?: string; concurrent?: number } = { requests: '2/day' }
    const { meter } = stand({ limits: { perTenant: () => plan } })
    expect((await outcomes([1, 2, 3].map(() => meter.reserve(call())))).through).toBe(2)
    plan.requests = '3/day'
    expect((await outcomes([1, 2, 3].map(() => meter.reserve(call())))).through).toBe(1)
    delete plan.requests
    plan.concurrent = 0
    const { errors } = await outcomes([meter.reserve(call())])
    expect(errors[0]).toMatchObject({ code: 'concurrency_exceeded' })
  })

  it('of one subject are never those of another, whatever they are called', async () => {
    const { meter } = stand({
      limits: {
        perTenant: ({ tenant }) => ({ requests: tenant === 'undefined' ? '1/day' : '2/day' }),
        perKey: ({ keyId = '' }) => ({ requests: keyId.includes('acme') ? '1/day' : '2/day' }),
      },
    })
    const through = async (tenant: string) =>
      (await outcomes([1, 2, 3].map(() => meter.reserve(call({ tenant }))))).through
    await meter.remaining({})
    await meter.remaining({ tenant: 'openai\nk\nacme' })
    expect([await through('undefined'), await through('acme'), await through('null')]).toEqual([1, 2, 2])
    const keys = ['k\nacme', 'k'].map((keyId) => meter.remaining({ tenant: 'acme', provider: 'openai', keyId }))
    expect((await Promise.all(keys)).map((statuses) => statuses.at(-1)?.limit)).toEqual([1, 2])
  })

  it('do not notice that the wall clock was set back', verifies('F153'), async () => {
    const warnings: string[] = []
    const { meter, clock } = stand({
      limits: { perTenant: { requests: ['5/minute', '8/day'] } },
      onWarning: ({ code }) => warnings.push(code),
    })
    await outcomes(Array.from({ length: 5 }, () => meter.reserve(call())))
    clock.setNow(clock.now() - 600_000)
    expect((await outcomes([meter.reserve(call())])).through).toBe(0)
    await clock.advance(61_000)
    expect((await outcomes(Array.from({ length: 5 }, () => meter.reserve(call())))).through).toBe(3)
    expect(warnings).toEqual(['clock-jump'])
  })

  it('refuse tenants whose names are no names', verifies('F232', 'F231'), async () => {
    const { meter, stores } = stand({ limits: { perTenant: { requests: '1/day' } } })
    const names = [
      '',
      '../../x',
      "a' OR 1=1--",
      '__proto__',
      'x'.repeat(10_000),
      'caf\u00e9',
      '\u2160',
      'a\r\nb',
      'a\0',
      ' a',
      7,
    ]
    for (const tenant of names) {
      await expect(meter.reserve(call({ tenant: tenant as string }))).rejects.toMatchObject({
        name: 'RequestError',
        code: 'request_invalid',
        path: 'tenant',
      })
    }
    await meter.flush()
    expect(await stores.usage.list({ kind: 'call' })).toEqual([])
  })
})

describe('limits of tokens', () => {
  it(
    'are reserved with prompt and answer before a call, never looked up first and added later',
    verifies('F144'),
    async () => {
      const { meter } = stand({ limits: { perTenant: { tokens: '1000/day' } } })
      const big = () => meter.reserve(call({ inputTokens: 200, maxOutputTokens: 1_000 - 200 - 1 }))
      expect((await outcomes([1, 2, 3, 4, 5].map(big))).through).toBe(1)
      expect(await used(meter)).toEqual([[999, 999]])
    },
  )

  it('are settled to the truth, over the limit if need be', verifies('F148', 'F149'), async () => {
    const { meter } = stand({ limits: { perTenant: { tokens: '1000/day' } } })
    await answered(meter, {}, usage(10, 20))
    expect(await used(meter)).toEqual([[30, 0]])
    await answered(meter, { inputTokens: 10, maxOutputTokens: 100 }, usage(10, 2_000))
    expect(await used(meter)).toEqual([[2_040, 0]])
    expect((await outcomes([meter.reserve(call({ inputTokens: 1, maxOutputTokens: 1 }))])).through).toBe(0)
  })

  it('do not starve a tenant for one request of a billion tokens', verifies('F159'), async () => {
    const { meter } = stand({ limits: { perTenant: { tokens: '100000/day' }, maxOutputTokens: 8_000 } })
    await meter.reserve(call({ inputTokens: 10, maxOutputTokens: 1e9 }))
    expect(await used(meter)).toEqual([[8_010, 8_010]])
    const small = stand({ limits: { perTenant: { tokens: '1000/day' } } })
    const { errors } = await outcomes([small.meter.reserve(call({ maxOutputTokens: 1e9 }))])
    expect(errors[0]).toMatchObject({ code: 'limit_exceeded' })
    expect(await used(small.meter)).toEqual([[0, 0]])
  })

  it('assume an answer of ordinary length when the request names none', async () => {
    const { meter } = stand({ limits: { perTenant: { tokens: '100000/day' }, assumedOutputTokens: 500 } })
    const { maxOutputTokens: _, ...plain } = call()
    await meter.reserve(plain)
    expect(await used(meter)).toEqual([[510, 510]])
  })

  it('belong to the day that admitted the call', verifies('F150'), async () => {
    const clock = virtualClock(Date.parse('2026-03-28T22:59:00Z'))
    const { meter } = stand({ limits: { perTenant: { tokens: '1000/day' }, timeZone: 'Europe/Berlin' } }, clock)
    const reservation = await meter.reserve(call())
    const attempt = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
    await clock.advance(120_000)
    await meter.reserve(call({ inputTokens: 1, maxOutputTokens: 6 }))
    attempt.settle({ outcome: 'ok', ms: 120_000, usage: usage(10, 500) })
    reservation.settle({ outcome: 'ok', ms: 120_000 })
    const [status] = await meter.remaining({ tenant: 'acme' })
    expect(status).toMatchObject({ used: 7, reserved: 7, resetsAt: Date.parse('2026-03-29T22:00:00Z') })
  })

  it('begin at midnight of each tenant', verifies('F151'), async () => {
    const clock = virtualClock(Date.parse('2026-06-01T09:59:00Z'))
    const zones: Record<string, string> = { kiribati: 'Pacific/Kiritimati', nepal: 'Asia/Kathmandu' }
    const { meter } = stand(
      { limits: { perTenant: { requests: '1/day' }, timeZone: ({ tenant = '' }) => zones[tenant] ?? 'UTC' } },
      clock,
    )
    const both = () =>
      Promise.all(Object.keys(zones).map(async (tenant) => (await outcomes([meter.reserve(call({ tenant }))])).through))
    expect(await both()).toEqual([1, 1])
    expect(await both()).toEqual([0, 0])
    await clock.advance(60_000)
    expect(await both()).toEqual([1, 0])
    await clock.advanceTo(clock.monotonic() + Date.parse('2026-06-01T18:15:00Z') - clock.now())
    expect(await both()).toEqual([0, 1])
  })
})

describe('limits of cost', () => {
  const prices = priceTable({ 'gpt-5': { input: 1_000, output: 10_000 } })
  const candidates = [{ provider: 'openai', model: 'gpt-5' }]

  it('reserve the dearest candidate and are settled to what was billed', async () => {
    const { meter } = stand({ limits: { perTenant: { cost: '5/day' } }, prices })
    const reservation = await meter.reserve(call({ candidates, inputTokens: 10, maxOutputTokens: 90 }))
    expect(await used(meter)).toEqual([[0.91, 0.91]])
    const attempt = await reservation.openAttempt({ provider: 'openai', model: 'gpt-5', attempt: 1 })
    attempt.settle({ outcome: 'ok', ms: 5, usage: usage(10, 9) })
    reservation.settle({ outcome: 'ok', ms: 5 })
    expect(await used(meter)).toEqual([[0.1, 0]])
    const { through, errors } = await outcomes(Array.from({ length: 10 }, () => meter.reserve(call({ candidates }))))
    expect(through).toBe(5)
    // In dollars: what was billed, and five reservations, are gone.
    expect(errors[0]).toMatchObject({ limit: { measure: 'cost', remaining: expect.closeTo(5 - 0.1 - 5 * 0.91) } })
  })

  it('refuse what nobody knows the price of, unless that is allowed', async () => {
    const unknown = [{ provider: 'local', model: 'mine' }]
    const { meter } = stand({ limits: { perTenant: { cost: '5/day' } }, prices })
    await expect(meter.reserve(call({ candidates: unknown }))).rejects.toMatchObject({ code: 'budget_unknown' })
    await expect(meter.reserve(call())).rejects.toMatchObject({ code: 'budget_unknown' })
    const lenient = stand({ limits: { perTenant: { cost: '5/day' }, onUnknownPrice: 'allow' }, prices })
    await lenient.meter.reserve(call({ candidates: unknown }))
    expect(await used(lenient.meter)).toEqual([[0, 0]])
  })
})

describe('limits of calls at once', verifies('F158'), () => {
  it('give a place back on every way out', async () => {
    const { meter } = stand({ limits: { perTenant: { concurrent: 2 } } })
    const first = await meter.reserve(call())
    const second = await meter.reserve(call())
    await expect(meter.reserve(call())).rejects.toMatchObject({
      code: 'concurrency_exceeded',
      limit: { measure: 'concurrent', rate: '2 at once' },
    })
    first.settle({ outcome: 'aborted', ms: 1 })
    const third = await meter.reserve(call())
    second.settle({ outcome: 'failed', code: 'server_error', ms: 1 })
    third.settle({ outcome: 'ok', ms: 1 })
    expect(await used(meter)).toEqual([[0, 0]])
  })

  it('give a place back when the stream that had it was left without an end', async () => {
    const { meter, clock } = stand({ limits: { perTenant: { concurrent: 1 } } })
    await meter.reserve(call({ timeoutMs: 30_000 }))
    await clock.advance(89_000)
    await expect(meter.reserve(call())).rejects.toMatchObject({ code: 'concurrency_exceeded' })
    await clock.advance(1_000)
    await meter.reserve(call())
  })
})

describe('what is reserved', () => {
  it('is given back whole when nothing was sent', verifies('F146'), async () => {
    const { meter } = stand({ limits: { perTenant: { requests: '10/day', tokens: '1000/day' } } })
    const reservation = await meter.reserve(call())
    const attempt = await reservation.openAttempt({ provider: 'openai', model: 'm', attempt: 1 })
    attempt.settle({ outcome: 'failed', code: 'connect_refused', ms: 1 })
    reservation.settle({ outcome: 'failed', code: 'connect_refused', ms: 1 })
    const blocked = await meter.reserve(call())
    blocked.settle({ outcome: 'failed', code: 'guard_blocked', ms: 1 })
    expect(await used(meter)).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('keeps one request, and no tokens, for a call that was refused everywhere', verifies('F147'), async () => {
    const { meter } = stand({ limits: { perTenant: { requests: '10/day', tokens: '1000/day' } } })
    const reservation = await meter.reserve(call())
    for (const provider of ['openai', 'anthropic', 'groq']) {
      const attempt = await reservation.openAttempt({ provider, model: 'm', attempt: 1 })
      attempt.settle({ outcome: 'failed', code: 'server_error', status: 503, ms: 1 })
    }
    reservation.settle({ outcome: 'failed', code: 'all_providers_failed', ms: 3 })
    expect(await used(meter)).toEqual([
      [1, 0],
      [0, 0],
    ])
  })

  it('returns to zero, once, on every way out and in every order', verifies('F146'), async () => {
    const { meter } = stand({
      limits: {
        perTenant: { requests: '1000/day', tokens: '1000000/day', concurrent: 100 },
        perProvider: { tokens: '1000000/day' },
      },
    })
    const ends = [
      { outcome: 'ok', usage: usage(10, 20) },
      { outcome: 'failed', code: 'headers_timeout' },
      { outcome: 'failed', code: 'stream_interrupted', receivedText: 'one two three' },
      { outcome: 'aborted', code: 'aborted' },
      { outcome: 'superseded' },
      { outcome: 'hedge_lost' },
      { outcome: 'not_sent', code: 'circuit_open' },
      { outcome: 'failed', code: 'guard_failed' },
    ] as const
    for (const end of ends) {
      const reservation = await meter.reserve(call())
      const attempt = await reservation.openAttempt({ provider: 'openai', model: 'm', attempt: 1 })
      if (end.outcome === 'hedge_lost') reservation.settle({ outcome: 'ok', ms: 1 })
      for (let twice = 0; twice < 2; twice++) attempt.settle({ ms: 1, ...end })
      for (let twice = 0; twice < 2; twice++) reservation.settle({ outcome: 'ok', ms: 1 })
    }
    const statuses = await meter.remaining({ tenant: 'acme', provider: 'openai' })
    expect(statuses.map(({ reserved }) => reserved)).toEqual([0, 0, 0, 0])
    expect(statuses.map(({ measure, used }) => [measure, used])).toEqual([
      ['requests', 7],
      ['tokens', 30 + 10 + 13 + 10 + 10 + 10 + 10],
      ['concurrent', 0],
      ['tokens', 83 + 10],
    ])
  })

  it('by an owner that died falls back to the prompt when its time is over', verifies('F145'), async () => {
    const { meter, stores, clock } = stand({
      limits: { perTenant: { requests: '10/day', tokens: '1000/day', concurrent: 5 } },
    })
    const reservation = await meter.reserve(call({ timeoutMs: 60_000 }))
    await reservation.openAttempt({ provider: 'openai', model: 'm', attempt: 1 })
    const restarted = createMeter({
      stores,
      clock,
      limits: { perTenant: { requests: '10/day', tokens: '1000/day', concurrent: 5 } },
    })
    expect(await used(restarted)).toEqual([
      [1, 1],
      [100, 100],
      [1, 1],
    ])
    await clock.advance(120_000)
    expect(await used(restarted)).toEqual([
      [1, 0],
      [10, 0],
      [0, 0],
    ])
    await restarted.reserve(call({ tenant: 'other' }))
    await clock.settle()
    const [lost] = await stores.usage.list({ tenant: 'acme' })
    expect(lost).toMatchObject({
      outcome: 'unknown',
      billing: 'U1',
      inputTokens: 10,
      totalTokens: 10,
      isEstimated: true,
    })
    expect(restarted.health().swept).toBe(1)
  })
})

describe('waiting for a limit', () => {
  const limits = { perTenant: { requests: '2/minute' }, mode: 'wait', maxWaitMs: 120_000 } as const

  it('ends when there is room again', async () => {
    const { meter, clock } = stand({ limits })
    await Promise.all([meter.reserve(call()), meter.reserve(call())])
    const third = meter.reserve(call())
    await clock.advance(59_000)
    expect(await Promise.race([third, clock.settle().then(() => 'waits')])).toBe('waits')
    await clock.run(third)
    expect(clock.monotonic()).toBeLessThanOrEqual(61_000)
    expect(clock.pending).toBe(0)
  })

  it('ends as soon as a place is given back', async () => {
    const { meter, clock } = stand({ limits: { perTenant: { concurrent: 1 }, mode: 'wait' } })
    const first = await meter.reserve(call())
    const second = meter.reserve(call())
    await clock.settle()
    first.settle({ outcome: 'ok', ms: 1 })
    await second
    expect(clock.monotonic()).toBe(0)
  })

  const oneAtATime = { perTenant: { concurrent: 1 }, mode: 'wait', maxWaitMs: 120_000 } as const

  /** A store elsewhere: what is sent arrives 10 ms later, what it answers 10 ms after that. It notes who asked. */
  function remote(clock: VirtualClock) {
    const { limits } = memoryStores({ clock })
    const asked: string[] = []
    const hop = () => new Promise<void>((resolve) => clock.setTimeout(() => resolve(), 10))
    const far = async <Result>(work: () => Promise<Result>) => {
      await hop()
      const result = await work()
      await hop()
      return result
    }
    const store: LimitStore = {
      reserve: (...args) => {
        asked.push(args[0])
        return far(async () => limits.reserve(...args))
      },
      // On a connection of its own, where it takes longer.
      settle: async (...args) => {
        await hop()
        return far(async () => limits.settle(...args))
      },
      read: (dimensions) => limits.read(dimensions),
    }
    return { asked, meter: createMeter({ stores: { limits: store }, clock, limits: oneAtATime }) }
  }

  it('ends as soon as a place given back has reached a store elsewhere', async () => {
    const clock = virtualClock()
    const { meter } = remote(clock)
    const first = await clock.run(meter.reserve(call()))
    const second = meter.reserve(call())
    await clock.advance(100)
    first.settle({ outcome: 'ok', ms: 1 })
    await clock.run(second)
    expect(clock.monotonic()).toBeLessThanOrEqual(20 + 100 + 30 + 20)
  })

  it('asks the store for one call at a time, not for all that wait', async () => {
    const clock = virtualClock()
    const { meter, asked } = remote(clock)
    const order: number[] = []
    const calls = Array.from({ length: 50 }, async (_, n) => {
      const reservation = await meter.reserve(call())
      order.push(n)
      reservation.settle({ outcome: 'ok', ms: 1 })
    })
    await clock.run(Promise.all(calls))
    expect(order).toHaveLength(50)
    // Each asks once when it comes, and a time or two when it is its turn; now and then one looks in by itself.
    expect(asked.length).toBeLessThan(50 * 6)
    await clock.run(meter.flush())
    expect(clock.pending).toBe(0)
  })

  it('passes a place on that was given to one who has left', async () => {
    const clock = virtualClock()
    const { meter } = remote(clock)
    const first = await clock.run(meter.reserve(call()))
    const controller = new AbortController()
    const second = meter.reserve(call({ signal: controller.signal })).catch(({ code }) => code)
    await clock.advance(100)
    const third = meter.reserve(call())
    await clock.advance(100)
    first.settle({ outcome: 'ok', ms: 1 })
    // The second is asked for now; it leaves before its answer has come.
    await clock.advance(35)
    controller.abort()
    const left = await clock.run(second)
    if (left !== 'aborted') left.settle({ outcome: 'aborted', ms: 1 })
    await clock.run(third)
    expect(clock.monotonic()).toBeLessThan(500)
  })

  it('is not begun when it would take too long', async () => {
    const { meter, clock } = stand({ limits: { ...limits, maxWaitMs: 30_000 } })
    await Promise.all([meter.reserve(call()), meter.reserve(call())])
    await expect(meter.reserve(call())).rejects.toMatchObject({ code: 'limit_exceeded' })
    const tight = stand({ limits })
    await Promise.all([tight.meter.reserve(call()), tight.meter.reserve(call())])
    await expect(tight.meter.reserve(call({ timeoutMs: 5_000 }))).rejects.toMatchObject({ code: 'limit_exceeded' })
    expect(clock.monotonic() + tight.clock.monotonic()).toBe(0)
  })

  it('ends at once when the caller gives up', verifies('F115'), async () => {
    const { meter, clock } = stand({ limits })
    await Promise.all([meter.reserve(call()), meter.reserve(call())])
    const controller = new AbortController()
    const third = meter.reserve(call({ signal: controller.signal }))
    await clock.advance(1_000)
    controller.abort(new Error('enough'))
    await expect(third).rejects.toMatchObject({ name: 'AbortError', code: 'aborted', cause: { message: 'enough' } })
    expect(clock.monotonic()).toBe(1_000)
    expect(clock.pending).toBe(1)
    await expect(meter.reserve(call({ signal: controller.signal }))).rejects.toMatchObject({ code: 'aborted' })
  })

  it('ends when the meter is closed, and is booked', verifies('F217'), async () => {
    const clock = virtualClock()
    const { limits: counters, usage } = memoryStores({ clock })
    const elsewhere = { ...usage, append: async (rows: readonly UsageRow[]) => usage.append(rows) }
    const meter = createMeter({ stores: { limits: counters, usage: elsewhere }, clock, limits })
    await Promise.all([meter.reserve(call()), meter.reserve(call())])
    const third = meter.reserve(call()).catch(({ code }) => code)
    await clock.settle()
    await clock.run(meter.close())
    expect(await third).toBe('aborted')
    expect(await meter.reserve(call()).catch(({ code }) => code)).toBe('aborted')
    expect((await usage.list({ kind: 'call' })).map(({ outcome }) => outcome)).toContain('rejected')
    expect(clock.pending).toBe(0)
  })

  it('is for no more than maxWaiting calls', async () => {
    const { meter } = stand({ limits: { ...limits, maxWaiting: 3 } })
    await Promise.all([meter.reserve(call()), meter.reserve(call())])
    const waiting = Array.from({ length: 10 }, () => meter.reserve(call()).catch((error) => error.code))
    const first = await Promise.race(waiting)
    expect(first).toBe('limit_exceeded')
  })
})

describe('options of limits', () => {
  it('are those of the moment in which the meter was made', async () => {
    const limits: { maxOutputTokens: number; perTenant: object } = {
      maxOutputTokens: 50,
      perTenant: { tokens: '1000/day' },
    }
    const { meter } = stand({ limits })
    limits.maxOutputTokens = 1
    limits.perTenant = {}
    await meter.reserve(call({ inputTokens: 10 }))
    expect(await used(meter)).toEqual([[60, 60]])
  })

  it.each([
    [{ perTenant: { request: '1/day' } }, "did you mean 'requests'"],
    [{ perTenant: { requests: '1/fortnight' } }, 'limits.perTenant.requests'],
    [{ perTenants: {} }, "did you mean 'perTenant'"],
    [{ perTenant: { concurrent: -1 } }, 'concurrent'],
    [{ timeZone: 'Mars/Olympus' }, 'limits.timeZone'],
    [{ mode: 'queue' }, "'reject' or 'wait'"],
    [{ onStoreError: 'open' }, "'allow' or 'deny'"],
  ])('%j are refused at construction', (limits, message) => {
    expect(() => createMeter({ limits: limits as never })).toThrow(message)
  })

  it('that a function gives are checked when they are used, and so is the function', async () => {
    const wrong = stand({ limits: { perTenant: () => ({ requests: 'many' }) } })
    await expect(wrong.meter.reserve(call())).rejects.toMatchObject({ code: 'config_invalid' })
    const failing = stand({
      limits: {
        perTenant: () => {
          throw new Error('no plan')
        },
      },
    })
    await expect(failing.meter.reserve(call())).rejects.toMatchObject({
      name: 'ConfigError',
      cause: { message: 'no plan' },
    })
  })
})
