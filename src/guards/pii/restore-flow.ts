import type { FlowFilter } from '../../types/guard.ts'
import { JsonState } from './json-state.ts'
import { isWordUnit } from './numbers.ts'
import { readToken, type Vault } from './vault.ts'

/** Most text held back for a token that may be beginning. */
export const maxTokenText = 64

/** Puts the originals back in place of a vault's tokens. */
export class RestoreFlow implements FlowFilter {
  readonly #vault: Vault
  readonly #json: JsonState | undefined
  readonly #onUnknown: () => void
  #text = ''
  #before = ''

  /** `onUnknown` is told of tokens with our mark that were never given out. */
  constructor(vault: Vault, isJson: boolean, onUnknown: () => void) {
    this.#vault = vault
    this.#json = isJson ? new JsonState() : undefined
    this.#onUnknown = onUnknown
  }

  get held(): number {
    return this.#text.length
  }

  push(text: string): string {
    this.#text += text
    return this.#run(false)
  }

  end(): string {
    return this.#run(true)
  }

  #run(isEnd: boolean): string {
    const text = this.#text
    let out = ''
    let done = 0
    let at = 0
    for (; at < text.length; at++) {
      if (!this.#mayBegin(text, at)) continue
      const match = readToken(text, at, isEnd, this.#vault)
      if (match === undefined) continue
      if (match === 'more') break
      const original = this.#vault.original(match.type, match.number)
      if (original === undefined) this.#onUnknown()
      else {
        const lead = this.#plain(text.slice(done, match.start))
        out += lead + (this.#json?.put(original) ?? original)
        done = match.end
      }
      at = match.end - 1
    }
    const stop = Math.min(at, text.length)
    out += this.#plain(text.slice(done, stop))
    if (stop > 0) this.#before = text[stop - 1] as string
    this.#text = text.slice(stop)
    return out
  }

  /** A bracket, or the first letter of a word. */
  #mayBegin(text: string, at: number): boolean {
    const code = text.charCodeAt(at)
    if (code === 0x5b) return true
    const letter = code | 32
    if (letter < 0x61 || letter > 0x7a || code < 0x41) return false
    return !isWordUnit(at === 0 ? this.#before : (text[at - 1] as string))
  }

  #plain(text: string): string {
    this.#json?.pass(text)
    return text
  }
}
