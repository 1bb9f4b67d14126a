import { describe, expect, it } from 'vitest'
import { type CalcPrice, firstPrice, genaiPrices, priceTable } from '../../src/metering/prices.ts'

const usage = { inputTokens: 1_000_000, outputTokens: 500_000, input: {}, output: {} }
const openai = { provider: 'openai', model: 'gpt-5', usage }

describe('a price table', () => {
  it('takes the most special entry', () => {
    const table = { 'openai/gpt-5': { input: 1 }, 'gpt-5': { input: 2 }, 'openai/*': { input: 3 } }
    expect(priceTable(table)(openai)).toBe(1)
    expect(priceTable(table)({ ...openai, provider: 'azure' })).toBe(2)
    expect(priceTable(table)({ ...openai, model: 'other' })).toBe(3)
    expect(priceTable(table)({ provider: 'x', model: 'y', usage })).toBeUndefined()
    expect(priceTable({})({ ...openai, model: '__proto__' })).toBeUndefined()
  })

  it('counts cached parts at their own price, and at that of input when there is none', () => {
    const cached = { ...usage, input: { cacheRead: 400_000, cacheWrite: 100_000 } }
    const price = { input: 2, output: 10, cacheRead: 0.5, cacheWrite: 4 }
    expect(priceTable({ 'gpt-5': price })({ ...openai, usage: cached })).toBeCloseTo(0.5 * 2 + 0.4 * 0.5 + 0.1 * 4 + 5)
    expect(priceTable({ 'gpt-5': { input: 2, output: 10 } })({ ...openai, usage: cached })).toBeCloseTo(7)
  })

  it('adds a price for the request', () => {
    expect(priceTable({ 'gpt-5': { input: 0, request: 0.01 } })(openai)).toBe(0.01)
  })
})

describe('prices of genai-prices', () => {
  it('are asked for in its words', () => {
    const seen: unknown[] = []
    const calcPrice: CalcPrice = (...parts) => {
      seen.push(parts)
      return { total_price: 1.5 }
    }
    const source = genaiPrices(calcPrice, { gemini: 'google' })
    expect(source({ provider: 'gemini', model: 'gemini-3-pro', usage: { ...usage, input: { cacheRead: 7 } } })).toBe(
      1.5,
    )
    expect(seen).toEqual([
      [
        { input_tokens: 1_000_000, output_tokens: 500_000, cache_read_tokens: 7 },
        'gemini-3-pro',
        { providerId: 'google' },
      ],
    ])
  })

  it('are unknown for models it does not know', () => {
    expect(genaiPrices(() => null)(openai)).toBeUndefined()
  })

  it('can stand behind a table', () => {
    const source = firstPrice(
      priceTable({ mine: { input: 1 } }),
      genaiPrices(() => ({ total_price: 9 })),
    )
    expect(source({ ...openai, model: 'mine' })).toBe(1)
    expect(source(openai)).toBe(9)
    expect(firstPrice()(openai)).toBeUndefined()
  })
})
