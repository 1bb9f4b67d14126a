import { errorOf, ResponseError } from '../../errors/families.ts'
import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { FinishReason } from '../../types/reply.ts'
import { cleanText } from '../../utils/clean-text.ts'
import { isObject } from '../core/json-schema.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import { pushUsage } from '../core/usage.ts'
import type { StreamDecoder } from '../core/wire-format.ts'
import type { ReasoningDetails } from './reasoning-details.ts'
import { ToolCalls } from './tool-calls.ts'
import { usageParts } from './usage-parts.ts'

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  // Words of Z.ai.
  sensitive: 'content-filter',
  model_context_window_exceeded: 'length',
}

/** Finish words that say the answer failed. */
const failures: Readonly<Record<string, ErrorCode>> = {
  error: 'server_error',
  network_error: 'server_error',
  insufficient_system_resource: 'overloaded',
}

/** What is read of a chunk, or of a whole answer; any of it may be missing or of another type. */
interface Chunk {
  readonly id?: unknown
  readonly model?: unknown
  /** Who answered behind a service that only hands on. */
  readonly provider?: unknown
  readonly object?: unknown
  readonly choices?: unknown
  readonly error?: unknown
  readonly usage?: unknown
  readonly x_groq?: unknown
  readonly message?: unknown
  readonly code?: unknown
}

interface Choice {
  readonly index?: unknown
  readonly delta?: Delta | null
  readonly message?: Delta | null
  readonly finish_reason?: unknown
  readonly native_finish_reason?: unknown
  readonly logprobs?: unknown
  /** Some services tell it here. */
  readonly usage?: unknown
  readonly error?: unknown
}

interface Delta {
  readonly content?: unknown
  readonly reasoning?: unknown
  readonly reasoning_content?: unknown
  readonly reasoning_details?: unknown
  readonly reasoning_text?: unknown
  readonly thinking?: unknown
  readonly refusal?: unknown
  readonly tool_calls?: unknown
  readonly function_call?: unknown
  readonly annotations?: unknown
  readonly images?: unknown
  readonly audio?: unknown
}

/** What a decoder has to know of its service and answer. */
export interface DecoderOptions {
  /** The body is one whole answer, not a stream's chunk. */
  readonly isWhole: boolean
  /** Keeps `reasoning_details`, where the service wants them back. */
  readonly details: ReasoningDetails | undefined
  /** Makes the error of a failure found in the stream. */
  readonly readError: (body: unknown, hasOutput: boolean) => LlmError
}

/** Reads the chunks of one answer. The way of a piece of text is kept short: it is gone for each token. */
export class ChatDecoder implements StreamDecoder {
  // The end mark follows at once, and a connection that was read to its end can be used again.
  readonly isDone = false
  readonly #options: DecoderOptions
  #calls: ToolCalls | undefined
  #isStarted = false
  #hasOutput = false
  #isFinished = false
  /** A finish word that was seen while a call was still open. */
  #word: string | undefined

  constructor(options: DecoderOptions) {
    this.#options = options
  }

  push(payload: unknown, event: string | undefined, out: ProviderEvent[]): void {
    const chunk = payload as Chunk
    if (!this.#isStarted) this.#start(chunk, out)
    const choice = firstChoice(chunk.choices)
    const delta = choice?.delta ?? choice?.message
    if (delta != null) this.#read(delta, out)
    if (choice?.logprobs) pushLogprobs(choice.logprobs, out)
    const usage = chunk.usage || choice?.usage || (chunk.x_groq && objectOf(chunk.x_groq).usage)
    if (usage) pushUsage(out, usageParts(objectOf(usage)))
    const failure = failureIn(chunk, choice, event)
    if (failure !== undefined) throw this.#options.readError(failure, this.#hasOutput)
    const word = choice?.finish_reason
    if (typeof word === 'string' && word !== '') this.#finish(word, choice?.native_finish_reason, out)
  }

  end(out: ProviderEvent[], isDoneMarked: boolean): void {
    if (this.#isFinished) this.#calls?.complete(out)
    else if (this.#word !== undefined) {
      this.#calls?.refuseOpen()
      this.#complete(this.#word, lookUp(reasons, this.#word) ?? 'other', out)
    } else if (this.#options.isWhole || (isDoneMarked && this.#hasOutput)) this.#completeUnsaid(out)
  }

  #start({ id, model, provider }: Chunk, out: ProviderEvent[]): void {
    const known = {
      ...(textOf(id) !== '' && { id: textOf(id) }),
      ...(textOf(model) !== '' && { model: textOf(model) }),
      ...(textOf(provider) !== '' && { upstream: cleanText(textOf(provider), [], 100) }),
    }
    if (Object.keys(known).length === 0) return
    this.#isStarted = true
    out.push({ type: 'start', ...known })
  }

  #read(delta: Delta, out: ProviderEvent[]): void {
    const thought =
      delta.reasoning_content || delta.reasoning || delta.reasoning_details || delta.reasoning_text || delta.thinking
    if (thought) this.#readReasoning(thought, delta.reasoning_details, out)
    const { content } = delta
    if (typeof content === 'string') {
      if (content !== '') {
        this.#hasOutput = true
        out.push({ type: 'text', text: content })
      }
    } else if (content != null) this.#readParts(content, out)
    if (delta.refusal) this.#say('refusal', delta.refusal, out)
    if (delta.tool_calls != null) this.#readCalls(delta.tool_calls, out)
    else if (delta.function_call != null)
      this.#readCalls([{ index: 0, function: delta.function_call as JsonValue }], out)
    if (delta.annotations) pushCitations(delta.annotations, out)
    if (delta.images || delta.audio) this.#readMedia(delta, out)
  }

  /** Pictures come whole; sound does in whole answers only. */
  #readMedia({ images, audio }: Delta, out: ProviderEvent[]): void {
    this.#hasOutput = true
    if (objectsIn(images).length > 0) out.push({ type: 'provider-part', data: { images: [...objectsIn(images)] } })
    if (isObject(audio) && this.#options.isWhole) out.push({ type: 'provider-part', data: { audio } })
  }

  #say(type: 'text' | 'refusal' | 'reasoning', text: unknown, out: ProviderEvent[]): void {
    if (typeof text !== 'string' || text === '') return
    this.#hasOutput = true
    out.push({ type, text })
  }

  #readReasoning(thought: unknown, details: unknown, out: ProviderEvent[]): void {
    if (typeof thought === 'string') this.#say('reasoning', thought, out)
    else for (const { text, summary } of objectsIn(details)) this.#say('reasoning', text ?? summary, out)
    this.#options.details?.add(objectsIn(details))
  }

  /** Content as a list of parts, of which some services make a thinking one. */
  #readParts(content: unknown, out: ProviderEvent[]): void {
    if (!Array.isArray(content) || !content.every(isObject))
      throw new ResponseError('bad_response', 'The content of the answer is neither text nor parts', {
        policy: { retries: 0, retriesWithFallback: 0 },
      })
    for (const { type, text, thinking } of content) {
      const isThought = type === 'thinking'
      const inner =
        isThought && Array.isArray(thinking)
          ? objectsIn(thinking)
              .map((part) => textOf(part.text))
              .join('')
          : thinking
      this.#say(isThought ? 'reasoning' : 'text', isThought ? inner : text, out)
    }
  }

  #readCalls(pieces: unknown, out: ProviderEvent[]): void {
    const { isWhole } = this.#options
    this.#hasOutput = true
    this.#calls ??= new ToolCalls()
    this.#calls.add(pieces, isWhole, out)
  }

  #finish(word: string, native: unknown, out: ProviderEvent[]): void {
    const failure = lookUp(failures, word)
    if (failure !== undefined) throw this.#failed(word, failure)
    if (this.#isFinished) return
    const reason = lookUp(reasons, word) ?? 'other'
    const isOpen = (reason === 'stop' || reason === 'tool-calls') && this.#calls?.hasOpen === true
    const isCut = isOpen && /length|max_/i.test(textOf(native))
    if (isCut) out.push(cutUpstream)
    // Services exist that say their finish word in every chunk: half a call is waited for.
    if (isOpen && !isCut && !this.#options.isWhole) this.#word ??= word
    else this.#complete(word, reason, out)
  }

  #complete(word: string, reason: FinishReason, out: ProviderEvent[]): void {
    this.#isFinished = true
    this.#options.details?.flush(out)
    const hasCalls = this.#calls?.complete(out)
    out.push({ type: 'finish', finishReason: reason === 'stop' && hasCalls ? 'tool-calls' : reason, raw: word })
  }

  /** The answer is complete, yet no finish word came. */
  #completeUnsaid(out: ProviderEvent[]): void {
    if (!this.#options.isWhole) this.#calls?.refuseOpen()
    this.#isFinished = true
    this.#options.details?.flush(out)
    const finishReason = this.#calls?.complete(out) ? 'tool-calls' : 'unknown'
    const message = 'The answer came to its end without a finish reason'
    out.push({ type: 'warning', warning: { code: 'finish-missing', message } }, { type: 'finish', finishReason })
  }

  #failed(word: string, code: ErrorCode): LlmError {
    const inStream = !this.#options.isWhole && this.#hasOutput && code === 'server_error'
    return errorOf(
      inStream ? 'stream_error_event' : code,
      `The provider broke the answer off (finish reason '${word}')`,
    )
  }
}

/** A gateway calls an answer complete that its upstream cut. */
const cutUpstream: ProviderEvent = {
  type: 'warning',
  warning: { code: 'answer-cut', message: 'The answer was cut at its limit, inside the arguments of a tool call' },
}

/** What says that the answer failed, wherever in a chunk it stands. */
export function failureIn(chunk: Chunk, choice?: Choice, event?: string): unknown {
  if (chunk.error || event === 'error') return chunk
  if (choice !== undefined) {
    const stopped = chunk.x_groq && !choice.finish_reason && objectOf(chunk.x_groq).error
    return choice.error || stopped ? { error: choice.error || stopped } : undefined
  }
  // Some put the error in the place of the chunk.
  const isError = chunk.object === 'error' || (typeof chunk.message === 'string' && chunk.code != null)
  return isError ? chunk : undefined
}

/** The first candidate; answers to `n` above 1 mix several in one stream. */
function firstChoice(choices: unknown): Choice | undefined {
  if (!Array.isArray(choices)) return undefined
  const first: Choice | undefined | null = choices[0]
  if (first == null) return undefined
  return (first.index as number) > 0 ? choices.find((choice) => choice?.index === 0) : first
}

function pushLogprobs(logprobs: unknown, out: ProviderEvent[]): void {
  const { content, refusal } = objectOf(logprobs)
  const list = content ?? refusal ?? logprobs
  if (!Array.isArray(list) || list.length > 0) out.push({ type: 'logprobs', logprobs: list as JsonValue })
}

function pushCitations(annotations: unknown, out: ProviderEvent[]): void {
  for (const annotation of objectsIn(annotations)) {
    if (annotation.type !== 'url_citation') continue
    const { url, title, content, start_index: start, end_index: end } = objectOf(annotation.url_citation) as JsonObject
    out.push({
      type: 'citation',
      citation: {
        ...(typeof url === 'string' && { url }),
        ...(typeof title === 'string' && title !== '' && { title }),
        ...(typeof content === 'string' && content !== '' && { quote: content }),
        ...(typeof start === 'number' && typeof end === 'number' && end > start && { start, end }),
        raw: annotation,
      },
    })
  }
}
