import { type ChatStream, type StreamEvent, UnifiedClient } from 'holdfast'
import { cut, fail, fakeProvider, reply, stall, toolCall, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

async function read<T>(source: AsyncIterable<T>): Promise<{ items: T[]; error?: unknown }> {
  const items: T[] = []
  try {
    for await (const item of source) items.push(item)
  } catch (error) {
    return { items, error }
  }
  return { items }
}

function textOf(events: StreamEvent[]): string {
  return events.reduce(
    (text, event) => (event.type === 'reset' ? '' : event.type === 'text' ? text + event.text : text),
    '',
  )
}

const story = 'Once upon a time there was a small house by the sea and nobody lived in it.'

function setUp(primaryScript: Parameters<typeof fakeProvider>[0], backupText = story, options: object = {}) {
  const clock = virtualClock()
  const primary = fakeProvider({ name: 'primary', clock, script: primaryScript as string })
  const backup = fakeProvider({ name: 'backup', clock, script: backupText })
  const llm = new UnifiedClient({ providers: [primary, backup], clock, ...options })
  return { clock, primary, backup, llm }
}

describe('chatStream', () => {
  it('hands out text as it comes, and the reply at the end', async () => {
    const { llm, clock } = setUp(story)
    const stream = llm.chatStream('Tell me')
    const { items } = await read(stream.text)
    expect(items.length).toBeGreaterThan(3)
    expect(items.join('')).toBe(story)
    const reply = await stream.final()
    expect(reply).toMatchObject({ text: story, provider: 'primary', finishReason: 'stop' })
    expect(reply.routing.attempts[0]?.firstTokenMs).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('shows typed events with one start and one finish', async () => {
    const { llm } = setUp(story)
    const { items } = await read(llm.chatStream('Tell me'))
    expect(items[0]).toMatchObject({ type: 'start', provider: 'primary' })
    expect(items.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop', provider: 'primary' })
    expect(items.filter(({ type }) => type === 'start')).toHaveLength(1)
    expect(textOf(items)).toBe(story)
  })

  it('final alone reads the stream to its end', async () => {
    const { llm } = setUp(story)
    expect((await llm.chatStream('Tell me').final()).text).toBe(story)
  })

  it('sends nothing before it is read', async () => {
    const { llm, primary, clock } = setUp(story)
    llm.chatStream('Tell me')
    await clock.settle()
    expect(primary.calls).toHaveLength(0)
  })

  it('moves on unseen while nothing was handed out', async () => {
    for (const script of [fail(401), cut({ afterTokens: 0 }), stall({ beforeFirstToken: true })]) {
      const { llm, clock } = setUp(script as never)
      const { items, error } = await clock.run(read(llm.chatStream('Tell me')))
      expect(error).toBeUndefined()
      expect(items[0]).toMatchObject({ type: 'start', provider: 'backup' })
      expect(textOf(items)).toBe(story)
      expect(items.map(({ type }) => type)).not.toContain('failover')
      expect(clock.pending).toBe(0)
    }
  })

  it('goes on without a seam where the next answer begins with the delivered text', async () => {
    const { llm, clock } = setUp(cut({ afterTokens: 4, text: story }) as never)
    const stream = llm.chatStream('Tell me')
    const { items, error } = await clock.run(read(stream.text))
    expect(error).toBeUndefined()
    expect(items.join('')).toBe(story)
    expect(await stream.final()).toMatchObject({ text: story, provider: 'backup' })
    const { llm: second, clock: time } = setUp(cut({ afterTokens: 4, text: story }) as never)
    const events = await time.run(read(second.chatStream('Tell me')))
    expect(events.items.find(({ type }) => type === 'failover')).toMatchObject({
      from: 'primary',
      to: 'backup',
      mode: 'align',
      code: 'stream_interrupted',
    })
    expect(events.items.map(({ type }) => type)).not.toContain('reset')
    expect(textOf(events.items)).toBe(story)
  })

  it('restarts behind a reset in the event view, and throws in the text view, where the texts differ', async () => {
    const other = 'A quite different tale.'
    const { llm, clock } = setUp(cut({ afterTokens: 4, text: story }) as never, other)
    const { items, error } = await clock.run(read(llm.chatStream('Tell me')))
    expect(error).toBeUndefined()
    const reset = items.find((event) => event.type === 'reset')
    expect(story.startsWith(reset?.discarded ?? 'none')).toBe(true)
    expect(textOf(items)).toBe(other)

    const again = setUp(cut({ afterTokens: 4, text: story }) as never, other)
    const stream = again.llm.chatStream('Tell me')
    const textView = await again.clock.run(read(stream.text))
    expect(textView.error).toMatchObject({ code: 'stream_interrupted', partialText: textView.items.join('') })
    expect(textView.items.join('').length).toBeGreaterThan(0)
    await expect(stream.final()).rejects.toMatchObject({ code: 'stream_interrupted' })
    expect(again.clock.pending).toBe(0)
  })

  it('throws with the delivered text when told not to go on', async () => {
    const { llm, clock, backup } = setUp(cut({ afterTokens: 4, text: story }) as never, story, { midStream: 'error' })
    const { items, error } = await clock.run(read(llm.chatStream('Tell me').text))
    expect(error).toMatchObject({ code: 'stream_interrupted', partialText: items.join(''), provider: 'primary' })
    expect(backup.calls).toHaveLength(0)
  })

  it('counts a late break as a failure of the provider', async () => {
    const { llm, clock } = setUp(cut({ afterTokens: 4, text: story }) as never)
    await clock.run(read(llm.chatStream('Tell me').text))
    expect(llm.circuits().primary?.failures).toBe(1)
  })

  it('notices a stall by missing content', async () => {
    const { llm, clock } = setUp(stall({ afterTokens: 3, text: story }) as never, story, { midStream: 'error' })
    const { error } = await clock.run(read(llm.chatStream('Tell me').text))
    expect(error).toMatchObject({ code: 'idle_timeout' })
    expect(clock.monotonic()).toBe(30_000)
  })

  it('never switches after a complete tool call', async () => {
    const { llm, clock, backup } = setUp(toolCall('search', { q: 'x' }) as never)
    const { items } = await clock.run(read(llm.chatStream('Tell me')))
    expect(items.find(({ type }) => type === 'tool-call')).toMatchObject({
      toolCall: { name: 'search', arguments: { q: 'x' } },
    })
    expect(backup.calls).toHaveLength(0)
  })

  it('lets go of the request when the reader leaves the loop', async () => {
    const { llm, clock, primary } = setUp(stall({ afterTokens: 3, text: story }) as never)
    const stream = llm.chatStream('Tell me')
    for await (const _ of stream.text) break
    await clock.settle()
    expect(primary.running).toBe(0)
    await expect(stream.final()).rejects.toMatchObject({ code: 'aborted' })
    expect(clock.pending).toBe(0)
    expect(llm.circuits().primary?.failures).toBe(0)
  })

  it('cancel ends what is under way before the first content, waits between retries too', async () => {
    for (const script of [stall({ beforeHeaders: true }), fail(503)]) {
      const { llm, clock, primary, backup } = setUp(script as never)
      const stream = llm.chatStream('Tell me')
      const reading = read(stream.text)
      await clock.settle()
      stream.cancel('enough')
      const { error } = await reading
      expect(error).toMatchObject({ code: 'aborted' })
      await clock.settle()
      expect(primary.running).toBe(0)
      expect(primary.calls).toHaveLength(1)
      expect(backup.calls).toHaveLength(0)
      expect(clock.pending).toBe(0)
    }
  })

  it('has one reader', async () => {
    const { llm } = setUp(story)
    const stream: ChatStream<unknown> = llm.chatStream('Tell me')
    await read(stream.text)
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/one reader/)
  })

  it('ends a refused stream call at once, by a typed error', () => {
    const { llm } = setUp(story)
    expect(() => llm.chatStream({ prompt: '' })).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it('reset forgets nothing of a later answer', async () => {
    const { llm, clock } = setUp([cut({ afterTokens: 2, text: story }), reply('x')] as never, 'A quite different tale.')
    expect((await clock.run(llm.chatStream('Tell me').final())).text).toBe('A quite different tale.')
  })
})
