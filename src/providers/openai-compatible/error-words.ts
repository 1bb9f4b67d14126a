/** Words by which servers that speak chat completions name a failure. */
import type { ErrorCode } from '../../types/error-code.ts'
import { saysContextLength, saysUnavailable } from '../core/failure-words.ts'
import { lookUp } from '../core/reading.ts'

type Words = Partial<Record<ErrorCode, readonly string[]>>

/** Those in `code`, `type` and their like that leave no doubt, as `signOf` puts them. */
const clear: Words = {
  auth_failed: [
    'invalid_api_key',
    'expired_api_key',
    'invalid_issuer',
    'account_deactivated',
    'authentication_error',
    'authentication',
    'unauthorized',
    'unauthenticated',
  ],
  forbidden: [
    'permission_denied',
    'permission_error',
    'permissions_error',
    'request_forbidden',
    'unsupported_country_region_territory',
    'ip_not_authorized',
    'missing_scope',
    'access_terminated',
    'organization_restricted',
    'model_terms_required',
    'model_permission_blocked_org',
    'model_permission_blocked_project',
  ],
  quota_exhausted: [
    'insufficient_quota',
    'credit_balance_exhausted',
    'organization_spend_limit_exceeded',
    'project_spend_limit_exceeded',
    'organization_usage_limit_exceeded',
    'billing_hard_limit_reached',
    'blocked_api_access',
    'usage_limit_reached',
    'quota_exceeded',
  ],
  billing: ['payment_required', 'billing_error', 'billing_not_active', 'insufficient_balance', 'insufficient_credits'],
  rate_limited: [
    'rate_limit_exceeded',
    'rate_limit_reached',
    'rate_limit_error',
    'rate_limit',
    'slow_down',
    'too_many_requests',
    'resource_exhausted',
  ],
  overloaded: [
    'server_is_overloaded',
    'engine_overloaded',
    'engine_overloaded_error',
    'overloaded_error',
    'overloaded',
    'service_unavailable_error',
    'service_unavailable',
    'unavailable_error',
    'unavailable',
    'capacity_exceeded',
    'provider_overloaded',
    'no_capacity',
  ],
  server_error: ['provider_unavailable', 'deadline_exceeded', 'vector_store_timeout'],
  model_not_found: [
    'model_not_found',
    'model_decommissioned',
    'model_deprecated',
    'unknown_model',
    'unavailable_model',
    'not_found_error',
    'not_found',
    'deployment_not_found',
    'operation_not_supported',
    'unknown_url',
  ],
  context_length_exceeded: ['context_length_exceeded', 'context_window_exceeded', 'exceed_context_size_error'],
  request_too_large: ['payload_too_large', 'request_too_large', 'tokens_limit_reached'],
  content_filtered: [
    'content_policy_violation',
    'image_content_policy_violation',
    'cyber_policy_violation',
    'moderation_blocked',
    'invalid_prompt',
    'content_filter',
    'responsible_aipolicy_violation',
    'refusal',
  ],
  bad_response: ['tool_use_failed', 'json_validate_failed', 'output_parse_failed'],
  bad_request: ['unsupported_parameter', 'unsupported_value', 'not_supported_error', 'invalid_request'],
}

/** Those that only say whose fault it is; messages and statuses know more. */
const vague: Words = {
  server_error: [
    'server_error',
    'api_error',
    'internal_error',
    'internal_server_error',
    'internal',
    'server',
    'timeout',
  ],
  bad_request: ['invalid_request_error', 'bad_request_error', 'invalid_argument'],
}
/** What is wrong with a request has many names. */
const wrongInput = /^(?:invalid|unsupported|missing|empty|failed_to_download)_|^(?:image|file)_/

const clearCodes = byWord(clear)
const vagueCodes = byWord(vague)

const noMoney =
  /insufficient (?:balance|credits?|quota)|credit balance|credits are required|current quota|can only afford/i
const tooLarge = /request too large|reduce your message size|payload too large/i

/** What messages say, under which statuses it is believed; 0 stands for none told. */
const sayings: readonly (readonly [ErrorCode, (message: string) => boolean, readonly number[]])[] = [
  ['request_too_large', saysTooLarge, [0, 400, 413, 429]],
  ['context_length_exceeded', saysContextLength, [0, 400, 413, 422, 500]],
  ['quota_exhausted', says(noMoney), [0, 429]],
  ['billing', says(noMoney), [400, 403]],
  ['quota_exhausted', says(/key limit exceeded|out of call volume quota|spend(?:ing)? limit/i), [0, 400, 403, 429]],
  [
    'model_not_found',
    says(
      /\bmodel\b.{0,150}(?:not found|not exist|(?:has been|is) (?:deprecated|decommissioned)|no longer available)|not work with the specified model|not a valid model|(?:unknown|invalid) model|model names are|no models? loaded|unexpected endpoint|no endpoints found/i,
    ),
    [0, 400, 404, 422],
  ],
  [
    'content_filtered',
    says(/content (?:management )?policy|content filter|usage policy|safety system|content exists risk|flagged/i),
    [0, 400, 403],
  ],
  ['auth_failed', says(/(?:invalid|incorrect|expired) api.?key|authentication fail/i), [0, 400, 403]],
  ['forbidden', says(/insufficient permissions|missing scopes|ip allow-?list/i), [0, 400, 401]],
  ['server_error', says(/\bmodel (?:has )?(?:crashed|unloaded)\b/i), [400]],
  ['overloaded', saysUnavailable, [0, 503]],
  ['overloaded', says(/\boverloaded\b/i), [429, 500, 502]],
  ['rate_limited', says(/rate.?limit|too many requests/i), [0]],
]

/** A word in the one form it is looked up in: `NotFoundError` is `not_found_error`. */
export function signOf(word: string): string {
  return word.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
}

/** The code of the first sign that leaves no doubt. */
export function clearCode(signs: readonly string[]): ErrorCode | undefined {
  return first(signs, (sign) => lookUp(clearCodes, sign))
}

/** The code of the first sign that says whose fault it is. */
export function vagueCode(signs: readonly string[]): ErrorCode | undefined {
  return first(signs, (sign) => lookUp(vagueCodes, sign) ?? (wrongInput.test(sign) ? 'bad_request' : undefined))
}

/** The code of what a message says; `status` 0 where none is told. */
export function saidCode(message: string, status: number): ErrorCode | undefined {
  const text = message.slice(0, 2_000)
  return sayings.find(([, holds, statuses]) => statuses.includes(status) && holds(text))?.[0]
}

/** Does it say that one request is more than will ever be let through? */
export function saysTooLarge(message: string): boolean {
  return tooLarge.test(message.slice(0, 2_000))
}

function byWord(words: Words): Readonly<Record<string, ErrorCode>> {
  const codes = Object.keys(words) as ErrorCode[]
  return Object.fromEntries(codes.flatMap((code) => (words[code] ?? []).map((word) => [word, code] as const)))
}

function first<T>(list: readonly string[], read: (item: string) => T | undefined): T | undefined {
  for (const item of list) {
    const found = read(item)
    if (found !== undefined) return found
  }
  return undefined
}

function says(pattern: RegExp): (message: string) => boolean {
  return (message) => pattern.test(message)
}
