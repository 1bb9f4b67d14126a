/** Where we are in a string that may hold JSON itself. What breaks the grammar shows that it is plain text. */
export class InnerJson {
  #place: Place = 'start'
  #depth = 0
  #isEscaped = false

  /** In a string of that JSON. */
  get isInString(): boolean {
    return this.#place === 'string'
  }

  /** Where that JSON wants a value, or in a number of it. */
  get isBare(): boolean {
    return this.#place === 'value' || this.#place === 'bare'
  }

  /** It is plain text. */
  giveUp(): void {
    this.#place = 'plain'
  }

  /** A value was put here. */
  skipValue(): void {
    this.#place = 'after'
  }

  /** Goes on over one unit of the string, its escapes undone. */
  step(unit: string): void {
    if (this.#place === 'plain') return
    if (this.#place === 'string') this.#inString(unit)
    else if (!' \n\r\t'.includes(unit)) this.#place = this.#next(unit)
    else if (this.#place === 'bare') this.#place = 'after'
  }

  #inString(unit: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (unit === '\\') this.#isEscaped = true
    else if (unit === '"') this.#place = 'after'
    else if (unit < ' ') this.#place = 'plain'
  }

  #next(unit: string): Place {
    const place = this.#place
    if (unit === '{' || unit === '[') {
      this.#depth++
      return place === 'start' || place === 'value' ? place : 'plain'
    }
    // A quote right behind a bracket: this is JSON, and not a remark in brackets or one of our tokens.
    if (unit === '"') return (place === 'start' && this.#depth > 0) || place === 'value' ? 'string' : 'plain'
    if (place === 'start') return 'plain'
    if (place === 'done') return 'plain'
    if (unit === '}' || unit === ']') return --this.#depth > 0 ? 'after' : 'done'
    if (unit === ',' || unit === ':')
      return (place === 'after' || place === 'bare') && this.#depth > 0 ? 'value' : 'plain'
    if (place === 'value') return /[-\dtfn]/.test(unit) ? 'bare' : 'plain'
    return place === 'bare' && /[-+.\da-zE]/.test(unit) ? 'bare' : 'plain'
  }
}

type Place = 'start' | 'value' | 'string' | 'bare' | 'after' | 'done' | 'plain'
