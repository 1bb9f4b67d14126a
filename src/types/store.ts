/**
 * What must last, as four small contracts. Every operation is atomic and, unless it says otherwise, one round trip.
 * Moments are epoch ms; where a store has a clock of its own (Redis, PostgreSQL) that clock decides.
 * Operations throw `StoreError`: `store_unavailable` (try later), `store_corrupt`, `store_schema`.
 * `holdfast/testing/conformance` holds a suite for each contract.
 */
import type { AttemptOutcome } from './attempt.ts'
import type { CircuitSnapshot } from './circuit.ts'
import type { ErrorCode } from './error-code.ts'
import type { JsonObject } from './json.ts'

/** `open`: not settled yet · `unknown`: swept, its owner died · `rejected`: refused before a provider was tried. */
export type UsageOutcome = AttemptOutcome | 'open' | 'unknown' | 'rejected'

/** What was asked for. `models` and `countTokens` cost neither tokens nor money. */
export type UsageEndpoint = 'chat' | 'chatStream' | 'embed' | 'models' | 'countTokens' | 'test'

/**
 * How a row is billed: `U0` nothing was sent · `U1` sent, no answer seen · `U2` error status · `U3` unusable answer ·
 * `U4` cut after tokens · `U5` good answer.
 */
export type BillingClass = 'U0' | 'U1' | 'U2' | 'U3' | 'U4' | 'U5'

/** One attempt at a provider (`kind: 'attempt'`), or one call with the sums of its attempts (`kind: 'call'`). */
export interface UsageRow {
  /** Unique; sorts by creation. */
  readonly id: string
  readonly kind: 'attempt' | 'call'
  /** The call: the same in all its rows. */
  readonly requestId: string
  readonly tenant: string
  /** The stored configuration whose key was used. */
  readonly providerConfigId?: string
  /** `''` in the row of a call that reached none. */
  readonly provider: string
  readonly model: string
  readonly endpoint: UsageEndpoint
  /** Number of the attempt in its call; in a call's row, how many there were. */
  readonly attempt: number
  readonly outcome: UsageOutcome
  readonly billing?: BillingClass
  readonly code?: ErrorCode
  /** Cleaned, at most 500 characters. */
  readonly errorMessage?: string
  readonly status?: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly totalTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
  readonly isEstimated?: boolean
  /** US dollars; absent when the model's price is not known. */
  readonly cost?: number
  readonly latencyMs?: number
  readonly firstTokenMs?: number
  /** By our clock. */
  readonly createdAt: number
  /** An open row's owner is taken for dead after this. */
  readonly expiresAt?: number
  /** When the store took the row, by its clock; set by the store. */
  readonly storedAt?: number
  readonly routing?: JsonObject
  readonly metadata?: JsonObject
}

/** Which rows; every field narrows. */
export interface UsageQuery {
  /** Default `attempt`. */
  readonly kind?: 'attempt' | 'call'
  /** `createdAt` at or after. */
  readonly from?: number
  /** `createdAt` before. */
  readonly to?: number
  readonly tenant?: string
  readonly provider?: string
  readonly model?: string
  readonly endpoint?: UsageEndpoint
  readonly requestId?: string
}

/** What rows can be grouped by. */
export type UsageGroup = 'tenant' | 'provider' | 'model' | 'endpoint'

/** A query for sums. */
export interface StatisticsQuery extends UsageQuery {
  readonly groupBy?: readonly UsageGroup[]
  /** Cuts time into periods at these moments, ascending; rows before the first are left out. */
  readonly boundaries?: readonly number[]
}

/** Sums over one group of rows. */
export interface UsageStatistics {
  readonly tenant?: string
  readonly provider?: string
  readonly model?: string
  readonly endpoint?: string
  /** The boundary at which the period starts. */
  readonly periodAt?: number
  readonly rows: number
  readonly ok: number
  /** Outcomes `failed` and `unknown`; the others are no verdict. */
  readonly failed: number
  readonly open: number
  /** `ok / (ok + failed)`; absent when there is neither. */
  readonly successRate?: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  /** US dollars over the rows whose cost is known; absent when none is. */
  readonly cost?: number
  /** Rows whose cost is not known: above 0, `cost` is only a part. */
  readonly unpriced: number
  /** Nearest-rank percentiles over the rows that have a latency; absent when none has. */
  readonly latencyMs?: { readonly p50: number; readonly p95: number; readonly p99: number }
}

/**
 * What a store that lives in this process may answer at once. It says that answering costs next to nothing: such a store
 * is asked for each row and each call as it comes, without a queue, a timer or a turn of the event loop.
 */
export type Awaitable<Value> = Value | Promise<Value>

/** The ledger of usage. */
export interface UsageStore {
  /**
   * Writes all rows or none. Idempotent by `id`: a row is replaced only by one further on (`open`, then `unknown`, then
   * any other outcome), so a repeated write changes nothing.
   * @throws RequestError `request_invalid` when a row can never be written (others of the batch may still be).
   */
  append(rows: readonly UsageRow[]): Awaitable<void>
  /** Newest first. `limit` 1 to 1,000, default 100. */
  list(query: UsageQuery & { readonly limit?: number }): Promise<readonly UsageRow[]>
  /** May read in several round trips. Groups come in no certain order, and none where no row matches. */
  statistics(query: StatisticsQuery): Promise<readonly UsageStatistics[]>
  /** Closes at most 1,000 open rows whose `expiresAt` has passed as `unknown`, billed `U1`. Answers how many. */
  sweep(): Promise<number>
}

/**
 * `sliding`: never more than the limit in any span of `ms`; a unit comes back at most `ms / 60` late.
 * `calendar`: the boundaries cut time into windows, and the store's clock chooses the one that counts. One boundary
 * alone is a window without end, for what is in flight.
 */
export type LimitWindow =
  | { readonly kind: 'sliding'; readonly ms: number }
  | { readonly kind: 'calendar'; readonly boundaries: readonly number[] }

/** One counter and what is asked of it. */
export interface LimitDimension {
  /** Names the counter; 1 to 512 characters. */
  readonly key: string
  /** Most units in a window; 0 refuses all. Whole, as all amounts. */
  readonly limit: number
  readonly amount: number
  /** What stays booked when nobody settles in time; at most `amount`. */
  readonly keep: number
  readonly window: LimitWindow
}

/** True amount of one dimension of a reservation. */
export interface LimitAmount {
  readonly key: string
  readonly amount: number
}

/** All dimensions were booked, or none. */
export type LimitDecision =
  | { readonly isAllowed: true }
  | {
      readonly isAllowed: false
      /** Index of the dimension that stands in the way longest. */
      readonly index: number
      /** What is left of its limit. */
      readonly remaining: number
      /** Until it may fit; absent when it never will, or nobody can tell. */
      readonly retryAfterMs?: number
    }

/** State of one counter. */
export interface LimitLevel {
  /** Booked in the current window, reservations included. */
  readonly used: number
  /** The part of it that is not settled yet. */
  readonly reserved: number
  /** When a calendar window ends. */
  readonly resetsAt?: number
}

/** Counters that admit or refuse. */
export interface LimitStore {
  /** Books all dimensions or none under a new `id`. Unsettled after `ttlMs`, each falls back to its `keep`. */
  reserve(id: string, dimensions: readonly LimitDimension[], ttlMs: number): Awaitable<LimitDecision>
  /**
   * Replaces what a reservation booked by the true amounts (0 gives back), in the window in which it was booked; these
   * may go over the limit. Does nothing the second time. Answers false when no such reservation stood any more.
   */
  settle(id: string, amounts: readonly LimitAmount[]): Awaitable<boolean>
  /** Levels in the order of the dimensions, whose amounts play no part. */
  read(dimensions: readonly LimitDimension[]): Promise<readonly LimitLevel[]>
}

/** Circuits shared by several processes. */
export interface CircuitStore {
  /** `openUntil` comes back on our clock, whatever the store's own shows. */
  read(key: string): Promise<CircuitSnapshot | undefined>
  write(key: string, state: CircuitSnapshot): Promise<void>
  /** Takes one of `probes` leases, which ends by itself after `ttlMs`. Answers false when all are taken. */
  lease(key: string, probes: number, ttlMs: number): Promise<boolean>
  /** Gives back the oldest lease taken through this object. */
  release(key: string): Promise<void>
}

/** A tenant's configuration of a provider, as it is stored. */
export interface ProviderConfigRow {
  readonly id: string
  readonly tenant: string
  readonly provider: string
  /** Sealed; bound to tenant, provider, id and `keyVersion`. */
  readonly apiKeySealed: string
  /** Counts changes of the API key. */
  readonly keyVersion: number
  readonly defaultModel?: string
  readonly isActive: boolean
  readonly lastTestedAt?: number
  readonly testLatencyMs?: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly metadata: JsonObject
  /** Counts changes of the row. */
  readonly version: number
}

/** Which configurations; every field narrows. */
export interface ConfigQuery {
  readonly tenant?: string
  readonly provider?: string
  readonly isActive?: boolean
  /** Ids that sort after this one (by bytes). */
  readonly after?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
}

/** Tenants' provider configurations. */
export interface ConfigStore {
  get(tenant: string, id: string): Promise<ProviderConfigRow | undefined>
  /** In the order of ids. */
  list(query: ConfigQuery): Promise<readonly ProviderConfigRow[]>
  /**
   * Writes the row when the stored version is `row.version - 1` (a new row has version 1) and answers whether it did.
   * An active row takes the place of its tenant's active one for the same provider, whose version grows by one.
   */
  put(row: ProviderConfigRow): Promise<boolean>
  /** Answers whether there was one. */
  delete(tenant: string, id: string): Promise<boolean>
}

/** All four, as each backend gives them. */
export interface Stores {
  readonly usage: UsageStore
  readonly limits: LimitStore
  readonly circuits: CircuitStore
  readonly configs: ConfigStore
  /** Lets go of what the stores opened themselves; clients that were handed in stay open. */
  close(): Promise<void>
}
