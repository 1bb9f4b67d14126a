import { memoryStores } from 'holdfast/stores/memory'
import {
  circuitStoreConformance,
  configStoreConformance,
  limitStoreConformance,
  usageStoreConformance,
} from 'holdfast/testing/conformance'
import { describe, expect, it } from 'vitest'
import { row } from '../../src/testing/conformance/usage-sample.ts'
import { heapInUse } from '../faults/support/heap.ts'
import { verifies } from '../support/verifies.ts'

describe(
  'memory stores keep the contracts',
  verifies('F142', 'F148', 'F152', 'F153', 'F157', 'F175', 'F232', 'F245'),
  () => {
    usageStoreConformance({ test: it, create: async (clock) => ({ store: memoryStores({ clock }).usage }) })
    limitStoreConformance({ test: it, create: async (clock) => ({ store: memoryStores({ clock }).limits }) })
    circuitStoreConformance({ test: it, create: async (clock) => ({ store: memoryStores({ clock }).circuits }) })
    configStoreConformance({ test: it, create: async () => ({ store: memoryStores().configs }) })
  },
)

describe('memory stores', () => {
  it('forget the oldest rows beyond maxRows', async () => {
    const { usage } = memoryStores({ maxRows: 3 })
    await usage.append(['a', 'b', 'c', 'd', 'e'].map((id, n) => row(id, { createdAt: n })))
    expect((await usage.list({})).map(({ id }) => id)).toEqual(['e', 'd', 'c'])
  })

  it('refuse options they do not know', () => {
    expect(() => memoryStores({ maxrows: 3 } as never)).toThrow("did you mean 'maxRows'")
  })

  it('drop limit counters that nobody uses any more', async () => {
    let now = 0
    const clock = { now: () => now, monotonic: () => now, setTimeout: () => 0, clearTimeout() {} }
    const { limits } = memoryStores({ clock })
    const reserve = (key: string) =>
      limits.reserve(key, [{ key, limit: 5, amount: 1, keep: 0, window: { kind: 'sliding', ms: 1_000 } }], 1_000)
    const before = heapInUse()
    for (let n = 0; n < 100_000; n++) {
      await reserve(`counter-${n}`)
      now += 10
    }
    expect(heapInUse() - before).toBeLessThan(60_000_000)
  })
})
