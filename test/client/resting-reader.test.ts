import { type ClientEvent, UnifiedClient } from 'holdfast'
import { fakeProvider, reply, stall, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

describe('a reader of a stream who rests and never comes back', () => {
  async function setUp() {
    const clock = virtualClock()
    const provider = fakeProvider({ clock, script: reply('one two three four', { everyMs: 10 }) })
    const events: ClientEvent[] = []
    const llm = new UnifiedClient({ providers: [provider], clock, onEvent: (event) => events.push(event) })
    const controller = new AbortController()
    const stream = llm.chatStream({ prompt: 'Hi', timeoutMs: 5_000, signal: controller.signal })
    const reader = stream.text[Symbol.asyncIterator]()
    expect(await clock.run(reader.next())).toEqual({ done: false, value: 'one' })
    return { clock, provider, events, llm, stream, reader, controller }
  }

  it('leaves a call that ends by its deadline all the same', verifies('F111'), async () => {
    const { clock, provider, events, stream, reader } = await setUp()
    await clock.advance(5_000)
    expect(provider.running).toBe(0)
    expect(events.at(-1)).toMatchObject({ type: 'call-end', outcome: 'failed', code: 'deadline_exceeded' })
    await expect(stream.final()).rejects.toMatchObject({ code: 'deadline_exceeded', partialText: 'one' })
    // Should he come back after all, he is told.
    await expect(reader.next()).rejects.toMatchObject({ code: 'deadline_exceeded', partialText: 'one' })
    expect(await reader.next()).toEqual({ done: true, value: undefined })
    expect(events.filter(({ type }) => type === 'call-end')).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('is no hindrance to the caller who aborts, or to close()', async () => {
    for (const end of ['abort', 'close'] as const) {
      const { clock, provider, events, llm, stream, controller } = await setUp()
      if (end === 'abort') controller.abort('enough')
      else await llm.close()
      await clock.settle()
      expect([end, provider.running, clock.pending]).toEqual([end, 0, 0])
      expect(events.at(-1)).toMatchObject({ type: 'call-end', outcome: 'aborted' })
      await expect(stream.final()).rejects.toMatchObject({ code: 'aborted', partialText: 'one' })
    }
  })

  it('loses nothing of a call that goes on', async () => {
    const clock = virtualClock()
    const provider = fakeProvider({ clock, script: stall({ afterTokens: 1, forMs: 100, text: 'one two' }) })
    const llm = new UnifiedClient({ providers: [provider], clock })
    const reader = llm.chatStream('Hi').text[Symbol.asyncIterator]()
    await clock.run(reader.next())
    await clock.advance(20_000)
    expect(await clock.run(reader.next())).toEqual({ done: false, value: ' two' })
    expect(await clock.run(reader.next())).toEqual({ done: true, value: undefined })
  })
})
