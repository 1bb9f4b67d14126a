import { InnerJson } from './inner-json.ts'

/**
 * Where in a JSON text we are, kept as the text goes by: whether a value put here has to bring its own quotes, and how
 * often it has to be escaped. A string that holds JSON itself is followed one level down.
 */
export class JsonState {
  #isInString = false
  /** Backslashes right before. */
  #slashes = 0
  /** Digits of a coded character (`\u0022`) that is not complete. */
  #hex: string | undefined
  #inner = new InnerJson()

  /** Goes on over some text. */
  pass(text: string): void {
    for (let at = 0; at < text.length; at++) this.#step(text[at] as string)
  }

  #step(unit: string): void {
    if (unit === '\\' && this.#hex === undefined) {
      this.#slashes++
      return
    }
    const slashes = this.#slashes
    this.#slashes = 0
    if (!this.#isInString) {
      if (unit !== '"') return
      this.#isInString = true
      this.#inner = new InnerJson()
      return
    }
    for (let pairs = slashes >> 1; pairs > 0; pairs--) this.#inner.step('\\')
    if (this.#hex !== undefined) this.#addHex(unit)
    else if (slashes % 2 === 0) {
      if (unit === '"') this.#isInString = false
      else this.#inner.step(unit)
    } else if (unit === 'u') this.#hex = ''
    else this.#inner.step(escapes[unit] ?? unit)
  }

  #addHex(unit: string): void {
    this.#hex += unit
    if (this.#hex?.length !== 4) return
    this.#inner.step(String.fromCharCode(Number.parseInt(this.#hex, 16)))
    this.#hex = undefined
  }

  /** A number stands here, or may: a value put here brings its own quotes. */
  get isBare(): boolean {
    return this.#isInString ? this.#inner.isBare : true
  }

  /**
   * Takes in a value that is put here in the place of `replaced`, and answers it in the form this place needs. Without
   * `replaced` it stands for a token.
   */
  put(value: string, replaced?: string): string {
    const once = JSON.stringify(value)
    this.#slashes = 0
    if (!this.#isInString) return once
    // JSON has no words outside of quotes, so what looked like JSON was none.
    if (this.#inner.isBare && (replaced === undefined || !numeric.test(replaced))) this.#inner.giveUp()
    else if (this.#inner.isBare) {
      this.#inner.skipValue()
      return JSON.stringify(once).slice(1, -1)
    }
    const form = once.slice(1, -1)
    if (this.#inner.isInString) return JSON.stringify(form).slice(1, -1)
    this.#inner.giveUp()
    return form
  }

  /** What a piece of text at this place says: escapes of a string are undone, and those of JSON in a string. */
  read(written: string): string {
    if (!this.#isInString || !written.includes('\\')) return written
    const once = unescaped(written)
    return this.#inner.isInString ? unescaped(once) : once
  }
}

const numeric = /^[-+.\deE]+$/
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

function unescaped(written: string): string {
  try {
    return JSON.parse(`"${written}"`)
  } catch {
    return written // Half an escape: it stands for itself.
  }
}

/** The whole of a number outside of quotes: sign, point and exponent around what was found of it. */
export function wholeNumber(text: string, from: number, start: number, end: number): [start: number, end: number] {
  if (!numeric.test(text.slice(start, end))) return [start, end]
  const before = /-?(?:\d+\.?\d*(?:[eE][-+]?)?)?$/.exec(text.slice(Math.max(from, start - 400), start))
  const after = (/[eE]/.test(text[end - 1] as string) ? /^[-+]?\d+/ : /^\d*(?:\.\d+)?(?:[eE][-+]?\d+)?/).exec(
    text.slice(end, end + 400),
  )
  return [start - (before?.[0].length ?? 0), end + (after?.[0].length ?? 0)]
}
