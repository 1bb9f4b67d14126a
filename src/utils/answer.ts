import type { JsonObject, JsonValue } from '../types/json.ts'
import type { AssistantMessage, AssistantPart, Origin } from '../types/message.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { Citation, FinishReason, Warning } from '../types/reply.ts'
import type { ToolCall } from '../types/tool.ts'
import type { Usage } from '../types/usage.ts'
import { TextPieces } from './text-pieces.ts'

type Wording = 'text' | 'refusal' | 'reasoning'

interface OpenPart {
  readonly type: Wording
  readonly pieces: TextPieces
  opaque?: JsonObject
}

const none: readonly never[] = []

/** Puts an answer together from a provider's events, whole answers and streams alike. */
export class Answer {
  readonly origin: Origin
  readonly toolNames: ReadonlySet<string> | undefined
  // The only place of what was said. What few answers have is made when it comes: many streams may be open at once.
  #parts: AssistantPart[] | undefined
  #open: OpenPart | undefined
  #toolCalls: ToolCall[] | undefined
  #citations: Citation[] | undefined
  #warnings: Warning[] | undefined
  #hasWords = false
  /** Pieces of a tool call were seen that is not complete yet. */
  hasOpenToolCall = false
  usage: Usage | undefined
  finishReason: FinishReason | undefined
  finishReasonRaw: string | undefined
  id: string | undefined
  model: string | undefined
  upstream: string | undefined
  logprobs: JsonValue | undefined

  /** `toolNames` are the tools of the request, to tell calls of others. */
  constructor(origin: Origin, toolNames?: ReadonlySet<string>) {
    this.origin = origin
    this.toolNames = toolNames
  }

  add(event: ProviderEvent): void {
    switch (event.type) {
      case 'text':
      case 'reasoning':
        this.#extend(event.type, event.text, event.opaque, event.isNew === true)
        break
      case 'refusal':
        this.#extend('refusal', event.text, undefined, false)
        break
      case 'tool-call-delta':
        this.hasOpenToolCall = true
        break
      case 'tool-call':
        this.#addToolCall(event)
        break
      case 'finish':
        // Some services repeat the finish word; the first one that says something stands.
        if (this.finishReason === undefined || this.finishReason === 'unknown') {
          this.finishReason = event.finishReason
          this.finishReasonRaw = event.raw
        }
        break
      default:
        this.#addFact(event)
    }
  }

  get text(): string {
    return this.#wordsOf('text')
  }

  get reasoning(): string {
    return this.#wordsOf('reasoning')
  }

  get refusal(): string {
    return this.#wordsOf('refusal')
  }

  get toolCalls(): readonly ToolCall[] {
    return this.#toolCalls ?? none
  }

  get citations(): readonly Citation[] {
    return this.#citations ?? none
  }

  get warnings(): readonly Warning[] {
    return this.#warnings ?? none
  }

  /** Something was said that a caller would see. */
  get hasContent(): boolean {
    return this.#hasWords || this.toolCalls.length > 0
  }

  /** Everything that was produced, in no order: what tokens are guessed from. */
  get output(): string {
    return [this.reasoning, this.text, this.refusal, ...this.toolCalls.map((call) => call.argumentsText)].join(' ')
  }

  /** The answer as a message for the next request. */
  message(): AssistantMessage {
    this.#close()
    return { role: 'assistant', content: this.#parts ?? [] }
  }

  /** Puts text of another answer before this one's, less the `overlap` characters this one begins with. */
  prepend(text: string, overlap: number): void {
    const rest: AssistantPart[] = []
    this.#close()
    let left = overlap
    for (const part of this.#parts ?? none) {
      if (part.type !== 'text' || left === 0) rest.push(part)
      else {
        if (part.text.length > left) rest.push({ ...part, text: part.text.slice(left) })
        left = Math.max(0, left - part.text.length)
      }
    }
    this.#hasWords ||= text !== ''
    this.#parts = [{ type: 'text', text, origin: this.origin }, ...rest]
  }

  #wordsOf(type: Wording): string {
    let words = ''
    for (const part of this.#parts ?? none) if (part.type === type) words += part.text
    return this.#open?.type === type ? words + this.#open.pieces : words
  }

  #extend(type: Wording, text: string, opaque: JsonObject | undefined, isNew: boolean): void {
    if (this.#open === undefined || this.#open.type !== type || isNew) {
      this.#close()
      this.#open = { type, pieces: new TextPieces() }
    }
    if (text !== '') {
      this.#hasWords = true
      this.#open.pieces.add(text)
    }
    if (opaque !== undefined) this.#open.opaque = { ...this.#open.opaque, ...opaque }
  }

  #close(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { pieces, ...rest } = open
    const text = pieces.toString()
    if (text !== '' || open.opaque !== undefined) this.#push({ ...rest, text, origin: this.origin })
  }

  #push(part: AssistantPart): void {
    this.#parts ??= []
    this.#parts.push(part)
  }

  #addToolCall(event: ProviderEvent & { type: 'tool-call' }): void {
    const { id, name, opaque } = event
    const parsed = parseArguments(event.argumentsText)
    const argumentsText = event.argumentsText.trim() === '' ? '{}' : event.argumentsText
    this.hasOpenToolCall = false
    this.#toolCalls ??= []
    this.#toolCalls.push({
      id,
      name,
      arguments: parsed,
      argumentsText,
      ...(this.toolNames?.has(name) === false && { isUnknownTool: true }),
    })
    this.#close()
    this.#push({
      type: 'tool-call',
      id,
      name,
      arguments: parsed,
      argumentsText,
      origin: this.origin,
      ...(opaque && { opaque }),
    })
  }

  #addFact(event: ProviderEvent): void {
    if (event.type === 'usage') this.usage = event.usage
    else if (event.type === 'warning') {
      this.#warnings ??= []
      this.#warnings.push(event.warning)
    } else if (event.type === 'citation') {
      this.#citations ??= []
      this.#citations.push(event.citation)
    } else if (event.type === 'logprobs') this.#addLogprobs(event.logprobs)
    else if (event.type === 'start') {
      this.id = event.id ?? this.id
      this.model = event.model ?? this.model
      this.upstream = event.upstream ?? this.upstream
    } else if (event.type === 'provider-part') {
      this.#close()
      this.#push({ type: 'provider', origin: this.origin, data: event.data })
    }
  }

  /** Streams send them piece by piece; a whole answer at once. */
  #addLogprobs(logprobs: JsonValue): void {
    if (!Array.isArray(logprobs)) this.logprobs = logprobs
    else if (Array.isArray(this.logprobs)) for (const one of logprobs) this.logprobs.push(one)
    else this.logprobs = [...logprobs]
  }
}

/** Arguments as an object without a prototype; `undefined` when the text is not a JSON object. */
function parseArguments(text: string): JsonObject | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === 'null') return Object.create(null)
  try {
    const value: unknown = JSON.parse(trimmed)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return Object.assign(Object.create(null), value)
  } catch {
    return undefined // The raw text goes to the caller, who may know better.
  }
}
