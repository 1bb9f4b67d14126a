import type { PiiType } from './segment.ts'

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const nonceLength = 8

/** What a token can stand for; `LITERAL` is text of the caller that looked like a token itself. */
export type TokenType = PiiType | 'LITERAL'

/** The tokens of one call and what they stand for. Lives in memory only and prints as nothing. */
export class Vault {
  readonly #originals = new Map<string, string>()
  readonly #tokens = new Map<string, string>()
  readonly #counts = new Map<TokenType, number>()
  /** Tokens that went out with a bracket right behind them, as links have it. */
  readonly #beforeBracket = new Set<string>()
  #nonce = ''
  /** The texts as they went out: what a model repeats of them it did not bring up. */
  #sent: readonly string[] = []

  /** Chooses the mark of this call: one that occurs nowhere in its texts. */
  open(texts: readonly string[]): void {
    const all = texts.map((text) => text.toLowerCase())
    do this.#nonce = randomText()
    while (all.some((text) => text.includes(this.#nonce)))
  }

  /** Remembers what went out. */
  send(texts: readonly string[]): void {
    this.#sent = texts
  }

  /** Did the caller's own text, as it went out, hold this? */
  hasSent(value: string): boolean {
    return this.#sent.some((text) => text.includes(value))
  }

  /** Were any tokens given out? */
  get isEmpty(): boolean {
    return this.#originals.size === 0
  }

  /** The mark of this call. */
  get nonce(): string {
    return this.#nonce
  }

  /** Types that tokens were given out for. */
  get types(): readonly TokenType[] {
    return [...this.#counts.keys()]
  }

  /** The token of a value: the same for the same value. */
  tokenFor(value: string, type: TokenType): string {
    const key = `${type} ${value}`
    const known = this.#tokens.get(key)
    if (known !== undefined) return known
    const number = (this.#counts.get(type) ?? 0) + 1
    this.#counts.set(type, number)
    const token = `[${type}_${number}_${this.#nonce}]`
    this.#tokens.set(key, token)
    this.#originals.set(`${type} ${number}`, value)
    return token
  }

  /** A bracket stands behind this token in the caller's own text. */
  noteBracket(token: string): void {
    this.#beforeBracket.add(token)
  }

  /** Are the brackets of a token the text of a link, which stays? Not where the caller's own text went on with a bracket. */
  isLink(type: TokenType, number: string): boolean {
    return !this.#beforeBracket.has(`[${type}_${Number(number)}_${this.#nonce}]`)
  }

  /** What a token stood for. */
  original(type: TokenType, number: string): string | undefined {
    return this.#originals.get(`${type} ${Number(number)}`)
  }

  toJSON(): string {
    return '[vault]'
  }
}

function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(nonceLength * 2))
  let text = ''
  // 248 is the last multiple of 31 below 256: taking more would favour some letters.
  for (const byte of bytes) if (byte < 248 && text.length < nonceLength) text += alphabet[byte % alphabet.length]
  return text.length === nonceLength ? text : randomText()
}

/** A token as it stands in a text. */
export interface TokenMatch {
  readonly start: number
  readonly end: number
  readonly type: TokenType
  readonly number: string
}

/**
 * Reads a token of this vault at a place, as models repeat them: in any case, with dashes or spaces for underscores,
 * escaped, without brackets. `'more'`: the text ends before that can be told.
 */
export function readToken(text: string, start: number, isEnd: boolean, vault: Vault): TokenMatch | 'more' | undefined {
  const isOpen = text[start] === '['
  const from = isOpen ? start + (text[start + 1] === ' ' ? 2 : 1) : start
  let waits = false
  for (const type of vault.types) {
    const core = readCore(text, from, `${type}_`, vault.nonce)
    if (core === 'more') waits = true
    else if (core !== undefined) {
      const close = isOpen ? closingEnd(text, core.end, isEnd, () => vault.isLink(type, core.number)) : 0
      if (close === 'more') return 'more'
      return { start: close > 0 ? start : from, end: close || core.end, type, number: core.number }
    }
  }
  return waits && !isEnd ? 'more' : undefined
}

/** Where the bracket after a token ends; 0 when there is none, or when it closes the text of a link. */
function closingEnd(text: string, end: number, isEnd: boolean, isLink: () => boolean): number | 'more' {
  const close = text[end] === ' ' ? end + 1 : end
  if (close >= text.length) return isEnd ? 0 : 'more'
  if (text[close] !== ']') return 0
  if (close + 1 >= text.length) return isEnd ? close + 1 : 'more'
  return text[close + 1] === '(' && isLink() ? 0 : close + 1
}

type Core = { readonly end: number; readonly number: string }

function readCore(text: string, from: number, head: string, nonce: string): Core | 'more' | undefined {
  const digits = readWord(text, from, head)
  if (digits === undefined || digits === 'more') return digits
  let end = digits
  while (end - digits < 7 && /\d/.test(text[end] ?? '')) end++
  if (end === text.length) return 'more'
  const after = end === digits ? undefined : readWord(text, end, `_${nonce}`)
  return typeof after === 'number' ? { end: after, number: text.slice(digits, end) } : after
}

/** Reads fixed text in any case; an underscore may be escaped, or be a space or a dash. */
function readWord(text: string, from: number, word: string): number | 'more' | undefined {
  let at = from
  for (const unit of word) {
    if (unit === '_') for (let slashes = 0; text[at] === '\\' && slashes < 4; slashes++) at++
    const given = text[at]
    if (given === undefined) return 'more'
    if (unit === '_' ? !/[_ \-\u2010-\u2015]/.test(given) : given.toLowerCase() !== unit.toLowerCase()) return undefined
    at++
  }
  return at
}
