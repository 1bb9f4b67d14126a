import { Features, pairStart, slots } from '../../src/guards/injection/features.ts'
import { createFold } from '../../src/guards/injection/fold.ts'
import { Matcher } from '../../src/guards/injection/match.ts'
import { levels, type ModelData, zeroLevel } from '../../src/guards/injection/model.ts'
import { rulePoint } from '../../src/guards/injection/scan.ts'
import { Tokeniser } from '../../src/guards/injection/tokeniser.ts'
import { vocabulary } from '../../src/guards/injection/vocabulary.ts'
import {
  ruleScore,
  ruleShare,
  rulesOf,
  type Window,
  windowScale,
  windowsOf,
} from '../../src/guards/injection/windows.ts'
import type { Row } from './data.ts'
import { createRandom, type Random, shuffle } from './random.ts'

/** A text as features: those of word `i` stand from `ends[i]` to `ends[i + 1]`. */
export interface Document {
  readonly row: Row
  readonly features: Int32Array
  readonly ends: Int32Array
  readonly windows: readonly Window[]
  readonly rules: readonly number[]
}

/** Weights as they are learned. */
export interface Weights {
  readonly values: Float32Array
  /** Of rules. */
  readonly rules: Float32Array
  bias: number
}

const settings = {
  epochs: 12,
  rate: 0.05,
  shrink: 0.012,
  /** How far rules go back to what the table says of them after each epoch. */
  pull: 0.02,
  positiveWeight: 2,
  smallestError: 0.01,
  leastTrust: 0.1,
}
const tableValues = vocabulary.rules.map(([, weight]) => rulePoint * weight)

/** Turns texts into features, the way the guard does. */
export function createReader(): (row: Row) => Document {
  const fold = createFold()
  const tokeniser = new Tokeniser(fold, vocabulary)
  const matcher = new Matcher(vocabulary)
  return (row) => {
    const { text } = fold(row.text)
    const tokens = tokeniser.tokenise(text)
    const hits = matcher.match(tokens)
    const found = new Features(text, tokens)
    const features: number[] = []
    const ends = new Int32Array(tokens.count + 1)
    for (let i = 0; i < tokens.count; i++) {
      const count = found.next(i)
      for (let n = 0; n < count; n++) features.push(found.out[n] as number)
      ends[i + 1] = features.length
    }
    return { row, features: Int32Array.from(features), ends, windows: windowsOf(tokens, hits), rules: rulesOf(hits) }
  }
}

/** One window with its score. */
export interface Judged {
  readonly score: number
  readonly window: Window
}

/** The most suspicious run of words. */
export function bestWindow({ features, ends, windows, rules }: Document, weights: Weights): Judged | undefined {
  const { values, bias } = weights
  const sums = new Float64Array(ends.length)
  for (let i = 0; i + 1 < ends.length; i++) {
    let sum = sums[i] as number
    for (let at = ends[i] as number; at < (ends[i + 1] as number); at++) sum += values[features[at] as number] as number
    sums[i + 1] = sum
  }
  let best: Judged | undefined
  for (const window of windows) {
    const { first, end, pairs } = window
    let sum = (sums[end] as number) - (sums[first] as number)
    for (const pair of pairs) sum += values[pairStart + pair] as number
    const score = bias + ruleScore(window.rules, rules, weights.rules) + sum / scaleOf(window, ends)
    if (best === undefined || score > best.score) best = { score, window }
  }
  return best
}

function scaleOf({ first, end, pairs }: Window, ends: Int32Array): number {
  return windowScale((ends[end] as number) - (ends[first] as number) + pairs.length)
}

/**
 * Learns from the worst window of each text, so that a long text is not judged by all it holds: stochastic gradient
 * descent with a rate for each weight. The same seed gives the same weights.
 */
export function train(documents: readonly Document[], weightOf: (row: Row) => number, seed: number): Weights {
  const learner = new Learner(createRandom(seed))
  const order = documents.filter((document) => document.windows.length > 0)
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    shuffle(order, learner.random)
    for (const document of order) learner.learn(document, weightOf(document.row), epoch)
    learner.shrink()
  }
  return learner.weights
}

class Learner {
  readonly weights: Weights = { values: new Float32Array(slots), rules: Float32Array.from(tableValues), bias: -1 }
  readonly random: Random
  private readonly squares = new Float32Array(slots).fill(1e-3)
  private readonly ruleSquares = new Float32Array(tableValues.length).fill(1)
  private biasSquare = 1

  constructor(random: Random) {
    this.random = random
  }

  learn(document: Document, weight: number, epoch: number): void {
    const { isAttack } = document.row
    const { window, score } = this.choose(document, epoch)
    const error = (isAttack ? 1 : 0) - 1 / (1 + Math.exp(-score))
    if (Math.abs(error) < settings.smallestError) return
    const step = error * weight * (isAttack ? settings.positiveWeight * trust(document, 1 - error, epoch) : 1)
    this.changeValues(document, window, step / scaleOf(window, document.ends))
    this.changeRules(document, window, step)
    this.biasSquare += step * step
    this.weights.bias += (settings.rate * step) / Math.sqrt(this.biasSquare)
  }

  /** Now and then any part of a harmless text, so that not only its worst one is known to be harmless. */
  private choose(document: Document, epoch: number): Judged {
    const best = bestWindow(document, this.weights) as Judged
    if (document.row.isAttack || epoch === 0 || !this.random.chance(0.3)) return best
    return { window: this.random.pick(document.windows), score: Math.min(best.score, 0) }
  }

  private changeValues({ features, ends }: Document, { first, end, pairs }: Window, gradient: number): void {
    for (let at = ends[first] as number; at < (ends[end] as number); at++) this.change(features[at] as number, gradient)
    for (const pair of pairs) this.change(pairStart + pair, gradient)
  }

  private change(slot: number, gradient: number): void {
    const { values } = this.weights
    const square = (this.squares[slot] as number) + gradient * gradient
    this.squares[slot] = square
    values[slot] = (values[slot] as number) + (settings.rate * gradient) / Math.sqrt(square)
  }

  private changeRules({ rules: all }: Document, { rules: inside }: Window, step: number): void {
    const { rules } = this.weights
    for (const rule of all) {
      const value = rules[rule] as number
      const gradient = step * ruleShare(rule, inside, value)
      const square = (this.ruleSquares[rule] as number) + gradient * gradient
      this.ruleSquares[rule] = square
      rules[rule] = value + (settings.rate * gradient) / Math.sqrt(square)
    }
  }

  shrink(): void {
    const { values, rules } = this.weights
    shrink(values, settings.shrink)
    for (const [rule, wanted] of tableValues.entries()) {
      rules[rule] = (rules[rule] as number) + settings.pull * (wanted - (rules[rule] as number))
    }
  }
}

function shrink(values: Float32Array, by: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    values[i] = value > by ? value - by : value < -by ? value + by : 0
  }
}

/** Attacks of others that look harmless to what was learned so far may well be: they count for less. */
function trust({ row }: Document, likely: number, epoch: number): number {
  return epoch < 2 || row.source.startsWith('own-') ? 1 : Math.max(settings.leastTrust, likely)
}

/** Rounds weights to the levels they are stored in. */
export function quantise({ values, rules, bias }: Weights, steps: number): Omit<ModelData, 'thresholds'> {
  const sizes = Array.from(values, Math.abs).sort((a, b) => a - b)
  const level = (sizes[Math.floor(sizes.length * 0.999)] as number) / steps
  const top = Math.min(steps * 2, zeroLevel)
  const characters = Array.from(values, (value) => {
    const rounded = Math.max(-top, Math.min(top, Math.round(value / level)))
    return levels[zeroLevel + rounded] as string
  })
  return { weights: characters.join(''), level, bias, rules: Array.from(rules, (value) => Number(value.toFixed(2))) }
}
