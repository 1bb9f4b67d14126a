import { errorOf } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { FailStep, FailureCode } from './step.ts'

/** The usual status of each meaning; dialects that have another say so themselves. */
const statusOf: Readonly<Record<FailureCode, number>> = {
  bad_request: 400,
  auth_failed: 401,
  billing: 402,
  forbidden: 403,
  model_not_found: 404,
  request_too_large: 413,
  context_length_exceeded: 400,
  content_filtered: 400,
  rate_limited: 429,
  quota_exhausted: 429,
  server_error: 500,
  overloaded: 503,
}

const meaningOfStatus: Readonly<Record<number, FailureCode>> = {
  401: 'auth_failed',
  402: 'billing',
  403: 'forbidden',
  404: 'model_not_found',
  408: 'server_error',
  409: 'server_error',
  413: 'request_too_large',
  425: 'server_error',
  429: 'rate_limited',
  529: 'overloaded',
}

/** Words providers put into `code` whatever the status is. */
const meaningOfWord: Readonly<Record<string, FailureCode>> = {
  insufficient_quota: 'quota_exhausted',
  context_length_exceeded: 'context_length_exceeded',
  content_policy_violation: 'content_filtered',
  content_filter: 'content_filtered',
  model_not_found: 'model_not_found',
  invalid_api_key: 'auth_failed',
  server_is_overloaded: 'overloaded',
}

/** What a failing step means. */
export function meaningOf({ failure, code }: FailStep): FailureCode {
  if (typeof failure !== 'number') return failure
  const byWord = code === undefined ? undefined : meaningOfWord[code]
  return byWord ?? meaningOfStatus[failure] ?? (failure >= 400 && failure < 500 ? 'bad_request' : 'server_error')
}

/** Status of a failing step. */
export function failureStatus({ failure }: FailStep): number {
  return typeof failure === 'number' ? failure : statusOf[failure]
}

/** The error the provider in memory throws for a failing step. */
export function failureError(step: FailStep, provider: string, model: string): LlmError {
  const status = failureStatus(step)
  const code: ErrorCode = status >= 200 && status < 300 ? 'empty_response' : meaningOf(step)
  const isFinal = status === 501 || step.headers?.['x-should-retry'] === 'false'
  return errorOf(code, step.message ?? `The fake provider answers ${status}`, {
    provider,
    model,
    status,
    retryAfterMs: waitOf(step.retryAfter),
    ...(isFinal && { policy: { retries: 0, retriesWithFallback: 0 } }),
  })
}

function waitOf(retryAfter: FailStep['retryAfter']): number | undefined {
  if (typeof retryAfter !== 'number' && typeof retryAfter !== 'string') return undefined
  const ms = Number(retryAfter) * 1_000
  return ms > 0 && Number.isFinite(ms) ? ms : undefined
}
