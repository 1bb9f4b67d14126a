/** Bytes that can show themselves as text, each as one character. */
export interface RawText {
  toString(encoding: 'latin1'): string
}

/** The headers of an answer, names and values in turn. They are looked for seldom, so nothing more is made of them. */
export class HeaderList {
  readonly #flat: readonly string[]

  constructor(raw: readonly RawText[]) {
    // Texts, since the bytes are views that would hold on to whole network reads.
    this.#flat = raw.map((bytes) => bytes.toString('latin1'))
  }

  /** The value of the header with this name in small letters; values that came apart are joined. */
  get(name: string): string | null {
    let found: string | null = null
    for (let index = 0; index + 1 < this.#flat.length; index += 2) {
      const own = this.#flat[index] as string
      if (own.length !== name.length || own.toLowerCase() !== name) continue
      const value = (this.#flat[index + 1] as string).trim()
      found = found === null ? value : `${found}, ${value}`
    }
    return found
  }
}
