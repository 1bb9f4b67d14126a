import type { LlmError } from '../../errors/llm-error.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { CallRegister } from '../core/call-register.ts'
import { isObject } from '../core/json-schema.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import type { StreamDecoder } from '../core/wire-format.ts'
import {
  callOf,
  citationOf,
  contentText,
  idOf,
  isCall,
  isCarried,
  opaqueReasoning,
  phaseOf,
  pushEnd,
  reasoningParts,
} from './items.ts'

/** One output item while it arrives. */
interface Slot {
  item: JsonObject
  /** Number of the call among the calls of the answer. */
  readonly callIndex: number
  /** What was handed out, by content part: a `.done` event or the item itself may know more. */
  readonly parts: Map<string, { readonly base: number; text: string }>
  citations: number
  isClosed: boolean
}

/** Makes the error of an error object found in the stream. */
export type ReadError = (error: unknown, hasOutput: boolean) => LlmError

type Handler = (decoder: ResponsesDecoder, event: JsonObject, out: ProviderEvent[]) => void

/**
 * Reads the events of a response. Items are told apart by their place in the output, not by their ids, which some
 * gateways change from event to event. A whole response is read as a stream that holds nothing but its last event.
 */
export class ResponsesDecoder implements StreamDecoder {
  isDone = false
  readonly #readError: ReadError
  readonly #wantsLogprobs: boolean
  readonly #open = new Map<string, Slot>()
  readonly #arrived: Slot[] = []
  readonly #calls = new CallRegister()
  #textLength = 0
  #lastText: Slot | undefined
  #hasOutput = false

  constructor(readError: ReadError, wantsLogprobs = false) {
    this.#readError = readError
    this.#wantsLogprobs = wantsLogprobs
  }

  push(payload: unknown, event: string | undefined, out: ProviderEvent[]): void {
    if (!isObject(payload)) return
    const type = textOf(payload.type) || event || ''
    if (type === 'error' || type === 'response.error' || (type === '' && payload.error != null)) {
      const { type: _, ...bare } = payload
      throw this.#readError(payload.error ?? bare, this.#hasOutput)
    }
    // Events nobody here knows are passed over: new ones appear all the time.
    lookUp(handlers, type)?.(this, payload, out)
    for (let i = 0; i < out.length && !this.#hasOutput; i++)
      this.#hasOutput = content.has((out[i] as ProviderEvent).type)
  }

  /** Everything is known when the last event came; without it the stream was cut. */
  end(): void {}

  /** The answer is complete: `output` holds every item once more, also those that were not streamed. */
  finish(status: string, response: JsonObject, out: ProviderEvent[]): void {
    this.isDone = true
    if (status === 'failed' || response.status === 'failed') {
      throw this.#readError(errorOf(response), this.#hasOutput)
    }
    pushStart(response, out)
    const arrived = [...this.#arrived]
    for (const item of objectsIn(response.output)) {
      const at = arrived.findIndex((slot) => slot.item.type === item.type)
      const slot = at < 0 ? this.#add(`${textOf(item.type)} of the end`, item) : (arrived.splice(at, 1)[0] as Slot)
      if (!slot.isClosed) this.close(slot, item, out)
    }
    // A call that only the end of the stream left open is complete as far as it came.
    for (const slot of arrived) if (!slot.isClosed && isCall(slot.item)) this.close(slot, slot.item, out)
    pushEnd(response, status, this.#calls.count > 0, out)
  }

  /** The item an event speaks of, as far as it is known. */
  slot(type: string, { output_index: at, item_id: id }: JsonObject): Slot {
    const key = `${type} ${typeof at === 'number' ? at : textOf(id)}`
    return this.#open.get(key) ?? this.#add(key, { type })
  }

  /** A new item. */
  start(event: JsonObject, out: ProviderEvent[]): void {
    const { item, output_index: at } = event
    if (!isObject(item)) return
    const key = `${textOf(item.type)} ${typeof at === 'number' ? at : textOf(item.id)}`
    const known = this.#open.get(key)
    // Its first piece may have come before it.
    const slot = known && !known.isClosed && known.item.id === undefined ? known : this.#add(key, item)
    slot.item = item
    if (!isCall(item)) return
    const [id, name] = [idOf(item), textOf(item.name)]
    out.push({ type: 'tool-call-delta', index: slot.callIndex, ...(id !== '' && { id }), name, argumentsText: '' })
  }

  /** The item is complete: hands out what is still missing. */
  close(slot: Slot, item: JsonObject, out: ProviderEvent[]): void {
    slot.isClosed = true
    if (isCall(item)) out.push(callOf(item, slot.callIndex, this.#calls, slot.parts.get('arguments')?.text))
    else if (isCarried(item)) out.push({ type: 'provider-part', data: item })
    else if (item.type === 'reasoning') this.#closeReasoning(slot, item, out)
    else this.#closeMessage(slot, item, out)
  }

  /** The next piece of a part. */
  add(slot: Slot, key: string, piece: string, out: ProviderEvent[]): void {
    if (piece === '') return
    const part = slot.parts.get(key) ?? { base: this.#textLength, text: '' }
    const isFirst = part.text === ''
    part.text += piece
    slot.parts.set(key, part)
    const kind = key.slice(0, key.indexOf(' '))
    if (kind === 'text') {
      const isNew = isFirst && this.#textLength > 0 && slot !== this.#lastText
      this.#lastText = slot
      this.#textLength += piece.length
      out.push({ type: 'text', text: piece, ...(isFirst && phaseOf(slot.item)), ...(isNew && { isNew }) })
    } else if (kind === 'refusal') out.push({ type: 'refusal', text: piece })
    else if (key === 'arguments') out.push({ type: 'tool-call-delta', index: slot.callIndex, argumentsText: piece })
    else {
      const isNew = isFirst && slot.parts.size === 1
      out.push({ type: 'reasoning', text: piece, ...(isNew && { isNew }) })
    }
  }

  /** The whole of a part: hands out what the pieces did not hold. */
  settle(slot: Slot, key: string, whole: string, out: ProviderEvent[]): void {
    const known = slot.parts.get(key)?.text ?? ''
    if (whole.length > known.length && whole.startsWith(known)) this.add(slot, key, whole.slice(known.length), out)
  }

  cite(slot: Slot, key: string, annotation: JsonObject, out: ProviderEvent[]): void {
    slot.citations++
    out.push({ type: 'citation', citation: citationOf(annotation, slot.parts.get(key)?.base ?? this.#textLength) })
  }

  #add(key: string, item: JsonObject): Slot {
    const callIndex = isCall(item) ? this.#calls.next() : -1
    const slot: Slot = { item, callIndex, parts: new Map(), citations: 0, isClosed: false }
    this.#open.set(key, slot)
    this.#arrived.push(slot)
    return slot
  }

  #closeReasoning(slot: Slot, item: JsonObject, out: ProviderEvent[]): void {
    const kind = objectsIn(item.summary).length > 0 ? 'summary' : 'raw'
    // What was streamed is one of the two forms; the other says the same again.
    if (![...slot.parts.keys()].some((key) => !key.startsWith(kind))) {
      for (const [index, text] of reasoningParts(item).entries()) this.settle(slot, `${kind} ${index}`, text, out)
    }
    const opaque = opaqueReasoning(item)
    if (opaque) out.push({ type: 'reasoning', text: '', opaque, ...(slot.parts.size === 0 && { isNew: true }) })
  }

  #closeMessage(slot: Slot, item: JsonObject, out: ProviderEvent[]): void {
    slot.item = item
    let seen = slot.citations
    const parts = typeof item.content === 'string' ? [{ text: item.content } as JsonObject] : objectsIn(item.content)
    for (const [index, part] of parts.entries()) {
      if (part.type === 'refusal') this.settle(slot, `refusal ${index}`, contentText(part.refusal), out)
      else this.settle(slot, `text ${index}`, contentText(part.text), out)
      for (const annotation of objectsIn(part.annotations)) {
        if (seen-- <= 0) this.cite(slot, `text ${index}`, annotation, out)
      }
      const { logprobs } = part
      if (this.#wantsLogprobs && Array.isArray(logprobs) && logprobs.length > 0)
        out.push({ type: 'logprobs', logprobs })
    }
  }
}

/** The error of a failed response, with the precise reason that gateways put beside it. */
function errorOf({ error, error_type }: JsonObject): JsonObject {
  return { message: 'The response failed', ...objectOf(error), ...(typeof error_type === 'string' && { error_type }) }
}

const content = new Set<ProviderEvent['type']>(['text', 'refusal', 'reasoning', 'tool-call-delta', 'tool-call'])

function pushStart({ id, model }: JsonObject, out: ProviderEvent[]): void {
  if (typeof id !== 'string' && typeof model !== 'string') return
  out.push({
    type: 'start',
    ...(typeof id === 'string' && { id }),
    ...(typeof model === 'string' && { model }),
  })
}

/** Handlers of a part that comes in pieces (`delta`) and once more as a whole (`field` of the `.done` event). */
function pieces(itemType: string, kind: string, field: string, indexField?: string): [Handler, Handler] {
  const keyOf = (event: JsonObject) => (indexField === undefined ? kind : `${kind} ${Number(event[indexField] ?? 0)}`)
  return [
    (decoder, event, out) => decoder.add(decoder.slot(itemType, event), keyOf(event), contentText(event.delta), out),
    (decoder, event, out) =>
      decoder.settle(decoder.slot(itemType, event), keyOf(event), contentText(event[field]), out),
  ]
}

function ended(status: string): Handler {
  return (decoder, { response }, out) => decoder.finish(status, objectOf(response), out)
}

const started: Handler = (_, { response }, out) => pushStart(objectOf(response), out)

const [textDelta, textDone] = pieces('message', 'text', 'text', 'content_index')
const [refusalDelta, refusalDone] = pieces('message', 'refusal', 'refusal', 'content_index')
const [summaryDelta, summaryDone] = pieces('reasoning', 'summary', 'text', 'summary_index')
const [rawDelta, rawDone] = pieces('reasoning', 'raw', 'text', 'content_index')
const [argumentsDelta, argumentsDone] = pieces('function_call', 'arguments', 'arguments')
const [inputDelta, inputDone] = pieces('custom_tool_call', 'arguments', 'input')

const handlers: Readonly<Record<string, Handler>> = {
  'response.created': started,
  'response.output_item.added': (decoder, event, out) => decoder.start(event, out),
  'response.output_item.done': (decoder, event, out) => {
    const { item } = event
    if (!isObject(item)) return
    const slot = decoder.slot(textOf(item.type), { item_id: item.id, ...event })
    if (!slot.isClosed) decoder.close(slot, item, out)
  },
  'response.output_text.delta': textDelta,
  'response.output_text.done': textDone,
  'response.output_text.annotation.added': (decoder, event, out) => {
    const { annotation, content_index: index } = event
    if (isObject(annotation))
      decoder.cite(decoder.slot('message', event), `text ${Number(index ?? 0)}`, annotation, out)
  },
  'response.refusal.delta': refusalDelta,
  'response.refusal.done': refusalDone,
  'response.reasoning_summary_text.delta': summaryDelta,
  'response.reasoning_summary_text.done': summaryDone,
  'response.reasoning_text.delta': rawDelta,
  'response.reasoning_text.done': rawDone,
  'response.function_call_arguments.delta': argumentsDelta,
  'response.function_call_arguments.done': argumentsDone,
  'response.custom_tool_call_input.delta': inputDelta,
  'response.custom_tool_call_input.done': inputDone,
  'response.completed': ended('completed'),
  'response.incomplete': ended('incomplete'),
  'response.cancelled': ended('cancelled'),
  'response.failed': ended('failed'),
}
