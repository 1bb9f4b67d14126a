import { LimitExceededError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { Awaitable, LimitAmount, LimitDecision, LimitDimension, LimitLevel, LimitStore } from '../types/store.ts'
import { LocalLimits } from '../utils/local-limits.ts'
import { bounded, isPromise, unref } from './bounded.ts'
import { type Counter, type Demand, dimensionsOf, inUnits } from './counters.ts'
import type { LimitOptions } from './limit-options.ts'
import { abortError, WaitingLines } from './waiting-lines.ts'

/** Longest wait for the limit store. */
const storeMs = 250
/** A store that failed is left alone this long; calls go by the policy meanwhile. */
const restMs = 1_000
/** Settlements kept for a store that is away. */
const maxOwed = 10_000
/** When nobody can say how long a wait will be. */
const pollMs = 1_000

type Refusal = Exclude<LimitDecision, { isAllowed: true }>

const nothing: Demand = { requests: 0, tokens: 0, cost: 0, concurrent: 0 }

/** What is asked for one call or attempt. */
export interface Ask {
  readonly id: string
  readonly counters: readonly Counter[]
  readonly demand: Demand
  readonly keep: Demand
  readonly ttlMs: number
  /** End of waiting on the steady clock. */
  readonly waitUntil: number
  readonly signal: AbortSignal | undefined
}

/** A reservation that stands. */
export interface Booking {
  /** Replaces the reserved amounts by the true ones. */
  settle(used: Demand): void
}

/** Reserves in the store, by the policy while that is away, and pays back what is owed when it returns. */
export class Limiter {
  isStoreDown = false
  lostReservations = 0
  readonly #clock: Clock
  readonly #store: LimitStore
  readonly #options: LimitOptions
  readonly #onTrouble: (error: LlmError) => void
  readonly #insurance: LocalLimits
  readonly #owed = new Map<string, readonly LimitAmount[]>()
  readonly #lines: WaitingLines
  #restUntil = Number.NEGATIVE_INFINITY
  #timer: unknown
  readonly #underWay = new Set<Promise<void>>()

  constructor(clock: Clock, store: LimitStore, options: LimitOptions, onTrouble: (error: LlmError) => void) {
    this.#clock = clock
    this.#store = store
    this.#options = options
    this.#onTrouble = onTrouble
    this.#insurance = new LocalLimits(clock)
    this.#lines = new WaitingLines(clock)
  }

  /**
   * At once where the store answers at once and it fits.
   *
   * @throws LimitExceededError, AbortError
   */
  reserve(ask: Ask): Awaitable<Booking> {
    if (ask.signal?.aborted) throw abortError(ask.signal)
    const isAsked = !this.#isResting
    const decided = this.#decide(ask.id, ask)
    if (!isPromise(decided) && decided?.isAllowed) return this.#booking(ask.id, ask.counters, 'store')
    return this.#attend(ask, decided, isAsked)
  }

  /** Waits for the store, and for a limit where that is the mode. */
  async #attend(ask: Ask, first: Awaitable<LimitDecision | undefined>, isFirstAsked: boolean): Promise<Booking> {
    let id = ask.id
    let decided = first
    let isAsked = isFirstAsked
    let line: string | undefined
    try {
      for (let round = 1; ; round++) {
        const answer = await decided
        const decision = answer ?? this.#decideAlone(id, ask, isAsked)
        if (decision.isAllowed) return this.#booking(id, ask.counters, answer ? 'store' : isAsked ? 'both' : 'here')
        const counter = ask.counters[decision.index] as Counter
        const ms = this.#waitFor(ask, counter, decision)
        // Its turn is of no use to it: something else stands in the way now.
        if (line !== undefined && line !== counter.key) this.#lines.wakeNext(line)
        line = counter.key
        await this.#lines.pause(line, ms, ask.signal)
        // A new id each time: a reservation whose answer was lost may stand under the last one.
        id = `${ask.id}~${round}`
        isAsked = !this.#isResting
        decided = this.#decide(id, ask)
      }
    } finally {
      // There may be room for the next one too, or its turn was given to one who left.
      if (line !== undefined) this.#lines.wakeNext(line)
    }
  }

  /** Levels from the store; from this process while it is away. */
  async levels(counters: readonly Counter[]): Promise<readonly LimitLevel[]> {
    const dimensions = dimensionsOf(counters, nothing, nothing)
    const read = () => this.#store.read(dimensions)
    const levels = await this.#ask(read, (value) => Array.isArray(value) && value.length === counters.length)
    return levels ?? this.#insurance.read(dimensions)
  }

  /** Waits for settlements under way, and tries for at most `limitMs` to pay what is owed. */
  async flush(limitMs = Number.POSITIVE_INFINITY): Promise<void> {
    const until = this.#clock.monotonic() + limitMs
    await Promise.all(this.#underWay)
    this.#restUntil = Number.NEGATIVE_INFINITY
    await this.#payBack(until)
  }

  async close(limitMs: number): Promise<void> {
    this.#lines.close()
    await this.flush(limitMs)
    this.#clock.clearTimeout(this.#timer)
  }

  /** What the store says; nothing while it is away. */
  #decide(id: string, { counters, demand, keep, ttlMs }: Ask): Awaitable<LimitDecision | undefined> {
    const dimensions = dimensionsOf(counters, demand, keep)
    return this.#ask(
      () => this.#store.reserve(id, dimensions, ttlMs),
      (value) => isDecision(value, dimensions),
    )
  }

  /** What the policy says while the store is away. */
  #decideAlone(id: string, { counters, demand, keep, ttlMs }: Ask, isAsked: boolean): LimitDecision {
    const isMoney = counters.some(({ measure }) => measure === 'cost')
    const mayGoOn = (this.#options.onStoreError ?? (isMoney ? 'deny' : 'allow')) === 'allow'
    const decision = mayGoOn ? this.#insurance.reserve(id, dimensionsOf(counters, demand, keep), ttlMs) : undefined
    // Refused, but the request may have reached the store all the same.
    if (!decision?.isAllowed && isAsked) void this.#settleInStore(id, amountsOf(counters, nothing), false)
    if (decision !== undefined) return decision
    throw new LimitExceededError('budget_unknown', 'The limit store cannot be asked; the call is refused')
  }

  /** Asks the store; `undefined` while it is away. */
  #ask<Result>(work: () => Awaitable<Result>, isResult: (value: unknown) => boolean): Awaitable<Result | undefined> {
    if (this.#isResting) return undefined
    try {
      const result = bounded(this.#clock, storeMs, work, isResult)
      if (isPromise(result)) return this.#answered(result)
      this.isStoreDown = false
      return result
    } catch (error) {
      this.#rest(error as LlmError)
      return undefined
    }
  }

  async #answered<Result>(answer: Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await answer
      this.isStoreDown = false
      return result
    } catch (error) {
      this.#rest(error as LlmError)
      return undefined
    }
  }

  /** Left alone after a failure: it is not asked, and knows nothing of what is let through. */
  get #isResting(): boolean {
    return this.#clock.monotonic() < this.#restUntil
  }

  #rest(error: LlmError): void {
    this.isStoreDown = true
    this.#restUntil = this.#clock.monotonic() + restMs
    this.#onTrouble(error)
  }

  /** After a failure both are told: the store may have booked although its answer never came. */
  #booking(id: string, counters: readonly Counter[], where: 'store' | 'here' | 'both'): Booking {
    return {
      settle: (used) => {
        const amounts = amountsOf(counters, used)
        if (where !== 'store') this.#insurance.settle(id, amounts)
        const settled = where === 'here' ? undefined : this.#settleInStore(id, amounts, where === 'store')
        // Who is told before the store knows is refused once more.
        if (settled === undefined) this.#tell(amounts)
        else void settled.then(() => this.#tell(amounts))
      },
    }
  }

  /** A promise where the store does not answer at once. */
  #settleInStore(id: string, amounts: readonly LimitAmount[], isExpected: boolean): Promise<void> | undefined {
    const end = (isKnown: boolean | undefined) => {
      if (isKnown === undefined) this.#owe(id, amounts)
      else if (!isKnown && isExpected) this.lostReservations++
    }
    const isKnown = this.#ask(() => this.#store.settle(id, amounts), isBoolean)
    if (!isPromise(isKnown)) {
      end(isKnown)
      return undefined
    }
    const work: Promise<void> = isKnown.then(end).finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
    return work
  }

  #owe(id: string, amounts: readonly LimitAmount[]): void {
    if (this.#owed.size < maxOwed) this.#owed.set(id, amounts)
    if (this.#timer !== undefined) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      void this.#payBack(Number.POSITIVE_INFINITY)
    }, restMs)
    unref(this.#timer)
  }

  async #payBack(until: number): Promise<void> {
    for (const [id, amounts] of this.#owed) {
      if (this.#clock.monotonic() >= until) return
      const isKnown = await this.#ask(() => this.#store.settle(id, amounts), isBoolean)
      if (isKnown === undefined) {
        this.#owe(id, amounts)
        return
      }
      this.#owed.delete(id)
    }
  }

  /** Ms until it is worth asking again. */
  #waitFor(ask: Ask, counter: Counter, decision: Refusal): number {
    const { retryAfterMs } = decision
    const mayCome = retryAfterMs !== undefined || (counter.measure === 'concurrent' && counter.limit > 0)
    const left = ask.waitUntil - this.#clock.monotonic()
    const isInTime = (retryAfterMs ?? 0) <= left && left > 0
    if (mayCome && isInTime && this.#lines.size < (this.#options.maxWaiting ?? 1_000)) {
      return Math.min(retryAfterMs ?? pollMs, left)
    }
    throw exceeded(counter, decision, ask.demand)
  }

  /** Something of these counters came back. */
  #tell(amounts: readonly LimitAmount[]): void {
    if (this.#lines.size > 0) for (const { key } of amounts) this.#lines.wakeNext(key)
  }
}

function amountsOf(counters: readonly Counter[], used: Demand): LimitAmount[] {
  return counters.map(({ key, measure }) => ({ key, amount: used[measure] }))
}

function isDecision(value: unknown, dimensions: readonly LimitDimension[]): boolean {
  const { isAllowed, index } = (value ?? {}) as { isAllowed?: unknown; index?: unknown }
  return isAllowed === true || (isAllowed === false && Number.isInteger(index) && (index as number) < dimensions.length)
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function exceeded({ scope, measure, rate }: Counter, decision: Refusal, demand: Demand): LimitExceededError {
  const { retryAfterMs } = decision
  const remaining = inUnits(measure, decision.remaining)
  const code = measure === 'concurrent' ? 'concurrency_exceeded' : 'limit_exceeded'
  // A call may be refused though nothing was used yet: it is what it could use that does not fit.
  const left = `; ${remaining} left, this call may use ${inUnits(measure, demand[measure])}`
  const isOfSize = measure === 'tokens' || measure === 'cost'
  const message = `Limit reached: ${measure} per ${scope}, ${rate}${isOfSize ? left : ''}`
  return new LimitExceededError(code, message, { retryAfterMs, limit: { scope, measure, rate, remaining } })
}
