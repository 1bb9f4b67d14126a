import { StreamError } from '../../errors/families.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { cleanText } from '../../utils/clean-text.ts'
import { CallRegister } from '../core/call-register.ts'
import { isObject } from '../core/json-schema.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'

interface OpenCall {
  readonly index: number
  id: string
  name: string
  text: string
  opaque?: JsonObject
  isDone: boolean
}

/**
 * Puts tool calls together from their pieces. Pieces belong together by `index`, else by `id`, else to the latest call;
 * empty and repeated ids and names change nothing.
 */
export class ToolCalls {
  readonly #register = new CallRegister()
  readonly #calls: OpenCall[] = []
  readonly #byIndex = new Map<unknown, OpenCall>()

  /** Takes `tool_calls` of a delta, or (`isWhole`) of a message, where each entry is a call of its own. */
  add(pieces: unknown, isWhole: boolean, out: ProviderEvent[]): void {
    for (const piece of objectsIn(pieces)) {
      const { name: givenName, arguments: given } = objectOf(piece.function)
      const id = textOf(piece.id)
      const name = textOf(givenName)
      // Some servers send arguments as the object itself, whole.
      const isText = typeof given === 'string'
      const text = isText ? given : given == null ? '' : JSON.stringify(given)
      const index = typeof piece.index === 'string' && piece.index !== '' ? Number(piece.index) : piece.index
      const call = (isWhole ? undefined : this.#find(index, id, name, text)) ?? this.#begin(index)
      if (call.id === '') call.id = id
      const isNamed = call.name === '' && name !== ''
      if (isNamed) call.name = name
      if (isObject(piece.extra_content)) call.opaque = { extra_content: piece.extra_content }
      call.text = isText ? call.text + text : text || call.text
      if (isWhole || (text === '' && !isNamed)) continue
      out.push({
        type: 'tool-call-delta',
        index: call.index,
        ...(call.id !== '' && { id: call.id }),
        ...(isNamed && { name: call.name }),
        argumentsText: text,
      })
    }
  }

  /** Is there a call whose arguments end half-way? */
  get hasOpen(): boolean {
    return this.#open !== undefined
  }

  /** Hands out all calls as complete; `true` when there is any. */
  complete(out: ProviderEvent[]): boolean {
    for (const call of this.#calls) {
      if (call.isDone) continue
      call.isDone = true
      call.id = this.#register.idFor(call.id, call.name)
      out.push(call.name === '' ? nameless(call) : event(call))
    }
    return this.#calls.some(({ name }) => name !== '')
  }

  /** For ends that may be cuts: half a call is no call. */
  refuseOpen(): void {
    const open = this.#open
    if (open === undefined) return
    const half = cleanText(open.text, [], 200)
    throw new StreamError('stream_protocol', `The stream ended inside the arguments of ${open.name}: ${half}`)
  }

  #find(index: unknown, id: string, name: string, text: string): OpenCall | undefined {
    const isNumbered = typeof index === 'number'
    if (!isNumbered && id !== '') return this.#withId(id)
    const call = isNumbered ? this.#byIndex.get(index) : this.#calls.at(-1)
    if (call === undefined || name === '') return call
    // Servers that number all calls 0 tell them apart by id, or begin the next one when the last is complete.
    if (id !== '' && call.id !== '') return id === call.id ? call : this.#withId(id)
    const isRenamed = name !== call.name && call.name !== ''
    const isNext = call.text === '' ? isRenamed && !isNumbered : (isRenamed || text !== '') && isJson(call.text)
    return isNext ? undefined : call
  }

  #withId(id: string): OpenCall | undefined {
    return this.#calls.find((call) => call.id === id)
  }

  get #open(): OpenCall | undefined {
    return this.#calls.find((call) => !call.isDone && isCut(call.text))
  }

  #begin(index: unknown): OpenCall {
    const call: OpenCall = { index: this.#register.next(), id: '', name: '', text: '', isDone: false }
    this.#calls.push(call)
    if (typeof index === 'number') this.#byIndex.set(index, call)
    return call
  }
}

function event({ index, id, name, text, opaque }: OpenCall): ProviderEvent {
  return {
    type: 'tool-call',
    index,
    id,
    name,
    argumentsText: text.trim() === '' ? '{}' : text,
    ...(opaque && { opaque }),
  }
}

function nameless({ text }: OpenCall): ProviderEvent {
  const message = `Left out a tool call without a name: ${cleanText(text, [], 100)}`
  return { type: 'warning', warning: { code: 'event-skipped', message } }
}

function isJson(text: string): boolean {
  if (text.trim() === '') return true
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Does JSON text end inside a string or before its last bracket? Text that is broken otherwise is not cut. */
function isCut(text: string): boolean {
  let depth = 0
  let isInString = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (isInString && char === '\\') i++
    else if (char === '"') isInString = !isInString
    else if (!isInString && (char === '{' || char === '[')) depth++
    else if (!isInString && (char === '}' || char === ']')) depth--
  }
  return isInString || depth > 0
}
