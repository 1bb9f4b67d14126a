import { describe, expect, it } from 'vitest'
import { moreAttackProbes, moreHarmlessProbes } from '../../../scripts/eval-guards/more-probes.ts'
import { attackProbes, harmlessProbes } from '../../../scripts/eval-guards/probes.ts'
import { createInjectionScanner } from '../../../src/guards/injection/load.ts'
import { Tokens } from '../../../src/guards/injection/tokens.ts'
import { ruleScore, ruleShare, windowsOf } from '../../../src/guards/injection/windows.ts'

/** Words of the given classes. */
function words(kinds: readonly number[]): Tokens {
  const tokens = new Tokens(1)
  for (const [i, kind] of kinds.entries()) tokens.add(i + 1, i * 2, i * 2 + 1, kind)
  return tokens
}

const hit = (rule: number, first: number, last: number) => ({ rule, first, last })

describe('windows', () => {
  it.each([0, 1, 27, 28, 29, 41, 42, 43, 100])('cover each of %i words, the last one whole', (count) => {
    const found = windowsOf(words(Array.from({ length: count }, () => 0)), [])
    const covered = new Set(found.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, i) => first + i)))
    expect(covered.size).toBe(count)
    for (const { first, end } of found) expect(end - first).toBe(Math.min(28, count))
    expect(found.at(-1)?.end).toBe(count > 0 ? count : undefined)
  })

  it('hold the rules that end in them, each once', () => {
    const found = windowsOf(words(Array.from({ length: 60 }, () => 0)), [
      hit(3, 0, 2),
      hit(3, 1, 5),
      hit(7, 20, 30),
      hit(9, 50, 59),
    ])
    expect(found.map(({ first, rules }) => [first, rules])).toEqual([
      [0, [3]],
      [14, [7]],
      [28, [7]],
      [32, [9]],
    ])
  })

  it('hold each pair of classes once, whichever comes first', () => {
    const [one, other] = [words([5, 0, 2, 5, 2]), words([2, 5])].map((tokens) => windowsOf(tokens, [])[0]?.pairs)
    expect(one).toHaveLength(1)
    expect(one).toEqual(other)
    expect(windowsOf(words([1, 2, 3, 4]), [])[0]?.pairs).toHaveLength(6)
  })
})

describe('the value of rules', () => {
  const values = [4, 2, -3]

  it('counts in full where they are satisfied, in part elsewhere, and only there when they speak for a text', () => {
    expect(ruleScore([0], [0], values)).toBe(4)
    expect(ruleScore([], [0, 1], values)).toBe(3)
    expect(ruleScore([0], [0, 1], values)).toBe(5)
    expect(ruleScore([], [2], values)).toBe(0)
    expect(ruleScore([2], [0, 2], values)).toBe(-1)
  })

  it('changes a score by the share that training assumes', () => {
    for (const inside of [[], [0], [2], [0, 1, 2]]) {
      for (const [rule, value] of values.entries()) {
        const more = values.map((other, i) => (i === rule ? other + 0.5 : other))
        const change = ruleScore(inside, [0, 1, 2], more) - ruleScore(inside, [0, 1, 2], values)
        expect(change).toBeCloseTo(0.5 * ruleShare(rule, inside, value))
      }
    }
  })
})

describe('the shipped model', () => {
  it('tells texts apart that are not in its training', async () => {
    const scanner = await createInjectionScanner()
    const flagged = (texts: readonly string[]) =>
      texts.filter((text) => scanner.scan(text).logOdds > scanner.thresholds.medium).length / texts.length
    expect(flagged(attackProbes)).toBeGreaterThan(0.66)
    expect(flagged(harmlessProbes)).toBeLessThan(0.05)
    expect(flagged(moreAttackProbes)).toBeGreaterThan(0.52)
    expect(flagged(moreHarmlessProbes)).toBeLessThan(0.04)
  })
})
