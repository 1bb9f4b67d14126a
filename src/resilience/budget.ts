import type { Clock } from '../types/clock.ts'

const windowMs = 10_000

/** Keeps extra attempts (retries, hedges) at a share of recent calls, so that an outage is not met with a storm. */
export class Budget {
  readonly #clock: Clock
  readonly #share: number
  readonly #free: number
  // Two half windows turn over each other: a sliding count without a list.
  #turnedAt = 0
  #calls = 0
  #extras = 0
  #oldCalls = 0
  #oldExtras = 0

  /** `free` extras in 10 s are always allowed, and a share of the calls where that is more. */
  constructor(clock: Clock, share: number, free: number) {
    this.#clock = clock
    this.#share = share
    this.#free = free
  }

  /** A call has come to this provider. */
  countCall(): void {
    this.#turn()
    this.#calls++
  }

  /** Takes an extra attempt out of the budget, if there is one left. */
  take(): boolean {
    this.#turn()
    const allowed = Math.max(this.#free, this.#share * (this.#calls + this.#oldCalls))
    if (this.#extras + this.#oldExtras + 1 > allowed) return false
    this.#extras++
    return true
  }

  #turn(): void {
    const now = this.#clock.monotonic()
    const half = windowMs / 2
    if (now - this.#turnedAt < half) return
    const isFresh = now - this.#turnedAt < windowMs
    this.#oldCalls = isFresh ? this.#calls : 0
    this.#oldExtras = isFresh ? this.#extras : 0
    this.#calls = 0
    this.#extras = 0
    this.#turnedAt = now
  }
}
