import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { CallRegister } from '../core/call-register.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'

/** Farthest place in an array that a piece of arguments may name. */
const maxIndex = 10_000

const step = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g
const valueKeys = ['stringValue', 'numberValue', 'boolValue', 'nullValue', 'structValue', 'listValue']

type Node = Record<string, JsonValue | undefined> | (JsonValue | undefined)[]

interface OpenCall {
  readonly index: number
  readonly id: string
  readonly name: string
  readonly args: Record<string, JsonValue | undefined>
  opaque?: JsonObject
  /** Path of a text whose end has not come. */
  growing?: string | undefined
}

/** Puts calls together: whole ones, and those whose arguments come value by value. */
export class CallReader {
  readonly #register = new CallRegister()
  #open: OpenCall | undefined

  get count(): number {
    return this.#register.count
  }

  /** Takes the `functionCall` of a part. */
  push(call: JsonObject, answerId: string, opaque: JsonObject | undefined, out: ProviderEvent[]): void {
    const name = textOf(call.name)
    if (name !== '') {
      this.end(out)
      const index = this.#register.next()
      const id = textOf(call.id) || `call_${answerId ? `${answerId}_` : ''}${index}`
      this.#open = { index, id, name, args: {} }
      if (call.willContinue) out.push({ type: 'tool-call-delta', index, id, name, argumentsText: '' })
    }
    const open = this.#open
    if (open === undefined) return
    if (opaque) open.opaque = { ...open.opaque, ...opaque }
    Object.assign(open.args, objectOf(call.args))
    for (const piece of objectsIn(call.partialArgs)) {
      addPiece(open, piece)
      out.push({ type: 'tool-call-delta', index: open.index, argumentsText: '' })
    }
    if (!call.willContinue) this.end(out)
  }

  /** The last call, if its end mark did not come. */
  end(out: ProviderEvent[]): void {
    if (this.#open === undefined) return
    const { index, id, name, args, opaque } = this.#open
    this.#open = undefined
    out.push({ type: 'tool-call', index, id, name, argumentsText: JSON.stringify(args), ...(opaque && { opaque }) })
  }
}

/** Sets the value at a path such as `$.items[0].name`; a text may come in several pieces. */
function addPiece(open: OpenCall, piece: JsonObject): void {
  const path = textOf(piece.jsonPath)
  const key = valueKeys.find((name) => piece[name] !== undefined)
  const steps = [...path.matchAll(step)].map(([, plain, index, single, double]) =>
    index === undefined ? (plain ?? single ?? double ?? '') : Number(index),
  )
  const last = steps.pop()
  if (
    last === undefined ||
    key === undefined ||
    steps.concat(last).some((at) => typeof at === 'number' && at > maxIndex)
  )
    return
  let node: Node = open.args
  for (const [at, name] of steps.entries()) node = childOf(node, name, typeof (steps[at + 1] ?? last) === 'number')
  const value = key === 'nullValue' ? null : piece[key]
  const before = open.growing === path ? ownOf(node, last) : undefined
  set(node, last, typeof before === 'string' && typeof value === 'string' ? before + value : value)
  open.growing = piece.willContinue === true ? path : undefined
}

function childOf(node: Node, name: string | number, isArray: boolean): Node {
  const known = ownOf(node, name)
  if (typeof known === 'object' && known !== null) return known as Node
  const child: Node = isArray ? [] : {}
  set(node, name, child as JsonValue)
  return child
}

function ownOf(node: Node, name: string | number): JsonValue | undefined {
  return Object.hasOwn(node, name) ? (node as Record<string | number, JsonValue>)[name] : undefined
}

/** Defines an own property, so that a key `__proto__` stays a key. */
function set(node: Node, name: string | number, value: JsonValue | undefined): void {
  Object.defineProperty(node, name, { value, configurable: true, enumerable: true, writable: true })
}
