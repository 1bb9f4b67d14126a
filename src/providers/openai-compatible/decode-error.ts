import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import type { JsonObject } from '../../types/json.ts'
import { codeOfStatus, failureError, saysContextLength, statusIn } from '../core/failure.ts'
import { isObject } from '../core/json-schema.ts'
import { objectOf, textOf } from '../core/reading.ts'
import type { Failure } from '../core/wire-format.ts'
import type { ChatService } from './service.ts'

/** Words in `code`, `type` and their like that leave no doubt, in lower case. */
const words: readonly (readonly [ErrorCode, readonly string[]])[] = [
  ['auth_failed', ['invalid_api_key', 'authentication_error', 'authentication', 'unauthorized', 'unauthenticated']],
  ['forbidden', ['permission_denied', 'permission_error', 'request_forbidden', 'unsupported_country_region_territory']],
  [
    'quota_exhausted',
    [
      'insufficient_quota',
      'credit_balance_exhausted',
      'organization_spend_limit_exceeded',
      'project_spend_limit_exceeded',
      'organization_usage_limit_exceeded',
      'billing_hard_limit_reached',
      'quota_exceeded',
    ],
  ],
  ['billing', ['payment_required', 'billing_error', 'billing_not_active', 'insufficient_balance']],
  ['rate_limited', ['rate_limit_exceeded', 'rate_limit_error', 'rate_limit', 'slow_down', 'too_many_requests']],
  [
    'overloaded',
    [
      'server_is_overloaded',
      'service_unavailable_error',
      'overloaded_error',
      'unavailable_error',
      'capacity_exceeded',
      'provider_overloaded',
      'nocapacity',
    ],
  ],
  ['server_error', ['provider_unavailable']],
  [
    'model_not_found',
    ['model_not_found', 'not_found_error', 'not_found', 'notfounderror', 'deploymentnotfound', 'model_decommissioned'],
  ],
  ['context_length_exceeded', ['context_length_exceeded', 'exceed_context_size_error']],
  ['request_too_large', ['payload_too_large', 'request_too_large']],
  [
    'content_filtered',
    ['content_policy_violation', 'invalid_prompt', 'content_filter', 'responsibleaipolicyviolation', 'refusal'],
  ],
  ['bad_response', ['tool_use_failed', 'json_validate_failed']],
  ['bad_request', ['unsupported_parameter', 'unsupported_value', 'not_supported_error', 'invalid_request']],
]

/** Words that only say whose fault it is; messages and statuses know more. */
const vague: readonly (readonly [ErrorCode, readonly string[]])[] = [
  ['server_error', ['server_error', 'api_error', 'internal_error', 'internal_server_error', 'server', 'timeout']],
  ['bad_request', ['invalid_request_error', 'badrequesterror']],
]

/** What servers say of paths they do not know. */
const wrongPath = /unexpected endpoint|^(?:file |resource |page )?not found\.?$/i
const noMoney = says(
  /insufficient (?:balance|credits?|quota)|credit balance|credits are required|current quota|can only afford/i,
)
const tooLarge = /request too large|reduce your message size|payload too large/i

/** What messages say, under which statuses it is believed; 0 stands for none told. */
const sayings: readonly (readonly [ErrorCode, (message: string) => boolean, readonly number[]])[] = [
  ['request_too_large', says(tooLarge), [0, 400, 413, 429]],
  ['context_length_exceeded', saysContextLength, [0, 400, 413, 422, 500]],
  ['quota_exhausted', noMoney, [0, 429]],
  ['billing', noMoney, [400, 403]],
  [
    'model_not_found',
    says(
      /\bmodel\b.{0,150}(?:not found|not exist)|not a valid model|(?:unknown|invalid) model|model names are|no models? loaded|unexpected endpoint|no endpoints found/i,
    ),
    [0, 400, 404, 422],
  ],
  ['content_filtered', says(/content (?:management )?policy|content filter|usage policy|flagged/i), [0, 400, 403]],
  ['auth_failed', says(/(?:invalid|incorrect) api.?key|authentication fail/i), [0, 400, 403]],
  ['overloaded', says(/overloaded|too busy|server busy|unavailable|no available|loading model|capacity/i), [0, 503]],
  ['rate_limited', says(/rate.?limit|too many requests/i), [0]],
]

/** Reads a failure of any server that speaks chat completions: explicit words first, then the message, then the status. */
export function decodeError(failure: Failure, service: ChatService): LlmError {
  const error = errorIn(failure.body)
  const message = messageIn(error)
  const { metadata, innererror } = error
  const told =
    statusIn(error.code) ?? statusIn(error.status_code) ?? statusIn(error.statusCode) ?? statusIn(error.status)
  const status =
    failure.status >= 400 && !(told !== undefined && told < 500) ? failure.status : (told ?? failure.status)
  const signs = [objectOf(metadata).error_type, error.code, error.type, objectOf(innererror).code]
    .filter((sign) => typeof sign === 'string')
    .map((sign) => sign.toLowerCase())
  const code = codeOf(signs, message, status, failure)
  return failureError(failure, {
    code,
    message,
    status,
    param: error.param,
    requestId: error.request_id,
    ...(wrongPath.test(message) && { advice: 'Check the base URL: most end in /v1.' }),
    // The model wrote what the provider itself could not use: that is no outage.
    ...(code === 'bad_response' && { policy: { countsForBreaker: false } }),
    ...service.readError?.(error, { ...failure, status }),
  })
}

function codeOf(signs: readonly string[], message: string, status: number, failure: Failure): ErrorCode {
  const believed = status >= 400 ? status : 0
  const clear = found(words, signs)
  const isTooLarge = believed === 413 || tooLarge.test(message.slice(0, 2_000))
  if (clear === 'rate_limited' && isTooLarge) return 'request_too_large'
  if (clear !== undefined) return clear
  const said = sayings.find(([, holds, statuses]) => statuses.includes(believed) && holds(message.slice(0, 2_000)))?.[0]
  if (said !== undefined) return said
  // Whole bodies tell `hasOutput` nothing; what is unknown in a stream has a code of its own.
  const isInStream = failure.isInBody && failure.hasOutput !== undefined
  return (
    (believed === 0 ? found(vague, signs) : undefined) ?? codeOfStatus(status < 400 ? Number.NaN : status, isInStream)
  )
}

function found(table: readonly (readonly [ErrorCode, readonly string[]])[], signs: readonly string[]) {
  for (const sign of signs) for (const [code, list] of table) if (list.includes(sign)) return code
  return undefined
}

function says(pattern: RegExp): (message: string) => boolean {
  return (message) => pattern.test(message)
}

/** The error object, however it is wrapped; a text is taken for its message. */
function errorIn(body: unknown): JsonObject {
  let value = body
  for (let depth = 0; depth < 4; depth++) {
    if (Array.isArray(value)) value = value[0]
    if (!isObject(value) || value.error == null || typeof value.error === 'boolean') break
    value = value.error
  }
  return isObject(value) ? value : { message: textOf(value) }
}

/** The words of an error, and those of the upstream that a gateway keeps apart. */
function messageIn(error: JsonObject): string {
  const { message, detail, metadata } = error
  const [first] = Array.isArray(detail) ? detail : [detail]
  const own = textOf(message) || textOf(first) || textOf(objectOf(first).msg)
  const { raw } = objectOf(metadata)
  if (typeof raw !== 'string' || raw === '') return own
  const inner = errorIn(parsedObject(raw) ?? { message: raw })
  return `${own}: ${textOf(inner.message) || raw}`
}

function parsedObject(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Upstreams also answer plain text.
  }
}
