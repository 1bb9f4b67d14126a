import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { cut, fail, fakeProvider, hang, reply, virtualClock } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { describe, expect, it } from 'vitest'
import { createMeter } from '../../src/metering/meter.ts'
import type { LimitStore, UsageRow } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'

function setUp(script: Parameters<typeof fakeProvider>[0], limits: object = {}) {
  const clock = virtualClock()
  const stores = memoryStores({ clock })
  const meter = createMeter({ stores, limits: limits as never, clock })
  const primary = fakeProvider({ name: 'primary', clock, script: script as string })
  const backup = fakeProvider({ name: 'backup', clock, script: 'from the backup' })
  const llm = new UnifiedClient({ providers: [primary, backup], clock, meter, random: () => 0 })
  const rows = async () => {
    await llm.flush()
    return [...(await stores.usage.list({})), ...(await stores.usage.list({ kind: 'call' }))]
  }
  return { clock, stores, meter, primary, backup, llm, rows }
}

describe('a client with a meter', () => {
  it('says how much is left where a call may use more, though nothing was used yet', async () => {
    const { llm } = setUp('ok', { perTenant: { tokens: '1000/day' } })
    await expect(llm.chat({ prompt: 'Hi', tenant: 'acme' })).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringMatching(
        /^Limit reached: tokens per tenant, 1000\/day; 1000 left, this call may use 10[2-5]\d$/,
      ),
      limit: { remaining: 1_000 },
    })
  })

  it('books one row for each attempt and one for the call', verifies('B4'), async () => {
    const { clock, llm, rows } = setUp(fail(503))
    await clock.run(llm.chat({ prompt: 'Hi', tenant: 'acme' }))
    const booked = await rows()
    expect(booked.map(({ kind, provider, outcome }) => [kind, provider, outcome]).sort()).toEqual([
      ['attempt', 'backup', 'ok'],
      ['attempt', 'primary', 'failed'],
      ['attempt', 'primary', 'failed'],
      ['call', 'backup', 'ok'],
    ])
    expect(booked.every(({ tenant }) => tenant === 'acme')).toBe(true)
    const [sum] = await llm.usage({ tenant: 'acme' })
    expect(sum).toMatchObject({ rows: 3, ok: 1, failed: 2 })
    await clock.run(llm.close())
  })

  it('books model, way, words of the error and metadata', verifies('B2', 'B4'), async () => {
    const { clock, llm, rows } = setUp(fail(503))
    const reply = await clock.run(llm.chat({ prompt: 'Hi', tenant: 'beta', metadata: { feature: 'chat' } }))
    const booked = await rows()
    const attempts = booked.filter(({ kind, tenant }) => kind === 'attempt' && tenant === 'beta')
    expect(attempts.every(({ metadata }) => metadata?.feature === 'chat')).toBe(true)
    const failed = attempts.find(({ outcome }) => outcome === 'failed')
    expect(failed).toMatchObject({ code: 'server_error', status: 503, errorMessage: expect.stringMatching(/\w/) })
    expect(booked.find(({ kind, tenant }) => kind === 'call' && tenant === 'beta')).toMatchObject({
      provider: 'backup',
      model: reply.model,
      attempt: attempts.length,
      metadata: { feature: 'chat' },
      routing: {
        strategy: 'fallback',
        attempts: expect.arrayContaining([expect.objectContaining({ provider: 'primary', code: 'server_error' })]),
      },
    })
    await clock.run(llm.close())
  })

  it('books the time of the first token, and why a stream failed', verifies('B4'), async () => {
    const { clock, llm, rows } = setUp(cut({ afterTokens: 3 }))
    const stream = llm.chatStream({ prompt: 'Hi', providers: ['primary'] })
    await clock.run(stream.final().catch(() => {}))
    const booked = await rows()
    const [whole] = booked.filter(({ kind }) => kind === 'call')
    expect(whole).toMatchObject({ outcome: 'failed', code: 'stream_interrupted', errorMessage: expect.any(String) })
    expect(whole?.firstTokenMs).toBeGreaterThanOrEqual(0)
    expect(booked[0]).toMatchObject({ kind: 'attempt', errorMessage: expect.any(String) })
    await clock.run(llm.close())
  })

  it('books a test of a provider as a test', verifies('B2', 'B5'), async () => {
    const { clock, llm, rows } = setUp('ok')
    await clock.run(llm.test('primary'))
    expect((await rows()).map(({ kind, endpoint }) => [kind, endpoint])).toEqual([
      ['attempt', 'test'],
      ['call', 'test'],
    ])
    await clock.run(llm.close())
  })

  it('books the tokens that an embedding reports, and estimates them only where it reports none', async () => {
    const clock = virtualClock()
    const stores = memoryStores({ clock })
    const meter = createMeter({ stores, clock, limits: { perTenant: { tokens: '1000/day' } } })
    const embed = [reply('', { usage: { inputTokens: 321 } }), reply('', { usage: null })]
    const llm = new UnifiedClient({ providers: [fakeProvider({ clock, embed })], clock, meter })
    for (let n = 0; n < 2; n++) await clock.run(llm.tenant('acme').embed('one two three'))
    const [guessed, told] = await stores.usage.list({ endpoint: 'embed' })
    expect(told).toMatchObject({ inputTokens: 321, outputTokens: 0, totalTokens: 321 })
    expect(told).not.toHaveProperty('isEstimated')
    expect(guessed).toMatchObject({ outputTokens: 0, isEstimated: true })
    expect(guessed?.inputTokens).toBeGreaterThan(0)
    // No answer is reserved: a limit below the usual length of one lets an embedding through.
    expect(await llm.tenant('acme').limits()).toMatchObject([{ used: 321 + Number(guessed?.totalTokens), reserved: 0 }])
    await clock.run(llm.close())
  })

  it('books nothing as sent that was given up while its limits were asked', verifies('F115', 'F146'), async () => {
    const clock = virtualClock()
    const stores = memoryStores({ clock })
    const reserve: LimitStore['reserve'] = (...args) =>
      new Promise((resolve) => clock.setTimeout(() => resolve(stores.limits.reserve(...args)), 100))
    const limits: LimitStore = {
      reserve,
      settle: (id, amounts) => stores.limits.settle(id, amounts),
      read: (dimensions) => stores.limits.read(dimensions),
    }
    const perProvider = { requests: '10/minute', tokens: '10000/day' }
    const meter = createMeter({ stores: { usage: stores.usage, limits }, clock, limits: { perProvider } })
    const provider = fakeProvider({ name: 'primary', clock, script: 'ok' })
    const llm = new UnifiedClient({ providers: [provider], clock, meter })
    const controller = new AbortController()
    const pending = llm.chat({ prompt: 'one two three', signal: controller.signal }).catch(({ code }) => code)
    await clock.advance(50)
    controller.abort()
    expect(await clock.run(pending)).toBe('aborted')
    await clock.advance(100)
    expect(provider.calls).toHaveLength(0)
    const [attempt] = await stores.usage.list({})
    expect(attempt).toMatchObject({ outcome: 'not_sent', billing: 'U0', code: 'aborted', totalTokens: 0 })
    const [whole] = await stores.usage.list({ kind: 'call' })
    expect(whole).toMatchObject({ outcome: 'aborted', attempt: 1, totalTokens: 0 })
    const levels = await clock.run(meter.remaining({ provider: 'primary' }))
    expect(levels.map(({ used, reserved }) => [used, reserved])).toEqual([
      [0, 0],
      [0, 0],
    ])
    await clock.run(llm.close())
  })

  it('books what a provider reports although its filter withheld the answer', async () => {
    const blocked = reply('', { finishReason: 'content-filter', usage: { inputTokens: 40, outputTokens: 9 } })
    const { clock, llm, rows } = setUp(blocked)
    const request = { prompt: 'Hi', providers: ['primary'] }
    const refused = { code: 'content_filtered', usage: { inputTokens: 40 } }
    await expect(clock.run(llm.chat(request))).rejects.toMatchObject(refused)
    await expect(clock.run(llm.chatStream(request).final())).rejects.toMatchObject(refused)
    const attempts = (await rows()).filter(({ kind }) => kind === 'attempt')
    expect(attempts.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual([
      [40, 9],
      [40, 9],
    ])
    await clock.run(llm.close())
  })

  it('ends calls that wait for a limit when it is closed, and books them', verifies('F216'), async () => {
    const limits = { perTenant: { requests: '1/minute' }, mode: 'wait', maxWaitMs: 120_000 } as const
    const clock = virtualClock()
    const { limits: counters, usage } = memoryStores({ clock })
    const elsewhere = { ...usage, append: async (batch: readonly UsageRow[]) => usage.append(batch) }
    const meter = createMeter({ stores: { limits: counters, usage: elsewhere }, limits, clock })
    const llm = new UnifiedClient({ providers: [fakeProvider({ clock, script: hang() })], clock, meter })
    const ends = Array.from({ length: 3 }, () => llm.chat({ prompt: 'Hi', tenant: 'acme' }).catch(({ code }) => code))
    await clock.advance(100)
    await clock.run(llm.close())
    expect(await Promise.all(ends)).toEqual(['aborted', 'aborted', 'aborted'])
    expect(clock.pending).toBe(0)
    const rows = [...(await usage.list({})), ...(await usage.list({ kind: 'call' }))]
    expect(rows.map(({ kind, outcome, code }) => [kind, outcome, code]).sort()).toEqual([
      ['attempt', 'aborted', 'aborted'],
      ['call', 'aborted', 'aborted'],
      ['call', 'rejected', 'aborted'],
      ['call', 'rejected', 'aborted'],
    ])
    expect(meter.health()).toMatchObject({ dropped: 0, queued: 0 })
  })

  it('lets its connections go although the books cannot be closed', async () => {
    const server = await fakeProviderServer('ok')
    const journal = () => Promise.reject(new Error('the disk is full'))
    const { usage } = memoryStores()
    const append = () => Promise.reject(new Error('away'))
    const clock = virtualClock()
    const meter = createMeter({ stores: { usage: { ...usage, append } }, ledger: { journal }, clock })
    const llm = new UnifiedClient({ providers: [openai({ apiKey: 'sk-test', baseUrl: server.url('openai') })], meter })
    await clock.run(llm.chat('Hi'))
    expect(server.openSockets).toBe(1)
    await expect(clock.run(llm.close())).rejects.toThrow('the disk is full')
    for (let turns = 0; turns < 100 && server.openSockets > 0; turns++) await clock.settle()
    expect(server.openSockets).toBe(0)
    await server.close()
  })

  it('lets exactly as many calls through as the limit says', verifies('F142'), async () => {
    const { clock, llm, primary } = setUp('ok', { perTenant: { requests: '10/minute' } })
    const results = await clock.run(
      Promise.all(
        Array.from({ length: 100 }, () => llm.chat({ prompt: 'Hi', tenant: 'acme' }).catch((error) => error.code)),
      ),
    )
    expect(results.filter((result) => result === 'limit_exceeded')).toHaveLength(90)
    expect(primary.calls).toHaveLength(10)
    expect(await clock.run(llm.chat({ prompt: 'Hi', tenant: 'other' }))).toMatchObject({ text: 'ok' })
    await clock.run(llm.close())
  })

  it('gives every reservation back on every way out', verifies('F146'), async () => {
    const { clock, llm } = setUp(cut({ afterTokens: 3 }), {
      perTenant: { tokens: '1000000/day', concurrent: 5 } as never,
    })
    const reserved = async () => (await llm.limits({ tenant: 'acme' })).map((limit) => limit.reserved)
    const request = { prompt: 'Hi', tenant: 'acme', maxTokens: 50 }
    await clock.run(
      llm
        .chatStream(request)
        .final()
        .catch(() => {}),
    )
    for await (const _ of llm.chatStream(request).text) break
    const controller = new AbortController()
    const aborted = llm.chat({ ...request, signal: controller.signal }).catch(() => {})
    controller.abort()
    await clock.run(aborted)
    await clock.settle()
    expect((await reserved()).every((count) => count === 0)).toBe(true)
    await clock.run(llm.close())
  })

  it('books what an abandoned stream has cost', async () => {
    const { clock, llm, rows } = setUp(hang())
    const controller = new AbortController()
    const pending = llm.chat({ prompt: 'Hi', signal: controller.signal }).catch(() => {})
    await clock.settle()
    controller.abort()
    await pending
    expect((await rows()).map(({ kind, outcome }) => [kind, outcome]).sort()).toEqual([
      ['attempt', 'aborted'],
      ['call', 'aborted'],
    ])
    await clock.run(llm.close())
  })
})
