import { memoryStores } from 'holdfast/stores/memory'
import {
  type ConformanceClock,
  circuitStoreConformance,
  configStoreConformance,
  limitStoreConformance,
  usageStoreConformance,
} from 'holdfast/testing/conformance'
import { describe, expect, it } from 'vitest'
import type { CircuitStore, ConfigStore, LimitStore, UsageStore } from '../../src/types/store.ts'

/** Runs a suite over a store and gives the names of the cases that fail. */
async function failures<Store>(
  suite: (options: {
    test: (name: string, run: () => Promise<void>) => void
    create: (clock: ConformanceClock) => Promise<{ store: Store }>
  }) => void,
  create: (clock: ConformanceClock) => Store,
): Promise<string[]> {
  const cases: [string, () => Promise<void>][] = []
  suite({ test: (name, run) => cases.push([name, run]), create: async (clock) => ({ store: create(clock) }) })
  const failed: string[] = []
  for (const [name, run] of cases) await run().catch(() => failed.push(name))
  return failed
}

const later = () => new Promise<void>((resolve) => setImmediate(resolve))

const brokenUsage: Record<string, (good: UsageStore, clock: ConformanceClock) => Partial<UsageStore>> = {
  'adds a row again each time it is written': (good) => {
    let n = 0
    return { append: (rows) => good.append(rows.map((row) => ({ ...row, id: `${row.id}-${n++}` }))) }
  },
  'loses every second row': (good) => ({ append: (rows) => good.append(rows.filter((_, n) => n % 2 === 0)) }),
  'mixes attempts and calls': (good) => ({
    append: (rows) => good.append(rows.map((row) => ({ ...row, kind: 'attempt' }))),
  }),
  'folds the case of tenants': (good) => ({
    append: (rows) => good.append(rows.map((row) => ({ ...row, tenant: row.tenant.toLowerCase() }))),
    list: (query) => good.list({ ...query, ...(query.tenant && { tenant: query.tenant.toLowerCase() }) }),
  }),
  'forgets the upper end of a span': (good) => ({ list: ({ to: _, ...query }) => good.list(query) }),
  'never sweeps': () => ({ sweep: async () => 0 }),
  'takes a null for a zero': (good) => ({
    append: (rows) => good.append(rows.map((row) => ({ ...row, totalTokens: row.totalTokens ?? 0 }))),
  }),
  'resolves to nothing': () => ({ list: async () => undefined as never }),
}

const brokenLimits: Record<string, (good: LimitStore, clock: ConformanceClock) => Partial<LimitStore>> = {
  'looks first and books later': (good) => ({
    async reserve(id, dimensions, ttlMs) {
      const levels = await good.read(dimensions)
      await later()
      if (dimensions.some(({ limit, amount }, n) => (levels[n]?.used ?? 0) + amount > limit)) {
        return { isAllowed: false, index: 0, remaining: 0, retryAfterMs: 1 }
      }
      return good.reserve(
        id,
        dimensions.map((dimension) => ({ ...dimension, limit: 1e12 })),
        ttlMs,
      )
    },
  }),
  'books one dimension after the other': (good) => ({
    async reserve(id, dimensions, ttlMs) {
      for (const [index, dimension] of dimensions.entries()) {
        const decision = await good.reserve(id, [dimension], ttlMs)
        if (!decision.isAllowed) return { ...decision, index }
      }
      return { isAllowed: true }
    },
  }),
  'counts fixed minutes': (good, clock) => ({
    reserve: (id, dimensions, ttlMs) =>
      good.reserve(
        id,
        dimensions.map((one) => ({ ...one, window: fixed(clock) })),
        ttlMs,
      ),
  }),
  'never gives back': () => ({ settle: async () => true }),
  'settles again and again': (good) => ({ settle: async (id, amounts) => (await good.settle(id, amounts)) || true }),
  'never ends a reservation': (good) => ({ reserve: (id, dimensions) => good.reserve(id, dimensions, 1e12) }),
  'keeps nothing of the lost': (good) => ({
    reserve: (id, dimensions, ttlMs) =>
      good.reserve(
        id,
        dimensions.map((one) => ({ ...one, keep: 0 })),
        ttlMs,
      ),
  }),
  'takes limit 0 for none': (good) => ({
    reserve: (id, dimensions, ttlMs) =>
      good.reserve(
        id,
        dimensions.map((one) => ({ ...one, limit: one.limit === 0 ? 1e12 : one.limit })),
        ttlMs,
      ),
  }),
  'promises a wait that is too short': (good) => ({
    async reserve(id, dimensions, ttlMs) {
      const decision = await good.reserve(id, dimensions, ttlMs)
      return decision.isAllowed || decision.retryAfterMs === undefined ? decision : { ...decision, retryAfterMs: 5 }
    },
  }),
}

function fixed(clock: ConformanceClock) {
  const minute = Math.floor(clock.now() / 60_000) * 60_000
  return { kind: 'calendar', boundaries: [minute, minute + 60_000] } as const
}

const brokenCircuits: Record<string, (good: CircuitStore) => Partial<CircuitStore>> = {
  'counts leases without a lock': (good) => {
    let taken = 0
    return {
      async lease(_key, probes) {
        if (taken >= probes) return false
        await later()
        taken++
        return true
      },
      release: good.release,
    }
  },
  'never ends a lease': (good) => ({ lease: (key, probes) => good.lease(key, probes, 1e12) }),
  'forgets how often it opened': (good) => ({ write: (key, state) => good.write(key, { ...state, openings: 0 }) }),
}

const brokenConfigs: Record<string, (good: ConfigStore) => Partial<ConfigStore>> = {
  'lets the last writer win': (good) => ({
    async put(row) {
      const known = await good.get(row.tenant, row.id)
      await later()
      return good.put({ ...row, version: (known?.version ?? 0) + 1 })
    },
  }),
  'keeps several active rows': (good) => ({
    list: async (query) => await good.list({ ...query, ...(query.isActive && { isActive: undefined as never }) }),
  }),
  'finds rows of every tenant': (good) => ({
    get: async (_tenant, id) => (await good.list({})).find((row) => row.id === id),
  }),
}

describe('the suites of the stores find a store that', () => {
  const suites = [
    ...Object.entries(brokenUsage).map(([name, spoil]) => ({
      name,
      run: () =>
        failures(usageStoreConformance, (clock) => spoilt(memoryStores({ clock }).usage, (good) => spoil(good, clock))),
    })),
    ...Object.entries(brokenLimits).map(([name, spoil]) => ({
      name,
      run: () =>
        failures(limitStoreConformance, (clock) =>
          spoilt(memoryStores({ clock }).limits, (good) => spoil(good, clock)),
        ),
    })),
    ...Object.entries(brokenCircuits).map(([name, spoil]) => ({
      name,
      run: () => failures(circuitStoreConformance, (clock) => spoilt(memoryStores({ clock }).circuits, spoil)),
    })),
    ...Object.entries(brokenConfigs).map(([name, spoil]) => ({
      name,
      run: () => failures(configStoreConformance, () => spoilt(memoryStores().configs, spoil)),
    })),
  ]
  for (const { name, run } of suites) {
    it(name, async () => expect(await run()).not.toEqual([]))
  }

  it('is good, and find nothing', async () => {
    expect(await failures(usageStoreConformance, (clock) => memoryStores({ clock }).usage)).toEqual([])
    expect(await failures(limitStoreConformance, (clock) => memoryStores({ clock }).limits)).toEqual([])
    expect(await failures(circuitStoreConformance, (clock) => memoryStores({ clock }).circuits)).toEqual([])
    expect(await failures(configStoreConformance, () => memoryStores().configs)).toEqual([])
  })
})

/** The good store with some of its methods replaced. */
function spoilt<Store extends object>(good: Store, spoil: (good: Store) => Partial<Store>): Store {
  const bad = spoil(good) as Record<string | symbol, unknown>
  return new Proxy(good, {
    get(target, name) {
      const value = bad[name] ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
