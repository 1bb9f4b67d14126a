import { AbortError, errorOf } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { ErrorCode } from '../types/error-code.ts'

/** A timer this much behind says that the process stood still, not the provider. */
const lagMs = 200
/** What I/O that arrived meanwhile gets, so that it is read before the limit is called passed. */
const graceMs = 50

/** The timer looks in at least this often, so that a nearer limit set meanwhile seldom needs a timer of its own. */
const tickMs = 10_000

const texts: Partial<Record<ErrorCode, string>> = {
  connect_timeout: 'No connection',
  headers_timeout: 'No answer',
  first_token_timeout: 'No first content',
  idle_timeout: 'No further content',
  body_timeout: 'No complete body',
  deadline_exceeded: 'The call did not end',
}

/** Something that waits and can be told to stop; a client keeps a set of them for its own end. */
export interface Endable {
  abort(error: LlmError): void
}

/** What waits on behalf of one call. When the call has been ended, what begins to wait later is ended at once. */
export class Live {
  /** Why the call was ended from outside. */
  ended: LlmError | undefined
  // Seldom more than one or two.
  #waiting: readonly Endable[] = []

  add(one: Endable): void {
    this.#waiting = [...this.#waiting, one]
    if (this.ended !== undefined) one.abort(this.ended)
  }

  delete(one: Endable): void {
    this.#waiting = this.#waiting.filter((other) => other !== one)
  }

  /** Ends everything that waits, and what begins to wait later. */
  end(error: LlmError): void {
    this.ended ??= error
    this.abort(error)
  }

  /** Ends what waits now. */
  abort(error: LlmError): void {
    for (const one of this.#waiting) one.abort(error)
  }
}

/**
 * Watches over one attempt: one timer for all its limits, and at most one AbortController. The timer is moved only when a nearer
 * limit is set; a later one is noticed when it fires, so re-arming for each chunk costs two assignments.
 */
export class Watch implements Endable {
  readonly #clock: Clock
  #controller: AbortController | undefined
  #ended: LlmError | undefined
  readonly #callerSignal: AbortSignal | undefined
  readonly #deadlineAt: number
  readonly #live: Live
  #dueAt = Number.POSITIVE_INFINITY
  #limitMs = 0
  #code: ErrorCode = 'deadline_exceeded'
  #timer: unknown
  #timerAt = Number.POSITIVE_INFINITY
  #hadGrace = false
  #isClosed = false
  #onEnd: ((error: LlmError) => void) | undefined

  /** `deadlineAt` is on the clock's monotonic scale. */
  constructor(clock: Clock, deadlineAt: number, live: Live, callerSignal?: AbortSignal) {
    this.#clock = clock
    this.#live = live
    this.#deadlineAt = deadlineAt
    this.#callerSignal = callerSignal
    callerSignal?.addEventListener('abort', this.#abortByCaller)
    if (callerSignal?.aborted) this.#abortByCaller()
    else {
      live.add(this)
      this.#arm()
    }
  }

  /** Ends what the attempt waits for; its reason is always an `LlmError`. Made when it is first asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#ended !== undefined) this.#controller.abort(this.#ended)
    }
    return this.#controller.signal
  }

  /** Why the attempt was ended from here, if it was. */
  get ended(): LlmError | undefined {
    return this.#ended
  }

  /** From now on, `code` happens after `ms` unless another limit is set before. */
  limit(ms: number, code: ErrorCode): void {
    this.#dueAt = this.#clock.monotonic() + ms
    this.#limitMs = ms
    this.#code = code
    if (Math.min(this.#dueAt, this.#deadlineAt) < this.#timerAt) this.#arm()
  }

  /** Keeps the present limit but names it anew: the attempt has come further. */
  rename(code: ErrorCode): void {
    this.#code = code
  }

  /** No limit but the deadline: the reader has the turn. */
  pause(): void {
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  /** Called once when the attempt is ended from here, at once if it was already. */
  set onEnd(listener: (error: LlmError) => void) {
    this.#onEnd = listener
    if (this.#ended !== undefined) listener(this.#ended)
  }

  /** Settles as `work` does, or rejects as soon as the watch ends the attempt. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== undefined) reject(this.#ended)
      this.#onEnd = reject
      work.then(resolve, reject)
    })
  }

  abort(error: LlmError): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    this.close()
    this.#controller?.abort(error)
    this.#onEnd?.(error)
  }

  /** Lets timer and listener go; the attempt is over. */
  close(): void {
    this.#isClosed = true
    this.#live.delete(this)
    this.#callerSignal?.removeEventListener('abort', this.#abortByCaller)
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  #arm(graceMs = 0): void {
    if (this.#isClosed) return
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    const now = this.#clock.monotonic()
    const dueAt = Math.max(Math.min(this.#dueAt, this.#deadlineAt), now + graceMs)
    if (dueAt === Number.POSITIVE_INFINITY) return
    this.#timerAt = Math.min(dueAt, now + tickMs)
    this.#timer = this.#clock.setTimeout(this.#check, this.#timerAt - now)
  }

  readonly #check = (): void => {
    const firedAt = this.#timerAt
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#clock.monotonic()
    const dueAt = Math.min(this.#dueAt, this.#deadlineAt)
    if (now < dueAt) {
      this.#hadGrace = false
      this.#arm()
    } else if (now - firedAt > lagMs && !this.#hadGrace) {
      this.#hadGrace = true
      this.#arm(graceMs)
    } else {
      const isDeadline = this.#deadlineAt <= this.#dueAt
      this.abort(timeoutError(isDeadline ? 'deadline_exceeded' : this.#code, isDeadline ? undefined : this.#limitMs))
    }
  }

  readonly #abortByCaller = (): void => {
    this.abort(abortError(this.#callerSignal?.reason))
  }
}

/** The error of a passed limit. */
function timeoutError(code: ErrorCode, ms?: number): LlmError {
  return errorOf(
    code,
    `${texts[code] ?? 'Too late'} within ${ms === undefined ? 'its deadline' : `${Math.round(ms)} ms`}`,
  )
}

/** The error of a caller's own abort. */
export function abortError(reason: unknown): AbortError {
  return new AbortError('aborted', 'The call was aborted by its caller', { cause: reason })
}
