const size = 64
const enough = 8

/** Times to the first content of one provider's latest answers. */
export class LatencyWindow {
  readonly #times: number[] = []
  #next = 0

  add(ms: number): void {
    this.#times[this.#next] = ms
    this.#next = (this.#next + 1) % size
  }

  /** The 95th percentile in ms; `undefined` until enough is known. */
  get p95(): number | undefined {
    if (this.#times.length < enough) return undefined
    const sorted = [...this.#times].sort((a, b) => a - b)
    return sorted[Math.ceil(sorted.length * 0.95) - 1]
  }
}
