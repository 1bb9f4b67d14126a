/** How calls are metered: limits are reserved before, attempts are booked as they run, everything is settled once. */
import type { AttemptOutcome } from './attempt.ts'
import type { ErrorCode } from './error-code.ts'
import type { JsonObject } from './json.ts'
import type { StatisticsQuery, UsageEndpoint, UsageStatistics } from './store.ts'
import type { Usage } from './usage.ts'

/** A call that wants to begin. */
export interface MeteredCall {
  readonly requestId: string
  /** Default `default`. */
  readonly tenant?: string
  readonly endpoint: UsageEndpoint
  /** Estimate of the prompt, see `estimateMessages`. */
  readonly inputTokens: number
  /** `maxTokens` of the request. */
  readonly maxOutputTokens?: number
  /** Where it may go; the dearest counts for cost limits. */
  readonly candidates?: readonly { readonly provider: string; readonly model: string }[]
  /** Time the call may take, in ms; its reservation lasts a minute longer. Default 300,000. */
  readonly timeoutMs?: number
  /** Ends waiting for a limit. */
  readonly signal?: AbortSignal | undefined
  readonly metadata?: JsonObject
}

/** An attempt that wants to begin. */
export interface MeteredAttempt {
  readonly provider: string
  readonly model: string
  /** 1 for the first try at this provider in this call. */
  readonly attempt: number
  /** Names the key for limits per key; never the key itself. */
  readonly keyId?: string
  readonly providerConfigId?: string
  /** Beside the call's own. */
  readonly metadata?: JsonObject
}

/** How an attempt ended; an `AttemptRecord` will do. */
export interface AttemptResult {
  readonly outcome: AttemptOutcome
  readonly code?: ErrorCode
  readonly status?: number
  readonly errorMessage?: string
  readonly ms: number
  readonly firstTokenMs?: number
  readonly usage?: Usage
  /** What was received before it broke; its tokens are estimated when the provider reported none. */
  readonly receivedText?: string
}

/** How a call ended. */
export interface CallResult {
  readonly outcome: AttemptOutcome
  /** Who answered. */
  readonly provider?: string
  readonly model?: string
  readonly code?: ErrorCode
  readonly errorMessage?: string
  readonly ms: number
  readonly firstTokenMs?: number
  readonly routing?: JsonObject
}

/** How far an answer may go, and by which limit. */
export interface AnswerBound {
  /** Answer tokens that were reserved. */
  readonly outputTokens: number
  readonly limit: Pick<LimitStatus, 'scope' | 'measure' | 'rate'>
}

/** An attempt that is booked as open. */
export interface BookedAttempt {
  /** Id of its row. */
  readonly id: string
  /** Where its stream is to be stopped; absent where it may finish. */
  readonly bound?: AnswerBound
  /** Books how it ended; the second time does nothing. Never throws, never waits. */
  settle(result: AttemptResult): void
}

/** A call that was let through. */
export interface CallReservation {
  /**
   * Reserves the limits of provider and key and writes the open row, before anything is sent.
   * @throws LimitExceededError; nothing is booked then.
   */
  openAttempt(attempt: MeteredAttempt): Promise<BookedAttempt>
  /**
   * Settles the call's limits to the sum of its attempts, as soon as all are settled, and books the call. The second time
   * does nothing. Never throws, never waits.
   */
  settle(result: CallResult): void
}

/** What a limit is about. */
export type LimitScope = 'client' | 'tenant' | 'provider' | 'tenant-provider' | 'key'

/** State of one limit. */
export interface LimitStatus {
  readonly scope: LimitScope
  readonly measure: 'requests' | 'tokens' | 'cost' | 'concurrent'
  /** As it was written, for example `1000000/day`. */
  readonly rate: string
  /** Requests, tokens, US dollars, or calls in flight. */
  readonly limit: number
  readonly used: number
  /** The part of `used` that is in flight. */
  readonly reserved: number
  readonly remaining: number
  /** When a calendar window ends. */
  readonly resetsAt?: number
}

/** Whose limits. */
export interface LimitSubject {
  readonly tenant?: string
  readonly provider?: string
  readonly keyId?: string
}

/** A query for sums in terms of people. */
export interface UsageReportQuery extends Omit<StatisticsQuery, 'from' | 'boundaries'> {
  /** Epoch ms, or the start of the current day or month. */
  readonly from?: number | 'today' | 'this-month'
  /** Sums for each period by itself; needs `from`. At most 1,000 periods. */
  readonly every?: 'hour' | 'day' | 'month'
  /** Where days begin and end. Default: that of the limits. */
  readonly timeZone?: string
}

/** How the meter itself is doing. */
export interface MeterHealth {
  readonly usageStore: 'ok' | 'unavailable' | 'none'
  readonly limitStore: 'ok' | 'unavailable' | 'none'
  /** Rows that wait to be written. */
  readonly queued: number
  readonly written: number
  /** Rows refused because the queue was full. */
  readonly dropped: number
  /** Rows that can never be written. */
  readonly deadLettered: number
  readonly failedWrites: number
  /** Open rows of owners that died. */
  readonly swept: number
  /** Reservations that the store had lost when they were settled, by eviction for example. */
  readonly lostReservations: number
}

/** Limits and ledger of one client. */
export interface Meter {
  /** @throws LimitExceededError `limit_exceeded`, `concurrency_exceeded`, `budget_unknown`; AbortError while waiting */
  reserve(call: MeteredCall): Promise<CallReservation>
  statistics(query?: UsageReportQuery): Promise<readonly UsageStatistics[]>
  remaining(subject?: LimitSubject): Promise<readonly LimitStatus[]>
  health(): MeterHealth
  /** Tries to write all rows now; answers how many are left. */
  flush(): Promise<number>
  /** Writes what it can within `limitMs` (default 5,000), hands the rest to the journal, and answers how many were left. */
  close(limitMs?: number): Promise<number>
}
