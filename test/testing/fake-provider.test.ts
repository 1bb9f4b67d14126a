import { describe, expect, it } from 'vitest'
import { TimeoutError } from '../../src/errors/families.ts'
import { LlmError, policyOfError } from '../../src/errors/llm-error.ts'
import { type FakeProvider, fakeProvider } from '../../src/testing/fake-provider.ts'
import {
  cut,
  decide,
  fail,
  fault,
  hang,
  reply,
  reset,
  stall,
  stream,
  throwing,
  toolCall,
} from '../../src/testing/steps.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import type { ProviderContext, ProviderEvent } from '../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../src/types/request.ts'
import { verifies } from '../support/verifies.ts'

const request: ProviderChatRequest = { model: 'm1', messages: [{ role: 'user', content: 'Say hello please' }] }

function contextOf(signal = new AbortController().signal): ProviderContext {
  return { signal, http: () => Promise.reject(new Error('the provider in memory has no network')) }
}

function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('')
}

async function streamed(provider: FakeProvider, signal?: AbortSignal) {
  const batches: (readonly ProviderEvent[])[] = []
  let error: unknown
  try {
    for await (const batch of provider.chatStream(request, contextOf(signal))) batches.push(batch)
  } catch (thrown) {
    error = thrown
  }
  return { batches, events: batches.flat(), error: error as LlmError | undefined }
}

const failure = (promise: Promise<unknown>): Promise<LlmError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  )

describe('fakeProvider', () => {
  it('answers as told, whole and streamed', async () => {
    const provider = fakeProvider('Hello big world')
    const events = await provider.chat(request, contextOf())
    expect(textOf(events)).toBe('Hello big world')
    expect(events[0]).toEqual({ type: 'start', id: 'fake-1', model: 'm1' })
    expect(events.at(-2)).toMatchObject({ type: 'usage', usage: { inputTokens: 3, outputTokens: 3, totalTokens: 6 } })
    expect(events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
    const { batches, error } = await streamed(provider)
    expect(error).toBeUndefined()
    expect(batches.map(textOf)).toEqual(['', 'Hello', ' big', ' world', ''])
  })

  it('fails so many times and then succeeds', verifies('E8'), async () => {
    const provider = fakeProvider(fail(503).times(2).then('hello'))
    expect((await failure(provider.chat(request, contextOf()))).code).toBe('server_error')
    expect((await streamed(provider)).error?.code).toBe('server_error')
    expect(textOf(await provider.chat(request, contextOf()))).toBe('hello')
    expect(provider.calls.map((call) => `${call.operation} ${call.outcome}`)).toEqual([
      'chat failed',
      'chatStream failed',
      'chat ok',
    ])
    expect(provider.calls[0]?.request).toBe(request)
  })

  it.each([
    [fail(400), 'bad_request', 400],
    [fail(401), 'auth_failed', 401],
    [fail(404), 'model_not_found', 404],
    [fail(429), 'rate_limited', 429],
    [fail(429, { code: 'insufficient_quota' }), 'quota_exhausted', 429],
    [fail(400, { code: 'context_length_exceeded' }), 'context_length_exceeded', 400],
    [fail(529), 'overloaded', 529],
    [fail(599), 'server_error', 599],
    [fail('context_length_exceeded'), 'context_length_exceeded', 400],
    [fail('billing'), 'billing', 402],
  ] as const)('refuses with %o as the code says', async (script, code, status) => {
    const error = await failure(fakeProvider({ script, name: 'p' }).chat(request, contextOf()))
    expect(LlmError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ code, status, provider: 'p', model: 'm1' })
  })

  it('carries the wait a refusal asks for, and refuses to be retried where told so', async () => {
    const waiting = await failure(fakeProvider(fail(429, { retryAfter: 2 })).chat(request, contextOf()))
    expect(waiting.retryAfterMs).toBe(2_000)
    const final = await failure(
      fakeProvider(fail(500, { headers: { 'x-should-retry': 'false' } })).chat(request, contextOf()),
    )
    expect(policyOfError(final).retries).toBe(0)
  })

  it('refuses everything once its script has ended', async () => {
    const provider = fakeProvider(reply('once').times(1))
    await provider.chat(request, contextOf())
    expect(await failure(provider.chat(request, contextOf()))).toMatchObject({ code: 'bad_request' })
    provider.use('again')
    expect(textOf(await provider.chat(request, contextOf()))).toBe('again')
  })

  it('breaks a stream where told: normally, by a reset, by an error event', async () => {
    const short = await streamed(fakeProvider(cut({ afterTokens: 2, text: 'a b c' })))
    expect(short.error).toBeUndefined()
    expect(textOf(short.events)).toBe('a b')
    expect(short.events.some((event) => event.type === 'finish')).toBe(false)
    const lost = await streamed(fakeProvider(reset({ afterTokens: 1, text: 'a b c' })))
    expect([textOf(lost.events), lost.error?.code]).toEqual(['a', 'connection_reset'])
    const broken = await streamed(fakeProvider(fail('overloaded', { afterTokens: 2 })))
    expect([textOf(broken.events), broken.error?.code]).toEqual(['A good', 'stream_error_event'])
    expect((await streamed(fakeProvider(fail('overloaded', { afterTokens: 0 })))).error?.code).toBe('overloaded')
    expect((await streamed(fakeProvider(reset()))).error?.code).toBe('connection_reset')
    expect((await failure(fakeProvider(cut({ afterTokens: 2 })).chat(request, contextOf()))).code).toBe('bad_response')
  })

  it('streams at the pace of its clock, in batches of the wanted size', async () => {
    const clock = virtualClock(0)
    const script = stream(['a', 'b', 'c', 'd', 'e'], { everyMs: 100, firstTokenAfterMs: 1_000 })
    const provider = fakeProvider({ script, clock, tokensPerBatch: 2 })
    const { batches } = await clock.run(streamed(provider))
    expect(batches.map(textOf)).toEqual(['', 'ab', 'cd', 'e', ''])
    expect(clock.monotonic()).toBe(1_200)
    expect(clock.pending).toBe(0)
  })

  it('falls silent for a while and goes on', async () => {
    const clock = virtualClock(0)
    const provider = fakeProvider({ script: stall({ afterTokens: 1, forMs: 30_000, text: 'a b' }), clock })
    const { events } = await clock.run(streamed(provider))
    expect([textOf(events), clock.monotonic()]).toEqual(['a b', 30_000])
  })

  it('obeys the signal while it waits, with the reason it was given', async () => {
    const clock = virtualClock(0)
    const scripts = [
      hang(),
      stall({ beforeFirstToken: true }),
      stall({ afterTokens: 1 }),
      reply('x', { headersAfterMs: 9e6 }),
    ]
    for (const script of scripts) {
      const provider = fakeProvider({ script, clock })
      const controller = new AbortController()
      const whole = failure(provider.chat(request, contextOf(controller.signal)))
      const piecewise = streamed(provider, controller.signal)
      await clock.settle()
      expect(provider.running).toBe(2)
      controller.abort(new TimeoutError('headers_timeout', 'too long'))
      expect((await whole).code).toBe('headers_timeout')
      expect((await piecewise).error?.code).toBe('headers_timeout')
      expect(provider.calls.map((call) => call.outcome)).toEqual(['aborted', 'aborted'])
      expect(clock.pending).toBe(0)
    }
  })

  it('sends nothing for a signal that is aborted already, and makes an AbortError of a foreign reason', async () => {
    const provider = fakeProvider('x')
    const error = await failure(provider.chat(request, contextOf(AbortSignal.abort('enough'))))
    expect(error.code).toBe('aborted')
    expect(String(error.cause)).toContain('enough')
  })

  it('notices a reader who goes away', async () => {
    const provider = fakeProvider()
    for await (const batch of provider.chatStream(request, contextOf())) if (textOf(batch) !== '') break
    expect(provider.calls[0]?.outcome).toBe('abandoned')
    expect(provider.running).toBe(0)
  })

  it('calls tools, thinks and declines', async () => {
    const call = await fakeProvider(toolCall('weather', { city: 'Oslo' })).chat(request, contextOf())
    expect(call).toContainEqual({
      type: 'tool-call',
      index: 0,
      id: 'call_1_1',
      name: 'weather',
      argumentsText: '{"city":"Oslo"}',
    })
    expect(call.at(-1)).toMatchObject({ finishReason: 'tool-calls' })
    const { events } = await streamed(fakeProvider(reply('', { reasoning: 'hm well', refusal: 'no', usage: null })))
    expect(events.filter((event) => event.type === 'reasoning').map((event) => event.text)).toEqual(['hm', ' well'])
    expect(events).toContainEqual({ type: 'refusal', text: 'no' })
    expect(events.some((event) => event.type === 'usage')).toBe(false)
  })

  it('reports the usage it is told, in the normal form', async () => {
    const usage = { inputTokens: 100, cacheReadTokens: 60, outputTokens: 20, reasoningTokens: 5 }
    const events = await fakeProvider(reply('x', { usage })).chat(request, contextOf())
    expect(events.find((event) => event.type === 'usage')).toMatchObject({
      usage: { totalTokens: 120, input: { fresh: 40, cacheRead: 60 }, output: { text: 15, reasoning: 5 } },
    })
  })

  it('embeds: one vector for each text, the same for the same text', async () => {
    const provider = fakeProvider({ embed: fail(500).then(''), dimensions: 4 })
    const asked = { input: ['a', 'b', 'a'] }
    expect((await failure(provider.embed?.(asked, contextOf()) as Promise<unknown>)).code).toBe('server_error')
    const part = await provider.embed?.(asked, contextOf())
    expect(part?.vectors.map((vector) => vector.length)).toEqual([4, 4, 4])
    expect(part?.vectors[0]).toEqual(part?.vectors[2])
    expect(part?.vectors[0]).not.toEqual(part?.vectors[1])
    expect(part?.usage.inputTokens).toBe(3)
  })

  it('lists its models and counts tokens', async () => {
    const provider = fakeProvider({ modelIds: ['a', 'b'], contextWindow: 9 })
    expect((await provider.models?.(contextOf()))?.map((model) => model.id)).toEqual(['a', 'b'])
    expect(provider.contextWindow?.('a')).toBe(9)
    expect(await provider.countTokens?.(request, contextOf())).toBe(3)
  })

  it('lacks what its capabilities lack', () => {
    const provider = fakeProvider({ capabilities: { embed: false, models: false } })
    expect(provider.capabilities).toMatchObject({ chat: true, embed: false, models: false })
    expect([provider.embed, provider.models]).toEqual([undefined, undefined])
  })

  it('shows a deciding step who asks, and throws what it is told', async () => {
    const provider = fakeProvider(decide(({ model, last }) => `${model}: ${last?.role} ${last?.text}`))
    expect(textOf(await provider.chat(request, contextOf()))).toBe('m1: user Say hello please')
    const own = new Error('own')
    expect(await failure(fakeProvider(throwing(own)).chat(request, contextOf()))).toBe(own)
  })

  it('refuses faults of the wire', async () => {
    const error = await failure(fakeProvider(fault('rst-mid-body')).chat(request, contextOf()))
    expect(error.message).toContain('fakeProviderServer')
  })
})
