import { AbortError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Budget } from './budget.ts'
import type { Call } from './call.ts'
import type { CandidateRun } from './candidate-run.ts'
import type { Candidate } from './link.ts'

/** When to start a second candidate beside a slow first one. */
export interface HedgeOptions {
  readonly afterMs: number | 'p95'
  /** Hedges as a share of recent calls, all calls of the client together. */
  readonly budget: Budget
}

/** Ms to wait for the first candidate; `undefined` while its usual time is not known. */
export function hedgeDelayMs({ afterMs, budget }: HedgeOptions, { link }: Candidate): number | undefined {
  budget.countCall()
  if (afterMs !== 'p95') return afterMs
  const { p95 } = link.latency
  // What is just in time is in time.
  return p95 === undefined ? undefined : Math.ceil(p95) + 1
}

/** A race of two candidates. */
interface Race<T> {
  readonly first: CandidateRun<T>
  /** Makes the second one when the time has come, if it may be asked then. */
  readonly second: () => CandidateRun<T> | undefined
  readonly delayMs: number
  readonly discard: ((result: T, error: LlmError) => void) | undefined
  /** The first has failed and so has the second, whose error the race throws then. */
  readonly onBothFailed: (firstError: LlmError) => void
  readonly onSecondWon: () => void
}

/** The first content of either wins; the other is cancelled and accounted as `hedge_lost`. */
export function hedged<T>(call: Call, race: Race<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { first } = race
    let second: CandidateRun<T> | undefined
    let winner: CandidateRun<T> | undefined
    const errors = new Map<CandidateRun<T>, LlmError>()
    const win = (run: CandidateRun<T>, result: T): void => {
      const lost = new AbortError('aborted', 'Another provider answered sooner')
      if (winner !== undefined) {
        race.discard?.(result, lost)
        return
      }
      winner = run
      call.clock.clearTimeout(timer)
      const loser = run === first ? second : first
      if (loser !== undefined && !errors.has(loser)) loser.cancel('hedge_lost', lost)
      if (run === second) race.onSecondWon()
      resolve(result)
    }
    const lose = (run: CandidateRun<T>, error: LlmError): void => {
      errors.set(run, error)
      if (winner !== undefined) return
      call.clock.clearTimeout(timer)
      const firstError = errors.get(first)
      const secondError = second && errors.get(second)
      // When the call itself has ended, both did for that.
      const isEnd = firstError?.code === 'aborted' || firstError?.code === 'deadline_exceeded'
      if (second === undefined) reject(error)
      else if (isEnd) reject(firstError)
      else if (firstError !== undefined && secondError !== undefined) {
        race.onBothFailed(firstError)
        reject(secondError)
      }
    }
    const begin = (run: CandidateRun<T>): void => {
      run.start().then(
        (result) => win(run, result),
        (error: LlmError) => lose(run, error),
      )
    }
    const timer = call.clock.setTimeout(() => {
      second = winner === undefined && !errors.has(first) ? race.second() : undefined
      if (second === undefined) return
      call.emit?.({ type: 'hedge-started', from: nameOf(first), to: nameOf(second), afterMs: race.delayMs })
      begin(second)
    }, race.delayMs)
    begin(first)
  })
}

function nameOf<T>(run: CandidateRun<T>): string {
  return run.candidate.link.provider.name
}
