import { readFileSync } from 'node:fs'
import { estimateTokenCount } from 'tokenx'
import { describe, expect, it } from 'vitest'
import { estimateMessages, estimateTokens } from '../../src/utils/estimate-tokens.ts'
import { cpuNow } from '../support/cost.ts'

const samples: Record<string, string> = {
  English:
    'The quick brown fox jumps over the lazy dog, while an unmistakably cheerful crowd applauds. Nobody had expected it.',
  German:
    'Die Donaudampfschifffahrtsgesellschaft veröffentlichte gestern überraschend ihre Zahlen; Anleger reagierten verhalten.',
  Russian: 'Искусственный интеллект меняет нашу жизнь. Многие компании используют большие языковые модели каждый день.',
  Chinese: '人工智能正在改变我们的生活方式。许多公司正在使用大型语言模型来提高工作效率。',
  Japanese: '人工知能は私たちの生活を大きく変えています。多くの企業が大規模言語モデルを利用しています。',
  JSON: JSON.stringify(
    Array.from({ length: 20 }, (_, id) => ({ id, name: `user-${id}`, tags: ['a', 'b'], score: id * 3.25 })),
  ),
  TypeScript: readFileSync('src/metering/ledger.ts', 'utf8'),
}

describe('a token estimate', () => {
  it.each(Object.entries(samples))('of %s is within a quarter of a larger estimator', (_, text) => {
    const ratio = estimateTokens(text) / estimateTokenCount(text)
    expect(ratio).toBeGreaterThan(0.75)
    expect(ratio).toBeLessThan(1.25)
  })

  it('of nothing is nothing, and of anything is whole and above zero', () => {
    expect(estimateTokens('')).toBe(0)
    for (const text of ['a', '1', '.', '漢', '😀', 'ä', '\n']) {
      expect(Number.isInteger(estimateTokens(text)) && estimateTokens(text) > 0).toBe(true)
    }
  })

  it('grows with the text', () => {
    for (const text of Object.values(samples)) {
      expect(estimateTokens(text + text)).toBeGreaterThan(estimateTokens(text))
    }
  })

  it('of a megabyte takes no more than a moment, whatever the megabyte is', () => {
    for (const piece of ['a', ' ', 'a ', '😀', '1.', '\n ']) {
      const start = cpuNow()
      estimateTokens(piece.repeat(1_000_000 / piece.length))
      expect(cpuNow() - start).toBeLessThan(1_000)
    }
  })

  it('of messages counts every part', () => {
    const text = estimateMessages([{ role: 'user', content: 'Why is the sky blue?' }])
    expect(text).toBeGreaterThan(estimateTokens('Why is the sky blue?'))
    const withImage = estimateMessages([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Why is the sky blue?' },
          { type: 'image', url: 'https://x.test/a.png' },
        ],
      },
    ])
    expect(withImage).toBe(text + 1_000)
    expect(estimateMessages([{ role: 'tool', toolCallId: 'a', content: { result: 'x'.repeat(100) } }])).toBeGreaterThan(
      10,
    )
    const tools = [{ name: 'search', description: 'Searches the web for anything', parameters: { type: 'object' } }]
    expect(estimateMessages([], { tools })).toBeGreaterThan(5)
  })
})
