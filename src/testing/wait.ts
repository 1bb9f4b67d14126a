import { AbortError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'

/** Waits by a clock; ends at once, with the signal's own error, when the signal does. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(reasonOf(signal))
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clock.clearTimeout(handle)
      reject(reasonOf(signal))
    }
    const handle = Number.isFinite(ms)
      ? clock.setTimeout(() => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }, ms)
      : undefined
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** What an aborted signal makes a provider throw. */
export function reasonOf(signal: AbortSignal): LlmError {
  const { reason } = signal
  return LlmError.isInstance(reason) ? reason : new AbortError('aborted', 'The attempt was aborted', { cause: reason })
}
