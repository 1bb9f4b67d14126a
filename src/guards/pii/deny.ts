import { isWordUnit } from './numbers.ts'
import type { PiiFinding } from './scan.ts'

/** Finds the phrases of a deny-list, in text that may still be growing. */
export class DenyScanner {
  readonly #byFirst = new Map<string, string[]>()

  constructor(phrases: readonly string[]) {
    for (const phrase of phrases) {
      const plain = lowered(phrase.trim())
      const first = plain[0] as string
      // The longest of those that begin alike wins.
      const list = [...(this.#byFirst.get(first) ?? []), plain].sort((a, b) => b.length - a.length)
      this.#byFirst.set(first, list)
    }
  }

  /** Adds what it finds from `from` on; answers up to where nothing to come can change that. */
  scan(text: string, from: number, isEnd: boolean, found: PiiFinding[]): number {
    if (this.#byFirst.size === 0) return text.length
    const plain = lowered(text)
    for (let at = from; at < plain.length; at++) {
      const phrases = this.#byFirst.get(plain[at] as string)
      if (phrases === undefined || (isWordUnit(plain[at] as string) && isWordUnit(plain[at - 1] ?? ''))) continue
      const rest = plain.length - at
      // A longer phrase may still come true, or the word may go on.
      if (!isEnd && phrases.some((phrase) => phrase.length >= rest && phrase.startsWith(plain.slice(at)))) return at
      const phrase = phrases.find((each) => plain.startsWith(each, at) && isWhole(plain, at + each.length))
      if (phrase === undefined) continue
      found.push({ type: 'CUSTOM', rule: 'pii.deny', start: at, end: at + phrase.length, score: 1 })
      at += phrase.length - 1
    }
    return text.length
  }
}

function isWhole(text: string, end: number): boolean {
  return !isWordUnit(text[end - 1] ?? '') || !isWordUnit(text[end] ?? '')
}

/** In small letters, unit by unit, so that offsets stay. */
function lowered(text: string): string {
  const plain = text.toLowerCase()
  return plain.length === text.length
    ? plain
    : [...text].map((unit) => (unit.toLowerCase().length === unit.length ? unit.toLowerCase() : unit)).join('')
}
