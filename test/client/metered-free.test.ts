import { UnifiedClient } from 'holdfast'
import { redactPii } from 'holdfast/guards'
import { createMeter, type MeterOptions, priceTable } from 'holdfast/metering'
import { memoryStores } from 'holdfast/stores/memory'
import { fail, fakeProvider, hang, type ScriptInput, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import type { ClientOptions } from '../../src/types/client-options.ts'
import { verifies } from '../support/verifies.ts'

function setUp(models: ScriptInput = 'ok', limits: MeterOptions['limits'] = {}, options: Partial<ClientOptions> = {}) {
  const clock = virtualClock()
  const stores = memoryStores({ clock })
  const prices = priceTable({ 'primary/*': { input: 1_000, request: 1 } })
  const meter = createMeter({ stores, clock, limits, prices })
  const primary = fakeProvider({ name: 'primary', model: 'large', clock, script: 'ok', models })
  const backup = fakeProvider({ name: 'backup', clock, script: 'ok' })
  const llm = new UnifiedClient({ providers: [primary, backup], clock, meter, random: () => 0, ...options })
  const rows = async (kind: 'attempt' | 'call' = 'attempt') => (await stores.usage.list({ kind })).toReversed()
  return { clock, meter, primary, backup, llm, rows }
}

const prompt = { prompt: 'one two three four five', tenant: 'acme' }
const nothing = { inputTokens: 0, outputTokens: 0, totalTokens: 0, cost: 0 }

describe('a list of models and a count of tokens', () => {
  it('are booked like any call, and cost nothing', verifies('B2', 'B4'), async () => {
    const { clock, llm, rows } = setUp()
    await clock.run(llm.tenant('acme').models())
    await clock.run(llm.tenant('acme').countTokens({ prompt: prompt.prompt, metadata: { feature: 'meter' } }))
    for (const kind of ['attempt', 'call'] as const) {
      const [listed, counted] = await rows(kind)
      const both = { kind, tenant: 'acme', provider: 'primary', outcome: 'ok', attempt: 1, ...nothing }
      expect(listed).toMatchObject({ ...both, endpoint: 'models', model: '' })
      expect(counted).toMatchObject({
        ...both,
        endpoint: 'countTokens',
        model: 'large',
        metadata: { feature: 'meter' },
      })
      for (const row of [listed, counted]) expect(row).not.toHaveProperty('isEstimated')
    }
    expect((await rows()).map(({ billing }) => billing)).toEqual(['U5', 'U5'])
    await clock.run(llm.close())
  })

  it('cost nothing either when they fail, hang or are given up', verifies('B4'), async () => {
    const { clock, llm, rows } = setUp([fail(503), fail(503), hang()])
    await clock.run(llm.models())
    const controller = new AbortController()
    const pending = clock.run(llm.models('primary', { signal: controller.signal }).catch(() => {}))
    await clock.settle()
    expect((await rows()).at(-1)).toMatchObject({ outcome: 'open', inputTokens: 0, cost: 0 })
    controller.abort()
    await pending
    const booked = (await rows()).map(({ provider, outcome, code, status, endpoint }) => [
      provider,
      outcome,
      code,
      status,
      endpoint,
    ])
    expect(booked).toEqual([
      ['primary', 'failed', 'server_error', 503, 'models'],
      ['primary', 'failed', 'server_error', 503, 'models'],
      ['backup', 'ok', undefined, undefined, 'models'],
      ['primary', 'aborted', 'aborted', undefined, 'models'],
    ])
    for (const row of [...(await rows()), ...(await rows('call'))]) expect(row).toMatchObject(nothing)
    await clock.run(llm.close())
  })

  it('stand by themselves in sums by endpoint', verifies('B4'), async () => {
    const { clock, llm } = setUp([fail(503), 'ok'])
    await clock.run(llm.chat(prompt))
    await clock.run(llm.models())
    await clock.run(llm.models())
    const sums = await llm.usage({ groupBy: ['endpoint'] })
    const of = (name: string) => sums.find(({ endpoint }) => endpoint === name)
    expect(of('chat')).toMatchObject({ rows: 1, ok: 1, successRate: 1, unpriced: 0 })
    expect(of('models')).toMatchObject({ rows: 3, ok: 2, failed: 1, successRate: 2 / 3, cost: 0, unpriced: 0 })
    expect(of('models')?.latencyMs).toBeDefined()
    await clock.run(llm.close())
  })

  it('take requests and places from the limits, but neither tokens nor money', verifies('A9'), async () => {
    const perTenant = { requests: '4/minute', tokens: '20/day', cost: '100/day', concurrent: 1 }
    const { clock, llm, primary } = setUp('ok', { perTenant, perTenantProvider: { tokens: '20/day' } })
    const acme = llm.tenant('acme')
    primary.use('word '.repeat(100))
    await clock.run(acme.chat({ ...prompt, providers: ['primary'], maxTokens: 1 }))
    const money = async () => (await acme.limits()).filter(({ measure }) => ['tokens', 'cost'].includes(measure))
    const before = await money()
    expect(before[0]).toMatchObject({ measure: 'tokens', remaining: 0 })
    await expect(clock.run(acme.chat(prompt))).rejects.toMatchObject({ code: 'limit_exceeded' })
    await clock.run(acme.models())
    await clock.run(acme.models('backup'))
    await clock.run(llm.countTokens(prompt))
    await expect(clock.run(llm.countTokens(prompt))).rejects.toMatchObject({ limit: { measure: 'requests' } })
    expect(await money()).toEqual(before)
    expect(await acme.limits()).toMatchObject([{ measure: 'requests', remaining: 0 }, {}, {}, { reserved: 0 }])
    const [refused] = await llm.usage({ kind: 'call', endpoint: 'countTokens', groupBy: ['endpoint'] })
    expect(refused).toMatchObject({ rows: 2, ok: 1, failed: 0, cost: 0, unpriced: 0 })
    await clock.run(llm.close())
  })

  it('are held to the models that are allowed where they name one', async () => {
    const { clock, llm, primary } = setUp('ok', {}, { allowedModels: { primary: ['small'], backup: [] } })
    await clock.run(llm.models())
    expect(primary.calls).toHaveLength(1)
    await expect(clock.run(llm.countTokens(prompt))).rejects.toMatchObject({ code: 'model_not_allowed' })
    expect(await clock.run(llm.countTokens({ ...prompt, model: 'small', providers: ['primary'] }))).toBe(5)
    await clock.run(llm.close())
  })

  it('show a provider no more than a call would', async () => {
    const { clock, llm, primary } = setUp('ok', {}, { guards: [redactPii()] })
    await clock.run(llm.countTokens('Write to ada@example.com'))
    const [{ request } = {}] = primary.calls
    expect(JSON.stringify(request)).toContain('Write to')
    expect(JSON.stringify(request)).not.toContain('ada@example.com')
    await clock.run(llm.models())
    await clock.run(llm.close())
  })
})
