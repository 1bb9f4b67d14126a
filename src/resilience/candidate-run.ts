import { CircuitOpenError, errorOf } from '../errors/families.ts'
import { type LlmError, policyOfError } from '../errors/llm-error.ts'
import type { AttemptOutcome } from '../types/attempt.ts'
import type { KeyTurn } from '../types/keys.ts'
import { Attempt } from './attempt.ts'
import { type Call, endOf, ruleFor, timeLeft } from './call.ts'
import type { Permit } from './circuit-breaker.ts'
import type { Candidate } from './link.ts'
import type { Place } from './place.ts'
import { backoffMs, withRetry } from './retry.ts'
import type { Leave, SharedCircuit } from './shared-circuit.ts'
import { orEnd, sleep } from './sleep.ts'
import { type Endable, Watch } from './watch.ts'

/** A failure that took this long is as good as silence: the same provider is not asked again while another stands. */
const slowFailureMs = 10_000

const noKeys: readonly (string | undefined)[] = []

/** What a candidate's turn depends on. */
export interface TurnOptions<T> {
  /** Makes one attempt; settles it itself when it succeeds, or hands it on. */
  readonly run: (attempt: Attempt) => Promise<T>
  /** Loads code the candidate needs, before any limit runs: time that is not the provider's to answer for. */
  readonly prepare?: ((candidate: Candidate) => Promise<unknown> | undefined) | undefined
  /** Takes a place among the connections to the candidate, or in the line for one. */
  readonly enter?: ((candidate: Candidate) => Place | undefined) | undefined
  /** Candidates behind this one that could be asked now. */
  readonly fallbacks: () => number
  /** Go although the circuit is open: the last hope of a call. */
  readonly isForced?: boolean
}

/** One candidate's turn in one call: admission, attempts through the circuit, retries. */
export class CandidateRun<T> {
  readonly candidate: Candidate
  readonly #call: Call
  readonly #options: TurnOptions<T>
  #attempt: Attempt | undefined
  #waiter: Endable | undefined
  #isCancelled = false
  /** How the attempt before ended. */
  #failure: LlmError | undefined
  #hadStale = false
  /** With the key in use. */
  #turn: KeyTurn | undefined
  #refreshed: readonly (string | undefined)[] = noKeys
  /** Attempts that another key took over from: they are no retries. */
  #handedOver = 0

  constructor(call: Call, candidate: Candidate, options: TurnOptions<T>) {
    this.#call = call
    this.candidate = candidate
    this.#options = options
  }

  /** The first good attempt's result, or the last one's error. */
  async start(): Promise<T> {
    const { link } = this.candidate
    const first = link.keys.next() ?? (await this.#waitForKey())
    this.#turn = first
    link.budget.countCall()
    let isKeyRefresh = false
    return withRetry(
      (number) => this.#try(number, this.#turn ?? first, isKeyRefresh),
      (error, number) => {
        this.#failure = error
        isKeyRefresh = error.code === 'auth_failed' && this.#mayRefresh()
        return isKeyRefresh || this.#handOver(error) || this.#waitToRetry(error, number - this.#handedOver)
      },
      Math.max(0, this.#call.attemptsLeft - 1),
    )
  }

  /** Ends it from outside, at once: another candidate has won. */
  cancel(outcome: AttemptOutcome, error: LlmError): void {
    this.#isCancelled = true
    this.#attempt?.settle(outcome)
    this.#attempt?.watch.abort(error)
    this.#waiter?.abort(error)
  }

  #sleep(ms: number): Promise<void> {
    return sleep(this.#call, ms, (waiter) => {
      this.#waiter = waiter
    })
  }

  /** Sits out a short rest of all keys when nobody else could answer, or throws why nothing can be sent. */
  async #waitForKey(): Promise<KeyTurn> {
    const { keys, provider } = this.candidate.link
    const { code, restsForMs } = keys
    const mayWait = code === 'rate_limited' && this.#options.fallbacks() === 0
    if (mayWait && restsForMs <= this.#call.retry.maxWaitMs && restsForMs < timeLeft(this.#call)) {
      await this.#sleep(restsForMs)
      const turn = keys.next(true)
      if (turn !== undefined) return turn
    }
    const retryAfterMs = Math.ceil(restsForMs)
    const who = keys.size > 1 ? `All ${keys.size} keys of ${provider.name} rest` : `The key of ${provider.name} rests`
    throw this.#refusal(errorOf(code, `${who} after '${code}'`, { retryAfterMs }))
  }

  /** A refused key that comes from a function is fetched anew, once. */
  #mayRefresh(): boolean {
    const key = this.#turn?.key
    if (key?.canRefresh !== true || this.#refreshed.includes(key.id)) return false
    this.#refreshed = [...this.#refreshed, key.id]
    return true
  }

  /** Where a key is at fault and the provider has another one, that is asked at once. */
  #handOver(error: LlmError): boolean {
    const call = this.#call
    const { keys, circuit } = this.candidate.link
    if (keys.size === 1 || ruleFor(call, error).gateMs === 0) return false
    if (this.#isCancelled || call.attemptsLeft <= this.#options.fallbacks() || !circuit.isAvailable) return false
    const turn = keys.next()
    if (turn === undefined) return false
    this.#turn = turn
    this.#handedOver++
    this.#tellRetry(this.#attempt?.number ?? 1, 0, error)
    return true
  }

  #permit(): Permit | Promise<Permit> {
    const { shared } = this.candidate.link
    return shared === undefined || this.#options.isForced ? this.#admit() : this.#admitByFleet(shared)
  }

  async #admitByFleet(shared: Promise<SharedCircuit>): Promise<Permit> {
    return this.#admit(await (await shared).mayProbe())
  }

  #admit(leave?: Leave): Permit {
    const { circuit, provider } = this.candidate.link
    const permit = leave?.isAllowed === false ? undefined : circuit.admit(this.#options.isForced)
    if (permit !== undefined) return leave?.release === undefined ? permit : returning(permit, leave.release)
    leave?.release?.()
    const retryAfterMs = Math.ceil(circuit.retryInMs)
    throw this.#refusal(
      new CircuitOpenError('circuit_open', `The circuit to ${provider.name} is open`, { retryAfterMs }),
    )
  }

  #refusal(error: LlmError): LlmError {
    const { link, model } = this.candidate
    error.provider = link.provider.name
    error.model = model
    this.#call.records.push({
      provider: link.provider.name,
      model,
      attempt: 0,
      outcome: 'not_sent',
      code: error.code,
      startedAt: this.#call.clock.now(),
      ms: 0,
      ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    })
    return error
  }

  async #try(round: number, given: KeyTurn, isKeyRefresh: boolean, needsNewConnection = false): Promise<T> {
    const preparing = this.#options.prepare?.(this.candidate)
    if (preparing !== undefined) await orEnd(this.#call, preparing)
    let place = this.#options.enter?.(this.candidate)
    let turn = given
    if (place?.turn !== undefined) [place, turn] = await this.#stand(place, given, isKeyRefresh)
    let permit: Permit
    try {
      const admitted = this.#permit()
      permit = admitted instanceof Promise ? await admitted : admitted
      this.#checkEnd(permit)
    } catch (error) {
      place?.leave()
      throw error
    }
    if (isKeyRefresh) turn.wake()
    this.#call.attemptsLeft--
    const fallbacks = this.#options.fallbacks()
    const shareMs = timeLeft(this.#call) / (fallbacks + 1)
    const number = this.#hadStale ? round + 1 : round
    const details = { number, hasFallback: fallbacks > 0, isKeyRefresh, needsNewConnection, shareMs, place }
    const attempt = new Attempt(this.#call, this.candidate, permit, turn, details)
    this.#attempt = attempt
    try {
      return await this.candidate.link.circuit.run(permit, () => attempt.watch.race(this.#options.run(attempt)))
    } catch (thrown) {
      const error = attempt.toError(thrown)
      attempt.settle(error.code === 'aborted' ? 'aborted' : 'failed', error)
      attempt.watch.abort(error)
      if (!policyOfError(error).isStale || this.#hadStale || this.#isCancelled) throw error
    }
    // The one attempt that nothing counts: the connection had been dropped before it was used.
    this.#hadStale = true
    this.#call.attemptsLeft++
    return this.#try(round, turn, isKeyRefresh, true)
  }

  /** While this one waited, the call may have ended, or a hedge beside it have used up what was left. */
  #checkEnd(permit: Permit): void {
    const end = endOf(this.#call) ?? (this.#call.attemptsLeft > 0 ? undefined : this.#failure)
    if (end === undefined) return
    permit.settle('neutral')
    throw end
  }

  /** Stands in line for a place, until the call ends. A key that went to rest meanwhile is no use any more. */
  async #stand(
    first: Place,
    given: KeyTurn,
    isKeyRefresh: boolean,
  ): Promise<[place: Place | undefined, turn: KeyTurn]> {
    const { clock, deadlineAt, live, signal } = this.#call
    let place: Place | undefined = first
    let turn = given
    while (place?.turn !== undefined) {
      const watch = new Watch(clock, deadlineAt, live, signal)
      this.#waiter = watch
      try {
        await watch.race(place.turn)
      } catch (error) {
        place.leave()
        const { code } = error as LlmError
        throw code === 'deadline_exceeded' ? this.#refusal(error as LlmError) : error
      } finally {
        watch.close()
      }
      if (isKeyRefresh || !turn.isResting) return [place, turn]
      place.leave()
      turn = this.candidate.link.keys.next() ?? (await this.#waitForKey())
      place = this.#options.enter?.(this.candidate)
    }
    return [place, turn]
  }

  /** Decides on a retry at the same provider, and sits out its wait. */
  async #waitToRetry(error: LlmError, number: number): Promise<boolean> {
    const call = this.#call
    const { circuit, keys, budget } = this.candidate.link
    const rule = ruleFor(call, error)
    const fallbacks = this.#options.fallbacks()
    const most = Math.min(fallbacks > 0 ? rule.retriesWithFallback : rule.retries, call.retry.retries)
    // Each candidate left keeps its one attempt.
    if (this.#isCancelled || number > most || call.attemptsLeft <= fallbacks || !circuit.isAvailable) return false
    if (fallbacks > 0 && (this.#attempt?.ms ?? 0) >= slowFailureMs) return false
    const isRateLimit = error.code === 'rate_limited'
    if (isRateLimit && fallbacks > 0 && (call.retry.onRateLimit === 'fallback' || keys.size > 1)) return false
    const hintMs = isRateLimit && keys.size > 1 ? keys.restsForMs : (error.retryAfterMs ?? 0)
    const delayMs = this.#delayMs(hintMs, number)
    if (delayMs === undefined || delayMs >= timeLeft(call) || !budget.take()) return false
    this.#tellRetry(number, delayMs, error)
    await this.#sleep(delayMs)
    if (this.#isCancelled || !circuit.isAvailable) return false
    // The key was to rest for the others; this call has waited its time, unless another was refused meanwhile.
    if (isRateLimit && keys.size === 1) this.#turn?.wake()
    if (this.#turn?.isResting === true) this.#turn = keys.next()
    return this.#turn !== undefined
  }

  #tellRetry(number: number, delayMs: number, { code }: LlmError): void {
    const { provider } = this.candidate.link
    this.#call.emit?.({ type: 'retry-scheduled', provider: provider.name, attempt: number + 1, delayMs, code })
  }

  /** Backoff on top of what the provider asked for; nothing when that is more than a call sits out. */
  #delayMs(hintMs: number, number: number): number | undefined {
    const { baseMs, maxMs, maxWaitMs } = this.#call.retry
    if (hintMs > maxWaitMs) return undefined
    return hintMs + backoffMs(number, hintMs > 0 ? baseMs / 5 : baseMs, maxMs, this.#call.random)
  }
}

/** A permit that gives a place in the fleet back when its attempt ends. */
function returning(permit: Permit, release: () => void): Permit {
  return {
    isProbe: permit.isProbe,
    settle: (verdict) => {
      permit.settle(verdict)
      release()
    },
  }
}
