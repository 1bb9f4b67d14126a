import { type StreamEvent, UnifiedClient } from 'holdfast'
import { createMeter, type LimitOptions, type MeterWarning } from 'holdfast/metering'
import { anthropic } from 'holdfast/providers/anthropic'
import { gemini } from 'holdfast/providers/gemini'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { reply, stream, virtualClock } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { afterEach, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

/** Fifty words, a moment apart: each is read by itself. */
const words = Array.from({ length: 50 }, (_, n) => `${n === 0 ? '' : ' '}word`)
const makers = { openai, anthropic, gemini }

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function setUp(limits: LimitOptions, dialect: keyof typeof makers = 'openai', script = slowly()) {
  const clock = virtualClock()
  const server = await fakeProviderServer({ script, clock })
  const stores = memoryStores({ clock })
  const warnings: MeterWarning['code'][] = []
  const meter = createMeter({ stores, clock, limits, onWarning: ({ code }) => warnings.push(code) })
  const provider = makers[dialect]({ apiKey: 'sk-test-not-real', baseUrl: server.url(dialect) })
  const llm = new UnifiedClient({ providers: [provider], clock, meter, random: () => 0 })
  ends.push(
    () => clock.run(llm.close()),
    () => server.close(),
  )
  const rows = async () => (await stores.usage.list({}))[0]
  const used = async () =>
    (await llm.limits({ tenant: 'acme' })).map(({ measure, used, reserved }) => [measure, used, reserved])
  return { clock, server, llm, rows, used, warnings }
}

function slowly() {
  return stream(words, { everyMs: 100, usage: { inputTokens: 5, outputTokens: 50 } })
}

const request = { prompt: 'Tell me all', tenant: 'acme', maxTokens: 10 }
const tokens: LimitOptions = { perTenant: { tokens: '100000/day' } }

describe.each(['openai', 'anthropic', 'gemini'] as const)('a stream of %s that outgrows its reservation', (dialect) => {
  it('may finish, and is booked in full', verifies('F149', 'F148'), async () => {
    const { clock, llm, rows, used, warnings } = await setUp(tokens, dialect)
    const { text } = await clock.run(llm.chatStream(request).final())
    expect(text).toBe(words.join(''))
    expect(await rows()).toMatchObject({ outcome: 'ok', billing: 'U5', inputTokens: 5, outputTokens: 50 })
    expect(await used()).toEqual([['tokens', 55, 0]])
    expect(warnings).toEqual(['reservation-outgrown'])
  })

  it('is stopped where that was asked for, with the text so far', verifies('F149'), async () => {
    const { clock, server, llm, rows, used, warnings } = await setUp({ ...tokens, onOvershoot: 'stop' }, dialect)
    const answer = llm.chatStream(request)
    let text = ''
    const error = await clock.run(
      (async () => {
        for await (const piece of answer.text) text += piece
      })().catch((thrown) => thrown),
    )
    expect(error).toMatchObject({
      name: 'LimitExceededError',
      code: 'limit_exceeded',
      isRetryable: false,
      provider: dialect,
      limit: { scope: 'tenant', measure: 'tokens', rate: '100000/day' },
      partialText: text,
    })
    await expect(answer.final()).rejects.toBe(error)
    const count = text.trim().split(' ').length
    expect(count).toBeGreaterThan(10)
    expect(count).toBeLessThan(50)
    expect((await server.waitForEnd(1)).outcome).toBe('client-closed')
    expect(server.requests).toHaveLength(1)
    const row = await rows()
    expect(row).toMatchObject({ outcome: 'failed', code: 'limit_exceeded', billing: 'U4' })
    expect(row?.outputTokens).toBe(count)
    expect(await used()).toEqual([['tokens', row?.totalTokens, 0]])
    expect(warnings).toEqual(['reservation-outgrown'])
  })
})

describe('a hard stop', verifies('F149'), () => {
  const stop: LimitOptions = { ...tokens, onOvershoot: 'stop' }

  it('leaves streams alone that keep within their reservation', async () => {
    const { clock, llm, warnings } = await setUp(stop)
    expect((await clock.run(llm.chatStream({ ...request, maxTokens: 50 }).final())).text).toBe(words.join(''))
    expect(warnings).toEqual([])
  })

  it('does not cut what came in one piece with its end', async () => {
    const { clock, llm, used } = await setUp(stop, 'openai', reply(words.join('')))
    const { text } = await clock.run(llm.chat({ ...request, maxTokens: 10 }))
    expect(text).toBe(words.join(''))
    expect((await used())[0]?.[2]).toBe(0)
  })

  it('has no say where neither tokens nor cost are limited', async () => {
    const { clock, llm } = await setUp({ perTenant: { requests: '10/minute' }, onOvershoot: 'stop' })
    expect((await clock.run(llm.chatStream(request).final())).text).toBe(words.join(''))
  })

  it('goes by the limits of a provider or key too', async () => {
    const { clock, llm } = await setUp({ perProvider: { tokens: '100000/day' }, onOvershoot: 'stop' })
    const error = await clock.run(
      llm
        .chatStream(request)
        .final()
        .catch((thrown) => thrown),
    )
    expect(error).toMatchObject({ code: 'limit_exceeded', limit: { scope: 'provider' } })
  })

  it('stops arguments of a tool call that have no end', async () => {
    const clock = virtualClock()
    const meter = createMeter({ stores: memoryStores({ clock }), clock, limits: stop })
    let pulled = 0
    const llm = new UnifiedClient({
      clock,
      meter,
      providers: [
        {
          name: 'endless',
          kind: 'test',
          defaultModel: 'm',
          capabilities: { chat: true, chatStream: true, embed: false, models: false },
          chat: async () => [],
          async *chatStream() {
            for (pulled = 1; pulled < 10_000; pulled++) {
              yield [
                { type: 'tool-call-delta' as const, index: 0, id: 'c1', name: 'weather', argumentsText: 'abcdefgh' },
              ]
            }
          },
        },
      ],
    })
    const seen: StreamEvent['type'][] = []
    const read = async () => {
      for await (const event of llm.chatStream({ ...request, tools: [{ name: 'weather', parameters: {} }] })) {
        seen.push(event.type)
      }
    }
    expect(await clock.run(read().catch((thrown) => thrown))).toMatchObject({ code: 'limit_exceeded' })
    expect(pulled).toBeLessThan(30)
    expect(seen).toContain('tool-call-delta')
    await clock.run(llm.close())
  })
})
