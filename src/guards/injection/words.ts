import type { Fold } from './fold.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Found when a word is one that matters, turned round or rotated by 13 letters. */
export const mirrored = 254
export const rotated = 253

const tableSize = 1 << 14
const memorySize = 1 << 12
const stemSalt = 0x5bd1e995
const longestStem = 14

/** Start of every hash. */
export const seed: number = 0x811c9dc5 | 0

/** Continues a word's hash with one character. */
export function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

/** Tells the class of a word: by its hash, by its beginning, or in spite of one slip of the pen. */
export class Words {
  private readonly keys = new Int32Array(tableSize)
  private readonly values = new Uint8Array(tableSize)
  private readonly stemStarts = new Uint8Array(4096)
  /** Words looked at before and found to be of no class. */
  private readonly strangers = new Int32Array(memorySize)
  private readonly slips: readonly (readonly Slip[])[]

  constructor(fold: Fold, { lexicon, slips }: Vocabulary) {
    for (const [index, words] of Object.values(lexicon).entries()) {
      for (const word of words.split(' ')) this.add(fold(word.replace('*', '')).text, index + 1, word.endsWith('*'))
    }
    this.slips = slipsByLength(slips.split(' '), (word) => this.find(hashOf(word)) || this.stem(word, 0, word.length))
    for (const word of slips.split(' ')) this.addDisguised(word)
  }

  /** Class of a word the table holds as it is. */
  find(hash: number): number {
    const { keys } = this
    for (let slot = (hash ^ (hash >>> 15)) & (tableSize - 1); ; slot = (slot + 1) & (tableSize - 1)) {
      const key = keys[slot] as number
      if (key === hash) return this.values[slot] as number
      if (key === 0) return 0
    }
  }

  /** Class of a word the table does not hold as it is. */
  guess(text: string, start: number, end: number, hash: number): number {
    const slot = (hash ^ (hash >>> 13)) & (memorySize - 1)
    if (this.strangers[slot] === hash) return 0
    const kind = this.stem(text, start, end) || this.slip(text, start, end)
    if (kind === 0) this.strangers[slot] = hash
    return kind
  }

  /** Class of the longest stem the word starts with. */
  stem(text: string, start: number, end: number): number {
    let hash = seed
    let found = 0
    const last = Math.min(end, start + longestStem)
    for (let i = start; i < last; i++) {
      hash = step(hash, text.charCodeAt(i))
      if (i - start === 2 && this.stemStarts[hash & 4095] === 0) return 0
      if (i - start >= 2) found = this.find(hash ^ stemSalt) || found
    }
    return found
  }

  private slip(text: string, start: number, end: number): number {
    const near = this.slips[end - start]
    if (near === undefined) return 0
    let letters = 0
    for (let i = start; i < end; i++) letters |= 1 << (text.charCodeAt(i) & 31)
    for (const slip of near) {
      let differing = letters ^ slip.letters
      differing &= differing - 1
      if ((differing & (differing - 1)) === 0 && isOneOff(text, start, end, slip.word)) return slip.kind
    }
    return 0
  }

  private add(word: string, kind: number, isStem: boolean): void {
    if (isStem) {
      this.put(hashOf(word) ^ stemSalt, kind)
      this.stemStarts[hashOf(word.slice(0, 3)) & 4095] = 1
    }
    this.put(hashOf(word), kind)
    if (/^[a-z]{5,}$/.test(word)) this.addDisguised(word)
  }

  private addDisguised(word: string): void {
    this.put(hashOf([...word].reverse().join('')), mirrored)
    this.put(hashOf(rot13(word)), rotated)
  }

  /** The first meaning wins. */
  private put(hash: number, kind: number): void {
    let slot = (hash ^ (hash >>> 15)) & (tableSize - 1)
    while (this.keys[slot] !== 0 && this.keys[slot] !== hash) slot = (slot + 1) & (tableSize - 1)
    if (this.keys[slot] === hash) return
    this.keys[slot] = hash
    this.values[slot] = kind
  }
}

/** Hash of a folded word. */
export function hashOf(word: string): number {
  let hash = seed
  for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i))
  return hash
}

/** Rotates the letters of a lower-case text by 13 places. */
export function rot13(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97))
}

interface Slip {
  readonly word: string
  /** One bit for each letter in it. */
  readonly letters: number
  readonly kind: number
}

/** At each length from 4 to 15 the words whose length is at most one off. */
function slipsByLength(words: readonly string[], kindOf: (word: string) => number): Slip[][] {
  const all = words.map((word) => {
    let letters = 0
    for (const letter of word) letters |= 1 << (letter.charCodeAt(0) & 31)
    return { word, letters, kind: kindOf(word) }
  })
  return Array.from({ length: 16 }, (_, length) =>
    length < 4 ? [] : all.filter(({ word }) => Math.abs(word.length - length) <= 1),
  )
}

/** One letter swapped with its neighbour, left out, doubled or added; in words of 7 letters and more also one changed. */
function isOneOff(text: string, start: number, end: number, word: string): boolean {
  const length = end - start
  let i = 0
  while (i < length && i < word.length && text.charCodeAt(start + i) === word.charCodeAt(i)) i++
  let j = 0
  const most = Math.min(length, word.length) - i
  while (j < most && text.charCodeAt(end - 1 - j) === word.charCodeAt(word.length - 1 - j)) j++
  const given = length - i - j
  const meant = word.length - i - j
  if (given + meant === 1) return true
  if (given === 1 && meant === 1) return word.length >= 7
  const at = start + i
  return (
    given === 2 &&
    meant === 2 &&
    text.charCodeAt(at) === word.charCodeAt(i + 1) &&
    text.charCodeAt(at + 1) === word.charCodeAt(i)
  )
}
