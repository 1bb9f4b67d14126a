import { StreamError } from '../../errors/families.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { Citation, FinishReason } from '../../types/reply.ts'
import { CallRegister } from '../core/call-register.ts'
import { isObject } from '../core/json-schema.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import { pushUsage, sumOf } from '../core/usage.ts'
import type { StreamDecoder } from '../core/wire-format.ts'
import { decodeError } from './errors.ts'

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
}

const headers = { get: () => null }

/** A block whose end has not come. */
interface OpenBlock {
  /** As it was sent, with what its deltas added. */
  readonly block: Record<string, JsonValue | undefined>
  /** Pieces of its `input`. */
  json: string
  /** Place among the calls, for a call. */
  readonly call: number
  /** Nothing of its reasoning was handed on yet. */
  isNew: boolean
}

/** Reads streamed answers, and whole ones as a stream that begins with everything. */
export class ClaudeDecoder implements StreamDecoder {
  isDone = false
  readonly #answerTool: string | undefined
  readonly #open = new Map<unknown, OpenBlock>()
  #id: string | undefined
  #usage: JsonObject | undefined
  #stop: JsonObject | undefined
  readonly #calls = new CallRegister()
  #hasOutput = false

  /** `answerTool`: the tool whose input is the answer itself. */
  constructor(answerTool?: string) {
    this.#answerTool = answerTool
  }

  push(payload: unknown, event: string | undefined, out: ProviderEvent[]): void {
    const data = objectOf(payload)
    const type = textOf(data.type) || event
    const before = out.length
    if (type === 'message_start') this.#start(objectOf(data.message), out)
    else if (type === 'content_block_start') this.#begin(data.index, objectOf(data.content_block), out)
    else if (type === 'content_block_delta') this.#extend(data.index, objectOf(data.delta), out)
    else if (type === 'content_block_stop') this.#finishBlock(data.index, out)
    else if (type === 'message_delta') this.#change(objectOf(data.delta), data.usage)
    else if (type === 'message_stop') this.isDone = true
    else if (type === 'error' || data.error) {
      const hasOutput = this.#hasOutput
      throw decodeError({ status: 200, headers, body: data, isInBody: true, hasOutput })
    }
    this.#hasOutput ||= out.slice(before).some((item) => item.type !== 'start' && item.type !== 'usage')
  }

  end(out: ProviderEvent[]): void {
    if (this.#stop === undefined) return
    // The finish word came, so what is open is complete too.
    for (const index of [...this.#open.keys()]) this.#finishBlock(index, out)
    this.#pushUsage(out, true)
    const { stop_reason: reason, stop_details: details } = this.#stop
    const raw = textOf(reason)
    if (isObject(details)) {
      const message = [details.category, details.explanation].map(textOf).filter(Boolean).join(': ')
      if (message) out.push({ type: 'warning', warning: { code: 'refusal-details', message } })
    }
    const isAnswerCall = raw === 'tool_use' && this.#calls.count === 0
    out.push({ type: 'finish', finishReason: isAnswerCall ? 'stop' : (lookUp(reasons, raw) ?? 'other'), raw })
  }

  #start(message: JsonObject, out: ProviderEvent[]): void {
    const id = textOf(message.id)
    if (this.#id !== undefined && id !== this.#id && this.#hasOutput) {
      throw new StreamError('stream_protocol', 'Another answer began in the middle of the stream')
    }
    const isRepeated = this.#id !== undefined && id === this.#id
    this.#id = id
    this.#addUsage(message.usage)
    if (isRepeated) return
    const model = textOf(message.model)
    out.push({ type: 'start', ...(id && { id }), ...(model && { model }) })
    // The service's count of output is a beginning only: a stream that is cut has to be estimated.
    this.#pushUsage(out, false)
    objectsIn(message.content).forEach((block, index) => {
      this.#begin(index, block, out)
      this.#finishBlock(index, out)
    })
    if (typeof message.stop_reason === 'string') this.#stop = message
  }

  #begin(index: unknown, block: JsonObject, out: ProviderEvent[]): void {
    const isCall = block.type === 'tool_use' && block.name !== this.#answerTool
    const open: OpenBlock = { block: { ...block }, json: '', call: isCall ? this.#calls.next() : -1, isNew: true }
    this.#open.set(index, open)
    const text = textOf(block.text) || textOf(block.thinking)
    if (block.type === 'text' && text) out.push({ type: 'text', text })
    if (block.type === 'thinking' && text) pushReasoning(open, text, out)
    if (block.type === 'redacted_thinking')
      out.push({ type: 'reasoning', text: '', opaque: { data: block.data }, isNew: true })
    if (isCall) out.push({ type: 'tool-call-delta', index: open.call, ...idAndName(block), argumentsText: '' })
  }

  #extend(index: unknown, { type, ...delta }: JsonObject, out: ProviderEvent[]): void {
    const open = this.#open.get(index)
    const text = textOf(delta.text) || textOf(delta.thinking) || textOf(delta.partial_json)
    if (type === 'text_delta') {
      if (text) out.push({ type: 'text', text })
    } else if (open === undefined) {
      return
    } else if (type === 'thinking_delta') {
      if (text) pushReasoning(open, text, out)
    } else if (type === 'input_json_delta') {
      open.json += text
      if (text && open.block.type === 'tool_use')
        out.push(
          open.call < 0 ? { type: 'text', text } : { type: 'tool-call-delta', index: open.call, argumentsText: text },
        )
    } else if (type === 'citations_delta') {
      open.block.citations = [...objectsIn(open.block.citations), objectOf(delta.citation)]
    } else mergeDelta(open.block, delta)
  }

  #finishBlock(index: unknown, out: ProviderEvent[]): void {
    const open = this.#open.get(index)
    if (open === undefined) return
    this.#open.delete(index)
    const { block, call } = open
    if (block.type === 'text') {
      for (const citation of objectsIn(block.citations)) out.push({ type: 'citation', citation: citationOf(citation) })
    } else if (block.type === 'thinking') {
      if (block.signature) pushReasoning(open, '', out, { signature: block.signature })
    } else if (block.type === 'tool_use') {
      const argumentsText = open.json.trim() || JSON.stringify(objectOf(block.input))
      if (call >= 0) out.push({ type: 'tool-call', index: call, ...idAndName(block), argumentsText })
      else if (open.json === '') out.push({ type: 'text', text: argumentsText })
    } else if (block.type !== 'redacted_thinking' && block.type !== undefined) {
      out.push({ type: 'provider-part', data: open.json ? { ...block, input: parsedOr(open.json) } : block })
    }
  }

  #change(delta: JsonObject, usage: JsonValue | undefined): void {
    this.#addUsage(usage)
    if (typeof delta.stop_reason === 'string') this.#stop = delta
  }

  /** Later numbers replace earlier ones, field by field; they are never added. */
  #addUsage(usage: JsonValue | undefined): void {
    if (!isObject(usage)) return
    const told = Object.entries(usage).filter(([, value]) => value !== null)
    this.#usage = { ...this.#usage, ...Object.fromEntries(told) }
  }

  #pushUsage(out: ProviderEvent[], isWhole: boolean): void {
    const raw = this.#usage
    if (raw === undefined) return
    const { cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite } = raw
    pushUsage(out, {
      input: sumOf(raw.input_tokens, cacheRead, cacheWrite) ?? raw.input_tokens,
      cacheRead,
      cacheWrite,
      ...(isWhole && { output: raw.output_tokens, reasoning: objectOf(raw.output_tokens_details).thinking_tokens }),
      raw,
    })
  }
}

function idAndName({ id, name }: JsonObject): { id: string; name: string } {
  return { id: textOf(id), name: textOf(name) }
}

function pushReasoning(open: OpenBlock, text: string, out: ProviderEvent[], opaque?: JsonObject): void {
  out.push({ type: 'reasoning', text, ...(opaque && { opaque }), ...(open.isNew && { isNew: true }) })
  open.isNew = false
}

/** Deltas of blocks only the provider understands: texts grow, anything else is replaced. */
function mergeDelta(block: OpenBlock['block'], delta: JsonObject): void {
  for (const [key, value] of Object.entries(delta)) {
    const before = block[key]
    block[key] = typeof before === 'string' && typeof value === 'string' ? before + value : value
  }
}

function citationOf(raw: JsonObject): Citation {
  const url = textOf(raw.url)
  const title = textOf(raw.title) || textOf(raw.document_title)
  const quote = textOf(raw.cited_text)
  return { ...(url && { url }), ...(title && { title }), ...(quote && { quote }), raw }
}

function parsedOr(json: string): JsonValue {
  try {
    return JSON.parse(json)
  } catch {
    return json // Only its maker reads it.
  }
}
