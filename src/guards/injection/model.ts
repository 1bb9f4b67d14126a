import { Features, pairStart, slots } from './features.ts'
import type { InjectionThresholds } from './levels.ts'
import type { RuleHit } from './match.ts'
import type { Tokens } from './tokens.ts'
import { ruleScore, rulesOf, type Window, windowScale, windowsOf } from './windows.ts'

/** A trained model as it is stored: one character for each weight. */
export interface ModelData {
  readonly weights: string
  /** Value of one level of a weight. */
  readonly level: number
  readonly bias: number
  /** What each rule counts for, in the order of the table of rules. */
  readonly rules: readonly number[]
  /** Scores that 0.1, 1 and 5 % of harmless texts exceed, from sources left out of the training. */
  readonly thresholds: InjectionThresholds
}

/** The most suspicious run of words, in log odds. */
export interface Verdict {
  readonly score: number
  readonly first: number
  readonly last: number
}

/** Characters that stand for weights; the middle one is 0. */
export const levels: string = Array.from({ length: 91 }, (_, i) => String.fromCharCode(35 + i))
  .filter((character) => !"\\`$'".includes(character))
  .slice(0, 87)
  .join('')
export const zeroLevel = 43

/** Scores words by the weights of their features. */
export class Model {
  private readonly weights = new Int8Array(slots)
  private readonly level: number
  private readonly bias: number
  private readonly rules: readonly number[]

  constructor({ weights, level, bias, rules }: ModelData) {
    const value = new Map([...levels].map((character, i) => [character.charCodeAt(0), i - zeroLevel]))
    for (let i = 0; i < weights.length; i++) this.weights[i] = value.get(weights.charCodeAt(i)) ?? 0
    this.level = level
    this.bias = bias
    this.rules = rules
  }

  /** The worst window. */
  judge(text: string, tokens: Tokens, hits: readonly RuleHit[]): Verdict {
    const { count } = tokens
    const sums = new Int32Array(count + 1)
    const used = new Int32Array(count + 1)
    const features = new Features(text, tokens)
    for (let i = 0; i < count; i++) {
      const found = features.next(i)
      let sum = sums[i] as number
      for (let n = 0; n < found; n++) sum += this.weights[features.out[n] as number] as number
      sums[i + 1] = sum
      used[i + 1] = (used[i] as number) + found
    }
    const all = rulesOf(hits)
    let best = { score: Number.NEGATIVE_INFINITY, first: 0, last: count - 1 }
    for (const window of windowsOf(tokens, hits)) {
      const score = this.bias + ruleScore(window.rules, all, this.rules) + this.wordScore(window, sums, used)
      if (score > best.score) best = { score, first: window.first, last: window.end - 1 }
    }
    return best
  }

  private wordScore({ first, end, pairs }: Window, sums: Int32Array, used: Int32Array): number {
    let sum = (sums[end] as number) - (sums[first] as number)
    for (const pair of pairs) sum += this.weights[pairStart + pair] as number
    const features = (used[end] as number) - (used[first] as number) + pairs.length
    return (this.level * sum) / windowScale(features)
  }
}
