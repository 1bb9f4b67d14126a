import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import type { JsonObject } from '../../types/json.ts'
import { codeOfStatus, failureError, saysContextLength, statusIn } from '../core/failure.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import type { Failure } from '../core/wire-format.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  INVALID_ARGUMENT: 'bad_request',
  OUT_OF_RANGE: 'bad_request',
  // Countries and plans the key may not be used in.
  FAILED_PRECONDITION: 'forbidden',
  UNAUTHENTICATED: 'auth_failed',
  PERMISSION_DENIED: 'forbidden',
  NOT_FOUND: 'model_not_found',
  RESOURCE_EXHAUSTED: 'rate_limited',
  UNAVAILABLE: 'overloaded',
  INTERNAL: 'server_error',
  UNKNOWN: 'server_error',
  ABORTED: 'server_error',
  CANCELLED: 'server_error',
  DATA_LOSS: 'server_error',
  DEADLINE_EXCEEDED: 'server_error',
  UNIMPLEMENTED: 'server_error',
}

/** Words of messages that say more than their status, by the code that the status gives. */
const phrases: Partial<Record<ErrorCode, readonly (readonly [RegExp, ErrorCode])[]>> = {
  bad_request: [
    [/API key (?:not valid|expired|not found)/i, 'auth_failed'],
    [/payload size exceeds/i, 'request_too_large'],
  ],
  forbidden: [[/reported as leaked/i, 'auth_failed']],
  rate_limited: [
    [/prepa(?:y|id)\w* credit|credits? (?:is|are) depleted/i, 'billing'],
    [/per ?day|spend(?:ing)? (?:cap|limit)|limit: 0\b/i, 'quota_exhausted'],
  ],
}
const newKey = 'The remedy is a new key from Google AI Studio.'

/** Reads a failed answer, or an error that came inside a good one; some are wrapped in an array. */
export function decodeError(failure: Failure): LlmError {
  const { body, status, isInBody } = failure
  const error = objectOf(objectOf(Array.isArray(body) ? body[0] : body).error)
  const details = objectsIn(error.details)
  const told = statusIn(error.code)
  const code = codeOf(error, details, codeOfStatus(told ?? status, isInBody))
  return failureError(failure, {
    code,
    message: textOf(error.message),
    ...(code === 'auth_failed' && { advice: newKey }),
    param: details.flatMap(({ fieldViolations }) => objectsIn(fieldViolations))[0]?.field,
    status: told,
  })
}

function codeOf(error: JsonObject, details: readonly JsonObject[], byStatus: ErrorCode): ErrorCode {
  const message = textOf(error.message)
  if (details.some(({ reason }) => /^API_KEY_(?:INVALID|EXPIRED)/.test(textOf(reason)))) return 'auth_failed'
  if (byStatus === 'billing') return 'billing'
  const code = lookUp(codes, error.status) ?? byStatus
  if (code === 'bad_request' && saysContextLength(message)) return 'context_length_exceeded'
  const violations = details.flatMap((detail) => objectsIn(detail.violations))
  const isSpent = violations.some(({ quotaId, quotaValue }) => /PerDay/.test(textOf(quotaId)) || quotaValue === '0')
  if (code === 'rate_limited' && isSpent) return 'quota_exhausted'
  return phrases[code]?.find(([words]) => words.test(message))?.[1] ?? code
}
