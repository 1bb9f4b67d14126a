import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import { codeOfStatus, failureError, statusIn } from '../core/failure.ts'
import { isObject } from '../core/json-schema.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'
import type { Failure } from '../core/wire-format.ts'
import { clearCode, saidCode, saysSpent, saysTooLarge, signOf, vagueCode } from './error-words.ts'
import type { ChatService } from './service.ts'

/** What servers say of paths they do not know. */
const wrongPath = /unexpected endpoint|invalid url \(|^(?:file |resource |page )?not found\.?$/i
/** What an upstream says of its key speaks of the gateway's, not of ours. */
const ofTheKey: readonly (ErrorCode | undefined)[] = ['auth_failed', 'forbidden', 'billing', 'quota_exhausted']

/** Reads a failure of any server that speaks chat completions: explicit words first, then the message, then the status. */
export function decodeError(failure: Failure, service: ChatService): LlmError {
  const error = errorIn(failure.body)
  const inner = upstreamError(error)
  const message = messageIn(error, inner)
  const told =
    statusIn(error.code) ?? statusIn(error.status_code) ?? statusIn(error.statusCode) ?? statusIn(error.status)
  const status =
    failure.status >= 400 && !(told !== undefined && told < 500) ? failure.status : (told ?? failure.status)
  const code = codeOf({ error, inner, message, status, failure })
  return failureError(failure, {
    code,
    message,
    status,
    param: error.param ?? inner?.param,
    requestId: error.request_id,
    ...(wrongPath.test(message) && { advice: 'Check the base URL: most end in /v1.' }),
    // The model wrote what the provider itself could not use: that is no outage.
    ...(code === 'bad_response' && { policy: { countsForBreaker: false } }),
    ...service.readError?.(error, { ...failure, status }),
  })
}

interface Read {
  readonly error: JsonObject
  /** What an upstream said, where a gateway repeats it. */
  readonly inner: JsonObject | undefined
  readonly message: string
  readonly status: number
  readonly failure: Failure
}

function codeOf({ error, inner, message, status, failure }: Read): ErrorCode {
  const believed = status >= 400 ? status : 0
  const signs = signsIn(error)
  const clear = clearCode(signs) ?? (inner && clearOfUpstream(inner, believed))
  if (clear === 'rate_limited' && (believed === 413 || saysTooLarge(message))) return 'request_too_large'
  // Google's services count days and minutes under one word; which it was stands in the details.
  if (clear === 'rate_limited' && error.status !== undefined && saysSpent(JSON.stringify(error)))
    return 'quota_exhausted'
  if (clear !== undefined) return clear
  const said = saidCode(message, believed)
  if (said !== undefined) return said
  // Whole bodies tell `hasOutput` nothing; what is unknown in a stream has a code of its own.
  const isInStream = failure.isInBody && failure.hasOutput !== undefined
  return (believed === 0 ? vagueCode(signs) : undefined) ?? codeOfStatus(status < 400 ? Number.NaN : status, isInStream)
}

/** Words by which an error names itself; sentences and numbers are none. */
function signsIn({ metadata, error_type, code, type, innererror, inner_error, status, details }: JsonObject): string[] {
  const inner = objectOf(innererror ?? inner_error).code
  const reasons = objectsIn(details).map(({ reason }) => reason)
  return [objectOf(metadata).error_type, error_type, code, type, inner, ...reasons, status]
    .filter((sign) => typeof sign === 'string' && /^[a-z_]+$/i.test(sign))
    .map((sign) => signOf(sign as string))
}

function clearOfUpstream(inner: JsonObject, status: number): ErrorCode | undefined {
  const code = clearCode(signsIn(inner))
  const isOurs = status >= 401 && status <= 403
  return ofTheKey.includes(code) && !isOurs ? undefined : code
}

/** The error object, however it is wrapped, with the reason that may stand beside it; a text is taken for its message. */
function errorIn(body: unknown): JsonObject {
  let value = body
  let error_type: JsonValue | undefined
  for (let depth = 0; depth < 4; depth++) {
    if (Array.isArray(value)) value = value[0]
    if (!isObject(value) || value.error == null || typeof value.error === 'boolean') break
    error_type ??= value.error_type
    value = value.error
  }
  return { ...(error_type !== undefined && { error_type }), ...(isObject(value) ? value : { message: textOf(value) }) }
}

/** The error of the upstream that a gateway keeps apart. */
function upstreamError({ metadata }: JsonObject): JsonObject | undefined {
  const { raw } = objectOf(metadata)
  return typeof raw === 'string' && raw !== '' ? errorIn(parsedObject(raw) ?? { message: raw }) : undefined
}

/** The words of an error, and those of its upstream. */
function messageIn(error: JsonObject, inner: JsonObject | undefined): string {
  const { message, detail, metadata } = error
  const [first] = Array.isArray(detail) ? detail : [detail]
  const own = textOf(message) || textOf(first) || textOf(objectOf(first).msg)
  return inner === undefined ? own : `${own}: ${textOf(inner.message) || textOf(objectOf(metadata).raw)}`
}

function parsedObject(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Upstreams also answer plain text.
  }
}
