import { beforeAll, describe, expect, it } from 'vitest'
import { cases } from '../../bench/failover/catalogue.ts'
import { fastClock } from '../../bench/failover/fast-clock.ts'
import { library, ways } from '../../bench/failover/library.ts'
import { runSuite } from '../../bench/failover/suite.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'

describe('the sixteen situations of the failover bench, with the defaults', () => {
  // What a first call loads from disk takes real time, which a virtual clock does not wait for.
  beforeAll(async () => {
    const short = cases.filter(({ id }) => ['S01', 'S05', 'S13'].includes(id))
    for (const way of ways) await runSuite(library(way), fastClock(100), short)
  })

  it.each(ways)('passes them all: %s', { timeout: 30_000 }, async (way) => {
    const clock = virtualClock({ turns: 48 })
    const { scenarios } = await clock.run(runSuite(library(way), clock))
    const missed = scenarios.filter(({ verdict }) => verdict !== 'pass')
    expect(missed.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([])
    expect(scenarios.map(({ id }) => id)).toEqual(cases.map(({ id }) => id))
    expect(clock.pending).toBe(0)
  })
})
