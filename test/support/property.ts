/**
 * fast-check, with one seed for the whole suite, so that a run is red or green by what changed and not by chance.
 * `HOLDFAST_SEED=n` takes another seed, `HOLDFAST_SEED=random` a new one for each file; a failure names it.
 * `HOLDFAST_RUNS=100` looks at a hundred times as many cases where a test counts them with `runs`.
 */
import fc from 'fast-check'

/** What random tests begin with. */
export const seed = seedFrom(process.env.HOLDFAST_SEED)

fc.configureGlobal({ seed })

export { fc }

/** How many cases to look at: so many, times `HOLDFAST_RUNS`. */
export function runs(count: number): number {
  return count * Number(process.env.HOLDFAST_RUNS ?? 1)
}

function seedFrom(given: string | undefined): number {
  if (given === undefined) return 20_261_121
  return given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}
