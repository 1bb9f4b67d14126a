import { beforeAll, describe, expect, it } from 'vitest'
import { seed } from '../support/property.ts'
import { violations } from './support/invariants.ts'
import { planOf } from './support/random-plan.ts'
import { runWorld, warmUp } from './support/run-world.ts'

// HOLDFAST_SEED=n is another run (random: a new one), HOLDFAST_WORLD=n one world of it, HOLDFAST_CALLS=n makes more calls.
const callCount = Number(process.env.HOLDFAST_CALLS ?? 10_000)
const perWorld = 50

const worldCount = Math.ceil(callCount / perWorld)
const only = process.env.HOLDFAST_WORLD
const seeds = only === undefined ? Array.from({ length: worldCount }, (_, place) => seed + place) : [Number(only)]

describe('many small worlds', () => {
  beforeAll(warmUp)

  it(`keeps its word in ${seeds.length * perWorld} calls, seed ${seed}`, { timeout: 600_000 }, async () => {
    const found: string[] = []
    const outcomes = new Map<string, number>()
    let attempts = 0
    for (const worldSeed of seeds) {
      const trace = await runWorld(planOf(worldSeed, perWorld))
      found.push(...violations(trace).map((line) => `HOLDFAST_WORLD=${worldSeed}: ${line}`))
      for (const { reply, finalReply, error, finalError } of trace.calls) {
        const outcome = (reply ?? finalReply) ? 'ok' : ((error ?? finalError)?.code ?? 'none')
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      attempts += trace.events.filter(({ type }) => type === 'attempt-start').length
    }
    console.info(`seed ${seed}: ${attempts} attempts;`, Object.fromEntries(outcomes))
    expect(found.slice(0, 20), `${found.length} violations`).toEqual([])
  })
})
