import { type ClientEvent, UnifiedClient } from 'holdfast'
import { template } from 'holdfast/providers/template'
import { cut, fail, fakeProvider, hang, reply, stall, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

const zero = () => 0

describe('a canned last rung', () => {
  it('answers when nobody else does, and says so', verifies('A12'), async () => {
    const clock = virtualClock()
    const events: ClientEvent[] = []
    const llm = new UnifiedClient({
      providers: [
        fakeProvider({ name: 'a', clock, script: fail(503) }),
        template(({ messages }) => `${messages.length} noted`),
      ],
      clock,
      onEvent: (event) => events.push(event),
    })
    const answer = await clock.run(llm.chat('Hi'))
    expect(answer).toMatchObject({ text: '1 noted', isDegraded: true, provider: 'template' })
    expect(answer.routing.attempts.map(({ provider }) => provider)).toEqual(['a', 'a', 'a', 'template'])
    expect(events.map(({ type }) => type)).toContain('answer-degraded')
    expect(await llm.chatStream('Hi').final()).toMatchObject({ isDegraded: true })
  })

  it('does not answer a request that is itself wrong', async () => {
    const llm = new UnifiedClient({ providers: [fakeProvider(fail(400)), template('sorry')] })
    await expect(llm.chat('Hi')).rejects.toMatchObject({ code: 'bad_request' })
  })

  it('must be the last', () => {
    expect(() => new UnifiedClient({ providers: [template('x'), fakeProvider('y')] })).toThrow(/providers\[0\]/)
  })
})

describe('with every circuit open', () => {
  function setUp(lastResort: boolean) {
    const clock = virtualClock()
    const names = ['a', 'b']
    const providers = names.map((name) => fakeProvider({ name, clock, script: fail(503) }))
    const llm = new UnifiedClient({ providers, clock, random: zero, lastResort, circuit: { threshold: 1 } })
    return { clock, providers, llm }
  }

  it('fails at once with the soonest time to try again', verifies('F121'), async () => {
    const { clock, llm, providers } = setUp(false)
    await clock.run(llm.chat('Hi').catch(() => {}))
    await clock.advance(10_000)
    const error = await llm.chat('Hi').catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'all_providers_failed', retryAfterMs: 50_000 })
    expect(error.errors.map(({ code }: { code: string }) => code)).toEqual(['circuit_open', 'circuit_open'])
    expect(error.attempts.every(({ outcome }: { outcome: string }) => outcome === 'not_sent')).toBe(true)
    expect(providers.map(({ calls }) => calls.length)).toEqual([1, 1])
  })

  it('asks the one soonest to recover where that is wanted', async () => {
    const { clock, llm, providers } = setUp(true)
    await clock.run(llm.chat('Hi').catch(() => {}))
    await clock.advance(10_000)
    providers[0]?.use('back')
    expect(await llm.chat('Hi')).toMatchObject({ text: 'back', provider: 'a' })
    expect(providers.map(({ calls }) => calls.length)).toEqual([2, 1])
  })

  it('throws circuit_open for a provider named by the caller', verifies('F139'), async () => {
    const { clock, llm } = setUp(false)
    await clock.run(llm.chat('Hi').catch(() => {}))
    await expect(llm.chat({ prompt: 'Hi', providers: ['b'] })).rejects.toMatchObject({
      code: 'circuit_open',
      provider: 'b',
    })
  })
})

describe('hedging', () => {
  function setUp(
    slow: Parameters<typeof fakeProvider>[0],
    fast: Parameters<typeof fakeProvider>[0],
    hedge: object = { afterMs: 1_000 },
  ) {
    const clock = virtualClock()
    const first = fakeProvider({ name: 'first', clock, script: slow as string })
    const second = fakeProvider({ name: 'second', clock, script: fast as string })
    const events: ClientEvent[] = []
    const llm = new UnifiedClient({
      providers: [first, second],
      clock,
      random: zero,
      hedge: hedge as { afterMs: number },
      onEvent: (event) => events.push(event),
    })
    return { clock, first, second, llm, events }
  }

  it('lets the first content win and cancels the other', async () => {
    const { clock, llm, first, events } = setUp(hang(), 'quick')
    const answer = await clock.run(llm.chatStream('Hi').final())
    expect(answer).toMatchObject({ text: 'quick', provider: 'second' })
    expect(clock.monotonic()).toBe(1_000)
    expect(answer.routing.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['first', 'hedge_lost'],
      ['second', 'ok'],
    ])
    expect(first.running).toBe(0)
    expect(events.map(({ type }) => type)).toContain('hedge-started')
    expect(llm.circuits().first?.failures).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('starts nothing beside a provider that is fast enough', async () => {
    const { clock, llm, second } = setUp('quick', 'other')
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('first')
    expect(second.calls).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  it('keeps the first when it answers after all, before the second', async () => {
    const { clock, llm, second } = setUp(stall({ beforeHeaders: true, forMs: 1_500, text: 'late but first' }), hang())
    const answer = await clock.run(llm.chat('Hi'))
    expect(answer).toMatchObject({ text: 'late but first', provider: 'first' })
    expect(second.running).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('goes on behind both when both fail', async () => {
    const { clock, llm } = setUp(hang({ forMs: 2_000 }), fail(400))
    const error = await clock.run(llm.chat('Hi').catch((thrown) => thrown))
    expect(error.code).toBe('all_providers_failed')
    expect(error.errors).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  it('stays within its budget', async () => {
    const { clock, llm, second } = setUp(stall({ beforeHeaders: true, forMs: 1_200, text: 'slow' }), hang())
    await clock.run(Promise.all(Array.from({ length: 40 }, () => llm.chat('Hi'))))
    expect(second.calls.length).toBeLessThanOrEqual(3)
    expect(second.calls.length).toBeGreaterThan(0)
  })

  it('learns the time to wait from the provider itself', async () => {
    const { clock, llm, first, second } = setUp(stall({ beforeHeaders: true, forMs: 300, text: 'usual' }), 'second', {
      afterMs: 'p95',
    })
    for (let i = 0; i < 10; i++) await clock.run(llm.chat('Hi'))
    expect(second.calls).toHaveLength(0)
    first.use(hang())
    const before = clock.monotonic()
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('second')
    expect(clock.monotonic() - before).toBe(301)
  })

  it('never hedges towards a half-open circuit', async () => {
    const { clock, llm, first, second } = setUp('ok', fail(503), { afterMs: 100 })
    await clock.run(llm.chat({ prompt: 'Hi', providers: ['second'] }).catch(() => {}))
    await clock.advance(60_000)
    first.use(stall({ beforeHeaders: true, forMs: 500, text: 'slow' }))
    await clock.run(llm.chat('Hi'))
    expect(second.calls).toHaveLength(3)
  })

  it('aborts both at once', async () => {
    const { clock, llm, first, second } = setUp(hang(), hang())
    const controller = new AbortController()
    const pending = llm.chat({ prompt: 'Hi', signal: controller.signal }).catch((error) => error)
    await clock.advance(1_500)
    controller.abort()
    expect(await pending).toMatchObject({ code: 'aborted' })
    await clock.settle()
    expect([first.running, second.running, clock.pending]).toEqual([0, 0, 0])
  })
})

describe('continuing from a prefill', () => {
  const story = 'Once upon a time there was a small house by the sea.'

  function setUp(script: Parameters<typeof fakeProvider>[0]) {
    const clock = virtualClock()
    const primary = fakeProvider({ name: 'primary', clock, script: cut({ afterTokens: 5, text: story }) })
    const backup = fakeProvider({ name: 'backup', clock, script: script as string, capabilities: { prefill: true } })
    const llm = new UnifiedClient({ providers: [primary, backup], clock, midStream: 'continue' })
    return { clock, llm, backup }
  }

  async function texts(stream: AsyncIterable<string>): Promise<string[]> {
    const all: string[] = []
    for await (const text of stream) all.push(text)
    return all
  }

  it('joins the continuation to what was delivered, repeated words once', verifies('F253'), async () => {
    for (const rest of [' was a small house by the sea.', story]) {
      const { clock, llm, backup } = setUp(reply(rest))
      const stream = llm.chatStream('Tell me')
      const delivered = (await clock.run(texts(stream.text))).join('')
      expect(delivered).toBe(story)
      expect((await stream.final()).text).toBe(delivered)
      const last = backup.calls[0]?.request as unknown as { messages: { role: string }[] }
      expect(last.messages.at(-1)?.role).toBe('assistant')
    }
  })

  it('asks afresh when the model refuses the prefill', verifies('F252'), async () => {
    const { clock, llm, backup } = setUp(fail(400).times(1).then(story))
    const stream = llm.chatStream('Tell me')
    expect((await clock.run(texts(stream.text))).join('')).toBe(story)
    expect(backup.calls).toHaveLength(2)
    expect((await stream.final()).routing.attempts.map(({ code, outcome }) => code ?? outcome)).toEqual([
      'stream_interrupted',
      'bad_request',
      'ok',
    ])
  })
})
