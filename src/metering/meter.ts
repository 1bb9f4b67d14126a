/**
 * The meter of one client: limits before, ledger during, settlement after each attempt and each call, exactly once.
 *
 *     const meter = createMeter({ stores: memoryStores(), limits: { perTenant: { requests: '10/minute' } } })
 *     const call = await meter.reserve({ requestId, tenant, endpoint: 'chat', inputTokens })   // throws over the limit
 *     const attempt = await call.openAttempt({ provider, model, attempt: 1 })                  // before anything is sent
 *     attempt.settle(record)                                                                  // on every way out
 *     call.settle({ outcome: 'ok', ms })                                                       // on every way out
 *     await meter.close()
 */
import { StoreError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type {
  CallReservation,
  LimitStatus,
  LimitSubject,
  Meter,
  MeteredCall,
  MeterHealth,
  UsageReportQuery,
} from '../types/meter.ts'
import type { PriceSource } from '../types/price.ts'
import type { LimitStore, UsageStatistics, UsageStore } from '../types/store.ts'
import {
  checkOptions,
  clockLike,
  copyOptions,
  duration,
  integerIn,
  ofType,
  oneOf,
  withMethods,
} from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { orderedIds } from '../utils/ordered-id.ts'
import { bounded } from './bounded.ts'
import { Calendar } from './calendar.ts'
import { inUnits } from './counters.ts'
import { knownCall } from './known-call.ts'
import { Ledger, type LedgerOptions } from './ledger.ts'
import type { LimitOptions } from './limit-options.ts'
import { Limiter } from './limiter.ts'
import { MeteredCallRun, type MeterParts } from './metered-call.ts'
import { rejectedRow } from './rows.ts'
import { Rules } from './rules.ts'
import { statisticsQuery } from './statistics.ts'

/** Something the meter wants known; each kind at most once a minute. */
export interface MeterWarning {
  readonly code:
    | 'limit-store-failed'
    | 'usage-store-failed'
    | 'usage-rows-dropped'
    | 'usage-row-refused'
    | 'attempts-swept'
    | 'reservation-outgrown'
    | 'clock-jump'
  readonly message: string
  readonly error?: LlmError
}

/** What a meter is made of. Everything has a default; without stores it lets everything through and books nothing. */
export interface MeterOptions {
  /** Where usage is booked and limits are counted; either may be missing. */
  readonly stores?: { readonly usage?: UsageStore; readonly limits?: LimitStore }
  readonly limits?: LimitOptions
  readonly ledger?: LedgerOptions
  /** Prices, for costs and cost limits. */
  readonly prices?: PriceSource
  readonly onWarning?: (warning: MeterWarning) => void
  /** Default: the machine's own time. */
  readonly clock?: Clock
}

const minute = 60_000
/** A reservation lasts this much longer than its call may. */
const graceMs = minute
const longestTtlMs = 24 * 60 * minute
/** The wall clock may drift from the steady one by this much before it is called a jump. */
const jumpMs = 5_000

const ledgerChecks = {
  maxQueued: integerIn(1, 10_000_000),
  batchSize: integerIn(1, 10_000),
  flushMs: duration,
  writeAhead: ofType('boolean'),
  onFull: oneOf('drop', 'refuse'),
  journal: ofType('function'),
}

const storeChecks = {
  usage: withMethods('a usage store', 'append', 'list', 'statistics', 'sweep'),
  limits: withMethods('a limit store', 'reserve', 'settle', 'read'),
}

/** Makes the meter of one client. */
export function createMeter(options: MeterOptions = {}): Meter {
  const given = copyOptions('meter', options)
  checkOptions('meter', given, {
    stores: ofType('object'),
    limits: ofType('object'),
    ledger: ofType('object'),
    prices: ofType('function'),
    onWarning: ofType('function'),
    clock: clockLike,
  })
  const { usage, limits } = options.stores ?? {}
  checkOptions('meter.stores', { usage, limits }, storeChecks)
  const ledger = copyOptions('meter.ledger', given.ledger ?? {})
  checkOptions('meter.ledger', ledger, ledgerChecks)
  return new UsageMeter({ ...given, ledger, limits: copyOptions('limits', given.limits ?? {}) })
}

class UsageMeter implements Meter {
  readonly #clock: Clock
  readonly #parts: MeterParts & { readonly onFull: LedgerOptions['onFull'] }
  readonly #onWarning: MeterOptions['onWarning']
  readonly #calendar = new Calendar()
  readonly #rules: Rules
  readonly #limiter: Limiter | undefined
  readonly #ledger: Ledger | undefined
  readonly #usage: UsageStore | undefined
  readonly #lastWarned = new Map<string, number>()
  /** Calls whose limits are being asked. */
  readonly #entering = new Set<Promise<void>>()
  #swept = 0
  #sweptAt = Number.NEGATIVE_INFINITY
  #wallOffset: number

  constructor(options: MeterOptions) {
    const { clock = systemClock, stores = {}, limits = {}, ledger = {} } = options
    this.#clock = clock
    this.#onWarning = options.onWarning
    this.#rules = new Rules(limits, this.#calendar)
    this.#usage = stores.usage
    this.#wallOffset = clock.now() - clock.monotonic()
    this.#limiter =
      stores.limits &&
      new Limiter(clock, stores.limits, limits, (error) => {
        this.#warn('limit-store-failed', 'The limit store cannot be asked; calls go by the policy', error)
      })
    this.#ledger =
      stores.usage &&
      new Ledger(clock, stores.usage, ledger, (error) => {
        const isRow = error.code === 'request_invalid'
        if (isRow)
          this.#warn('usage-row-refused', 'A usage row can never be written; it is among the dead letters', error)
        else this.#warn('usage-store-failed', 'The usage store cannot be written; rows wait', error)
      })
    this.#parts = {
      clock,
      rules: this.#rules,
      limits,
      limiter: this.#limiter,
      ledger: this.#ledger,
      price: options.prices,
      nextId: orderedIds(clock),
      onFull: ledger.onFull,
      onOvershoot: () => this.#warn('reservation-outgrown', 'An answer was longer than what was reserved for it'),
    }
  }

  async reserve(call: MeteredCall): Promise<CallReservation> {
    const known = knownCall(call)
    const now = this.#clock.monotonic()
    this.#watchClock(now)
    if (now >= this.#sweptAt + minute) void this.#sweep(now)
    if (this.#ledger?.isFull) {
      this.#warn('usage-rows-dropped', 'The queue of usage rows is full; new rows are dropped')
      if (this.#parts.onFull === 'refuse') throw new StoreError('store_unavailable', 'Usage cannot be booked')
    }
    const { mode, maxWaitMs = 30_000 } = this.#parts.limits
    const timeoutMs = known.timeoutMs ?? 300_000
    const run = new MeteredCallRun(known, this.#parts, {
      ttlMs: Math.min(timeoutMs + graceMs, longestTtlMs),
      waitUntil: mode === 'wait' ? now + Math.min(maxWaitMs, timeoutMs) : now,
    })
    let begun: Promise<void> | undefined
    try {
      begun = run.begin()
      if (begun !== undefined) {
        this.#entering.add(begun)
        await begun
      }
    } catch (error) {
      this.#ledger?.add(rejectedRow(this.#parts.nextId(), known, error as LlmError, this.#clock, now))
      throw error
    } finally {
      if (begun !== undefined) this.#entering.delete(begun)
    }
    return run
  }

  async statistics(query: UsageReportQuery = {}): Promise<readonly UsageStatistics[]> {
    if (this.#usage === undefined) return []
    const zone = query.timeZone ?? this.#rules.zoneOf({ ...(query.tenant !== undefined && { tenant: query.tenant }) })
    return this.#usage.statistics(statisticsQuery(query, this.#calendar, zone, this.#clock.now()))
  }

  async remaining(subject: LimitSubject = {}): Promise<readonly LimitStatus[]> {
    const now = this.#clock.now()
    const counters = [false, true].flatMap((isAttempt) => this.#rules.countersFor(subject, isAttempt, now))
    const levels = counters.length > 0 ? await this.#limiter?.levels(counters) : undefined
    return counters.map(({ scope, measure, rate, limit }, index) => {
      const { used = 0, reserved = 0, resetsAt } = levels?.[index] ?? {}
      return {
        scope,
        measure,
        rate,
        limit: inUnits(measure, limit),
        used: inUnits(measure, used),
        reserved: inUnits(measure, reserved),
        remaining: inUnits(measure, Math.max(0, limit - used)),
        ...(resetsAt !== undefined && { resetsAt }),
      }
    })
  }

  health(): MeterHealth {
    const state = (part: { isStoreDown: boolean } | undefined) =>
      part === undefined ? 'none' : part.isStoreDown ? 'unavailable' : 'ok'
    return {
      usageStore: state(this.#ledger),
      limitStore: state(this.#limiter),
      queued: this.#ledger?.queued ?? 0,
      written: this.#ledger?.written ?? 0,
      dropped: this.#ledger?.dropped ?? 0,
      deadLettered: this.#ledger?.deadLettered ?? 0,
      failedWrites: this.#ledger?.failedWrites ?? 0,
      swept: this.#swept,
      lostReservations: this.#limiter?.lostReservations ?? 0,
    }
  }

  async flush(): Promise<number> {
    await this.#limiter?.flush()
    return (await this.#ledger?.flush()) ?? 0
  }

  async close(limitMs = 5_000): Promise<number> {
    const paid = this.#limiter?.close(limitMs)
    // Who waited is refused now, and booked.
    await Promise.allSettled(this.#entering)
    try {
      return (await this.#ledger?.close(limitMs)) ?? 0
    } finally {
      await paid
    }
  }

  /** Closes open rows of owners that died, once a minute while there is traffic. */
  async #sweep(now: number): Promise<void> {
    const store = this.#usage
    this.#sweptAt = now
    if (store === undefined) return
    try {
      const count = await bounded(
        this.#clock,
        minute,
        () => store.sweep(),
        (value) => Number.isInteger(value),
      )
      this.#swept += count
      if (count > 0) this.#warn('attempts-swept', `${count} attempts were never settled; they are booked as unknown`)
    } catch (error) {
      this.#warn('usage-store-failed', 'The usage store cannot be swept', error as LlmError)
    }
  }

  #watchClock(now: number): void {
    const offset = this.#clock.now() - now
    if (Math.abs(offset - this.#wallOffset) > jumpMs) {
      this.#warn('clock-jump', `The wall clock was set by ${Math.round(offset - this.#wallOffset)} ms`)
    }
    this.#wallOffset = offset
  }

  #warn(code: MeterWarning['code'], message: string, error?: LlmError): void {
    const now = this.#clock.monotonic()
    if (now < (this.#lastWarned.get(code) ?? Number.NEGATIVE_INFINITY) + minute) return
    this.#lastWarned.set(code, now)
    try {
      this.#onWarning?.({ code, message, ...(error && { error }) })
    } catch {
      // What watches a meter must not break it.
    }
  }
}
