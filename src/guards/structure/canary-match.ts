import { rot13 } from '../injection/words.ts'

/** Characters compared: everything else (spaces, dashes, marks) may stand between them. */
const compared = /[a-z\d]/

/** The forms in which a secret word may leave: as it is, turned round, rotated, in hex, in base64 at each alignment. */
export function formsOf(word: string): string[] {
  const upper = word.toUpperCase()
  const turned = [...word].reverse().join('')
  const forms = [word, turned, rot13(word), ...[word, upper, turned].map(hex)]
  for (const text of [word, upper, turned]) for (const shift of [0, 1, 2]) forms.push(base64Core(text, shift))
  return [...new Set(forms.map((form) => [...form.toLowerCase()].filter((c) => compared.test(c)).join('')))]
}

function hex(text: string): string {
  return Array.from(text, (character) => character.charCodeAt(0).toString(16)).join('')
}

/** The characters that stay the same whatever stands around the word in the encoded text. */
function base64Core(text: string, shift: number): string {
  const coded = btoa('\0'.repeat(shift) + text)
  const from = Math.ceil((shift * 8) / 6)
  const to = Math.floor(((shift + text.length) * 8) / 6)
  return coded.slice(from, to)
}

/** Where a form was found: first and last-but-one raw position. */
export interface Found {
  readonly start: number
  readonly end: number
}

/**
 * Looks for several words in a text that comes character by character. Knows at any time from where on the text could
 * still become a hit.
 */
export class Watcher {
  private readonly words: readonly { readonly text: string; readonly back: Int32Array }[]
  private readonly maxSpan: number
  /** How many characters of each word the text so far ends with. */
  private readonly matched: Int32Array
  /** Places of the latest compared characters, newest last. */
  private readonly places: number[] = []
  private readonly longest: number

  constructor(words: readonly string[], maxSpan: number) {
    this.words = words.map((text) => ({ text, back: borders(text) }))
    this.matched = new Int32Array(words.length)
    this.longest = Math.max(...words.map(({ length }) => length))
    this.maxSpan = maxSpan
  }

  /** Takes a folded character that stands at `place`; answers the hit it completes. */
  take(character: string, place: number): Found | undefined {
    if (!compared.test(character)) return undefined
    this.places.push(place)
    if (this.places.length > this.longest * 2) this.places.splice(0, this.longest)
    for (const [index, { text, back }] of this.words.entries()) {
      let length = this.matched[index] as number
      while (length > 0 && text[length] !== character) length = back[length - 1] as number
      if (text[length] === character) length++
      while (length > 0 && place - this.placeOf(length) > this.maxSpan) length = back[length - 1] as number
      this.matched[index] = length
      if (length === text.length) {
        const start = this.placeOf(length)
        this.matched.fill(0)
        return { start, end: place + 1 }
      }
    }
    return undefined
  }

  /** The first place that a hit to come could begin at; `next` when none could. */
  openFrom(next: number): number {
    const length = Math.max(...this.matched)
    return length === 0 ? next : Math.max(this.placeOf(length), next - this.maxSpan)
  }

  private placeOf(length: number): number {
    return this.places[this.places.length - length] as number
  }
}

/** For each beginning of a word the length of its longest proper border (Knuth, Morris, Pratt). */
function borders(word: string): Int32Array {
  const back = new Int32Array(word.length)
  for (let i = 1, length = 0; i < word.length; ) {
    if (word[i] === word[length]) back[i++] = ++length
    else if (length > 0) length = back[length - 1] as number
    else back[i++] = 0
  }
  return back
}
