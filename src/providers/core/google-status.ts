/** Errors as Google's services write them (`google.rpc`), behind whichever door. */
import type { ErrorCode } from '../../types/error-code.ts'
import type { JsonObject } from '../../types/json.ts'
import { saysContextLength } from './failure-words.ts'
import { lookUp, objectOf, objectsIn, textOf } from './reading.ts'

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

const reasons: Readonly<Record<string, ErrorCode>> = {
  API_KEY_INVALID: 'auth_failed',
  API_KEY_EXPIRED: 'auth_failed',
  BILLING_DISABLED: 'billing',
}

/** Words of messages that say more than their status, by the code that the status gives. */
const phrases: Partial<Record<ErrorCode, readonly (readonly [RegExp, ErrorCode])[]>> = {
  bad_request: [
    [/API key (?:not valid|expired|not found)/i, 'auth_failed'],
    [/payload size exceeds/i, 'request_too_large'],
  ],
  forbidden: [
    [/reported as leaked|unregistered callers/i, 'auth_failed'],
    [/not in an active state/i, 'bad_request'],
    [/payload size exceeds/i, 'request_too_large'],
  ],
  rate_limited: [
    [/prepa(?:y|id)\w* credit|credits? (?:is|are) depleted/i, 'billing'],
    [/per ?day|spend(?:ing)? (?:cap|limit)|limit: 0\b/i, 'quota_exhausted'],
  ],
}

/** What such an error means; `byStatus` is what the HTTP status alone says. */
export function googleCode(error: JsonObject, byStatus: ErrorCode): ErrorCode {
  const message = textOf(error.message)
  const details = objectsIn(error.details)
  const reason = details.map((detail) => lookUp(reasons, detail.reason)).find((code) => code !== undefined)
  if (reason !== undefined) return reason
  if (byStatus === 'billing') return 'billing'
  const code = lookUp(codes, error.status) ?? byStatus
  if (code === 'bad_request' && saysContextLength(message)) return 'context_length_exceeded'
  if (code === 'rate_limited' && details.some(isSpent)) return 'quota_exhausted'
  return phrases[code]?.find(([words]) => words.test(message))?.[1] ?? code
}

/** A day's allowance is used up, or there never was one. */
function isSpent({ violations, metadata }: JsonObject): boolean {
  const { quota_limit, quota_limit_value } = objectOf(metadata)
  const limits = objectsIn(violations).map(({ quotaId, quotaValue }) => [quotaId, quotaValue])
  return [...limits, [quota_limit, quota_limit_value]].some(
    ([name, value]) => /per_?day/i.test(textOf(name)) || value === '0',
  )
}
