import { UnifiedClient } from 'holdfast'
import { cut, fail, fakeProvider, reply, virtualClock } from 'holdfast/testing'
import { expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

const story = 'Once upon a time there was a small house by the sea.'

it('a hedge that refuses the prefill does not make a fresh answer of the continuation', verifies('F252'), async () => {
  for (const view of ['text', 'events'] as const) {
    const clock = virtualClock()
    const capabilities = { prefill: true }
    const delivered = story.split(' ').slice(0, 9).join(' ')
    const primary = fakeProvider({ name: 'primary', clock, script: cut({ afterTokens: 9, text: story }) })
    const slow = fakeProvider({
      name: 'slow',
      clock,
      capabilities,
      script: reply(story.slice(delivered.length), { firstTokenAfterMs: 2_000 }),
    })
    const unable = fakeProvider({ name: 'unable', clock, capabilities, script: fail(400) })
    const llm = new UnifiedClient({
      providers: [primary, slow, unable],
      clock,
      midStream: 'continue',
      hedge: { afterMs: 500, budget: 1 },
    })
    const stream = llm.chatStream('Tell me')
    let text = ''
    if (view === 'text') await clock.run(async () => void (await read(stream.text, (piece) => (text += piece))))
    else {
      const take = (event: { type: string; text?: string }) => {
        if (event.type === 'reset') text = ''
        if (event.type === 'text') text += event.text
      }
      await clock.run(read(stream, take))
    }
    expect([view, text]).toEqual([view, story])
    expect(await stream.final()).toMatchObject({ text: story, provider: 'slow' })
    expect(unable.calls.length).toBeGreaterThan(0)
  }
})

async function read<T>(items: AsyncIterable<T>, take: (item: T) => void): Promise<void> {
  for await (const item of items) take(item)
}
