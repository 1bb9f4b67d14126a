import { AbortError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'

/** Who waits for room in a counter: one line for each, in the order of their coming. */
export class WaitingLines {
  /** All who wait. */
  size = 0
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
        if (signal?.aborted) reject(abortError(signal))
        else resolve()
      }
      const timer = this.#clock.setTimeout(end, ms)
      const line = this.#lines.get(key) ?? new Set()
      this.#lines.set(key, line.add(end))
      this.size++
      if (signal?.aborted) end()
      else signal?.addEventListener('abort', end)
    })
  }

  /** Lets the first of a line look. */
  wakeNext(key: string): void {
    const [wake] = this.#lines.get(key) ?? []
    wake?.()
  }
}

/** The error of a call that its caller gave up. */
export function abortError({ reason }: AbortSignal): AbortError {
  return new AbortError('aborted', 'The call was aborted while it waited for a limit', { cause: reason })
}
