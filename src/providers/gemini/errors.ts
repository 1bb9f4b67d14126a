import type { LlmError } from '../../errors/llm-error.ts'
import { codeOfWords, failureError, statusIn } from '../core/failure.ts'
import { googleCode } from '../core/google-status.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'
import type { Failure } from '../core/wire-format.ts'

const newKey = 'The remedy is a new key from Google AI Studio.'

/** Reads a failed answer, or an error that came inside a good one; some are wrapped in an array. */
export function decodeError(failure: Failure): LlmError {
  const { body, status, isInBody } = failure
  const error = objectOf(objectOf(Array.isArray(body) ? body[0] : body).error)
  const message = textOf(error.message)
  const told = statusIn(error.code)
  const code = googleCode(error, codeOfWords(told ?? status, message || textOf(body), isInBody))
  return failureError(failure, {
    code,
    message,
    ...(code === 'auth_failed' && { advice: newKey }),
    param: objectsIn(error.details).flatMap(({ fieldViolations }) => objectsIn(fieldViolations))[0]?.field,
    status: told,
  })
}
