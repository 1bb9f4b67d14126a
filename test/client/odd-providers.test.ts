import { type Provider, type ProviderEvent, UnifiedClient } from 'holdfast'
import { defineGuard } from 'holdfast/guards'
import { cut, fail, fakeProvider, hang, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { verifies } from '../support/verifies.ts'

/** A provider of somebody's own making. */
function custom(parts: Partial<Provider>): Provider {
  return {
    name: 'custom',
    kind: 'custom',
    defaultModel: 'm',
    capabilities: { chat: true, chatStream: true, embed: true, models: false },
    chat: async () => [],
    chatStream: async function* () {},
    ...parts,
  }
}

const done: ProviderEvent = { type: 'finish', finishReason: 'stop' }

function cyclic(): Error {
  const [a, b] = [new Error('a'), new Error('b')]
  a.cause = b
  b.cause = a
  return a
}

describe('whatever is thrown', () => {
  for (const [name, thrown] of [
    ['an object without a prototype', Object.create(null)],
    ['a circle of causes', cyclic()],
    ['nothing', undefined],
  ] as const) {
    it(`${name}: by a provider, it fails the attempt, which settles`, async () => {
      const clock = virtualClock()
      const llm = new UnifiedClient({
        providers: [custom({ chat: () => Promise.reject(thrown) })],
        clock,
        retry: { retries: 0 },
      })
      const error = await clock.run(llm.chat('Hi').catch((caught) => caught))
      expect(error).toMatchObject({ code: 'bad_response', attempts: [{ outcome: 'failed' }] })
      expect(clock.pending).toBe(0)
      expect(llm.circuits().custom?.failures).toBe(1)
    })

    it(`${name}: as the reason of an abort, it ends the call`, async () => {
      const clock = virtualClock()
      const llm = new UnifiedClient({ providers: [fakeProvider({ clock, script: hang() })], clock })
      const controller = new AbortController()
      const pending = llm.chat({ prompt: 'Hi', signal: controller.signal }).catch((caught) => caught)
      await clock.settle()
      controller.abort(thrown)
      expect(await pending).toMatchObject({ code: 'aborted' })
    })
  }
})

describe('providers of somebody’s own', () => {
  it('may be objects of a class', async () => {
    class Own {
      readonly name = 'own'
      readonly kind = 'own'
      readonly defaultModel = 'm'
      readonly capabilities = { chat: true, chatStream: true, embed: false, models: false }
      #isReady = false
      async prepare() {
        this.#isReady = true
      }
      async chat(): Promise<ProviderEvent[]> {
        return [{ type: 'text', text: String(this.#isReady) }, done]
      }
      async *chatStream() {
        yield await this.chat()
      }
    }
    const llm = new UnifiedClient({ providers: [new Own()] })
    expect((await llm.chat('Hi')).text).toBe('true')
    expect((await llm.chatStream('Hi').final()).text).toBe('true')
    await llm.close()
  })

  it('may have iterators that let go in their own way', async () => {
    for (const letGo of [
      () => ({ done: true }),
      () => {
        throw new Error('no')
      },
      undefined,
    ]) {
      const batches: ProviderEvent[][] = [[{ type: 'text', text: 'ok' }], [done]]
      const chatStream = () => {
        const left = [...batches]
        const next = async () => ({ done: left.length === 0, value: left.shift() as ProviderEvent[] })
        return { [Symbol.asyncIterator]: () => ({ next, ...(letGo && { return: letGo as never }) }) }
      }
      const llm = new UnifiedClient({ providers: [custom({ chatStream })] })
      expect((await llm.chatStream('Hi').final()).text).toBe('ok')
      for await (const _ of llm.chatStream('Hi').text) break
    }
  })

  it('must answer an embedding with a vector for each text', async () => {
    for (const embed of [
      undefined,
      async () => undefined,
      async () => ({ vectors: [], usage: { input: {}, output: {} }, model: 'm' }),
    ]) {
      const llm = new UnifiedClient({ providers: [custom({ embed: embed as never })], retry: { retries: 0 } })
      await expect(llm.embed('x')).rejects.toMatchObject({ code: 'bad_response', provider: 'custom' })
    }
  })
})

describe('limits of a call', () => {
  it('hold before the provider is asked', verifies('F172'), async () => {
    const clock = virtualClock()
    const never = () => new Promise<never>(() => {})
    const vault = { active: never, key: never } as never
    const llm = new UnifiedClient({ providers: [fakeProvider({ clock, script: 'ok' })], clock, vault })
    const error = await clock.run(llm.chat({ prompt: 'Hi', tenant: 'acme', timeoutMs: 100 }).catch((caught) => caught))
    expect(error).toMatchObject({ code: 'deadline_exceeded' })
    expect(clock.monotonic()).toBeLessThanOrEqual(350)
    const controller = new AbortController()
    const pending = llm.chat({ prompt: 'Hi', tenant: 'acme', signal: controller.signal }).catch((caught) => caught)
    await clock.settle()
    controller.abort()
    expect(await pending).toMatchObject({ code: 'aborted' })
    expect(clock.pending).toBe(0)
  })

  it('hold for the repair of an answer too', async () => {
    const provider = fakeProvider('not json')
    const llm = new UnifiedClient({ providers: [provider], maxAttempts: 1 })
    const error = await llm.chat({ prompt: 'Hi', schema: z.object({ a: z.string() }) }).catch((caught) => caught)
    expect(error.message).toContain('not JSON')
    expect(provider.calls).toHaveLength(1)
  })

  it('of a rested key are not lifted by an answer that was under way before', verifies('F41'), async () => {
    const clock = virtualClock()
    const provider = fakeProvider({ clock, script: hang({ forMs: 1_000 }) })
    const llm = new UnifiedClient({ providers: [provider], clock, retry: { retries: 0 } })
    provider.use(['slow', 'x'])
    const slow = custom({
      chat: () =>
        new Promise((resolve) => clock.setTimeout(() => resolve([{ type: 'text', text: 'late' }, done]), 1_000)),
    })
    let isFirst = true
    const mixed = custom({
      chat: (request, context) => {
        if (isFirst) {
          isFirst = false
          return slow.chat(request, context)
        }
        return fakeProvider(fail(429, { retryAfter: 60 })).chat(request, context)
      },
    })
    const client = new UnifiedClient({ providers: [mixed], clock })
    const first = client.chat('Hi')
    await clock.settle()
    await expect(client.chat('Hi')).rejects.toMatchObject({ code: 'rate_limited' })
    await clock.run(first)
    const error = await client.chat('Hi').catch((caught) => caught)
    expect(error).toMatchObject({ code: 'rate_limited', attempts: [{ outcome: 'not_sent' }] })
    await llm.close()
  })
})

describe('a stream', () => {
  it('that is cancelled between reads throws at the reader who goes on', async () => {
    const llm = new UnifiedClient({ providers: [fakeProvider('one two three four')] })
    const stream = llm.chatStream('Hi')
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of stream) {
        seen.push(event.type)
        if (event.type === 'text') stream.cancel('enough')
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    expect(seen).not.toContain('finish')
    await expect(stream.final()).rejects.toMatchObject({ code: 'aborted' })
  })

  it('that breaks under a guard does not hand out what the guard held back', verifies('F199'), async () => {
    const clock = virtualClock()
    const guard = defineGuard({
      name: 'hold',
      output: {
        kind: 'flow',
        maxHoldBack: 1_000,
        open: () => {
          let text = ''
          return {
            push: (piece) => {
              text += piece
              return ''
            },
            end: () => text,
            get held() {
              return text.length
            },
          }
        },
      },
    })
    const provider = fakeProvider({ clock, script: cut({ afterTokens: 3, text: 'the SECRET is 42 and so on' }) })
    const llm = new UnifiedClient({ providers: [provider], clock, guards: [guard] })
    const error = await clock.run(
      llm
        .chatStream('Hi')
        .final()
        .catch((caught) => caught),
    )
    expect(error).toMatchObject({ code: 'stream_interrupted', partialText: '' })
    expect(error.attempts).toHaveLength(1)
    expect(error.requestId).toBeTruthy()
  })

  it('notes what a broken answer has cost', verifies('F89'), async () => {
    const clock = virtualClock()
    const provider = fakeProvider({ clock, script: cut({ afterTokens: 3 }) })
    const llm = new UnifiedClient({ providers: [provider], clock })
    const error = await clock.run(
      llm
        .chatStream('Hi')
        .final()
        .catch((caught) => caught),
    )
    expect(error.attempts[0].usage).toMatchObject({ isEstimated: true })
    expect(error.attempts[0].usage.outputTokens).toBeGreaterThan(0)
  })
})

it('a saved circuit of somebody’s own writing does no harm', async () => {
  const clock = virtualClock()
  const llm = new UnifiedClient({ providers: [fakeProvider({ clock, script: fail(503) })], clock })
  llm.restoreCircuits({ fake: { state: 'closed' } as never })
  await clock.run(llm.chat('Hi').catch(() => {}))
  expect(llm.circuits().fake?.failures).toBe(3)
  expect(llm.circuits().fake?.state).toBe('open')
})
