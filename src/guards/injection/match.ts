import type { Tokens } from './tokens.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Most points rules add up to. */
const mostPoints = 12
const longAgo = -1_000_000

/** Where a rule was satisfied, in words. */
export interface RuleHit {
  /** Index into the table of rules. */
  readonly rule: number
  readonly first: number
  readonly last: number
}

interface StepOf {
  readonly rule: number
  /** Place of this step's state; the step before it has the state before it. */
  readonly state: number
  readonly maxGap: number
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** Finds rules in classified words: one look at each word, no going back. */
export class Matcher {
  /** For each class the steps it satisfies, later steps of a rule first. */
  private readonly steps: readonly StepOf[][]
  private readonly weights: readonly number[]
  private states = 0
  /** By state: the place of the last word that satisfied it, and the first word of that chain. Kept, to be made once. */
  private readonly reached: Int32Array
  private readonly began: Int32Array

  constructor({ lexicon, rules }: Vocabulary) {
    const kinds = ['', ...Object.keys(lexicon)]
    this.steps = kinds.map(() => [])
    this.weights = rules.map(([, weight]) => weight)
    for (const [rule, [, , text]] of rules.entries()) this.addRule(rule, text.split(/ (?=<)/), kinds)
    this.reached = new Int32Array(this.states)
    this.began = new Int32Array(this.states)
  }

  /** All hits, each rule at most once for each last word. */
  match({ count, kind, place }: Tokens): RuleHit[] {
    const { reached, began } = this
    reached.fill(longAgo)
    const hits: RuleHit[] = []
    for (let i = 0; i < count; i++) {
      if (kind[i] === 0) continue
      const at = place[i] as number
      for (const { rule, state, maxGap, isFirst, isLast } of this.steps[kind[i] as number] as readonly StepOf[]) {
        if (isFirst) began[state] = i
        else if (at - (reached[state - 1] as number) - 1 <= maxGap) began[state] = began[state - 1] as number
        else continue
        reached[state] = at
        if (isLast) hits.push({ rule, first: began[state] as number, last: i })
      }
    }
    return hits
  }

  /** What hits prove together; each rule counts once. */
  points(hits: readonly RuleHit[]): number {
    let sum = 0
    for (const rule of new Set(hits.map((hit) => hit.rule))) sum += this.weights[rule] as number
    return Math.max(0, Math.min(sum, mostPoints))
  }

  private addRule(rule: number, parts: readonly string[], kinds: readonly string[]): void {
    for (let at = parts.length - 1; at >= 0; at--) {
      const [, gap = '0', words = ''] = /^(?:<(\d+) )?(.+)$/.exec(parts[at] as string) ?? []
      const isLast = at === parts.length - 1
      const step = { rule, state: this.states + at, maxGap: Number(gap), isFirst: at === 0, isLast }
      for (const word of words.split('|')) this.steps[kinds.indexOf(word)]?.push(step)
    }
    this.states += parts.length
  }
}
