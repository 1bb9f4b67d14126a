import { AllProvidersFailedError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import { type Attempt, unexpected } from './attempt.ts'
import { type Call, ruleFor, timeLeft } from './call.ts'
import { CandidateRun, type TurnOptions } from './candidate-run.ts'
import type { HedgeOptions } from './hedge.ts'
import { type Candidate, isAvailable } from './link.ts'

/** How a chain goes about its candidates. */
export interface ChainOptions<T> {
  /** Makes one attempt; settles it itself when it succeeds, or hands it on. */
  readonly run: (attempt: Attempt) => Promise<T>
  /** As in `TurnOptions`. */
  readonly prepare?: TurnOptions<T>['prepare']
  readonly enter?: TurnOptions<T>['enter']
  readonly hedge?: HedgeOptions | undefined
  /** A result that came too late: lets it go. */
  readonly discard?: (result: T, error: LlmError) => void
  /** When every circuit is open, ask the one soonest to recover after all. */
  readonly lastResort?: boolean
}

/**
 * The fallback chain of one call: candidate by candidate, each with its retries, each attempt through its circuit.
 * After a stream broke late, `fail` and `open` again go on behind the candidate that broke.
 */
export class Chain<T> {
  readonly #call: Call
  readonly #options: ChainOptions<T>
  readonly #all: readonly Candidate[]
  readonly #errors: LlmError[] = []
  #left: readonly Candidate[]
  #isForced = false

  constructor(call: Call, candidates: readonly Candidate[], options: ChainOptions<T>) {
    this.#call = call
    this.#all = candidates
    this.#left = candidates
    this.#options = options
  }

  /** The first good answer. Throws what `exhausted` says when there is none. */
  async open(): Promise<T> {
    for (let candidate = this.#left[0]; candidate !== undefined; candidate = this.#left[0]) {
      try {
        return await this.#ask(candidate)
      } catch (error) {
        this.fail(LlmError.isInstance(error) ? error : unexpected(error))
      }
    }
    throw this.exhausted()
  }

  /** Notes that the present candidate failed and moves on, or throws where nobody else may be asked. */
  fail(error: LlmError): void {
    const from = this.#left[0] as Candidate
    const rest = this.#behind(error)
    const isOver = this.#call.attemptsLeft <= 0 || timeLeft(this.#call) <= 0
    this.#left = isOver ? [] : rest
    if (this.#left.length === 0) this.#left = this.#lastResort()
    const to = this.#left[0]
    if (to === undefined) throw this.exhausted()
    this.#call.emit?.({
      type: 'fallback-taken',
      from: from.link.provider.name,
      to: to.link.provider.name,
      code: error.code,
    })
  }

  /** Notes why the present candidate failed; answers who may be asked after that. */
  #behind(error: LlmError): readonly Candidate[] {
    this.#errors.push(error)
    const [from, ...rest] = this.#left
    const { next } = ruleFor(this.#call, error)
    if (next === 'no') return []
    return next === 'larger-window' ? rest.filter((candidate) => isLarger(candidate, from as Candidate)) : rest
  }

  /** The error of the whole call: the one there was, or all of them. */
  exhausted(): LlmError {
    const last = this.#errors.at(-1) as LlmError
    const isOwn = this.#errors.length === 1 || last.code === 'aborted' || last.code === 'deadline_exceeded'
    const error = isOwn ? last : new AllProvidersFailedError(this.#errors, { cause: this.#errors[0] })
    error.requestId = this.#call.requestId
    error.attempts = this.#call.records
    return error
  }

  async #ask(candidate: Candidate): Promise<T> {
    const turn = this.#turn(candidate, () => this.#left.slice(1).filter(isAvailable).length)
    const second = this.#left[1]
    const { hedge } = this.#options
    if (hedge === undefined || second === undefined || !isHedgeable(second)) return turn.start()
    const { hedged, hedgeDelayMs } = await import('./hedge.ts')
    const delayMs = hedgeDelayMs(hedge, candidate)
    if (delayMs === undefined || delayMs >= timeLeft(this.#call)) return turn.start()
    return hedged(this.#call, {
      first: turn,
      second: () => {
        if (this.#call.attemptsLeft <= 1 || !isHedgeable(second) || !hedge.budget.take()) return undefined
        return this.#turn(second, () => 0)
      },
      delayMs,
      discard: this.#options.discard,
      // The second one has had its turn whatever the first one's failure means; its own comes next.
      onBothFailed: (error) => {
        this.#left = [second, ...this.#behind(error).filter((candidate) => candidate !== second)]
      },
      onSecondWon: () => {
        this.#left = this.#left.slice(1)
      },
    })
  }

  #turn(candidate: Candidate, fallbacks: () => number): CandidateRun<T> {
    const { run, prepare, enter } = this.#options
    return new CandidateRun(this.#call, candidate, { run, prepare, enter, fallbacks, isForced: this.#isForced })
  }

  /** Nothing was sent because every circuit is open: the one soonest to recover, if that is wanted. */
  #lastResort(): readonly Candidate[] {
    if (!this.#options.lastResort || this.#isForced) return []
    if (!this.#errors.every(({ code }) => code === 'circuit_open')) return []
    this.#isForced = true
    return [...this.#all].sort((a, b) => a.link.circuit.retryInMs - b.link.circuit.retryInMs).slice(0, 1)
  }
}

/** A trial call is no place for a hedge. */
function isHedgeable(candidate: Candidate): boolean {
  return isAvailable(candidate) && candidate.link.circuit.state === 'closed'
}

/** Is the candidate known to take a longer prompt than the one that refused? */
function isLarger(candidate: Candidate, than: Candidate): boolean {
  const size = windowOf(candidate)
  const refused = windowOf(than)
  return size !== undefined && (refused === undefined || size > refused)
}

function windowOf({ link, model }: Candidate): number | undefined {
  return link.provider.contextWindow?.(model)
}
