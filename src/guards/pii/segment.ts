import { foldText } from './characters.ts'
import { isAnnounced, isIntroduced } from './interest.ts'
import { type Cut, hasCoded, hasForeign } from './segments.ts'

/** Kinds of personal data, as options and findings name them. */
export type PiiType =
  | 'EMAIL'
  | 'PHONE'
  | 'CREDIT_CARD'
  | 'IBAN'
  | 'US_SSN'
  | 'IP_ADDRESS'
  | 'MAC_ADDRESS'
  | 'CRYPTO'
  | 'SECRET'
  | 'NATIONAL_ID'
  | 'PERSON'
  | 'ADDRESS'
  | 'CUSTOM'

/** What a rule found in a segment: offsets in its folded text. */
export interface Hit {
  readonly type: PiiType
  /** For example `pii.email`, `pii.id.br-cpf`. */
  readonly rule: string
  readonly start: number
  readonly end: number
  /** 0 to 1; what lies below the threshold of its type is dropped. */
  readonly score: number
}

/** A run of digits. */
export interface Digits {
  readonly start: number
  readonly end: number
}

/** A segment as rules see it: folded text, and the text before it on the same line. */
export class Segment {
  /** Folded. */
  readonly text: string
  readonly offsets: readonly number[] | undefined
  readonly flags: number
  readonly digitCount: number
  /** The text before it ends as if a value were to follow: `=`, `:`, `is`, `Bearer` … */
  readonly isAnnounced: boolean
  /** The text before it, or its first word, is one that names follow. */
  readonly isIntroduced: boolean
  readonly hits: Hit[] = []
  /** How often the judge of phone numbers was asked. */
  questions = 0
  readonly #source: string
  readonly #start: number
  readonly #end: number
  #left: string | undefined
  #groups: Digits[] | undefined
  #words: Digits[] | undefined

  constructor(source: string, cut: Cut, interest: number) {
    this.isAnnounced = (interest & isAnnounced) !== 0
    this.isIntroduced = (interest & isIntroduced) !== 0
    this.#source = source
    this.#start = cut.start
    this.flags = cut.flags
    this.digitCount = cut.digits
    this.#end = cut.end
    const folded = foldText(
      source.slice(cut.start, cut.end),
      (cut.flags & hasForeign) !== 0,
      (cut.flags & hasCoded) !== 0,
    )
    this.text = folded.text
    this.offsets = folded.offsets
  }

  /** Up to 64 units before the segment on the same line, in lower case. */
  get left(): string {
    if (this.#left === undefined) {
      const near = this.#source.slice(Math.max(0, this.#start - 64), this.#start)
      this.#left = near.slice(near.lastIndexOf('\n') + 1).toLowerCase()
    }
    return this.#left
  }

  /** What stands before a place in the segment: up to `length` units of this line, in lower case. */
  context(at: number, length = 40): string {
    const own = this.text.slice(Math.max(0, at - length), at).toLowerCase()
    return own.length >= length ? own : (this.left + own).slice(-length)
  }

  /** Every run of digits, in order. */
  get groups(): readonly Digits[] {
    this.#groups ??= runs(this.text, 0x30, 0x39)
    return this.#groups
  }

  /** Every run between spaces, in order. */
  get words(): readonly Digits[] {
    this.#words ??= runs(this.text, 0x21, 0xffff)
    return this.#words
  }

  /** The unit at a place of the folded text, or of what is around it. */
  at(index: number): string {
    if (index >= 0 && index < this.text.length) return this.text[index] as string
    const place = index === -1 ? this.#start - 1 : index === this.text.length ? this.#end : -1
    return this.#source[place] ?? ''
  }

  add(type: PiiType, rule: string, start: number, end: number, score: number): void {
    this.hits.push({ type, rule, start, end, score })
  }

  /** Has this stretch a find of at least this score already? */
  isTaken(start: number, end: number, score: number): boolean {
    return this.hits.some((hit) => hit.start < end && start < hit.end && hit.score >= score)
  }
}

/** Runs of units between two codes. */
function runs(text: string, low: number, high: number): Digits[] {
  const found: Digits[] = []
  for (let at = 0; at < text.length; at++) {
    const start = at
    for (let code = text.charCodeAt(at); code >= low && code <= high; code = text.charCodeAt(at)) at++
    if (at > start) found.push({ start, end: at })
  }
  return found
}
