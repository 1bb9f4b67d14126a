import { AbortError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'

/** Who waits for room in a counter: one line for each, in the order of their coming. */
export class WaitingLines {
  /** All who wait. */
  size = 0
  #isClosed = false
  readonly #clock: Clock
  readonly #lines = new Map<string, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends after `ms`, or when it is the caller's turn in the line. @throws AbortError */
  pause(key: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#clock.clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        this.size--
        line.delete(end)
        if (line.size === 0) this.#lines.delete(key)
        if (this.#isClosed || signal?.aborted) reject(abortError(signal))
        else resolve()
      }
      const timer = this.#clock.setTimeout(end, ms)
      const line = this.#lines.get(key) ?? new Set()
      this.#lines.set(key, line.add(end))
      this.size++
      if (this.#isClosed || signal?.aborted) end()
      else signal?.addEventListener('abort', end)
    })
  }

  /** Ends all waiting, and what would begin to wait later. */
  close(): void {
    this.#isClosed = true
    for (const line of [...this.#lines.values()]) for (const end of [...line]) end()
  }

  /** Lets the first of a line look. */
  wakeNext(key: string): void {
    const [wake] = this.#lines.get(key) ?? []
    wake?.()
  }
}

/** The error of a call that its caller gave up, or whose meter was closed. */
export function abortError(signal: AbortSignal | undefined): AbortError {
  return new AbortError('aborted', 'The call was aborted while it waited for a limit', { cause: signal?.reason })
}
