/** Form of tool-call ids a service takes. */
export interface ToolIdRule {
  readonly maxLength: number
  /** Characters that are refused. Default: all but `A-Z a-z 0-9 _ -`. */
  readonly refused?: RegExp
}

/**
 * Gives the calls of one conversation ids their target takes: the same id for a call and its result, different ones for
 * different calls, the same ones each time the conversation is sent (prompt caches depend on it).
 */
export class ToolIds {
  /** Original ids of renamed calls, by new id. */
  readonly originals = new Map<string, string>()
  readonly #calls = new Map<string, { readonly id: string; readonly name: string; isAnswered: boolean }[]>()
  readonly #taken = new Set<string>()
  readonly #rule: ToolIdRule | undefined

  constructor(rule?: ToolIdRule) {
    this.#rule = rule
  }

  /** The id for another call; a repeated id gets a new one, since services refuse duplicates. */
  ofCall(original: string, name: string): string {
    const id = this.#free(original)
    if (id !== original) this.originals.set(id, original)
    this.#taken.add(id)
    const calls = this.#calls.get(original) ?? []
    calls.push({ id, name, isAnswered: false })
    this.#calls.set(original, calls)
    return id
  }

  /** The id and tool of the first call with this id that has no result yet, else of the latest. */
  ofResult(original: string): { readonly id: string; readonly name?: string } {
    const calls = this.#calls.get(original)
    const call = calls?.find(({ isAnswered }) => !isAnswered) ?? calls?.at(-1)
    if (call === undefined) return { id: this.#fitted(original) }
    call.isAnswered = true
    return call
  }

  #free(original: string): string {
    let id = this.#fitted(original)
    for (let i = 2; this.#taken.has(id); i++) id = this.#fitted(`${original}#${i}`)
    return id
  }

  #fitted(original: string): string {
    if (this.#rule === undefined) return original
    const { maxLength, refused = /[^\w-]/g } = this.#rule
    const clean = original.replace(refused, '_')
    if (clean === original && clean !== '' && clean.length <= maxLength) return clean
    // The digest keeps ids apart that differ only in what was cut or replaced.
    return `${clean.slice(0, maxLength - 9)}_${digest(original)}`
  }
}

/** FNV-1a, 32 bits, as 8 hexadecimal digits. */
function digest(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
