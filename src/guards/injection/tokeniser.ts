import type { Fold } from './fold.ts'
import { type Hints, Tokens } from './tokens.ts'
import type { Vocabulary } from './vocabulary.ts'
import { hashOf, mirrored, rotated, seed, step, Words } from './words.ts'

// What a character is to the tokeniser.
const gap = 0
const letter = 1
const digit = 2
const mark = 3 // inside a word and not part of it: apostrophes
const ideograph = 4 // written without spaces between words
const symbol = 5 // may stand for a letter, or begin the code of one
const space = 6
const stop = 7 // ends a sentence when a space follows

const longestWord = 6
const longestPart = 14
const longCode = 16
const newline = 10
const [numberSign, u, x] = [35, 117, 120]
/** From so many codes on a text is looked at for what they say. */
export const enoughCodes = 3
/** All numbers look alike. */
const numberHash = 0x30

/** Cuts folded texts into classified words. One pass; the work for each character is bounded. */
export class Tokeniser {
  private readonly words: Words
  private readonly characters = characterTable()

  constructor(fold: Fold, vocabulary: Vocabulary) {
    this.words = new Words(fold, vocabulary)
  }

  tokenise(text: string): Tokens {
    const { characters, words } = this
    const tokens = new Tokens((text.length >> 2) + 8)
    const { hints } = tokens
    const { length } = text
    let singles = 0
    let pairs = 0
    let i = 0
    while (i < length) {
      const type = characters[text.charCodeAt(i)] as number
      if (type === letter || type === digit) {
        const start = i
        let hash = seed
        let seen = 0
        do {
          const code = text.charCodeAt(i)
          const next = characters[code] as number
          // In "l'article" the apostrophe parts two words, in "don't" it belongs to one.
          if (next > mark || next === gap || (next === mark && i - start < 3)) break
          seen |= 1 << next
          if (next !== mark) hash = step(hash, code)
        } while (++i < length)
        const size = i - start
        singles = size === 1 && type === letter ? singles + 1 : 0
        if (singles > hints.singles) hints.singles = singles
        pairs = size === 2 ? pairs + 1 : 0
        if (pairs > hints.pairs) hints.pairs = pairs
        const kind = words.find(hash)
        if (kind > 0 && kind < rotated) tokens.add(hash, start, i, kind)
        else if (size < 4 && seen === onlyLetters) tokens.add(hash, start, i, 0)
        else this.addUnknown(text, start, i, hash, seen, kind, tokens)
      } else if (type === ideograph) i = this.addIdeographs(text, i, tokens)
      else {
        if (type === symbol) this.lookAtSymbol(text, i, hints)
        else if (type >= space) tokens.sentences += this.endsSentence(text, i)
        i++
      }
    }
    return tokens
  }

  /** A word the table does not hold as it is; `seen` tells which types of characters it is made of. */
  private addUnknown(
    text: string,
    start: number,
    end: number,
    hash: number,
    seen: number,
    found: number,
    to: Tokens,
  ): void {
    let kind = 0
    if (seen === onlyDigits) hash = numberHash
    else if (found === mirrored) to.hints.mirrored++
    else if (found === rotated) to.hints.rotated++
    else if ((seen & onlyDigits) !== 0) {
      if (end - start >= longCode) to.hints.codes += enoughCodes
      else if (end - start > 3 && this.isLeet(text.slice(start, end))) to.hints.leet++
    } else if (seen === onlyLetters) {
      if (end - start >= longestPart && this.split(text, start, end, to)) return
      if (end - start >= longCode) to.hints.codes += enoughCodes
      kind = this.words.guess(text, start, end, hash)
    }
    to.add(hash, start, end, kind)
  }

  /** Words of the lexicon written together: taken apart when they make up most of the whole. */
  private split(text: string, start: number, end: number, to: Tokens): boolean {
    const before = to.count
    let covered = 0
    for (let i = start; i < end; ) {
      const length = this.longest(text, i, end, longestPart, 3)
      if (length > 0) {
        const hash = hashOf(text.slice(i, i + length))
        to.add(hash, i, i + length, this.words.find(hash))
        covered += length
      }
      i += length || 1
    }
    if (to.count - before > 1 && covered * 2 > end - start) return true
    to.count = before
    return false
  }

  private addIdeographs(text: string, start: number, tokens: Tokens): number {
    let i = start
    while (i < text.length && this.characters[text.charCodeAt(i)] === ideograph) {
      const length = this.longest(text, i, text.length, longestWord, 1) || 1
      const hash = hashOf(text.slice(i, i + length))
      tokens.add(hash, i, i + length, this.words.find(hash))
      i += length
    }
    return i
  }

  /** Length of the longest word of the lexicon that starts here. */
  private longest(text: string, start: number, end: number, max: number, min: number): number {
    let hash = seed
    let found = 0
    for (let n = 1; n <= max && start + n <= end; n++) {
      hash = step(hash, text.charCodeAt(start + n - 1))
      if (n < min) continue
      const kind = this.words.find(hash)
      if (kind > 0 && kind < rotated) found = n
    }
    return found
  }

  private isLeet(word: string): boolean {
    return ['i', 'l'].some((one) => {
      const plain = unleet(word, one)
      const kind = this.words.find(hashOf(plain))
      return kind > 0 ? kind < rotated : this.words.stem(plain, 0, plain.length) > 0
    })
  }

  /** `@` and `$` between letters, `%41`, `&#65;`, `\\x41`. */
  private lookAtSymbol(text: string, at: number, hints: Hints): void {
    const { characters } = this
    const before = characters[text.charCodeAt(at - 1)]
    const after = text.charCodeAt(at + 1)
    if ('%&\\'.includes(text[at] as string)) {
      if (characters[after] === digit || after === numberSign || after === x || after === u) hints.codes++
    } else if (before === letter && characters[after] === letter) hints.leet++
  }

  /** 1 at the end of a sentence or paragraph, else 0. */
  private endsSentence(text: string, at: number): number {
    const code = text.charCodeAt(at)
    const next = text.charCodeAt(at + 1)
    if (this.characters[code] === space) return code === newline && next === newline ? 1 : 0
    return code > 0x3000 || this.characters[next] === space ? 1 : 0
  }
}

const onlyLetters = 1 << letter
const onlyDigits = 1 << digit

/** Puts letters for the digits and symbols that are drawn like them; `one` is what 1 stands for. */
export function unleet(text: string, one: string): string {
  return text.replace(/[0134578@$|+]/g, (sign) => (sign === '1' || sign === '|' ? one : (leet[sign] as string)))
}

const leet: Readonly<Record<string, string>> = {
  0: 'o',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  '@': 'a',
  $: 's',
  '+': 't',
}

function characterTable(): Uint8Array {
  const table = new Uint8Array(0x10000).fill(letter, 0xaa)
  table.fill(digit, 48, 58).fill(letter, 97, 123)
  for (let i = 0; i < gaps.length; i += 2) table.fill(gap, gaps[i], (gaps[i + 1] as number) + 1)
  for (let i = 0; i < ideographs.length; i += 2) table.fill(ideograph, ideographs[i], (ideographs[i + 1] as number) + 1)
  for (const code of [9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x2028, 0x2029, 0x3000]) table[code] = space
  for (const [signs, type] of [
    ['.?!。！？', stop],
    ['@$|+%&\\', symbol],
    ["'’`´ʼ", mark],
  ] as const) {
    for (const sign of signs) table[sign.charCodeAt(0)] = type
  }
  return table
}

// First and last of each range.
const gaps = [
  0xab, 0xb4, 0xb6, 0xb9, 0xbb, 0xbf, 0x60c, 0x60d, 0x61b, 0x61f, 0x66a, 0x66d, 0x964, 0x965, 0x2010, 0x206f, 0x2190,
  0x2bff, 0x3001, 0x3020, 0xd800, 0xdfff, 0xfe10, 0xfe6f, 0xff00, 0xff20,
]
const ideographs = [0xe00, 0xe7f, 0x3040, 0x30ff, 0x3400, 0x9fff, 0xf900, 0xfaff]
