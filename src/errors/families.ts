import type { ErrorCode } from '../types/error-code.ts'
import { type ErrorDetails, LlmError } from './llm-error.ts'

/** An option of the client or of a provider is wrong; `path` names it. */
export class ConfigError extends LlmError {
  static override readonly family = 'ConfigError'
}

/** The caller's request fails our own check; nothing was sent. */
export class RequestError extends LlmError {
  static override readonly family = 'RequestError'
}

/** No usable connection to the provider. */
export class ConnectionError extends LlmError {
  static override readonly family = 'ConnectionError'
}

/** A part of the deadline passed. */
export class TimeoutError extends LlmError {
  static override readonly family = 'TimeoutError'
}

/** The provider's answer cannot be used. */
export class ResponseError extends LlmError {
  static override readonly family = 'ResponseError'
}

/** The provider said no. */
export class ProviderError extends LlmError {
  static override readonly family = 'ProviderError'
}

/** A stream broke; `partialText` holds what was handed out. */
export class StreamError extends LlmError {
  static override readonly family = 'StreamError'
}

/** The circuit to the provider is open; nothing was sent. */
export class CircuitOpenError extends LlmError {
  static override readonly family = 'CircuitOpenError'
}

/** What a `GuardError` may carry besides. */
export interface GuardErrorDetails extends ErrorDetails {
  readonly guard?: string | undefined
  readonly rule?: string | undefined
  readonly retryNote?: string | undefined
}

/** A guard refused the request or the answer, or failed at its work. */
export class GuardError extends LlmError {
  static override readonly family = 'GuardError'
  /** Name of the guard. */
  declare readonly guard?: string
  /** Id of the rule that decided. */
  declare readonly rule?: string
  /** What the next try should tell the model, where one may help. */
  declare readonly retryNote?: string

  // Only widens the details: the base class keeps every field it is given.
  constructor(code: ErrorCode, message: string, details?: GuardErrorDetails) {
    super(code, message, details)
  }
}

/** The caller's signal ended the call; `cause` is its reason. */
export class AbortError extends LlmError {
  static override readonly family = 'AbortError'
}

/** A limit stands in the way; nothing was sent. `retryAfterMs` says when it may fit, where that is known. */
export class LimitExceededError extends LlmError {
  static override readonly family = 'LimitExceededError'
  /** Which limit, as it was configured. */
  readonly limit:
    | {
        readonly scope: string
        readonly measure: string
        readonly rate: string
        /** Requests, tokens, US dollars or places that were left. */
        readonly remaining?: number
      }
    | undefined

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails & Pick<Partial<LimitExceededError>, 'limit'> = {},
  ) {
    super(code, message, details)
    this.limit = details.limit
  }
}

/** A store cannot serve now, or not at all. */
export class StoreError extends LlmError {
  static override readonly family = 'StoreError'
}

/** The secret key, or what was sealed with it, cannot be used. Never shows a value. */
export class SecretError extends LlmError {
  static override readonly family = 'SecretError'
}

/** The client was closed. */
export class ClosedError extends LlmError {
  static override readonly family = 'ClosedError'
}

/** Every candidate failed; `errors` has the last error of each, in order. */
export class AllProvidersFailedError extends LlmError {
  static override readonly family = 'AllProvidersFailedError'
  readonly errors: readonly LlmError[]

  constructor(errors: readonly LlmError[], details: ErrorDetails = {}) {
    const reasons = errors.map((error) => `${error.provider}: ${error.code}`).join(', ')
    const waits = errors.map((error) => error.retryAfterMs).filter((ms) => ms !== undefined)
    super('all_providers_failed', `All LLM providers failed (${reasons})`, {
      retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
      ...details,
    })
    this.errors = errors
  }
}

/** An error of the right family for a code a provider or the transport may report. */
export function errorOf(code: ErrorCode, message: string, details?: ErrorDetails): LlmError {
  return new (code === 'all_providers_failed' ? ProviderError : familyOf[code])(code, message, details)
}

const familyOf: Readonly<Record<Exclude<ErrorCode, 'all_providers_failed'>, typeof LlmError>> = {
  dns_failed: ConnectionError,
  connect_refused: ConnectionError,
  connect_timeout: ConnectionError,
  connection_reset: ConnectionError,
  tls_failed: ConnectionError,
  headers_timeout: TimeoutError,
  first_token_timeout: TimeoutError,
  idle_timeout: TimeoutError,
  body_timeout: TimeoutError,
  deadline_exceeded: TimeoutError,
  http_protocol: ResponseError,
  bad_response: ResponseError,
  empty_response: ResponseError,
  response_too_large: ResponseError,
  redirect_refused: ResponseError,
  stream_interrupted: StreamError,
  stream_error_event: StreamError,
  stream_protocol: StreamError,
  circuit_open: CircuitOpenError,
  config_invalid: ConfigError,
  limit_exceeded: LimitExceededError,
  concurrency_exceeded: LimitExceededError,
  budget_unknown: LimitExceededError,
  store_unavailable: StoreError,
  store_corrupt: StoreError,
  store_schema: StoreError,
  secret_missing: SecretError,
  secret_invalid: SecretError,
  secret_undecryptable: SecretError,
  aborted: AbortError,
  closed: ClosedError,
  no_provider: ConfigError,
  model_not_allowed: ConfigError,
  llm_disabled: ConfigError,
  request_invalid: RequestError,
  guard_blocked: GuardError,
  guard_failed: GuardError,
  bad_request: ProviderError,
  auth_failed: ProviderError,
  billing: ProviderError,
  forbidden: ProviderError,
  model_not_found: ProviderError,
  request_too_large: ProviderError,
  context_length_exceeded: ProviderError,
  content_filtered: ProviderError,
  rate_limited: ProviderError,
  quota_exhausted: ProviderError,
  server_error: ProviderError,
  overloaded: ProviderError,
}

/** Every code there is. */
export const errorCodes: readonly ErrorCode[] = [...(Object.keys(familyOf) as ErrorCode[]), 'all_providers_failed']
