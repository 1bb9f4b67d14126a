import { ResponseError } from '../../errors/families.ts'

/** Calls one answer may hold, and characters of a tool's name: far above what is real. */
const maxCalls = 128
const maxName = 256

/** The tool calls of one answer: bounded in number, each with an id of its own. */
export class CallRegister {
  readonly #ids = new Set<string>()
  #count = 0

  /** The number of the next call. */
  next(): number {
    if (this.#count === maxCalls)
      throw new ResponseError('response_too_large', `The answer holds more than ${maxCalls} tool calls`)
    return this.#count++
  }

  get count(): number {
    return this.#count
  }

  /** The id of a complete call: its own, or a new one where that is missing or taken, since results name it. */
  idFor(id: string, name: string): string {
    if (name.length > maxName)
      throw new ResponseError('response_too_large', `A tool's name has more than ${maxName} characters`)
    const unique = id === '' || this.#ids.has(id) ? `call_${crypto.randomUUID().replaceAll('-', '')}` : id
    this.#ids.add(unique)
    return unique
  }
}
