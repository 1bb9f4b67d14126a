import { type Guard, UnifiedClient } from 'holdfast'
import { defineGuard } from 'holdfast/guards'
import { fakeProvider } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

const prompt = 'Hi'

function clientOf(input: Guard['input']) {
  const provider = fakeProvider('ok')
  const guards = [defineGuard({ name: 'mine', ...(input && { input }) })]
  return { provider, llm: new UnifiedClient({ providers: [provider], guards }) }
}

describe('a request that a guard has rewritten', () => {
  it('is held against all the checks of a caller', async () => {
    const wrong = [
      ['maxTokens', { maxTokens: -1 }],
      ['tools[0].name', { tools: [{ name: 'a b' }] }],
      ['reasoning.effort', { reasoning: { effort: 'mega' } }],
      ['messages[0].role', { messages: [{ role: 'bot', content: 'Hi' }] }],
    ] as const
    for (const [path, change] of wrong) {
      const { llm, provider } = clientOf((request) => ({
        outcome: 'rewrite',
        request: { ...request, ...(change as object) },
      }))
      await expect(llm.chat({ prompt })).rejects.toMatchObject({ code: 'request_invalid', path })
      await expect(llm.chatStream({ prompt }).final()).rejects.toMatchObject({ code: 'request_invalid', path })
      expect(provider.calls).toEqual([])
    }
  })

  it('is a failure of the guard, by name, when it is none', async () => {
    for (const request of [undefined, {}, { messages: 'Hi' }]) {
      const { llm } = clientOf(() => ({ outcome: 'rewrite', request: request as never }))
      const failure = {
        code: 'guard_failed',
        guard: 'mine',
        message: expect.stringContaining('a rewrite without messages'),
      }
      await expect(llm.chat({ prompt })).rejects.toMatchObject(failure)
    }
  })
})

it('a frozen guard is taken as it is', async () => {
  const mine = Object.freeze({
    name: 'mine',
    input: () => ({ outcome: 'block', rule: 'mine.no', reason: 'no' }) as const,
  })
  const llm = new UnifiedClient({ providers: [fakeProvider('ok')], guards: [defineGuard(mine)] })
  await expect(llm.chat({ prompt })).rejects.toMatchObject({ code: 'guard_blocked', rule: 'mine.no' })
  expect(Object.keys(mine)).toEqual(['name', 'input'])
})
