import type { FinishReason } from '../../../types/reply.ts'
import type { Answer } from '../../answer.ts'
import { type Frame, frame, isObject, type Json, type Turn, type Wire } from './dialect.ts'

/** Which chunk of a stream, or the whole answer. */
type Place = 'first' | 'middle' | 'finish' | 'usage' | 'whole'

/** Where chat completions of one service differ from OpenAI's. Everything has OpenAI's way as default. */
export interface Flavour {
  /** The answer's id. */
  readonly id: (turn: Turn) => string
  /** Fields of every chunk and body, beside the usual ones. */
  readonly fields?: (turn: Turn, place: Place, usage: Json | undefined) => Json
  /** Fields of every choice. Default: `logprobs: null`. */
  readonly choice?: (finish: string | null) => Json
  /** Fields of every delta. */
  readonly delta?: Json
  /** First delta. */
  readonly firstDelta?: Json
  /** Field that holds thoughts. */
  readonly thoughts?: 'reasoning' | 'reasoning_content'
  /** The last delta, beside the finish word. */
  readonly lastDelta?: Json
  /** Where a stream tells its usage: in a chunk of its own (when asked for), on the finishing chunk, or both. */
  readonly usage?: 'asked' | 'always' | 'finish' | 'finish-and-asked' | 'repeat'
  /** Chunks without usage say `usage: null`. */
  readonly hasNullUsage?: boolean
  /** `content` of an answer that has none. Default `null`; `undefined` leaves it out. */
  readonly noContent?: string | undefined
  /** Fields of the usage object beside the three totals. Default: OpenAI's details. */
  readonly usageFields?: (usage: NonNullable<Answer['usage']>) => Json
  /** Chunks sent before the first. */
  readonly before?: (turn: Turn) => readonly Frame[]
  /** SSE event name of errors in a stream. */
  readonly errorEvent?: string
  /** Puts an error into a stream. Default: the body of a failed answer. */
  readonly errorChunk?: (error: unknown, turn: Turn) => Json
}

const finishWords: Readonly<Record<FinishReason, string | null>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  error: 'error',
  other: 'other',
  unknown: null,
}

/** Chat completions in a service's flavour. */
export function chatCompletions(flavour: Flavour): Wire {
  return {
    streamType: 'text/event-stream; charset=utf-8',
    framing: 'sse',
    newline: '\n',
    whole: (answer, turn) => wholeAnswer(flavour, answer, turn),
    frames: (answer, turn) => chunks(flavour, answer, turn),
    emptyFrame: (turn) => frame('empty', chunkOf(flavour, turn, 'middle', { content: '', ...flavour.delta }, null)),
    errorFrames: (body, turn) => [
      frame('error', flavour.errorChunk?.(body, turn) ?? (body as Json), flavour.errorEvent),
      ...(flavour.errorEvent === undefined ? [frame('done', '[DONE]')] : []),
    ],
  }
}

function wholeAnswer(flavour: Flavour, answer: Answer, turn: Turn): Json {
  const usage = usageOf(flavour, answer)
  const finish = finishWords[answer.finishReason]
  const text = answer.pieces.join('')
  const calls = answer.toolCalls.map(({ id, name, argumentsText }) => ({
    id,
    type: 'function',
    function: { name, arguments: argumentsText },
  }))
  const thoughts = answer.reasoning.join('')
  return {
    id: flavour.id(turn),
    object: 'chat.completion',
    created: Math.floor(turn.at / 1000),
    model: answer.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          ...contentOf(flavour, text, calls.length > 0 || answer.refusal !== ''),
          ...(flavour.thoughts && thoughts && { [flavour.thoughts]: thoughts }),
          ...(answer.refusal && { refusal: answer.refusal }),
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        ...choiceOf(flavour, finish),
      },
    ],
    ...(usage && { usage }),
    ...flavour.fields?.(turn, 'whole', usage),
  }
}

/** An answer of nothing but calls has no text: each service has its own way of saying so. */
function contentOf(flavour: Flavour, text: string, isElsewhere: boolean): Json {
  if (text !== '' || !isElsewhere) return { content: text }
  const content = 'noContent' in flavour ? flavour.noContent : null
  return content === undefined ? {} : { content }
}

function choiceOf(flavour: Flavour, finish: string | null): Json {
  return { finish_reason: finish, ...(flavour.choice?.(finish) ?? { logprobs: null }) }
}

function* chunks(flavour: Flavour, answer: Answer, turn: Turn): Generator<Frame> {
  const shown = { ...turn, model: answer.model }
  const usage = usageOf(flavour, answer)
  const isAsked = isObject(turn.body.stream_options) && turn.body.stream_options.include_usage === true
  const way = flavour.usage ?? 'asked'
  const isNullShown = flavour.hasNullUsage === true && (way !== 'asked' || isAsked)
  const make = (
    kind: Frame['kind'],
    place: 'first' | 'middle' | 'finish',
    delta: Json,
    finish: string | null = null,
  ) => {
    const onThis = place === 'finish' && way.startsWith('finish') ? usage : undefined
    return frame(kind, {
      ...chunkOf(flavour, shown, place, { ...delta, ...flavour.delta }, finish, onThis),
      ...(onThis ? { usage: onThis } : isNullShown && { usage: null }),
    })
  }
  yield* flavour.before?.(shown) ?? []
  yield make('open', 'first', flavour.firstDelta ?? { role: 'assistant', content: '', refusal: null })
  for (const text of answer.reasoning) if (flavour.thoughts) yield make('token', 'middle', { [flavour.thoughts]: text })
  for (const content of answer.pieces) yield make('token', 'middle', { content })
  if (answer.refusal) yield make('token', 'middle', { refusal: answer.refusal })
  for (const delta of toolDeltas(answer)) yield make('token', 'middle', delta)
  const finish = finishWords[answer.finishReason]
  yield make('finish', 'finish', flavour.lastDelta ?? {}, finish)
  if (usage && way === 'repeat') {
    yield frame('usage', { ...chunkOf(flavour, shown, 'finish', { content: '', ...flavour.delta }, finish), usage })
  }
  if (usage && (way === 'always' || (way.endsWith('asked') && isAsked))) {
    yield frame('usage', { ...chunkOf(flavour, shown, 'usage', undefined, null), usage })
  }
  yield frame('done', '[DONE]')
}

/** The name first, then the arguments in two pieces, as services that stream them do. */
function* toolDeltas(answer: Pick<Answer, 'toolCalls'>): Generator<Json> {
  for (const [index, { id, name, argumentsText }] of answer.toolCalls.entries()) {
    yield { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }
    const half = Math.ceil(argumentsText.length / 2)
    for (const piece of [argumentsText.slice(0, half), argumentsText.slice(half)]) {
      if (piece) yield { tool_calls: [{ index, function: { arguments: piece } }] }
    }
  }
}

function chunkOf(
  flavour: Flavour,
  turn: Turn,
  place: Place,
  delta: Json | undefined,
  finish: string | null,
  usage?: Json,
): Json {
  return {
    id: flavour.id(turn),
    object: 'chat.completion.chunk',
    created: Math.floor(turn.at / 1000),
    model: turn.model,
    ...flavour.fields?.(turn, place, usage),
    choices: delta ? [{ index: 0, delta, ...choiceOf(flavour, finish) }] : [],
  }
}

function usageOf(flavour: Flavour, { usage }: Answer): Json | undefined {
  if (!usage) return undefined
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    ...(flavour.usageFields ?? audioDetails)(usage),
  }
}

function audioDetails({ cacheReadTokens, reasoningTokens }: NonNullable<Answer['usage']>): Json {
  return {
    prompt_tokens_details: { cached_tokens: cacheReadTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens, audio_tokens: 0 },
  }
}

/** What of OpenAI's details other services have too. */
export function plainDetails({ cacheReadTokens, reasoningTokens }: NonNullable<Answer['usage']>): Json {
  return {
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  }
}
