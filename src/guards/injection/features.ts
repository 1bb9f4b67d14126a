import type { Tokens } from './tokens.ts'
import { pairSlots } from './windows.ts'
import { step } from './words.ts'

// Features are hashed into one row of weights: words and classes, then pieces of words, then pairs of classes.
const wordSlots: number = 1 << 17
const pieceSlots: number = 1 << 16
export const pairStart: number = wordSlots + pieceSlots
export const slots: number = pairStart + pairSlots

/** Most features one word can have. */
const maxFeatures = 96
const longestPieced = 24

/** Finds the features of one word after the other. */
export class Features {
  /** Slots of the current word's features; the first `count` entries hold. */
  readonly out: Int32Array = new Int32Array(maxFeatures)
  private readonly text: string
  private readonly tokens: Tokens
  // The last two words of a known class and where they stood.
  private kind1 = 0
  private kind2 = 0
  private at1 = -100
  private at2 = -100

  constructor(text: string, tokens: Tokens) {
    this.text = text
    this.tokens = tokens
  }

  /** Fills `out` for word `i`; call it for each word in order. Answers the number of features. */
  next(i: number): number {
    let count = this.wordFeatures(i)
    count = this.kindFeatures(i, count)
    return this.pieces(i, count)
  }

  private wordFeatures(i: number): number {
    const { hash } = this.tokens
    const { out } = this
    const h0 = hash[i] as number
    out[0] = wordSlot(h0, 1)
    if (i === 0) return 1
    const h1 = hash[i - 1] as number
    const two = step(h1, h0)
    out[1] = wordSlot(two, 2)
    if (i === 1) return 2
    const three = step(step(hash[i - 2] as number, h1), h0)
    out[2] = wordSlot(three, 3)
    if (i === 2) return 3
    out[3] = wordSlot(step(hash[i - 3] as number, three), 4)
    return 4
  }

  /** Classes follow each other over unknown words; a known word's neighbours count by class too. */
  private kindFeatures(i: number, start: number): number {
    const { kind, hash } = this.tokens
    const { out } = this
    const k0 = kind[i] as number
    let count = start
    const before = i > 0 ? (kind[i - 1] as number) : 0
    if (k0 === 0) {
      if (before > 0) out[count++] = wordSlot(step(before, hash[i] as number), 8)
      return count
    }
    out[count++] = wordSlot(k0, 5)
    if (i > 0 && before === 0) out[count++] = wordSlot(step(hash[i - 1] as number, k0), 9)
    if (i - this.at1 <= 5) {
      const pair = step(this.kind1, k0)
      out[count++] = wordSlot(pair, 6)
      if (i - this.at1 <= 2) out[count++] = wordSlot(pair, 10)
      if (i - this.at2 <= 9) out[count++] = wordSlot(step(step(this.kind2 + 1000, this.kind1), k0), 7)
    }
    this.kind2 = this.kind1
    this.at2 = this.at1
    this.kind1 = k0
    this.at1 = i
    return count
  }

  /** Four and five characters of a word, its borders included. */
  private pieces(i: number, start: number): number {
    const { out, text } = this
    const from = this.tokens.start[i] as number
    const to = Math.min(this.tokens.end[i] as number, from + longestPieced)
    if (to - from < 3) return start
    let count = start
    let a = 0
    let b = 0
    let c = 0
    let d = 32
    for (let at = from; at <= to; at++) {
      const e = at === to ? 32 : text.charCodeAt(at)
      if (b > 0) {
        const four = step(step(step(step(17, b), c), d), e)
        out[count++] = pieceSlot(four)
        if (a > 0) out[count++] = pieceSlot(step(four, a + 7))
      }
      a = b
      b = c
      c = d
      d = e
    }
    return count
  }
}

function wordSlot(hash: number, kind: number): number {
  const mixed = Math.imul(hash ^ Math.imul(kind, 0x9e3779b1), 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) & (wordSlots - 1)
}

function pieceSlot(hash: number): number {
  const mixed = Math.imul(hash, 0x85ebca6b)
  return wordSlots + ((mixed ^ (mixed >>> 16)) & (pieceSlots - 1))
}
