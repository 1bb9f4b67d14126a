import type { FinishReason } from '../../../types/reply.ts'
import type { Answer } from '../../answer.ts'
import { failureStatus, meaningOf } from '../../failure.ts'
import type { FailStep, FailureCode } from '../../step.ts'
import { type Dialect, type Frame, frame, idOf, type Json, type Turn, type Wire } from './dialect.ts'

const stopWords: Readonly<Record<FinishReason, string | null>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  error: null,
  other: 'pause_turn',
  unknown: null,
}

const messages: Wire = {
  streamType: 'text/event-stream; charset=utf-8',
  framing: 'sse',
  newline: '\n',
  whole: (answer, turn) => ({
    ...messageOf(answer, turn),
    content: blocksOf(answer).map((block) => block.whole),
    stop_reason: stopWords[answer.finishReason],
    usage: usageOf(answer),
  }),
  frames,
  emptyFrame: () => event('empty', { type: 'ping' }),
  errorFrames: (body) => [frame('error', body as Json, 'error')],
}

/** Anthropic's Messages API. */
export const anthropic: Dialect = {
  name: 'anthropic',
  base: '/v1',
  chat: messages,
  headers: ({ index, at }) => ({
    'request-id': `req_${idOf(index, 24)}`,
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '49',
    'anthropic-ratelimit-requests-reset': new Date(at + 1000).toISOString().replace(/\.\d+Z/, 'Z'),
  }),
  refusal,
  models: (ids) => ({
    data: ids.map((id) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '2026-01-01T00:00:00Z',
      max_input_tokens: 200_000,
      max_tokens: 64_000,
    })),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }),
  // The service has none; asking for them is a wrong path there too.
  embeddings: () => ({ type: 'error', error: { type: 'not_found_error', message: 'Not found' } }),
  countTokens: (tokens) => ({ input_tokens: tokens }),
}

function event(kind: Frame['kind'], data: Json & { readonly type: string }): Frame {
  return frame(kind, data, data.type)
}

function* frames(answer: Answer, turn: Turn): Generator<Frame> {
  const usage = usageOf(answer)
  const message = { ...messageOf(answer, turn), usage: usage && { ...usage, output_tokens: 1 } }
  yield event('open', { type: 'message_start', message })
  for (const [index, block] of blocksOf(answer).entries()) {
    yield event('open', { type: 'content_block_start', index, content_block: block.empty })
    if (index === 0) yield event('open', { type: 'ping' })
    for (const delta of block.deltas) yield event('token', { type: 'content_block_delta', index, delta })
    for (const delta of block.last) yield event('close', { type: 'content_block_delta', index, delta })
    yield event('close', { type: 'content_block_stop', index })
  }
  const delta = { stop_reason: stopWords[answer.finishReason], stop_sequence: null }
  yield event('finish', {
    type: 'message_delta',
    delta,
    ...(usage && { usage: { ...usage, cache_creation: undefined, service_tier: undefined } }),
  })
  yield event('done', { type: 'message_stop' })
}

interface Block {
  readonly whole: Json
  readonly empty: Json
  readonly deltas: readonly Json[]
  readonly last: readonly Json[]
}

function blocksOf({ reasoning, pieces, toolCalls, refusal, index }: Answer): Block[] {
  const blocks: Block[] = []
  if (reasoning.length > 0) {
    const signature = idOf(index, 64)
    blocks.push({
      whole: { type: 'thinking', thinking: reasoning.join(''), signature },
      empty: { type: 'thinking', thinking: '', signature: '' },
      deltas: reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
      last: [{ type: 'signature_delta', signature }],
    })
  }
  const texts = refusal === '' ? pieces : [...pieces, refusal]
  if (texts.length > 0) {
    blocks.push({
      whole: { type: 'text', text: texts.join('') },
      empty: { type: 'text', text: '' },
      deltas: texts.map((text) => ({ type: 'text_delta', text })),
      last: [],
    })
  }
  return [...blocks, ...toolCalls.map(toolBlock)]
}

function toolBlock({ id, name, argumentsText }: Answer['toolCalls'][number]): Block {
  const shared = { type: 'tool_use', id: id.replace('call_', 'toolu_'), name }
  const half = Math.ceil(argumentsText.length / 2)
  const pieces = argumentsText === '{}' ? [''] : ['', argumentsText.slice(0, half), argumentsText.slice(half)]
  return {
    whole: { ...shared, input: parsed(argumentsText) },
    empty: { ...shared, input: {} },
    deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    last: [],
  }
}

/** Broken arguments cannot stand in a whole answer as an object; their text goes there as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function messageOf({ model }: Answer, { index }: Turn): Json {
  return {
    model,
    id: `msg_${idOf(index, 24)}`,
    type: 'message',
    role: 'assistant',
    content: [],
    stop_reason: null,
    stop_sequence: null,
  }
}

function usageOf({ usage }: Answer): Json | undefined {
  if (!usage) return undefined
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage
  return {
    input_tokens: inputTokens - cacheReadTokens - cacheWriteTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cacheReadTokens,
    cache_creation: { ephemeral_5m_input_tokens: cacheWriteTokens, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    service_tier: 'standard',
  }
}

const errors: Readonly<Record<FailureCode, readonly [status: number, type: string, message: string]>> = {
  bad_request: [400, 'invalid_request_error', 'messages.0: Input does not match the expected shape.'],
  auth_failed: [401, 'authentication_error', 'API key is invalid.'],
  billing: [402, 'billing_error', 'There is a problem with billing.'],
  forbidden: [403, 'permission_error', 'The API key may not use this resource.'],
  model_not_found: [404, 'not_found_error', 'model: none'],
  request_too_large: [413, 'request_too_large', 'Request exceeds the maximum size'],
  context_length_exceeded: [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
  content_filtered: [400, 'invalid_request_error', 'Output blocked by content filtering policy'],
  rate_limited: [429, 'rate_limit_error', 'This request would exceed the rate limit.'],
  quota_exhausted: [429, 'rate_limit_error', 'The spend limit was reached.'],
  server_error: [500, 'api_error', 'Internal server error'],
  overloaded: [529, 'overloaded_error', 'Overloaded'],
}

function refusal(step: FailStep, turn: Turn) {
  const meaning = meaningOf(step)
  const [usual, type, message] = errors[meaning]
  const status = typeof step.failure === 'number' ? failureStatus(step) : usual
  const details = meaning === 'quota_exhausted' ? { details: { error_code: 'enforced_spend_limit_reached' } } : {}
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(status < 500 && { 'x-should-retry': String([408, 409, 425, 429].includes(status)) }),
    },
    body: {
      type: 'error',
      error: { type: step.code ?? type, message: step.message ?? message, ...details },
      request_id: `req_${idOf(turn.index, 24)}`,
    },
  }
}
