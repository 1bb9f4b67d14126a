import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { FinishReason } from '../../types/reply.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import { pushUsage, sumOf, tokenCount } from '../core/usage.ts'
import type { StreamDecoder } from '../core/wire-format.ts'
import { CallReader } from './calls.ts'
import { decodeError } from './errors.ts'
import { citationsOf } from './grounding.ts'

const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MALFORMED_RESPONSE: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
}

const headers = { get: () => null }
/** What a part without text may hold and still say nothing; anything else travels with the conversation. */
const markKeys = ['thought', 'thoughtSignature']

/** Reads streamed answers, and whole ones as a stream of one piece. */
export class GeminiDecoder implements StreamDecoder {
  /** Any piece may be the last, and a finish word may stand in each: only the end of the body says that it is. */
  readonly isDone = false
  readonly #calls = new CallReader()
  #id = ''
  #model = ''
  #text = ''
  #usage: JsonObject | undefined
  #finish = ''
  #finishMessage = ''
  #grounding: JsonObject = {}
  #recitation: JsonObject = {}
  #hasOutput = false

  push(payload: unknown, event: string | undefined, out: ProviderEvent[]): void {
    const chunk = objectOf(Array.isArray(payload) ? payload[0] : payload)
    if (chunk.error || event === 'error') {
      const hasOutput = this.#hasOutput
      throw decodeError({ status: 200, headers, body: chunk, isInBody: true, hasOutput })
    }
    this.#start(textOf(chunk.responseId), textOf(chunk.modelVersion), out)
    const blocked = textOf(objectOf(chunk.promptFeedback).blockReason)
    if (blocked) this.#finish = `blocked:${blocked}`
    const candidate = objectsIn(chunk.candidates).find(({ index }) => index === undefined || index === 0)
    if (candidate) this.#candidate(candidate, out)
    this.#addUsage(objectOf(chunk.usageMetadata), out)
  }

  end(out: ProviderEvent[]): void {
    const raw = this.#finish
    if (raw === '') return
    this.#calls.end(out)
    for (const citation of citationsOf(this.#grounding, this.#recitation, this.#text))
      out.push({ type: 'citation', citation })
    const isCalling = raw === 'STOP' && this.#calls.count > 0
    const finishReason = raw.startsWith('blocked:') ? 'content-filter' : (lookUp(reasons, raw) ?? 'other')
    if (this.#finishMessage && raw !== 'STOP')
      out.push({ type: 'warning', warning: { code: 'finish-message', message: this.#finishMessage } })
    out.push({ type: 'finish', finishReason: isCalling ? 'tool-calls' : finishReason, raw })
  }

  #start(id: string, model: string, out: ProviderEvent[]): void {
    if (id === this.#id && model === this.#model) return
    this.#id = id || this.#id
    this.#model = model || this.#model
    out.push({ type: 'start', ...(id && { id }), ...(model && { model }) })
  }

  #candidate(candidate: JsonObject, out: ProviderEvent[]): void {
    for (const part of objectsIn(objectOf(candidate.content).parts)) this.#part(part, out)
    const { finishReason, finishMessage, groundingMetadata, citationMetadata, logprobsResult } = candidate
    if (textOf(finishReason) && finishReason !== 'FINISH_REASON_UNSPECIFIED') this.#finish = textOf(finishReason)
    this.#finishMessage = textOf(finishMessage) || this.#finishMessage
    // Pieces without sources repeat the field empty.
    this.#grounding = { ...this.#grounding, ...objectOf(groundingMetadata) }
    this.#recitation = { ...this.#recitation, ...objectOf(citationMetadata) }
    if (logprobsResult) out.push({ type: 'logprobs', logprobs: logprobsResult })
  }

  #part(part: JsonObject, out: ProviderEvent[]): void {
    const { thoughtSignature, functionCall } = part
    const opaque = thoughtSignature === undefined ? undefined : { thoughtSignature }
    const text = textOf(part.text)
    const isBlock = part.text === undefined && Object.keys(part).some((key) => !markKeys.includes(key))
    if (functionCall) this.#calls.push(objectOf(functionCall), this.#id, opaque, out)
    else if (isBlock) out.push({ type: 'provider-part', data: part })
    else if (text || opaque) {
      const type = part.thought === true ? 'reasoning' : 'text'
      if (type === 'text') this.#text += text
      out.push({ type, text, ...(opaque && { opaque }) })
    } else return
    this.#hasOutput = true
  }

  /** Each number is the last one told: pieces repeat them, and leave out what is not known yet. */
  #addUsage(usage: JsonObject, out: ProviderEvent[]): void {
    const told = Object.entries(usage).filter(([, value]) => value !== null)
    if (told.length === 0) return
    const raw = { ...this.#usage, ...(Object.fromEntries(told) as JsonObject) }
    this.#usage = raw
    const { cachedContentTokenCount: cacheRead, thoughtsTokenCount: reasoning, totalTokenCount: total } = raw
    // Where nothing sane is told, what is told is passed on to be noticed.
    const input = sumOf(raw.promptTokenCount, raw.toolUsePromptTokenCount) ?? raw.promptTokenCount
    // Nothing was produced where the total says so and no field does.
    const output = sumOf(raw.candidatesTokenCount, reasoning) ?? difference(total, input) ?? raw.candidatesTokenCount
    pushUsage(out, { input, cacheRead, output, reasoning, raw })
  }
}

function difference(total: JsonValue | undefined, input: JsonValue | undefined): number | undefined {
  const [count, given] = [tokenCount(total), tokenCount(input)]
  return count === undefined || given === undefined ? undefined : count - given
}
