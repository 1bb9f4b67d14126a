import { StoreError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { Awaitable } from '../types/store.ts'

/**
 * Runs a store's operation for at most `ms`. Whatever a store may do (throw at once, reject with anything, never answer,
 * answer nonsense) ends as its result or as an `LlmError`. What a store answers at once comes back at once, or is thrown.
 */
export function bounded<Result>(
  clock: Clock,
  ms: number,
  work: () => Awaitable<Result>,
  isResult: (value: unknown) => boolean,
): Awaitable<Result> {
  let answer: Awaitable<Result>
  try {
    answer = work()
  } catch (error) {
    throw failed(error)
  }
  if (isPromise(answer)) return inTime(clock, ms, answer, isResult)
  if (isResult(answer)) return answer
  throw nonsense()
}

/** Is it to be waited for? */
export function isPromise<Result>(answer: Awaitable<Result>): answer is Promise<Result> {
  return typeof (answer as { then?: unknown } | null | undefined)?.then === 'function'
}

function inTime<Result>(
  clock: Clock,
  ms: number,
  answer: Promise<Result>,
  isResult: (value: unknown) => boolean,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    let timer: unknown
    const end = () => {
      isSettled = true
      if (timer !== undefined) clock.clearTimeout(timer)
    }
    const onResult = (result: Result) => {
      end()
      if (isResult(result)) resolve(result)
      else reject(nonsense())
    }
    const onError = (error: unknown) => {
      end()
      reject(failed(error))
    }
    answer.then(onResult, onError)
    const watch = () => {
      if (isSettled) return
      timer = clock.setTimeout(() => reject(unavailable(`The store did not answer within ${ms} ms`)), ms)
      unref(timer)
    }
    // A store in this process has answered by then, and needs no timer.
    void Promise.resolve().then(() => queueMicrotask(watch))
  })
}

function failed(error: unknown): LlmError {
  return LlmError.isInstance(error) ? error : unavailable('The store failed', error)
}

function nonsense(): StoreError {
  return unavailable('The store answered nonsense')
}

function unavailable(message: string, cause?: unknown): StoreError {
  return new StoreError('store_unavailable', message, { cause })
}

/** Lets the process end although a timer waits. */
export function unref(timer: unknown): void {
  ;(timer as { unref?: () => void } | undefined)?.unref?.()
}
