import { errorOf } from '../../errors/families.ts'
import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorPolicy } from '../../errors/policy.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import { cleanText, pageText } from '../../utils/clean-text.ts'
import { saysUnavailable } from './failure-words.ts'
import { retryHint } from './retry-hints.ts'
import type { Failure } from './wire-format.ts'

/** What a wire format reads out of a failure. */
export interface FailureReading {
  readonly code: ErrorCode
  /** The provider's own words, as they came; default: the body where that is text. */
  readonly message?: unknown
  /** What to do about it, in our words, where the provider's do not say. */
  readonly advice?: string
  /** Name of the refused parameter. */
  readonly param?: unknown
  /** Status told in the body; default: the answer's own. */
  readonly status?: number | undefined
  /** Id told in the body; default: the answer's headers. */
  readonly requestId?: unknown
  /** Where this one failure differs from its code's row in the policy table. */
  readonly policy?: Partial<ErrorPolicy> | undefined
}

const byStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'auth_failed',
  402: 'billing',
  403: 'forbidden',
  404: 'model_not_found',
  408: 'server_error',
  409: 'server_error',
  410: 'model_not_found',
  413: 'request_too_large',
  425: 'server_error',
  429: 'rate_limited',
  451: 'forbidden',
  498: 'overloaded',
  499: 'server_error',
  529: 'overloaded',
}

const whatFailed: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The provider refused the request',
  auth_failed: 'The provider refused the API key',
  billing: 'The provider asks for payment',
  forbidden: 'The provider forbids this use',
  model_not_found: 'Model or endpoint not found',
  request_too_large: 'The request is too large',
  context_length_exceeded: 'The prompt does not fit the context window',
  content_filtered: 'Refused by a content filter',
  rate_limited: 'Rate limited',
  quota_exhausted: 'The quota is used up',
  overloaded: 'The provider is overloaded',
  stream_error_event: 'The stream reported an error',
  bad_response: 'The provider could not use what the model wrote',
}

const requestIdHeaders = ['x-request-id', 'request-id', 'x-generation-id', 'x-ds-trace-id', 'apim-request-id']
const noRetries = { retries: 0, retriesWithFallback: 0 }

/** What a status alone says. Unknown 4xx are the caller's, everything else that is no success the provider's. */
export function codeOfStatus(status: number, isInBody = false): ErrorCode {
  const code = byStatus[status]
  if (code !== undefined) return code
  if (status >= 400 && status < 500) return 'bad_request'
  return isInBody && !(status >= 500) ? 'stream_error_event' : 'server_error'
}

/** The same for answers that bring words with them: a page of what stands between, or a message without a type. */
export function codeOfWords(status: number, words: string, isInBody = false): ErrorCode {
  return status === 503 && saysUnavailable(words) ? 'overloaded' : codeOfStatus(status, isInBody)
}

/** A status as bodies carry it: a number, or digits as text. Words, decimals and other numbers are none. */
export function statusIn(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  return /^[45]\d\d$/.test(text) ? Number(text) : undefined
}

/** The provider's id of an answer, from its headers. */
export function requestIdIn(headers: Failure['headers']): string | undefined {
  for (const name of requestIdHeaders) {
    const value = headers.get(name)
    if (value) return cleanText(value, [], 100)
  }
  return undefined
}

/** Makes the error of a failure: says what failed, in whose words, how long to wait, and what it means for the call. */
export function failureError(failure: Failure, reading: FailureReading): LlmError {
  const { param, requestId, policy } = reading
  const status = reading.status ?? failure.status
  const code =
    failure.isInBody && failure.hasOutput && reading.code === 'server_error' ? 'stream_error_event' : reading.code
  const wait = retryHint(failure, Date.now())
  const isFinal = failure.headers.get('x-should-retry') === 'false' || (status === 501 && code === 'server_error')
  return errorOf(code, sentence(code, status, wordsOf(failure, reading.message), reading.advice), {
    status,
    retryAfterMs: wait === undefined ? undefined : Math.ceil(wait),
    path: typeof param === 'string' && param !== '' ? cleanText(param, [], 100) : undefined,
    providerRequestId:
      typeof requestId === 'string' && requestId !== '' ? cleanText(requestId, [], 100) : requestIdIn(failure.headers),
    policy: isFinal ? { ...policy, ...noRetries } : policy,
  })
}

function sentence(code: ErrorCode, status: number, words: string, advice: string | undefined): string {
  const what = `${whatFailed[code] ?? 'The provider failed'} (${status})`
  return [words ? `${what}: ${words}` : what, advice].filter(Boolean).join(' ')
}

function wordsOf({ body }: Failure, message: unknown): string {
  const words = typeof message === 'string' && message !== '' ? message : body
  if (typeof words !== 'string') return ''
  return words === body || /^\s*</.test(words) ? pageText(words) : cleanText(words)
}
