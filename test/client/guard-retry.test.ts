/** One more try where a guard asks for it. */
import { type ClientEvent, type DefinedGuard, UnifiedClient } from 'holdfast'
import { defineGuard, requireGrounding } from 'holdfast/guards'
import { type FakeProvider, fail, fakeProvider, reply, type ScriptInput } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

const sources = [{ id: 'handbook', text: 'Holidays must be asked for two weeks before. Everybody has 30 days a year.' }]
const bad = 'Everybody has ninety days a year [handbook].'
const good = 'Everybody has 30 days a year [handbook].'
const prompt = 'How many days of holiday do I have?'

function clientOf(script: ScriptInput, guard: DefinedGuard = requireGrounding({ sources, onViolation: 'retry' })) {
  const provider = fakeProvider({ script, tokensPerBatch: 1 })
  const events: ClientEvent[] = []
  const llm = new UnifiedClient({ providers: [provider], guards: [guard], onEvent: (event) => events.push(event) })
  return { llm, provider, events }
}

/** What was sent at a try, without the conversation both tries begin with. */
function addedAt({ calls }: FakeProvider, index: number) {
  const [first, then] = [calls[0], calls[index]].map((call) => call?.request as { messages: readonly object[] })
  expect(then?.messages.slice(0, first?.messages.length)).toEqual(first?.messages)
  return then?.messages.slice(first?.messages.length ?? 0)
}

const twice = reply(bad).then(reply(good))

describe.each(['chat', 'final', 'text'] as const)('a guard that asks for another answer, %s', (view) => {
  const ask = async ({ llm }: { llm: UnifiedClient }) => {
    if (view === 'chat') return (await llm.chat(prompt)).text
    const stream = llm.chatStream(prompt)
    if (view === 'final') return (await stream.final()).text
    let text = ''
    for await (const piece of stream.text) text += piece
    expect((await stream.final()).text).toBe(text)
    return text
  }

  it('gets one, which is told what was wrong', async () => {
    const client = clientOf(twice)
    expect(await ask(client)).toBe(good)
    expect(addedAt(client.provider, 1)).toMatchObject([
      { role: 'assistant', content: bad },
      { role: 'user', content: expect.stringMatching(/^Your last answer was not accepted: 1 numbers or dates/) },
    ])
  })

  it('gets no more than one', async () => {
    const client = clientOf(bad)
    await expect(ask(client)).rejects.toMatchObject({ code: 'guard_blocked', rule: 'grounding.ratio' })
    expect(client.provider.calls).toHaveLength(2)
    const always = defineGuard({
      name: 'never',
      output: {
        kind: 'reply',
        isHolding: true,
        check: () => ({ outcome: 'block', rule: 'never.good', reason: 'never good', canRetry: true }),
      },
    })
    const other = clientOf(bad, always)
    await expect(ask(other)).rejects.toMatchObject({ code: 'guard_blocked', rule: 'never.good' })
    expect(other.provider.calls).toHaveLength(2)
  })

  it('may take the second as it is', async () => {
    const client = clientOf(bad, requireGrounding({ sources, onViolation: 'retry', afterRetry: 'flag' }))
    expect(await ask(client)).toBe(bad)
    expect(client.provider.calls).toHaveLength(2)
  })

  it('has both answers booked as what they were: good ones, with what they cost', async () => {
    const client = clientOf(twice)
    await ask(client)
    const records = client.events.flatMap((event) => (event.type === 'attempt-end' ? [event.record] : []))
    expect(records.map(({ outcome }) => outcome)).toEqual(['ok', 'ok'])
    for (const { usage } of records) {
      expect(usage?.outputTokens).toBeGreaterThan(0)
      expect(usage?.isEstimated).toBeUndefined()
    }
    const ofType = (type: string) => client.events.filter((event) => event.type === type)
    expect([ofType('call-start'), ofType('call-end'), ofType('guard-blocked')].map(({ length }) => length)).toEqual([
      1, 1, 1,
    ])
  })

  it('gets none when the call has no attempt left', async () => {
    const client = clientOf(fail(503).then(twice))
    const llm = new UnifiedClient({
      providers: [client.provider],
      guards: [requireGrounding({ sources, onViolation: 'retry' })],
      maxAttempts: 2,
      random: () => 0,
    })
    await expect(ask({ llm })).rejects.toMatchObject({ code: 'guard_blocked' })
    expect(client.provider.calls).toHaveLength(2)
  })
})

describe('a stream of which something was shown', () => {
  it('is not begun again', async () => {
    const guard = defineGuard({
      name: 'late',
      output: {
        kind: 'reply',
        isHolding: false,
        check: () => ({ outcome: 'block', rule: 'late.no', reason: 'no', canRetry: true }),
      },
    })
    const { llm, provider } = clientOf(bad, guard)
    await expect(llm.chatStream(prompt).final()).rejects.toMatchObject({ code: 'guard_blocked', partialText: bad })
    expect(provider.calls).toHaveLength(1)
  })

  it('shows one start, and only the answer that passed', async () => {
    const { llm } = clientOf(twice)
    const types: string[] = []
    for await (const { type } of llm.chatStream(prompt)) types.push(type)
    expect(types.filter((type) => type === 'start' || type === 'finish')).toEqual(['start', 'finish'])
    expect(types).not.toContain('reset')
  })
})
