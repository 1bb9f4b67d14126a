import type { AttemptRecord } from '../types/attempt.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { Usage } from '../types/usage.ts'
import { cleanText } from '../utils/clean-text.ts'
import { type ErrorPolicy, policyOf } from './policy.ts'

// Two copies of the package may meet in one process, so errors are told apart by this mark, not by `instanceof`.
const families = Symbol.for('holdfast.error.families')

/** What an error may carry beside its message. */
export interface ErrorDetails {
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly requestId?: string | undefined
  readonly attempts?: readonly AttemptRecord[] | undefined
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly partialText?: string | undefined
  readonly usage?: Usage | undefined
  /** Path in the caller's input (`messages[2].content`), or the refused parameter's name at the provider. */
  readonly path?: string | undefined
  /** The provider's own id of the failed request. */
  readonly providerRequestId?: string | undefined
  /** Any thrown value; kept only as a cleaned copy of its name, code and message. */
  readonly cause?: unknown
  /** Where this one failure is known to differ from its code's row in the policy table. */
  readonly policy?: Partial<ErrorPolicy> | undefined
}

/** Base of everything this library throws. */
export class LlmError extends Error {
  static readonly family: string = 'LlmError'
  /** Stable name of what happened; see `docs/errors.md`. */
  readonly code: ErrorCode
  /** Provider the failure belongs to. */
  declare provider?: string
  declare model?: string
  /** Our id of the call. */
  declare requestId?: string
  /** Every attempt of the call so far. */
  attempts: readonly AttemptRecord[] = []
  /** HTTP status, when one was seen. */
  declare readonly status?: number
  /** Would the same request have a chance at the same provider, later? */
  readonly isRetryable: boolean
  /** Wait the provider asked for, in ms. */
  declare readonly retryAfterMs?: number
  /** Text handed out before a stream broke. */
  declare partialText?: string
  declare usage?: Usage
  declare readonly path?: string
  declare readonly providerRequestId?: string

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    const { cause, policy, ...fields } = details
    this.code = code
    const merged = { ...policyOf(code), ...policy }
    this.isRetryable = merged.retries > 0 || merged.gateMs > 0
    for (const [key, value] of Object.entries(fields)) if (value !== undefined) Object.assign(this, { [key]: value })
    hide(this, 'name', (this.constructor as typeof LlmError).family)
    hide(this, 'policy', merged)
    if (cause !== undefined) hide(this, 'cause', cleanCause(cause))
  }

  /** Is `value` an error of this family, from this copy of the package or another? */
  static isInstance<E extends LlmError>(this: ErrorFamily<E>, value: unknown): value is E {
    return Array.isArray((value as Marked)?.[families]) && (value as Required<Marked>)[families].includes(this.family)
  }

  /** For logs: its fields with `name` and `message`, which JSON leaves out of other errors; neither `cause` nor stack. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this)
  }

  /** @internal Families of this error, most special first. */
  get [families](): readonly string[] {
    return [(this.constructor as typeof LlmError).family, 'LlmError']
  }
}

/** A class of errors, whatever its constructor takes. */
interface ErrorFamily<E extends LlmError> {
  readonly family: string
  readonly prototype: E
}

interface Marked {
  readonly [families]?: readonly string[]
}

/** The row of the policy table that applies to this one error. */
export function policyOfError(error: LlmError): ErrorPolicy {
  return (error as unknown as { policy?: ErrorPolicy }).policy ?? policyOf(error.code)
}

/** Gives one error other consequences than its code has. */
export function withPolicy<E extends LlmError>(error: E, policy: Partial<ErrorPolicy>): E {
  hide(error, 'policy', { ...policyOfError(error), ...policy })
  return error
}

function hide(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true })
}

const deepest = 5

/**
 * Keeps what helps and drops what may hold a request, headers or a client: never the thrown object itself. Whatever was
 * thrown, this does not throw: it runs inside abort listeners.
 */
function cleanCause(cause: unknown, depth = 0): Error {
  try {
    if (!(cause instanceof Error)) return new Error(cleanText(String(cause)))
    const { name, message, code, cause: inner } = cause as Error & { code?: unknown }
    const copy = new Error(cleanText(String(message)))
    hide(copy, 'name', String(name))
    hide(copy, 'stack', `${copy.name}: ${copy.message}`)
    if (typeof code === 'string') Object.assign(copy, { code: cleanText(code) })
    if (inner instanceof Error && depth < deepest) hide(copy, 'cause', cleanCause(inner, depth + 1))
    return copy
  } catch {
    return new Error('something that cannot be read was thrown')
  }
}
