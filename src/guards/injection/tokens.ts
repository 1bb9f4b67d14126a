const sentenceGap = 3

/** Signs that a text may hold another one, in disguise. */
export interface Hints {
  /** Words with digits for letters, or symbols between letters. */
  leet: number
  /** Words of one letter in a row, at most. */
  singles: number
  mirrored: number
  rotated: number
  /** Words of two characters in a row, at most. */
  pairs: number
  /** Long words of no language, and codes for single characters such as `%20`. */
  codes: number
}

/** The words of a folded text. */
export class Tokens {
  count = 0
  hash: Int32Array
  start: Int32Array
  end: Int32Array
  /** Place in the row of words, where the end of a sentence counts as some words. */
  place: Int32Array
  kind: Uint8Array
  sentences = 0
  readonly hints: Hints = { leet: 0, singles: 0, mirrored: 0, rotated: 0, pairs: 0, codes: 0 }

  /** `expected` words; more are taken all the same. */
  constructor(expected: number) {
    this.hash = new Int32Array(expected)
    this.start = new Int32Array(expected)
    this.end = new Int32Array(expected)
    this.place = new Int32Array(expected)
    this.kind = new Uint8Array(expected)
  }

  /** Appends a word. */
  add(hash: number, start: number, end: number, kind: number): void {
    const at = this.count++
    if (at === this.hash.length) this.grow()
    this.hash[at] = hash
    this.start[at] = start
    this.end[at] = end
    this.kind[at] = kind
    this.place[at] = at + this.sentences * sentenceGap
  }

  private grow(): void {
    for (const name of ['hash', 'start', 'end', 'place'] as const) {
      const twice = new Int32Array(this[name].length * 2)
      twice.set(this[name])
      this[name] = twice
    }
    const kind = new Uint8Array(this.kind.length * 2)
    kind.set(this.kind)
    this.kind = kind
  }
}
