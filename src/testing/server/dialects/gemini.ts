import type { FinishReason } from '../../../types/reply.ts'
import type { Answer } from '../../answer.ts'
import { failureStatus, meaningOf } from '../../failure.ts'
import type { FailStep, FailureCode } from '../../step.ts'
import { type Dialect, type Frame, frame, idOf, isObject, type Json, type Turn, type Wire } from './dialect.ts'

const finishWords: Readonly<Record<FinishReason, string | null>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  error: 'MALFORMED_FUNCTION_CALL',
  other: 'OTHER',
  unknown: null,
}

const generateContent: Wire = {
  streamType: 'text/event-stream',
  framing: 'sse',
  newline: '\r\n',
  whole: (answer, turn) => answerOf(answer, turn, partsOf(answer, answer.pieces.join('')), true, answer.usage),
  frames,
  emptyFrame: (turn) => frame('empty', { modelVersion: turn.model, responseId: idOf(turn.index, 22) }),
  errorFrames: (body) => [frame('error', body as Json)],
}

/** Google's Gemini API. */
export const gemini: Dialect = {
  name: 'gemini',
  base: '/v1beta',
  chat: generateContent,
  headers: () => ({ 'content-disposition': 'attachment' }),
  refusal,
  models: (ids) => ({
    models: ids.map((id) => ({
      name: `models/${id}`,
      version: '001',
      displayName: id,
      inputTokenLimit: 1_048_576,
      outputTokenLimit: 65_536,
      supportedGenerationMethods: ['generateContent', 'countTokens'],
      thinking: true,
    })),
  }),
  embeddings: (vectors, _, turn) =>
    Array.isArray(turn.body.requests)
      ? { embeddings: vectors.map((values) => ({ values })) }
      : { embedding: { values: vectors[0] } },
  countTokens: (tokens) => ({
    totalTokens: tokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }],
  }),
}

function* frames(answer: Answer, turn: Turn): Generator<Frame> {
  const { usage, reasoning, pieces } = answer
  let sent = 0
  const make = (kind: Frame['kind'], part: Json, isLast = false) => {
    const soFar = usage && {
      ...usage,
      outputTokens: isLast ? usage.outputTokens : Math.min(++sent, usage.outputTokens),
    }
    return frame(kind, answerOf(answer, turn, [part], isLast, soFar))
  }
  for (const text of reasoning) yield make('token', { text, thought: true })
  for (const text of pieces) yield make('token', { text })
  for (const part of callParts(answer)) yield make('token', part)
  yield make('finish', { text: '' }, true)
}

function answerOf(answer: Answer, turn: Turn, parts: readonly Json[], isLast: boolean, usage: Answer['usage']): Json {
  const finishReason = isLast ? finishWords[answer.finishReason] : null
  return {
    candidates: [{ content: { parts, role: 'model' }, ...(finishReason && { finishReason }), index: 0 }],
    ...(usage && { usageMetadata: usageOf(usage) }),
    modelVersion: answer.model,
    responseId: idOf(turn.index, 22),
  }
}

function partsOf(answer: Answer, text: string): Json[] {
  const thoughts = answer.reasoning.join('')
  const shown = text + answer.refusal
  return [
    ...(thoughts ? [{ text: thoughts, thought: true }] : []),
    ...(shown || answer.toolCalls.length === 0 ? [{ text: shown }] : []),
    ...callParts(answer),
  ]
}

function callParts({ toolCalls, index }: Answer): Json[] {
  return toolCalls.map(({ name, argumentsText }, place) => ({
    functionCall: { name, args: parsed(argumentsText) },
    // Of parallel calls only the first carries the signature.
    ...(place === 0 && { thoughtSignature: idOf(index, 64) }),
  }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function usageOf(usage: NonNullable<Answer['usage']>): Json {
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = usage
  const thoughts = Math.min(reasoningTokens, outputTokens)
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - thoughts,
    totalTokenCount: inputTokens + outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
    ...(cacheReadTokens > 0 && { cachedContentTokenCount: cacheReadTokens }),
  }
}

const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
})
const badKey = {
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: 'API_KEY_INVALID',
  domain: 'googleapis.com',
}

const errors: Readonly<Record<FailureCode, readonly [number, string, string, ...Json[]]>> = {
  bad_request: [400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  auth_failed: [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', badKey],
  billing: [402, 'RESOURCE_EXHAUSTED', 'The prepaid balance is used up.'],
  forbidden: [403, 'PERMISSION_DENIED', 'The caller does not have permission'],
  model_not_found: [404, 'NOT_FOUND', 'models/none is not found for API version v1beta'],
  request_too_large: [413, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit'],
  context_length_exceeded: [
    400,
    'INVALID_ARGUMENT',
    'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
  ],
  // By status; by its meaning a blocked prompt is an answer, see below.
  content_filtered: [400, 'INVALID_ARGUMENT', 'The prompt was blocked: PROHIBITED_CONTENT'],
  rate_limited: [
    429,
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota.',
    quotaFailure('GenerateRequestsPerMinutePerProject'),
  ],
  quota_exhausted: [
    429,
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota.',
    quotaFailure('GenerateRequestsPerDayPerProject'),
  ],
  server_error: [500, 'INTERNAL', 'An internal error has occurred.'],
  overloaded: [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'],
}

function refusal(step: FailStep, turn: Turn) {
  if (step.failure === 'content_filtered') return blocked(turn)
  const [usual, word, message, ...details] = errors[meaningOf(step)]
  const status = typeof step.failure === 'number' ? failureStatus(step) : usual
  if (typeof step.retryAfter === 'number') {
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${step.retryAfter}s` })
  }
  const error = { code: status, message: step.message ?? message, status: step.code ?? word }
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: { error: { ...error, ...(details.some(isObject) && { details }) } },
  }
}

/** A prompt the service does not want is no error there: a 200 without candidates that says why. */
function blocked({ model, index }: Turn) {
  const body = {
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: 12, totalTokenCount: 12 },
    modelVersion: model,
    responseId: idOf(index, 22),
  }
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body }
}
