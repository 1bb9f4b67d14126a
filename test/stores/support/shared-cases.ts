/** Cases that need several processes, the same for every backend they can share. */
import { expect, it } from 'vitest'
import { createMeter } from '../../../src/metering/meter.ts'
import { virtualClock } from '../../../src/testing/virtual-clock.ts'
import { verifies } from '../../support/verifies.ts'
import { openStores, type StoresAddress } from './open-stores.ts'
import { startChild } from './processes.ts'

/** Registers the cases. `fresh` makes the address of an empty store, `cleaned` takes it away again. */
export function sharedCases(
  fresh: () => Promise<StoresAddress>,
  cleaned: (address: StoresAddress) => Promise<void>,
): void {
  const options = { timeout: 60_000 }

  it('lets exactly 100 of 1,000 through when four processes ask at once', {
    ...options,
    ...verifies('F143'),
  }, async () => {
    const address = await fresh()
    const children = [1, 2, 3, 4].map(() => startChild('reserve-worker.ts', JSON.stringify(address), '250', '100'))
    try {
      await Promise.all(children.map((child) => child.line()))
      for (const child of children) child.say('go')
      const counts = await Promise.all(children.map(async (child) => Number(await child.line())))
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100)
      await Promise.all(children.map((child) => child.end()))
    } finally {
      for (const child of children) child.process.kill('SIGKILL')
      await cleaned(address)
    }
  })

  it('is brought up to date by one of four processes that start at once', {
    ...options,
    ...verifies('F171'),
  }, async () => {
    const address = await fresh()
    const children = [1, 2, 3, 4].map(() => startChild('migrate-worker.ts', JSON.stringify(address)))
    try {
      await Promise.all(children.map((child) => child.line()))
      for (const child of children) child.say('go')
      expect(await Promise.all(children.map((child) => child.line()))).toEqual(Array(4).fill('migrated'))
      await Promise.all(children.map((child) => child.end()))
    } finally {
      for (const child of children) child.process.kill('SIGKILL')
      await cleaned(address)
    }
  })
}

/** Registers the case for backends that have a clock of their own. */
export function clockCases(
  fresh: () => Promise<StoresAddress>,
  cleaned: (address: StoresAddress) => Promise<void>,
): void {
  it('decides by its own clock when those of two nodes disagree', {
    timeout: 20_000,
    ...verifies('F154'),
  }, async () => {
    const address = await fresh()
    const { stores, end } = await openStores(address)
    try {
      const limits = { perTenant: { requests: ['10/day', '10/hour'] } }
      const nodes = [-12, 0.01, 12].map((hours) => {
        const clock = virtualClock(Date.now() + hours * 3_600_000)
        return createMeter({ stores: { limits: stores.limits }, clock, limits })
      })
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          nodes[n % 3]?.reserve({ requestId: `r${n}`, endpoint: 'chat', inputTokens: 1 }).then(
            () => 'through',
            (error) => error.code,
          ),
        ),
      )
      expect(outcomes.filter((outcome) => outcome === 'through')).toHaveLength(10)
      for (const node of nodes) {
        expect((await node.remaining({ tenant: 'default' })).map(({ used }) => used)).toEqual([10, 10])
      }
    } finally {
      await end()
      await cleaned(address)
    }
  })
}
