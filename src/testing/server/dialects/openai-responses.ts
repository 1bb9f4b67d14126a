import type { Answer } from '../../answer.ts'
import { type Frame, frame, idOf, isObject, type Json, type Turn, type Wire } from './dialect.ts'

/** OpenAI's Responses API. */
export const responsesWire: Wire = {
  streamType: 'text/event-stream; charset=utf-8',
  framing: 'sse',
  newline: '\n',
  whole: (answer, turn) => responseOf(answer, turn, 'done'),
  frames,
  emptyFrame: (turn) => event('empty', turn, { type: 'response.output_text.delta', item_id: 'msg_0', delta: '' }, 0),
  errorFrames: (body, turn) => {
    const error = isObject(body) && isObject(body.error) ? body.error : {}
    const { code = 'server_error', message = 'error', type = 'server_error' } = error
    const failed = { ...responseOf(undefined, turn, 'failed'), error: { code: code ?? 'server_error', message } }
    return [
      event('error', turn, { type: 'error', error: { type, code, message, param: null } }, 1),
      event('error', turn, { type: 'response.failed', response: failed }, 2),
    ]
  },
}

function event(kind: Frame['kind'], _turn: Turn, data: Json & { readonly type: string }, sequence: number): Frame {
  const { type, ...rest } = data
  return frame(kind, { type, sequence_number: sequence, ...rest }, type)
}

function* frames(answer: Answer, turn: Turn): Generator<Frame> {
  let sequence = 0
  const make = (kind: Frame['kind'], data: Json & { readonly type: string }) => event(kind, turn, data, sequence++)
  const begun = { ...responseOf(undefined, turn, 'begun'), model: answer.model }
  yield make('open', { type: 'response.created', response: begun })
  yield make('open', { type: 'response.in_progress', response: begun })
  for (const [place, item] of itemsOf(answer, turn).entries()) {
    const at = { output_index: place }
    yield make('open', { type: 'response.output_item.added', ...at, item: { ...item.empty, status: 'in_progress' } })
    for (const { kind, ...data } of item.events) yield make(kind, { ...data, item_id: item.whole.id, ...at })
    yield make('close', { type: 'response.output_item.done', ...at, item: item.whole })
  }
  const isCut = answer.finishReason === 'length' || answer.finishReason === 'content-filter'
  const type = isCut ? 'response.incomplete' : 'response.completed'
  yield make('finish', { type, response: responseOf(answer, turn, 'done') })
}

interface Item {
  readonly empty: Json
  readonly whole: Json & { readonly id: string }
  readonly events: readonly (Json & { readonly type: string; readonly kind: Frame['kind'] })[]
}

function itemsOf(answer: Answer, turn: Turn): Item[] {
  const id = (prefix: string, place = 0) => `${prefix}_${idOf(turn.index * 100 + place, 40)}`
  const items: Item[] = []
  if (answer.reasoning.length > 0) items.push(reasoningItem(id('rs'), answer.reasoning))
  if (answer.pieces.length > 0 || answer.refusal !== '') items.push(messageItem(id('msg'), answer))
  for (const [place, call] of answer.toolCalls.entries()) items.push(callItem(id('fc', place + 1), call))
  return items
}

function reasoningItem(id: string, pieces: readonly string[]): Item {
  const at = { summary_index: 0 }
  const part = { type: 'summary_text', text: pieces.join('') }
  return {
    empty: { id, type: 'reasoning', summary: [] },
    whole: { id, type: 'reasoning', summary: [part] },
    events: [
      { kind: 'open', type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      ...pieces.map(
        (delta) => ({ kind: 'token', type: 'response.reasoning_summary_text.delta', ...at, delta }) as const,
      ),
      { kind: 'close', type: 'response.reasoning_summary_text.done', ...at, text: part.text },
      { kind: 'close', type: 'response.reasoning_summary_part.done', ...at, part },
    ],
  }
}

function messageItem(id: string, { pieces, refusal }: Answer): Item {
  const at = { content_index: 0 }
  const text = pieces.join('')
  const isRefusal = refusal !== ''
  const part = isRefusal ? { type: 'refusal', refusal } : { type: 'output_text', annotations: [], logprobs: [], text }
  const name = isRefusal ? 'response.refusal' : 'response.output_text'
  return {
    empty: { id, type: 'message', content: [], role: 'assistant' },
    whole: { id, type: 'message', status: 'completed', content: [part], role: 'assistant' },
    events: [
      {
        kind: 'open',
        type: 'response.content_part.added',
        ...at,
        part: { ...part, [isRefusal ? 'refusal' : 'text']: '' },
      },
      ...(isRefusal ? [refusal] : pieces).map(
        (delta) => ({ kind: 'token', type: `${name}.delta`, ...at, delta }) as const,
      ),
      { kind: 'close', type: `${name}.done`, ...at, ...(isRefusal ? { refusal } : { text, logprobs: [] }) },
      { kind: 'close', type: 'response.content_part.done', ...at, part },
    ],
  }
}

function callItem(id: string, call: Answer['toolCalls'][number]): Item {
  const shared = { id, type: 'function_call', call_id: call.id, name: call.name }
  return {
    empty: { ...shared, arguments: '' },
    whole: { ...shared, status: 'completed', arguments: call.argumentsText },
    events: [
      { kind: 'token', type: 'response.function_call_arguments.delta', delta: call.argumentsText },
      { kind: 'close', type: 'response.function_call_arguments.done', arguments: call.argumentsText },
    ],
  }
}

function responseOf(answer: Answer | undefined, turn: Turn, state: 'begun' | 'done' | 'failed'): Json {
  const finish = answer?.finishReason
  const reason = finish === 'length' ? 'max_output_tokens' : finish === 'content-filter' ? 'content_filter' : undefined
  const status = state === 'begun' ? 'in_progress' : state === 'failed' ? 'failed' : reason ? 'incomplete' : 'completed'
  return {
    id: `resp_${idOf(turn.index, 48)}`,
    object: 'response',
    created_at: Math.floor(turn.at / 1000),
    status,
    error: null,
    incomplete_details: reason ? { reason } : null,
    instructions: turn.body.instructions ?? null,
    max_output_tokens: turn.body.max_output_tokens ?? null,
    model: answer?.model ?? turn.model,
    output: answer ? itemsOf(answer, turn).map((item) => item.whole) : [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: turn.body.store ?? true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: turn.body.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage: usageOf(answer),
    user: null,
    metadata: {},
  }
}

function usageOf(answer: Answer | undefined): Json | null {
  if (!answer?.usage) return null
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = answer.usage
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cacheReadTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  }
}
