import type { Call } from './call.ts'
import { abortError, type Endable } from './watch.ts'

/**
 * Waits `ms`, or rejects with an `AbortError` as soon as the caller or the client ends the call. `onStart` is given the
 * means to end this one wait.
 */
export function sleep(
  { clock, signal, live }: Pick<Call, 'clock' | 'signal' | 'live'>,
  ms: number,
  onStart?: (waiter: Endable) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const letGo = (): void => {
      clock.clearTimeout(timer)
      live.delete(waiter)
      signal?.removeEventListener('abort', onAbort)
    }
    const waiter: Endable = {
      abort: (error) => {
        letGo()
        reject(error)
      },
    }
    const onAbort = (): void => waiter.abort(abortError(signal?.reason))
    const timer = clock.setTimeout(() => {
      letGo()
      resolve()
    }, ms)
    onStart?.(waiter)
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort)
    live.add(waiter)
  })
}

/** Settles as `work` does, or rejects as soon as the caller or the client ends the call. Sets no timer. */
export function orEnd<T>({ signal, live }: Pick<Call, 'signal' | 'live'>, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const letGo = (): void => {
      live.delete(waiter)
      signal?.removeEventListener('abort', onAbort)
    }
    const waiter: Endable = {
      abort: (error) => {
        letGo()
        reject(error)
      },
    }
    const onAbort = (): void => waiter.abort(abortError(signal?.reason))
    live.add(waiter)
    work.then(resolve, reject).finally(letGo)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort)
  })
}
