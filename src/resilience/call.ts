import { type LlmError, policyOfError } from '../errors/llm-error.ts'
import type { ErrorPolicy } from '../errors/policy.ts'
import type { AttemptRecord } from '../types/attempt.ts'
import type { ErrorRule, RetryOptions } from '../types/client-options.ts'
import type { Clock } from '../types/clock.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { ClientEvent } from '../types/events.ts'
import type { CallReservation, CallResult } from '../types/meter.ts'
import { abortError, type Live } from './watch.ts'

/** An event before the call puts its time and id on it. */
export type EventBody = ClientEvent extends infer E
  ? E extends ClientEvent
    ? Omit<E, 'at' | 'requestId'>
    : never
  : never

/** What all parts of one call share. */
export interface Call {
  readonly requestId: string
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal | undefined
  /** What waits on behalf of this call, to be ended when its reader goes or the client closes. */
  readonly live: Live
  /** End of the call on the clock's monotonic scale. */
  readonly deadlineAt: number
  readonly retry: RetryOptions
  readonly errorRules: Partial<Record<ErrorCode, ErrorRule>>
  /** All attempts so far. */
  readonly records: AttemptRecord[]
  attemptsLeft: number
  /** Limits and ledger of the call, where they are kept. */
  reservation?: CallReservation
  /** How the call ended, once it has. */
  ended?: CallResult
  /** What is to be let go when the call ends. */
  readonly onEnd: (() => void)[]
  /** Undefined when nobody listens, so that events are not even made. */
  readonly emit: ((event: EventBody) => void) | undefined
}

/** What a failure means for this call: the error's own policy under the user's rules. */
export function ruleFor(call: Call, error: LlmError): ErrorPolicy {
  const rule = call.errorRules[error.code]
  return rule === undefined ? policyOfError(error) : { ...policyOfError(error), ...rule }
}

/** Why nothing more may be begun for the call, if that is so. */
export function endOf({ live, signal }: Call): LlmError | undefined {
  return live.ended ?? (signal?.aborted ? abortError(signal.reason) : undefined)
}

/** Ms the call has left. */
export function timeLeft(call: Call): number {
  return call.deadlineAt - call.clock.monotonic()
}
