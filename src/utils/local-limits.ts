import type { Clock } from '../types/clock.ts'
import type { LimitAmount, LimitDecision, LimitDimension, LimitLevel, LimitStore, LimitWindow } from '../types/store.ts'
import { freshness, levelOf, liveWindow, longestWait, remainingOf, waitFor } from './limit-window.ts'

/** After so many reservations some counters are looked through, and those without use are dropped. */
const purgeEvery = 16
/** Counters looked through each time: more than so many reservations can have made. */
const purged = 128

const allowed: LimitDecision = { isAllowed: true }

interface Pending {
  slot: number
  readonly amount: number
  readonly keep: number
  /** Steady time. */
  readonly endsAt: number
}

/** A counter, and what was found when its window was last looked at. */
interface Counter {
  window: LimitWindow
  readonly slots: Map<number, number>
  readonly pending: Map<string, Pending>
  /** No reservation ends before this. */
  nextEndAt: number
  /** Slot for new bookings. */
  slot: number
  /** Sum of the slots. */
  used: number
  /** From when until when the slots stay what they are. */
  freshFrom: number
  freshUntil: number
}

/**
 * Limits inside one process: the memory store's, and the stand-in while another store is down. Answers at once. Sliding
 * windows and unsettled reservations run on the steady clock, so that setting the wall clock changes nothing.
 */
export class LocalLimits implements LimitStore {
  readonly #clock: Clock
  readonly #counters = new Map<string, Counter>()
  #purging: MapIterator<[string, Counter]> | undefined
  #reservations = 0
  #steady = 0
  #wall = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  reserve(id: string, dimensions: readonly LimitDimension[], ttlMs: number): LimitDecision {
    this.#readClock()
    if (++this.#reservations % purgeEvery === 0) this.#purge()
    const counters: Counter[] = []
    let isRefused = false
    for (const dimension of dimensions) {
      const counter = this.#look(dimension)
      counters.push(counter)
      if (counter.used + dimension.amount > dimension.limit) isRefused = true
    }
    if (isRefused) return this.#refusal(dimensions, counters)
    const endsAt = this.#steady + ttlMs
    for (let index = 0; index < counters.length; index++) {
      const counter = counters[index] as Counter
      const { key, amount, keep } = dimensions[index] as LimitDimension
      this.#counters.set(key, counter)
      book(counter, counter.slot, amount)
      counter.pending.set(id, { slot: counter.slot, amount, keep, endsAt })
      if (endsAt < counter.nextEndAt) counter.nextEndAt = endsAt
    }
    return allowed
  }

  settle(id: string, amounts: readonly LimitAmount[]): boolean {
    let isFound = false
    for (const { key, amount } of amounts) {
      const counter = this.#counters.get(key)
      const pending = counter?.pending.get(id)
      if (counter === undefined || pending === undefined) continue
      isFound = true
      finish(counter, id, pending, amount)
    }
    return isFound
  }

  async read(dimensions: readonly LimitDimension[]): Promise<readonly LimitLevel[]> {
    this.#readClock()
    return dimensions.map((dimension) => {
      const { slots, pending, window } = this.#look(dimension)
      const reserved = [...pending.values()].reduce((sum, { amount }) => sum + amount, 0)
      return levelOf(liveWindow(window, this.#at(window), [...slots]), reserved)
    })
  }

  #readClock(): void {
    this.#steady = this.#clock.monotonic()
    this.#wall = this.#clock.now()
  }

  #at({ kind }: LimitWindow): number {
    return kind === 'sliding' ? this.#steady : this.#wall
  }

  #refusal(dimensions: readonly LimitDimension[], counters: readonly Counter[]): LimitDecision {
    const waits = dimensions.flatMap((dimension, index) => {
      const { used, slots } = counters[index] as Counter
      if (used + dimension.amount <= dimension.limit) return []
      const now = this.#at(dimension.window)
      const wait = waitFor(dimension, liveWindow(dimension.window, now, [...slots]), now)
      return [{ index, remaining: remainingOf(dimension, used), wait }]
    })
    return longestWait(waits)
  }

  /** The counter as it stands now. As a rule nothing has passed since the last look, however many are in flight. */
  #look({ key, window }: Pick<LimitDimension, 'key' | 'window'>): Counter {
    const counter = this.#counters.get(key) ?? newCounter(window)
    if (this.#steady >= counter.nextEndAt) endOverdue(counter, this.#steady)
    const now = this.#at(window)
    if (window !== counter.window || now < counter.freshFrom || now >= counter.freshUntil) {
      lookAnew(counter, window, now)
    }
    return counter
  }

  /** Goes round through all counters, a few at a time. */
  #purge(): void {
    this.#purging ??= this.#counters.entries()
    for (let looks = 0; looks < purged; looks++) {
      const { done, value } = this.#purging.next()
      if (done) {
        this.#purging = undefined
        return
      }
      const [key, { window }] = value
      const counter = this.#look({ key, window })
      if (counter.used === 0 && counter.pending.size === 0) this.#counters.delete(key)
    }
  }
}

function newCounter(window: LimitWindow): Counter {
  const never = { nextEndAt: Number.POSITIVE_INFINITY, freshFrom: Number.POSITIVE_INFINITY, freshUntil: 0 }
  return { window, slots: new Map(), pending: new Map(), slot: 0, used: 0, ...never }
}

function lookAnew(counter: Counter, window: LimitWindow, now: number): void {
  const { slots, pending } = counter
  const live = liveWindow(window, now, [...slots])
  slots.clear()
  for (const [slot, used] of live.slots) slots.set(slot, used)
  if (live.isCarried) {
    for (const one of pending.values()) one.slot = Math.min(one.slot, live.slot)
  }
  const { from, until } = freshness(window, live, now)
  counter.window = window
  counter.slot = live.slot
  counter.used = live.used
  counter.freshFrom = from
  counter.freshUntil = until
}

/** Settles what nobody settled in time. All are looked at, once in the time that a reservation lasts. */
function endOverdue(counter: Counter, now: number): void {
  let next = Number.POSITIVE_INFINITY
  for (const [id, pending] of counter.pending) {
    if (pending.endsAt <= now) finish(counter, id, pending, pending.keep)
    else if (pending.endsAt < next) next = pending.endsAt
  }
  counter.nextEndAt = next
}

/** Books the truth in the slot of the reservation; a slot that is gone belongs to a window that has passed. */
function finish(counter: Counter, id: string, { slot, amount }: Pending, truth: number): void {
  counter.pending.delete(id)
  if (counter.slots.has(slot)) book(counter, slot, truth - amount)
}

function book(counter: Counter, slot: number, amount: number): void {
  const before = counter.slots.get(slot) ?? 0
  const after = Math.max(0, before + amount)
  counter.slots.set(slot, after)
  counter.used += after - before
}
