import { describe, expect, it } from 'vitest'
import type { GuardError } from '../../../src/errors/families.ts'
import { checkGuards, createGuardRun } from '../../../src/guards/engine.ts'
import { type GroundingOptions, requireGrounding } from '../../../src/guards/grounding/require-grounding.ts'
import { virtualClock } from '../../../src/testing/virtual-clock.ts'
import { verifies } from '../../support/verifies.ts'
import { answer, guarded, pieces, toolResult, user } from '../run-guards.ts'

const sources = [{ id: 'r23', text: 'Revenue rose 12% to 3.4 million euros in 2023.' }]
const good = 'Revenue rose 12% in 2023 [r23].'
const bad = 'Revenue fell by half in 1931 [r23].'
const request = { messages: [user('How was revenue?')] }

const held = (text: string, options: Partial<GroundingOptions> = {}, sizes: readonly number[] = []) =>
  guarded([requireGrounding({ sources, ...options })], request, () => pieces(text, sizes))

describe('requireGrounding', () => {
  it('lets a grounded answer pass, whole, however it came', verifies('E6'), async () => {
    for (const sizes of [[], [1], [3, 7]]) {
      const { text, error } = await held(good, {}, sizes)
      expect(error).toBeUndefined()
      expect(text).toBe(good)
    }
  })

  it('ends the call for one that is not, before anything was shown', async () => {
    const { text, error, findings } = await held(bad, {}, [2])
    expect(text).toBe('')
    expect(error).toMatchObject({ code: 'guard_blocked', rule: 'grounding.ratio', isRetryable: false })
    expect(error?.message).toContain('0 % of its claims')
    expect(findings).toContainEqual(
      expect.objectContaining({ data: { ratio: 0, level: 'ungrounded', claims: 1, number: 1 }, action: 'refuse' }),
    )
    expect(JSON.stringify(findings)).not.toContain('1931')
  })

  it('declines in fixed words, when it was given some', async () => {
    const { text, error } = await held(bad, { refusal: 'The sources do not say.' })
    expect(error).toBeUndefined()
    expect(text).toBe('The sources do not say.')
  })

  it('only warns, when asked to, and then holds nothing back', verifies('F199'), async () => {
    const { text, error, warnings } = await held(bad, { onViolation: 'flag' }, [4])
    expect(error).toBeUndefined()
    expect(text).toBe(bad)
    expect(warnings).toEqual(['ungrounded'])
  })

  it('never lets an altered quotation pass, whatever the ratio', async () => {
    const text = `${good}\n${good}\n${good}\nIt says "Revenue rose 13% to 3.4 million euros" [r23].`
    expect((await held(text, { minRatio: 0.1 })).error?.rule).toBe('grounding.quote')
  })

  it('asks for one more try, tells it what was wrong, and then refuses', async () => {
    const guard = requireGrounding({ sources, onViolation: 'retry' })
    checkGuards([guard])
    const run = createGuardRun([guard], { capability: 'chat', clock: virtualClock() })
    await run.checkRequest(request)
    const first: GuardError = await run.checkReply(answer(bad)).then(
      () => expect.unreachable(),
      (error: GuardError) => error,
    )
    expect(first).toMatchObject({ code: 'guard_blocked', isRetryable: true })
    expect(first.retryNote).toBe(
      'Your last answer was not accepted: 1 numbers or dates are not in the sources. Answer again, only from the sources, and cite them: [r23].',
    )
    await expect(run.checkReply(answer(bad))).rejects.toMatchObject({ code: 'guard_blocked', isRetryable: false })
  })

  it('may let the second try pass with a warning', async () => {
    const guard = requireGrounding({ sources, onViolation: 'retry', afterRetry: 'flag' })
    const run = createGuardRun([guard], { capability: 'chat', clock: virtualClock() })
    await run.checkRequest(request)
    await expect(run.checkReply(answer(bad))).rejects.toMatchObject({ isRetryable: true })
    const events = await run.checkReply(answer(bad))
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning' }))
    expect(events).toContainEqual({ type: 'text', text: bad })
  })

  it('tells the model how to cite, unless told not to', async () => {
    const { request: sent } = await held(good)
    expect(sent?.messages[0]).toMatchObject({ role: 'system', content: expect.stringContaining('[r23]') })
    expect((await held(good, { instruct: false })).request).toBe(request)
  })

  it('rests on what tools and documents said, when it is given no sources', async () => {
    const messages = [user('How was revenue?'), toolResult({ report: 'Revenue rose 12% in 2023.', page: 4 })]
    const ask = (text: string) => guarded([requireGrounding()], { messages }, () => [answer(text)])
    expect((await ask('Revenue rose 12% in 2023 [1].')).error).toBeUndefined()
    expect((await ask('Revenue rose 22% in 2023 [1].')).error?.rule).toBe('grounding.ratio')
  })

  it('leaves answers alone that have nothing to rest on, or no words', async () => {
    expect((await guarded([requireGrounding()], request, () => [answer(bad)])).error).toBeUndefined()
    expect((await held('   ')).error).toBeUndefined()
  })

  it('finds its sources anew for each call', async () => {
    const guard = requireGrounding({ sources: ({ messages }) => [{ id: '1', text: String(messages[0]?.content) }] })
    const ask = (said: string) => guarded([guard], { messages: [user(said)] }, () => [answer('The cat sleeps [1].')])
    expect((await ask('The cat sleeps.')).error).toBeUndefined()
    expect((await ask('The dog barks.')).error?.rule).toBe('grounding.ratio')
  })

  it('refuses options that make no sense', () => {
    expect(() => requireGrounding({ minRatio: 2 })).toThrow(/minRatio/)
    expect(() => requireGrounding({ sources: [{ id: '', text: 'x' }] })).toThrow(/sources/)
  })
})
