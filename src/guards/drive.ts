// Guards may answer at once or later. Code that asks them is written once, as a generator that yields what it waits for;
// as long as every answer comes at once, no promise is made.

/** Steps that yield values or promises and get the value back. */
export type Steps<Result> = Generator<unknown, Result, unknown>

/** Runs steps: at once as far as possible, with promises from the first one on. */
export function drive<Result>(steps: Steps<Result>): Result | Promise<Result> {
  let step = steps.next()
  while (!step.done) {
    if (isPromise(step.value)) return resume(steps, step.value)
    step = steps.next(step.value)
  }
  return step.value
}

/** Is it a promise of any make? */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

async function resume<Result>(steps: Steps<Result>, first: PromiseLike<unknown>): Promise<Result> {
  let pending: unknown = first
  for (;;) {
    const answer = await Promise.resolve(pending).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    const step = 'error' in answer ? steps.throw(answer.error) : steps.next(answer.value)
    if (step.done) return step.value
    pending = step.value
  }
}
