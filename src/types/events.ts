import type { AttemptOutcome, AttemptRecord } from './attempt.ts'
import type { ErrorCode } from './error-code.ts'
import type { GuardFinding } from './guard.ts'
import type { Usage } from './usage.ts'

/** Fields of every event. */
interface EventBase {
  /** Epoch ms. */
  readonly at: number
  /** The call this belongs to; absent on circuit changes outside a call. */
  readonly requestId?: string
}

/** Whose call it is, and what the caller wrote beside the request. */
interface OnBehalf {
  readonly tenant?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** What a client tells its observers: the one source for logs, metrics and status. Holds no prompt, answer or key. */
export type ClientEvent = EventBase &
  (
    | ({
        readonly type: 'call-start'
        readonly capability: string
        readonly candidates: readonly string[]
      } & OnBehalf)
    | {
        readonly type: 'attempt-start'
        readonly provider: string
        readonly model: string
        readonly attempt: number
        /** Name of the key, where there are several or it is a tenant's own. */
        readonly keyId?: string
        readonly isProbe: boolean
      }
    | { readonly type: 'attempt-end'; readonly record: AttemptRecord }
    | {
        readonly type: 'retry-scheduled'
        readonly provider: string
        readonly attempt: number
        readonly delayMs: number
        readonly code: ErrorCode
      }
    | { readonly type: 'fallback-taken'; readonly from: string; readonly to: string; readonly code: ErrorCode }
    /** A slow provider was joined by the next one; the first content wins. */
    | { readonly type: 'hedge-started'; readonly from: string; readonly to: string; readonly afterMs: number }
    /** No model could answer; the chain's canned last rung did. */
    | { readonly type: 'answer-degraded'; readonly provider: string }
    | {
        readonly type: 'circuit-opened'
        readonly provider: string
        readonly cooldownMs: number
        readonly code?: ErrorCode
      }
    | { readonly type: 'circuit-half-opened'; readonly provider: string }
    | { readonly type: 'circuit-closed'; readonly provider: string }
    /** A key is rested: bad, unpaid, or rate limited. */
    | {
        readonly type: 'gate-closed'
        readonly provider: string
        /** Name of the key, where there are several or it is a tenant's own. */
        readonly keyId?: string
        readonly code: ErrorCode
        readonly forMs: number
      }
    /** A guard has answered; `guard-blocked` when the call ends by it. Findings hold places, never text. */
    | {
        readonly type: 'guard-decided' | 'guard-blocked'
        readonly guard: string
        readonly stage: 'input' | 'output'
        readonly outcome: 'allow' | 'rewrite' | 'block' | 'failed'
        /** The rule that blocked. */
        readonly rule?: string
        /** The first 100. */
        readonly findings: readonly GuardFinding[]
        /** All there were. */
        readonly findingCount: number
        /** Time spent in the guard. */
        readonly ms: number
        /** Streams: most text held back at once, in UTF-16 units, and the longest it was held, in ms. */
        readonly heldChars?: number
        readonly heldMs?: number
      }
    | { readonly type: 'warning'; readonly provider?: string; readonly code: string; readonly message: string }
    | ({
        readonly type: 'call-end'
        readonly outcome: AttemptOutcome
        readonly provider?: string
        readonly code?: ErrorCode
        readonly ms: number
        readonly usage?: Usage
      } & OnBehalf)
  )

/** Receives events, synchronously; may throw or reject, the call does not care. */
export type Observer = (event: ClientEvent) => void
