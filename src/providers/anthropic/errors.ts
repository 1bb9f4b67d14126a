import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import { codeOfWords, failureError } from '../core/failure.ts'
import { saysContextLength } from '../core/failure-words.ts'
import { lookUp, objectOf, textOf } from '../core/reading.ts'
import type { Failure } from '../core/wire-format.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: 'bad_request',
  authentication_error: 'auth_failed',
  billing_error: 'billing',
  permission_error: 'forbidden',
  not_found_error: 'model_not_found',
  conflict_error: 'server_error',
  request_too_large: 'request_too_large',
  rate_limit_error: 'rate_limited',
  api_error: 'server_error',
  timeout_error: 'server_error',
  overloaded_error: 'overloaded',
}

/** Types that only say whose fault it is: a status other than the usual one knows more. */
const vague: Readonly<Record<string, number>> = { invalid_request_error: 400, api_error: 500 }

/** Words of messages that say more than their type, in the order they are tried. */
const phrases: readonly (readonly [RegExp, ErrorCode])[] = [
  [/credit balance|purchase credits/i, 'billing'],
  [/usage limits?\b|usage threshold|extra usage|spend(?:ing)? limit/i, 'quota_exhausted'],
  [/content filtering policy/i, 'content_filtered'],
  [/organization has been disabled|only authorized for use with/i, 'forbidden'],
]
// `temperature: range: 0..1`, '"thinking.type.enabled" is not supported for this model', `top_p` is deprecated …
const parameter = /^["'`]?([a-z_]+(?:\.\w+)*)["'`]?(?:: | is (?:deprecated|not supported))/

/** Reads a failed answer or an error event. */
export function decodeError(failure: Failure): LlmError {
  const body = objectOf(failure.body)
  const error = objectOf(body.error)
  const message = textOf(error.message) || textOf(body.error) || textOf(body.message) || textOf(failure.body)
  return failureError(failure, {
    code: codeOf(failure, textOf(error.type), message, objectOf(error.details).error_code),
    message,
    param: parameter.exec(message)?.[1],
    requestId: body.request_id,
  })
}

function codeOf({ status, isInBody }: Failure, type: string, message: string, detail: unknown): ErrorCode {
  const usual = lookUp(vague, type)
  const isVague = !isInBody && usual !== undefined && usual !== status
  const code = (isVague ? undefined : lookUp(codes, type)) ?? codeOfWords(status, message, isInBody)
  if (code === 'server_error' && /^overloaded\b/i.test(message)) return 'overloaded'
  if (detail === 'enforced_spend_limit_reached') return 'quota_exhausted'
  if (code !== 'bad_request' && code !== 'rate_limited') return code
  if (code === 'bad_request' && saysContextLength(message)) return 'context_length_exceeded'
  return phrases.find(([words]) => words.test(message))?.[1] ?? code
}
