/** Words by which servers that speak chat completions name a failure. */
import type { ErrorCode } from '../../types/error-code.ts'
import { saysContextLength, saysUnavailable } from '../core/failure-words.ts'

/** Words in `code`, `type` and their like that leave no doubt, as `signOf` puts them; the first line that fits counts. */
const clear: readonly (readonly [ErrorCode, RegExp])[] = [
  ['auth_failed', /api_key(?:$|_invalid)|^authentication(?:_error)?$|^unauth|_issuer$|deactivated$/],
  [
    'forbidden',
    /^permission|forbidden|^failed_precond|^unsupported_country|^ip_|_scope$|terminated$|restricted$|^model_(?:terms|perm)/,
  ],
  ['quota_exhausted', /quota|(?:spend|usage|hard)_limit|^credit_balance|^blocked_api/],
  ['billing', /^payment|^billing_|^insufficient_(?:balance|credits)/],
  ['rate_limited', /rate_limit|^slow_down|^too_many_req|^resource_exhausted/],
  ['server_error', /^provider_unavailable|^deadline_|_timeout$/],
  ['overloaded', /overloaded|unavailable(?:_error)?$|capacity/],
  [
    'model_not_found',
    /(?:^|model_|deployment_)not_found|^model_de|^un(?:known|available)_model|^operation_not|^unknown_url/,
  ],
  ['context_length_exceeded', /^(?:exceed_)?context_/],
  ['request_too_large', /^(?:payload|request)_too_large|^tokens_limit/],
  ['content_filtered', /content_(?:policy|filter)|^cyber_policy|^moderation_|^invalid_prompt|^responsible_ai|^refusal/],
  ['bad_response', /^(?:tool_use|json_validate|output_parse)_failed/],
  ['bad_request', /^(?:unsupported|unknown)_parameter|_value$|^not_supported|^invalid_request$/],
]

/** Those that only say whose fault it is; messages and statuses know more. */
const vague: typeof clear = [
  ['server_error', /^(?:internal|api|(?:internal_)?server)(?:_error)?$|^timeout$/],
  // What is wrong with a request has many names.
  ['bad_request', /^(?:invalid|unsupported|missing|empty|failed_to_download|bad_request|image|file)(?:_|$)/],
]

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
  [
    'auth_failed',
    says(/(?:invalid|incorrect|expired) api.?key|api key (?:not valid|expired)|authentication fail/i),
    [0, 400, 403],
  ],
  ['bad_request', says(/\bwith id\b.{0,100}not found/i), [404]],
  ['forbidden', says(/insufficient permissions|missing scopes|ip allow-?list/i), [0, 400, 401]],
  ['server_error', says(/\bmodel (?:has |is )?(?:crashed|unloaded)\b|failed to load model/i), [400]],
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
  return firstIn(clear, signs)
}

/** The code of the first sign that says whose fault it is. */
export function vagueCode(signs: readonly string[]): ErrorCode | undefined {
  return firstIn(vague, signs)
}

/** The code of what a message says; `status` 0 where none is told. */
export function saidCode(message: string, status: number): ErrorCode | undefined {
  const text = message.slice(0, 2_000)
  return sayings.find(([, holds, statuses]) => statuses.includes(status) && holds(text))?.[0]
}

/** Does it say, of a limit, that no short wait helps? */
export function saysSpent(message: string): boolean {
  return /per_?day\b|PerDay|credits are depleted|spending cap/.test(message.slice(0, 4_000))
}

/** Does it say that one request is more than will ever be let through? */
export function saysTooLarge(message: string): boolean {
  return tooLarge.test(message.slice(0, 2_000))
}

function firstIn(table: typeof clear, signs: readonly string[]): ErrorCode | undefined {
  for (const sign of signs) for (const [code, pattern] of table) if (pattern.test(sign)) return code
  return undefined
}

function says(pattern: RegExp): (message: string) => boolean {
  return (message) => pattern.test(message)
}
