import { describe, expect, it } from 'vitest'
import { pushUsage, sumOf, tokenCount, usageOf } from '../../../src/providers/core/usage.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import { fc } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'

const insane = [Number.NaN, Number.POSITIVE_INFINITY, -5, 2 ** 60, 1.5, '12', true, [], {}, 10n]

describe('usage in its normal form', () => {
  it('splits totals into their parts', () => {
    const raw = { any: 'thing' }
    expect(usageOf({ input: 100, cacheRead: 60, cacheWrite: 10, output: 50, reasoning: 20, raw })).toEqual({
      inputTokens: 100,
      outputTokens: 50,
      totalTokens: 150,
      input: { fresh: 30, cacheRead: 60, cacheWrite: 10 },
      output: { text: 30, reasoning: 20 },
      raw,
    })
  })

  it('keeps a reported 0 and leaves out what was not reported', verifies('F75', 'F76'), () => {
    expect(usageOf({ input: 0, output: undefined, cacheRead: null })).toStrictEqual({
      inputTokens: 0,
      input: { fresh: 0 },
      output: {},
    })
  })

  it('holds parts within their total, and keeps the total', () => {
    const usage = usageOf({ input: 347, cacheRead: 403, cacheWrite: 9, output: 10, reasoning: 11 })
    expect(usage.input).toEqual({ fresh: 0, cacheRead: 347, cacheWrite: 9 })
    expect(usage.output).toEqual({ text: 0, reasoning: 10 })
    expect(usage.totalTokens).toBe(357)
  })

  it('knows that the same tokens may be written to a cache and read from it', () => {
    const { input } = usageOf({ input: 2168, cacheRead: 2161, cacheWrite: 2161, output: 100 })
    expect(input).toEqual({ fresh: 7, cacheRead: 2161, cacheWrite: 2161 })
  })

  it.each(insane)('leaves out %s, which cannot be a count', verifies('F74'), (value) => {
    const out: ProviderEvent[] = []
    pushUsage(out, { input: value, output: 3, reasoning: value })
    expect(out).toEqual([
      { type: 'usage', usage: { outputTokens: 3, input: {}, output: { text: 3 } } },
      { type: 'warning', warning: { code: 'usage-insane', message: expect.stringContaining('(input, reasoning)') } },
    ])
  })

  it('warns of nothing that is merely missing', () => {
    const out: ProviderEvent[] = []
    pushUsage(out, { input: null, output: undefined })
    expect(out).toEqual([{ type: 'usage', usage: { input: {}, output: {} } }])
  })

  it('adds up what is known', () => {
    expect(sumOf(1, undefined, 'x', 2)).toBe(3)
    expect(sumOf(undefined, null)).toBeUndefined()
    expect(tokenCount(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('never shows a number that is not a count, nor parts that exceed their total', verifies('F74'), () => {
    const anyNumber = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(...insane), fc.constant(undefined))
    const parts = fc.record({
      input: anyNumber,
      cacheRead: anyNumber,
      cacheWrite: anyNumber,
      output: anyNumber,
      reasoning: anyNumber,
    })
    fc.assert(
      fc.property(parts, (given) => {
        const usage = usageOf(given)
        const { input, output, ...totals } = usage
        for (const value of [...Object.values(totals), ...Object.values(input), ...Object.values(output)])
          expect(tokenCount(value)).toBe(value)
        const { fresh = 0, cacheRead = 0, cacheWrite = 0 } = input
        if (usage.inputTokens !== undefined) {
          const cached = cacheRead + cacheWrite
          const known = cached > usage.inputTokens ? Math.max(cacheRead, cacheWrite) : cached
          expect(fresh + known).toBe(usage.inputTokens)
        }
        if (usage.outputTokens !== undefined) expect(sumOf(...Object.values(output))).toBe(usage.outputTokens)
      }),
    )
  })
})
