// The one file that knows opossum. opossum holds the closed/open state and runs every call of a closed circuit; the
// counting is ours, because it counts percentages in a window, lets one trial call through, takes filtered errors for
// successes and half-opens by a timer that dies with a frozen process.
import CircuitBreaker from 'opossum'
import type { CircuitOptions, CircuitSnapshot, CircuitState } from '../types/circuit.ts'
import type { Clock } from '../types/clock.ts'

/** What an attempt says about its provider; `neutral` neither trips nor heals. */
export type Verdict = 'success' | 'failure' | 'neutral'

/** Leave to make one attempt. */
export interface Permit {
  readonly isProbe: boolean
  /** Says how the attempt ended; only the first word counts, and none from before the last change of state. */
  settle(verdict: Verdict): void
}

/** A change of state worth telling. */
export type CircuitChange =
  | { readonly to: 'open'; readonly cooldownMs: number }
  | { readonly to: 'half-open' }
  | { readonly to: 'closed' }

/** A trial call that has not been settled for this long no longer holds its place. */
const probeLeaseMs = 120_000
const never = 2_147_483_647

type Action = (run: () => Promise<unknown>) => Promise<unknown>

/** Counts failures in a row, by the clock, without a timer that must fire. */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #onChange: (change: CircuitChange) => void
  readonly #breaker: CircuitBreaker<[run: () => Promise<unknown>], unknown>
  readonly #probes = new Map<Permit, number>()
  #failures = 0
  #openings = 0
  #probeSuccesses = 0
  #openUntil = 0
  #era = 0
  #rotate: () => void = () => {}
  #rotatedAt = 0

  constructor(
    name: string,
    options: CircuitOptions,
    clock: Clock,
    random: () => number,
    onChange: (change: CircuitChange) => void,
  ) {
    this.#options = options
    this.#clock = clock
    this.#random = random
    this.#onChange = onChange
    this.#breaker = new CircuitBreaker<[run: () => Promise<unknown>], unknown>(
      ((run) => run()) as Action,
      {
        name,
        timeout: false,
        // It opens only when we say so. Its percentages pass 100 when calls leave the window before their failures do.
        volumeThreshold: never,
        resetTimeout: never,
        rollingPercentilesEnabled: false,
        enableSnapshots: false,
        // Its statistics turn when calls come, so a breaker at rest has no timer.
        rotateBucketController: {
          on: (_event: string, rotate: () => void) => {
            this.#rotate = rotate
          },
          listenerCount: () => 0,
          removeListener: () => {},
        },
      } as unknown as CircuitBreaker.Options,
    )
  }

  get state(): CircuitState {
    if (this.#breaker.closed) return 'closed'
    return this.#clock.monotonic() < this.#openUntil ? 'open' : 'half-open'
  }

  /** Would an attempt be let through now? Takes no place. */
  get isAvailable(): boolean {
    if (this.#breaker.closed) return true
    const now = this.#clock.monotonic()
    return now >= this.#openUntil && this.#probePlaces(now) > 0
  }

  /** Ms until trial calls are let through; 0 when they are, or the circuit is closed. */
  get retryInMs(): number {
    return this.#breaker.closed ? 0 : Math.max(0, this.#openUntil - this.#clock.monotonic())
  }

  /** A permit, or nothing when the circuit is open or its trial places are taken; `isForced` makes a trial call of it. */
  admit(isForced = false): Permit | undefined {
    if (this.#breaker.closed) return this.#permit(false)
    const now = this.#clock.monotonic()
    const isRefused = now < this.#openUntil || this.#probePlaces(now) <= 0
    if (isRefused && !isForced) return undefined
    if (this.#probes.size === 0 && this.#probeSuccesses === 0) this.#onChange({ to: 'half-open' })
    const permit = this.#permit(true)
    this.#probes.set(permit, now)
    return permit
  }

  /** Runs an admitted attempt: through opossum while closed, directly as a trial call. */
  run<T>(permit: Permit, action: () => Promise<T>): Promise<T> {
    if (permit.isProbe || !this.#breaker.closed) return action()
    const now = this.#clock.monotonic()
    if (now - this.#rotatedAt >= 1_000) {
      this.#rotatedAt = now
      this.#rotate()
    }
    return this.#breaker.fire(action) as Promise<T>
  }

  /** Closes it by hand and forgets all failures. */
  reset(): void {
    this.#openings = 0
    this.#close()
  }

  snapshot(): CircuitSnapshot {
    const isClosed = this.#breaker.closed
    return {
      state: isClosed ? 'closed' : 'open',
      failures: this.#failures,
      openUntil: isClosed ? 0 : Math.round(this.#clock.now() + this.retryInMs),
      openings: this.#openings,
    }
  }

  /** Takes up a saved state; a time in the future is trusted for one longest cooldown at most. */
  restore(snapshot: CircuitSnapshot): void {
    this.#failures = countIn(snapshot.failures)
    this.#openings = countIn(snapshot.openings)
    if (snapshot.state !== 'open') return
    const left = Math.min(
      countIn(snapshot.openUntil) - this.#clock.now(),
      this.#cooldownMs() * (1 + this.#options.jitter),
    )
    this.#openUntil = this.#clock.monotonic() + Math.max(0, left)
    this.#nextEra()
    this.#breaker.open()
  }

  /** Lets opossum's timers go. */
  close(): void {
    this.#breaker.shutdown()
  }

  #probePlaces(now: number): number {
    for (const [permit, startedAt] of this.#probes) {
      if (now - startedAt > probeLeaseMs) this.#probes.delete(permit)
    }
    return this.#options.probes - this.#probeSuccesses - this.#probes.size
  }

  #permit(isProbe: boolean): Permit {
    const era = this.#era
    let isSettled = false
    const permit: Permit = {
      isProbe,
      settle: (verdict) => {
        if (isSettled) return
        isSettled = true
        // A call from before the circuit opened or closed says nothing about it now.
        if (era !== this.#era) return
        if (isProbe) this.#settleProbe(permit, verdict)
        else if (verdict === 'success') this.#failures = 0
        else if (verdict === 'failure' && ++this.#failures >= this.#options.threshold) this.#open()
      },
    }
    return permit
  }

  #settleProbe(permit: Permit, verdict: Verdict): void {
    // A trial call that lost its place to time no longer speaks for the provider's health.
    if (!this.#probes.delete(permit)) return
    if (verdict === 'failure') this.#open()
    else if (verdict === 'success' && ++this.#probeSuccesses >= this.#options.probes) {
      this.#openings = 0
      this.#close()
    }
  }

  #cooldownMs(): number {
    const { cooldownMs, cooldownFactor, maxCooldownMs } = this.#options
    return Math.min(cooldownMs * cooldownFactor ** Math.max(0, this.#openings - 1), Math.max(maxCooldownMs, cooldownMs))
  }

  #open(): void {
    this.#openings++
    const cooldownMs = this.#cooldownMs() * (1 + this.#random() * this.#options.jitter)
    this.#openUntil = this.#clock.monotonic() + cooldownMs
    this.#nextEra()
    this.#breaker.open()
    this.#onChange({ to: 'open', cooldownMs })
  }

  #close(): void {
    const wasClosed = this.#breaker.closed
    this.#failures = 0
    this.#nextEra()
    this.#breaker.close()
    if (!wasClosed) this.#onChange({ to: 'closed' })
  }

  #nextEra(): void {
    this.#era++
    this.#probes.clear()
    this.#probeSuccesses = 0
  }
}

/** A number of a saved state, which may be somebody else's writing. */
function countIn(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, Number.MAX_SAFE_INTEGER) : 0
}
