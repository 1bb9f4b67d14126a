import { LimitExceededError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'
import type {
  AnswerBound,
  AttemptResult,
  BookedAttempt,
  CallReservation,
  CallResult,
  MeteredAttempt,
} from '../types/meter.ts'
import type { PriceSource } from '../types/price.ts'
import type { Awaitable } from '../types/store.ts'
import { type Bill, billOf, costOf, sumOf } from './billing.ts'
import { isPromise } from './bounded.ts'
import { boundIn, type Counter, type Demand } from './counters.ts'
import { hasAnswer, isFree } from './endpoints.ts'
import type { KnownCall } from './known-call.ts'
import type { Ledger } from './ledger.ts'
import type { LimitOptions } from './limit-options.ts'
import type { Booking, Limiter } from './limiter.ts'
import { microDollars } from './rate.ts'
import { callRow, closedRow, openRow } from './rows.ts'
import type { Rules } from './rules.ts'

/** What calls need of their meter. */
export interface MeterParts {
  readonly clock: Clock
  readonly rules: Rules
  readonly limits: LimitOptions
  readonly limiter: Limiter | undefined
  readonly ledger: Ledger | undefined
  readonly price: PriceSource | undefined
  readonly nextId: () => string
  /** An answer was longer than what was reserved for it. */
  readonly onOvershoot: () => void
}

/** Times of one call. */
export interface CallTimes {
  /** How long its reservations last. */
  readonly ttlMs: number
  /** End of waiting for a limit, on the steady clock. */
  readonly waitUntil: number
}

type Candidates = readonly Pick<MeteredAttempt, 'provider' | 'model'>[]

/** Limits and rows of one call and its attempts. */
export class MeteredCallRun implements CallReservation {
  readonly #call: KnownCall
  readonly #parts: MeterParts
  readonly #times: CallTimes
  readonly #id: string
  readonly #createdAt: number
  readonly #bills: Bill[] = []
  readonly #isFree: boolean
  /** Answer tokens that are reserved. */
  readonly #outputTokens: number
  /** A limit of the call that its answers may outgrow. */
  #limit: Counter | undefined
  #booking: Booking | undefined
  #openAttempts = 0
  #result: CallResult | undefined

  constructor(call: KnownCall, parts: MeterParts, times: CallTimes) {
    this.#call = call
    this.#parts = parts
    this.#times = times
    this.#id = parts.nextId()
    this.#createdAt = parts.clock.now()
    const { assumedOutputTokens = 1_024, maxOutputTokens = 32_768 } = parts.limits
    this.#isFree = isFree(call.endpoint)
    this.#outputTokens = hasAnswer(call.endpoint)
      ? Math.min(Math.ceil(call.maxOutputTokens ?? assumedOutputTokens), maxOutputTokens)
      : 0
  }

  /** Reserves the limits of client and tenant. */
  begin(): Promise<void> | undefined {
    const counters = this.#counters({ tenant: this.#call.tenant }, false, this.#createdAt)
    if (counters === undefined) return undefined
    this.#limit = boundIn(counters)
    const booking = this.#reserve(this.#id, counters, this.#call.candidates ?? [])
    if (!isPromise(booking)) {
      this.#booking = booking
      return undefined
    }
    return booking.then((made) => {
      this.#booking = made
    })
  }

  async openAttempt(attempt: MeteredAttempt): Promise<BookedAttempt> {
    this.#openAttempts++
    try {
      return await this.#open(attempt)
    } catch (error) {
      this.#openAttempts--
      this.#finish()
      throw error
    }
  }

  async #open(attempt: MeteredAttempt): Promise<BookedAttempt> {
    const { clock, ledger, nextId } = this.#parts
    const { provider, keyId } = attempt
    const { tenant } = this.#call
    const id = nextId()
    const subject = keyId === undefined ? { tenant, provider } : { tenant, provider, keyId }
    const counters = this.#counters(subject, true, clock.now())
    const reserved = counters && this.#reserve(id, counters, [attempt])
    const booking = isPromise(reserved) ? await reserved : reserved
    const createdAt = clock.now()
    if (ledger !== undefined) {
      const expiresAt = createdAt + this.#times.ttlMs
      const cost = this.#costOf(attempt, 0)
      const stored = ledger.addNow(openRow(id, this.#call, attempt, { createdAt, expiresAt, cost }))
      if (stored !== undefined) await stored
    }
    const limit = boundIn(counters) ?? this.#limit
    let isSettled = false
    const settle = (result: AttemptResult) => {
      if (isSettled) return
      isSettled = true
      this.#settleAttempt(id, attempt, result, { createdAt, booking, limit })
    }
    const bound = this.#boundBy(limit)
    return bound === undefined ? { id, settle } : { id, settle, bound }
  }

  settle(result: CallResult): void {
    if (this.#result !== undefined) return
    this.#result = result
    this.#finish()
  }

  #settleAttempt(
    id: string,
    attempt: MeteredAttempt,
    result: AttemptResult,
    about: { readonly createdAt: number; readonly booking: Booking | undefined; readonly limit: Counter | undefined },
  ): void {
    const { ledger, price, onOvershoot } = this.#parts
    const { createdAt, booking, limit } = about
    const { provider, model } = attempt
    const bill = billOf({ provider, model, inputTokens: this.#call.inputTokens, isFree: this.#isFree }, result, price)
    ledger?.add(closedRow(id, this.#call, attempt, { createdAt, result, bill }))
    booking?.settle(usedBy([bill]))
    if (limit !== undefined && bill.usage.outputTokens > this.#outputTokens) onOvershoot()
    this.#bills.push(bill)
    this.#openAttempts--
    this.#finish()
  }

  /** The call is booked when it is over and the last of its attempts is, in whichever order. */
  #finish(): void {
    const result = this.#result
    if (result === undefined || this.#openAttempts > 0) return
    this.#openAttempts = Number.POSITIVE_INFINITY
    const bills = this.#bills
    this.#booking?.settle(usedBy(bills))
    const cost = bills.every((bill) => bill.cost !== undefined) ? costsOf(bills) : undefined
    const sums = { attempts: bills.length, usage: sumOf(bills), createdAt: this.#createdAt, cost }
    this.#parts.ledger?.add(callRow(this.#id, this.#call, result, sums))
  }

  /** Nothing where streams may finish. */
  #boundBy(limit: Counter | undefined): AnswerBound | undefined {
    if (limit === undefined || this.#parts.limits.onOvershoot !== 'stop') return undefined
    const { scope, measure, rate } = limit
    return { outputTokens: this.#outputTokens, limit: { scope, measure, rate } }
  }

  /** Nothing where no limit applies. */
  #counters(subject: Parameters<Rules['countersFor']>[0], isAttempt: boolean, now: number) {
    const { limiter, rules } = this.#parts
    const all = limiter && rules.countersFor(subject, isAttempt, now)
    const counters = this.#isFree
      ? all?.filter(({ measure }) => measure === 'requests' || measure === 'concurrent')
      : all
    return counters !== undefined && counters.length > 0 ? counters : undefined
  }

  #reserve(id: string, counters: readonly Counter[], candidates: Candidates): Awaitable<Booking | undefined> {
    const { limiter } = this.#parts
    const { ttlMs, waitUntil } = this.#times
    const { inputTokens, signal } = this.#call
    const outputTokens = this.#outputTokens
    const hasCost = counters.some(isCost)
    const cost = hasCost ? this.#priceOf(candidates, outputTokens) : 0
    const keptCost = hasCost ? this.#priceOf(candidates, 0) : 0
    const demand = { requests: 1, tokens: inputTokens + outputTokens, cost, concurrent: 1 }
    const keep = { requests: 1, tokens: inputTokens, cost: keptCost, concurrent: 0 }
    return limiter?.reserve({ id, counters, demand, keep, ttlMs, waitUntil, signal })
  }

  /** Millionths of a dollar of the dearest candidate whose price is known. */
  #priceOf(candidates: Candidates, outputTokens: number): number {
    const known = candidates.flatMap((candidate) => this.#costOf(candidate, outputTokens) ?? [])
    if (known.length > 0) return Math.ceil(Math.max(...known) * microDollars)
    if (this.#parts.limits.onUnknownPrice === 'allow') return 0
    throw new LimitExceededError('budget_unknown', 'A cost limit is set, but no price is known; give prices')
  }

  /** US dollars of the prompt and so many answer tokens, where the price is known. */
  #costOf({ provider, model }: Candidates[number], outputTokens: number): number | undefined {
    if (this.#isFree) return 0
    const { inputTokens } = this.#call
    const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, input: {}, output: {} }
    return costOf({ provider, model, usage }, this.#parts.price)
  }
}

function isCost({ measure }: Counter): boolean {
  return measure === 'cost'
}

/** What attempts count for in limits: a request once anything was sent, tokens and cost as billed. */
function usedBy(bills: readonly Bill[]): Demand {
  let requests = 0
  let tokens = 0
  for (const { billing, usage } of bills) {
    if (billing !== 'U0') requests = 1
    tokens += usage.totalTokens
  }
  return { requests, tokens, cost: Math.ceil(costsOf(bills) * microDollars), concurrent: 0 }
}

function costsOf(bills: readonly Bill[]): number {
  let sum = 0
  for (const { cost = 0 } of bills) sum += cost
  return sum
}
