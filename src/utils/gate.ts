import type { Clock } from '../types/clock.ts'
import type { ErrorCode } from '../types/error-code.ts'

/** Longest rest, whatever a provider asks for. */
const longestMs = 900_000
/** After a rest of this length one call goes ahead, for this long at most; the others go when it has come back well. */
const longMs = 60_000
const aheadMs = 5_000

/** Rests one key at one provider: refused, unpaid or rate limited. The circuit of the endpoint is not concerned. */
export class Gate {
  readonly #clock: Clock
  readonly #longestMs: number
  #closedUntil = 0
  #wasLong = false
  #era = 0
  #code: ErrorCode = 'rate_limited'

  constructor(clock: Clock, maxRestMs = longestMs) {
    this.#clock = clock
    this.#longestMs = maxRestMs
  }

  /** Why it was last closed. */
  get code(): ErrorCode {
    return this.#code
  }

  /** Ms until it opens; 0 when it is open. */
  get closedForMs(): number {
    return this.#closedUntil === 0 ? 0 : Math.max(0, this.#closedUntil - this.#clock.monotonic())
  }

  /** As `closedForMs`, for a call that goes if it may. */
  enter(): number {
    const { closedForMs } = this
    if (closedForMs === 0 && this.#wasLong) {
      this.#wasLong = false
      this.#closedUntil = this.#clock.monotonic() + aheadMs
    }
    return closedForMs
  }

  /** Counts its closings: what began before the last one cannot open it. */
  get era(): number {
    return this.#era
  }

  /** Closes it; never shortens a rest already taken. Answers for how long. */
  close(code: ErrorCode, ms: number): number {
    const until = this.#clock.monotonic() + Math.min(ms, this.#longestMs)
    this.#era++
    if (until > this.#closedUntil) {
      this.#closedUntil = until
      this.#code = code
      this.#wasLong = ms >= longMs
    }
    return this.closedForMs
  }

  /** Opens it, unless it was closed again since `era`. */
  open(era = this.#era): void {
    if (era !== this.#era) return
    this.#closedUntil = 0
    this.#wasLong = false
  }
}
