import { AbortError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'
import type { ClientEvent, Observer } from '../types/events.ts'
import type { Guard, GuardBlock, GuardCall, GuardFinding, GuardRequest } from '../types/guard.ts'
import type { Warning } from '../types/reply.ts'
import { isPromise } from './drive.ts'

/** Findings an event shows; the rest are counted. */
const maxFindings = 100

/** Why a guard could not do its work; becomes a `GuardError` once it is known whether text was shown. */
export class GuardFailure extends Error {
  readonly guard: string
  /** Name of what was thrown. Its message may quote the text that was guarded, so it goes no further. */
  readonly reason: string

  constructor(guard: string, reason: string) {
    super(`Guard '${guard}' failed: ${reason}`)
    this.guard = guard
    this.reason = reason
  }
}

/** A guard's refusal on its way to the caller. */
export class GuardRefusal extends Error {
  readonly guard: string
  readonly block: GuardBlock

  constructor(guard: string, block: GuardBlock) {
    super(block.rule)
    this.guard = guard
    this.block = block
  }
}

/** What all guards of one call share. */
export interface CallScope {
  readonly capability: GuardCall['capability']
  readonly clock: Clock
  readonly emit: Observer | undefined
  readonly requestId: string | undefined
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly onGuardError: 'block' | 'allow'
  original: GuardRequest
  request: GuardRequest
  readonly warnings: Warning[]
}

/** Keeps the books of one guard at one stage of a call: its findings, its time, its limits. */
export class Recorder {
  readonly guard: Guard
  readonly stage: 'input' | 'output'
  readonly call: GuardCall
  readonly #scope: CallScope
  readonly #controller = new AbortController()
  readonly #findings: GuardFinding[] = []
  #count = 0
  #ms = 0
  #isClosed = false
  heldChars: number | undefined
  heldMs = 0
  isChanged = false

  constructor(guard: Guard, stage: 'input' | 'output', state: unknown, scope: CallScope) {
    this.guard = guard
    this.stage = stage
    this.#scope = scope
    const request = scope.request
    this.call = {
      state,
      capability: scope.capability,
      original: scope.original,
      request,
      signal: this.#controller.signal,
      report: (finding) => {
        // A guard that was given up may still be running.
        if (this.#isClosed) return
        this.#count++
        if (this.#findings.length < maxFindings) this.#findings.push(finding)
      },
      warn: (warning) => scope.warnings.push(warning),
    }
    // An ended call ends its guards; the listener goes with the recorder.
    if (scope.signal.aborted) this.#controller.abort(scope.signal.reason)
    else scope.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = () => this.#controller.abort(this.#scope.signal.reason)

  /** Closes the books on what a guard threw; true when the call goes on without the guard. */
  forgives(error: unknown): boolean {
    const isFailure = error instanceof GuardFailure
    const goesOn = isFailure && (this.guard.onError ?? this.#scope.onGuardError) === 'allow'
    this.close('failed', isFailure && !goesOn)
    return goesOn
  }

  /** Asks the guard something and holds a late answer to the time-out. Throws `GuardFailure` or `AbortError`. */
  ask<Answer>(question: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const { clock } = this.#scope
    const start = clock.monotonic()
    let answer: Answer | Promise<Answer>
    try {
      answer = question()
    } catch (error) {
      this.#ms += clock.monotonic() - start
      throw this.failure(error)
    }
    if (!isPromise(answer)) {
      this.#ms += clock.monotonic() - start
      return answer
    }
    return this.#wait(answer as Promise<Answer>).finally(() => {
      this.#ms += clock.monotonic() - start
    })
  }

  failure(error: unknown): GuardFailure {
    if (error instanceof GuardFailure) return error
    return new GuardFailure(this.guard.name, error instanceof Error ? error.name : `threw a ${typeof error}`)
  }

  #wait<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const { clock, timeoutMs: defaultMs, signal } = this.#scope
    const timeoutMs = this.guard.timeoutMs ?? defaultMs
    return new Promise<Answer>((resolve, reject) => {
      const onAbort = () => settle(() => reject(aborted(signal)))
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY
          ? undefined
          : clock.setTimeout(() => {
              const failure = new GuardFailure(this.guard.name, `no answer within ${timeoutMs} ms`)
              settle(() => reject(failure))
              this.#controller.abort(failure)
            }, timeoutMs)
      const settle = (act: () => void) => {
        if (timer !== undefined) clock.clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        act()
      }
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      answer.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(this.failure(error))),
      )
    })
  }

  /** Notes how much is held back, and for how long. */
  noteHeld(chars: number, ms: number): void {
    this.heldChars = Math.max(this.heldChars ?? 0, chars)
    this.heldMs = Math.max(this.heldMs, ms)
  }

  /** Emits the one event of this guard at this stage; later calls do nothing. */
  close(outcome: 'allow' | 'rewrite' | 'block' | 'failed', ends: boolean, rule?: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { signal, emit, clock, requestId } = this.#scope
    signal.removeEventListener('abort', this.#onAbort)
    if (emit === undefined) return
    const event: ClientEvent = {
      type: ends ? 'guard-blocked' : 'guard-decided',
      at: clock.now(),
      ...(requestId !== undefined && { requestId }),
      guard: this.guard.name,
      stage: this.stage,
      outcome,
      ...(rule !== undefined && { rule }),
      findings: this.#findings,
      findingCount: this.#count,
      ms: this.#ms,
      ...(this.heldChars !== undefined && { heldChars: this.heldChars, heldMs: this.heldMs }),
    }
    try {
      emit(event)
    } catch {
      // An observer must not break a call.
    }
  }

  /** Gives the guard's signal an end, for checks that nobody waits for any more. */
  abandon(): void {
    this.#controller.abort()
  }
}

/** The error of a call its caller ended. */
function aborted(signal: AbortSignal): AbortError {
  return new AbortError('aborted', 'The call was aborted', { cause: signal.reason })
}
