import type { RuleHit } from './match.ts'
import type { Tokens } from './tokens.ts'

/** Words looked at together, and how far the look moves on. */
const windowSize = 28
const stride = 14
const fewestFeatures = 40
/** What a rule counts for where it was not satisfied, beside a window where it was. */
const elsewhere = 0.5
/** Room for the classes of words; a pair of classes is one number below its square. */
const kinds = 88

/** How many pairs of classes there can be. */
export const pairSlots: number = kinds * kinds

/** A run of words that is judged as one. */
export interface Window {
  /** First word, and the word after the last. */
  readonly first: number
  readonly end: number
  /** Rules that are satisfied in it, each once. */
  readonly rules: readonly number[]
  /** Pairs of classes that occur in it, each once. */
  readonly pairs: readonly number[]
}

/** Runs of words that together cover all of them; the last one ends where the text ends. */
export function windowsOf({ count, kind }: Tokens, hits: readonly RuleHit[]): Window[] {
  const found: Window[] = []
  let next = 0
  for (let start = 0, end = 0; end < count; start += stride) {
    end = Math.min(start + windowSize, count)
    const first = end === count ? Math.max(0, count - windowSize) : start
    while (next < hits.length && (hits[next] as RuleHit).last < first) next++
    found.push({ first, end, rules: rulesUpTo(end, hits, next), pairs: pairsOf(kind, first, end) })
  }
  return found
}

/** Each rule once. */
export function rulesOf(hits: readonly RuleHit[]): number[] {
  return hits.length === 0 ? [] : [...new Set(hits.map(({ rule }) => rule))]
}

/** What rules say of a window: those in it count in full, those elsewhere in the text in part, unless they speak for it. */
export function ruleScore(inside: readonly number[], all: readonly number[], values: ArrayLike<number>): number {
  let sum = 0
  for (const rule of all) sum += elsewhere * Math.max(0, values[rule] as number)
  for (const rule of inside) {
    const value = values[rule] as number
    sum += value - elsewhere * Math.max(0, value)
  }
  return sum
}

/** What one rule adds to the score of a window for each unit of its value. */
export function ruleShare(rule: number, inside: readonly number[], value: number): number {
  return inside.includes(rule) ? 1 : value > 0 ? elsewhere : 0
}

/** Long windows must not win by their length. */
export function windowScale(features: number): number {
  return Math.sqrt(Math.max(features, fewestFeatures))
}

function rulesUpTo(end: number, hits: readonly RuleHit[], from: number): number[] {
  const rules: number[] = []
  for (let i = from; i < hits.length; i++) {
    const { rule, last } = hits[i] as RuleHit
    if (last >= end) break
    if (!rules.includes(rule)) rules.push(rule)
  }
  return rules
}

function pairsOf(kind: Uint8Array, first: number, end: number): number[] {
  const seen: number[] = []
  const pairs: number[] = []
  for (let i = first; i < end; i++) {
    const one = kind[i] as number
    if (one === 0 || seen.includes(one)) continue
    for (const other of seen) pairs.push(one < other ? one * kinds + other : other * kinds + one)
    seen.push(one)
  }
  return pairs
}
