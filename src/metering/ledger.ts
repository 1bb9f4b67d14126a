import type { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { UsageRow, UsageStore } from '../types/store.ts'
import { bounded, isPromise, unref } from './bounded.ts'

/** How the ledger queues and writes. */
export interface LedgerOptions {
  /** Rows that may wait; more are refused and counted. Default 10,000. */
  readonly maxQueued?: number
  /** Rows in one write. Default 200. */
  readonly batchSize?: number
  /** Longest time a closed row waits for others, in ms. Default 1,000. */
  readonly flushMs?: number
  /**
   * Write an attempt's open row before its request goes out, so that a crash loses none. Default `true`; waits at most
   * 250 ms, and not at all while the store is away.
   */
  readonly writeAhead?: boolean
  /** When the queue is full: `drop` new rows and count them, or `refuse` calls. Default `drop`. */
  readonly onFull?: 'drop' | 'refuse'
  /** Takes the rows that could not be written by the end of `close`. */
  readonly journal?: (rows: readonly UsageRow[]) => unknown
}

/** Longest a call waits for its open row. */
const aheadMs = 250
/** Longest one write may take. */
const writeMs = 5_000
const longestRestMs = 30_000
const maxDeadLetters = 100

/**
 * Writes usage rows in batches, in order. A row leaves the queue only when the store has it; a write that fails is
 * repeated, and what a repeated write finds stored already changes nothing.
 */
export class Ledger {
  written = 0
  dropped = 0
  deadLettered = 0
  failedWrites = 0
  isStoreDown = false
  /** Rows that can never be written, the last 100. */
  readonly deadLetters: UsageRow[] = []
  readonly #clock: Clock
  readonly #store: UsageStore
  readonly #options: LedgerOptions
  readonly #onTrouble: (error: LlmError) => void
  readonly #queue = new Map<string, UsageRow>()
  readonly #waiting = new Map<string, () => void>()
  /** The store answered its last write at once: rows need not wait for each other. */
  #isAtOnce = false
  #failures = 0
  #restUntil = Number.NEGATIVE_INFINITY
  #timer: unknown
  #writing: Promise<void> | undefined
  #isClosed = false
  #closing: Promise<number> | undefined

  constructor(clock: Clock, store: UsageStore, options: LedgerOptions, onTrouble: (error: LlmError) => void) {
    this.#clock = clock
    this.#store = store
    this.#options = options
    this.#onTrouble = onTrouble
  }

  get queued(): number {
    return this.#queue.size
  }

  get isFull(): boolean {
    return this.#queue.size >= (this.#options.maxQueued ?? 10_000)
  }

  /** Queues a row. A later row with the same id takes the place of the earlier one. */
  add(row: UsageRow): void {
    if (this.#isAtOnce && this.#queue.size === 0 && this.#isWrittenAtOnce(row)) return
    if (this.#isClosed || (this.isFull && !this.#queue.has(row.id))) {
      this.dropped++
      return
    }
    this.#queue.set(row.id, row)
    if (this.#queue.size >= (this.#options.batchSize ?? 200)) void this.#write()
    else this.#schedule(this.#options.flushMs ?? 1_000)
  }

  /** Queues a row; with something to wait for, but not for long, until it is stored. */
  addNow(row: UsageRow): Promise<void> | undefined {
    this.add(row)
    if (this.#options.writeAhead === false || this.isStoreDown || !this.#queue.has(row.id)) return undefined
    return new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(end, aheadMs)
      const waiting = this.#waiting
      const clock = this.#clock
      function end(): void {
        clock.clearTimeout(timer)
        waiting.delete(row.id)
        resolve()
      }
      waiting.set(row.id, end)
      void this.#write()
    })
  }

  /** Tries to write everything now; answers how many rows are left. */
  async flush(): Promise<number> {
    this.#restUntil = Number.NEGATIVE_INFINITY
    // A write under way took its batch earlier.
    await this.#write()
    if (this.#queue.size > 0 && !this.isStoreDown) await this.#write()
    return this.#queue.size
  }

  /** Writes until nothing is left or `limitMs` have passed; hands the rest to the journal. Once, however often called. */
  close(limitMs: number): Promise<number> {
    this.#closing ??= this.#close(limitMs)
    return this.#closing
  }

  async #close(limitMs: number): Promise<number> {
    const until = this.#clock.monotonic() + limitMs
    while ((await this.#within(until, this.flush())) && this.#clock.monotonic() < until) {
      await this.#within(until, new Promise((resolve) => this.#clock.setTimeout(() => resolve(undefined), 100)))
    }
    this.#isClosed = true
    this.#stopTimer()
    const left = [...this.#queue.values()]
    if (left.length > 0) await this.#options.journal?.(left)
    return left.length
  }

  /** Waits for the work, but not beyond a moment; anything but 0 means that it was not done. */
  #within(until: number, work: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve(true), until - this.#clock.monotonic())
      void work.then((result) => {
        this.#clock.clearTimeout(timer)
        resolve(result !== 0)
      })
    })
  }

  /** Hands one row to a store that answers at once. Whatever goes wrong then is met again on the ordinary way. */
  #isWrittenAtOnce(row: UsageRow): boolean {
    if (this.#isClosed) return false
    try {
      const answer = this.#store.append([row])
      if (!isPromise(answer)) {
        this.written++
        return true
      }
      answer.catch(() => {}) // The row is written once more.
    } catch {
      // The same.
    }
    this.#isAtOnce = false
    return false
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#isClosed) return
    const rest = Math.max(ms, this.#restUntil - this.#clock.monotonic())
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      void this.#write()
    }, rest)
    unref(this.#timer)
  }

  #stopTimer(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** One writer at a time. Never rejects. */
  #write(): Promise<void> {
    if (this.#clock.monotonic() < this.#restUntil) {
      this.#schedule(0)
      return Promise.resolve()
    }
    if (this.#queue.size > 0) this.#writing ??= this.#writeAll()
    return this.#writing ?? Promise.resolve()
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.size > 0) {
      const batch = this.#oldest(this.#options.batchSize ?? 200)
      if (!(await this.#writeBatch(batch))) break
    }
    // In the same turn as the last look at the queue: a row that comes after it begins a write of its own.
    this.#writing = undefined
    if (this.#queue.size === 0) this.#stopTimer()
  }

  /** The rows that have waited longest; a long queue costs no more than a short one. */
  #oldest(count: number): UsageRow[] {
    const rows: UsageRow[] = []
    for (const row of this.#queue.values()) {
      if (rows.length === count) break
      rows.push(row)
    }
    return rows
  }

  /** Writes a batch; one that is refused is halved until the rows at fault stand alone. Answers whether to go on. */
  async #writeBatch(batch: readonly UsageRow[]): Promise<boolean> {
    try {
      const answer = bounded(
        this.#clock,
        writeMs,
        () => this.#store.append(batch),
        () => true,
      )
      this.#isAtOnce = !isPromise(answer)
      if (isPromise(answer)) await answer
    } catch (error) {
      if ((error as LlmError).code !== 'request_invalid') return this.#rest(error as LlmError)
      if (batch.length === 1) return this.#bury(batch[0] as UsageRow, error as LlmError)
      const middle = Math.ceil(batch.length / 2)
      return (await this.#writeBatch(batch.slice(0, middle))) && this.#writeBatch(batch.slice(middle))
    }
    this.isStoreDown = false
    this.#failures = 0
    this.written += batch.length
    for (const row of batch) this.#leave(row)
    return true
  }

  #rest(error: LlmError): false {
    this.isStoreDown = true
    this.failedWrites++
    const ms = Math.min(1_000 * 2 ** this.#failures++, longestRestMs)
    this.#restUntil = this.#clock.monotonic() + ms
    this.#stopTimer()
    this.#schedule(ms)
    for (const wake of [...this.#waiting.values()]) wake()
    this.#onTrouble(error)
    return false
  }

  #bury(row: UsageRow, error: LlmError): true {
    this.deadLettered++
    this.deadLetters.push(row)
    if (this.deadLetters.length > maxDeadLetters) this.deadLetters.shift()
    this.#leave(row)
    this.#onTrouble(error)
    return true
  }

  /** Takes a row off the queue, unless a later one has taken its place. */
  #leave(row: UsageRow): void {
    this.#waiting.get(row.id)?.()
    if (this.#queue.get(row.id) === row) this.#queue.delete(row.id)
  }
}
