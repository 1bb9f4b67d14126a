/** A timer that waits. */
export interface Timer {
  readonly dueAt: number
  /** Tells timers of the same moment apart: the one made first goes first. */
  readonly order: number
  readonly callback: () => void
}

/** Timers in the order in which they fall due. */
export class TimerQueue {
  readonly #timers: Timer[] = []
  #made = 0

  get size(): number {
    return this.#timers.length
  }

  /** The timer that falls due next. */
  get first(): Timer | undefined {
    return this.#timers[0]
  }

  add(dueAt: number, callback: () => void): Timer {
    const timer: Timer = { dueAt, order: this.#made++, callback }
    this.#timers.splice(this.#placeOf(timer), 0, timer)
    return timer
  }

  /** Takes a timer out; one that is not waiting, or none, is passed over. */
  remove(timer: Timer | undefined): void {
    if (timer === undefined || timer === null) return
    const place = this.#placeOf(timer)
    if (this.#timers[place] === timer) this.#timers.splice(place, 1)
  }

  /** Where a timer stands, or would stand. */
  #placeOf({ dueAt, order }: Timer): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#timers[middle] as Timer
      if (other.dueAt < dueAt || (other.dueAt === dueAt && other.order < order)) low = middle + 1
      else high = middle
    }
    return low
  }
}
