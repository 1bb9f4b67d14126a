import type { Answer } from '../../answer.ts'
import type { FailStep } from '../../step.ts'

/** Any JSON object on its way out. */
export type Json = Record<string, unknown>

/** Services whose dialect the server speaks. */
export type DialectName =
  | 'openai'
  | 'azure'
  | 'groq'
  | 'openrouter'
  | 'deepseek'
  | 'lmstudio'
  | 'ollama'
  | 'ollama-native'
  | 'vllm'
  | 'llamacpp'
  | 'anthropic'
  | 'gemini'

/** What a dialect needs to know of the request it answers. */
export interface Turn {
  readonly model: string
  /** 0 for the first request of the server; ids are made from it. */
  readonly index: number
  /** Epoch ms. */
  readonly at: number
  /** The parsed request. */
  readonly body: Json
}

/**
 * One piece of a stream before it is written: an event with its data, a comment, or a line.
 * `open` comes before the first token, `close` between the last one and the `finish`, which holds the finish word.
 */
export interface Frame {
  readonly kind: 'open' | 'token' | 'close' | 'finish' | 'usage' | 'done' | 'error' | 'empty' | 'comment'
  /** SSE event name. */
  readonly event?: string
  /** The data, or the comment's text. */
  readonly data: string
}

/** How one kind of answer stands on the wire. */
export interface Wire {
  /** Content type of streams. */
  readonly streamType: string
  readonly framing: 'sse' | 'ndjson'
  readonly newline: '\n' | '\r\n'
  whole(answer: Answer, turn: Turn): Json
  frames(answer: Answer, turn: Turn): Iterable<Frame>
  /** An event that carries no content: an empty delta, or what comes nearest to it. */
  emptyFrame(turn: Turn): Frame
  /** An error inside a stream; `body` is what a failed answer would hold. */
  errorFrames(body: unknown, turn: Turn): readonly Frame[]
}

/** A refusal as it stands on the wire. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** How one service speaks. */
export interface Dialect {
  readonly name: DialectName
  /** Path of the service's base URL. */
  readonly base: string
  readonly chat: Wire
  /** OpenAI's Responses API, where the service has it. */
  readonly responses?: Wire
  /** Headers of every answer. */
  headers(turn: Turn): Readonly<Record<string, string>>
  refusal(step: FailStep, turn: Turn): Refusal
  models(ids: readonly string[]): Json
  embeddings(vectors: readonly (readonly number[])[], inputTokens: number, turn: Turn): Json
  countTokens?(tokens: number): Json
}

/** The type `Json` as the string of a frame. */
export function frame(kind: Frame['kind'], data: Json | string, event?: string): Frame {
  return {
    kind,
    data: typeof data === 'string' ? data : JSON.stringify(data),
    ...(event !== undefined && { event }),
  }
}

/** Digits and letters that depend only on the number: ids that look like the real ones and never change. */
export function idOf(index: number, length = 24): string {
  let state = (index + 1) * 2_654_435_761
  let id = ''
  while (id.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    id += state.toString(36)
  }
  return id.slice(0, length)
}

/** Whether two things are both plain objects one may look into. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
