// The one file that knows p-retry. Its own delays and signal stay unused: its jitter only lengthens, and it would throw
// away an answer that arrived as the caller aborted. Whether and how long to wait is decided by `decide`.
import pRetry from 'p-retry'
import { LlmError } from '../errors/llm-error.ts'

/**
 * Runs `attempt` until it succeeds or `decide` says no. `decide` may wait before it says yes. Nothing is to be repeated
 * before something has failed: p-retry takes over with the first failure.
 */
export async function withRetry<T>(
  attempt: (attemptNumber: number) => Promise<T>,
  decide: (error: LlmError, attemptNumber: number) => boolean | Promise<boolean>,
  mostRetries: number,
): Promise<T> {
  let first: Promise<T> | undefined = attempt(1)
  try {
    return await first
  } catch {
    return pRetry(
      (number) => {
        const result = first ?? attempt(number)
        first = undefined
        return result
      },
      {
        retries: mostRetries,
        minTimeout: 0,
        shouldRetry: ({ error, attemptNumber }) => LlmError.isInstance(error) && decide(error, attemptNumber),
      },
    )
  }
}

/** Exponential backoff with full jitter: anything from 0 to the doubled step. */
export function backoffMs(attemptNumber: number, baseMs: number, maxMs: number, random: () => number): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (attemptNumber - 1))
}
