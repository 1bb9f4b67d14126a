import type { CircuitSnapshot } from '../types/circuit.ts'
import type { Clock } from '../types/clock.ts'
import type { CircuitStore, ConfigStore, ProviderConfigRow, Stores, UsageRow, UsageStore } from '../types/store.ts'
import { checkOptions, clockLike, integerIn } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { LocalLimits } from '../utils/local-limits.ts'
import { matches, pageSize, rankOf, summing, swept } from './usage-rows.ts'

/** Options of the memory stores. */
export interface MemoryStoreOptions {
  /** Usage rows kept; beyond it the oldest are forgotten. Default 10,000. */
  readonly maxRows?: number
  /** Default: the machine's own time. */
  readonly clock?: Clock
}

/**
 * Stores inside this process: the default. Nothing lasts, nothing is shared, nothing waits.
 *
 * @example
 * const stores = memoryStores()
 */
export function memoryStores(options: MemoryStoreOptions = {}): Stores {
  checkOptions('memoryStores', options, { maxRows: integerIn(1, 10_000_000), clock: clockLike })
  const { clock = systemClock, maxRows = 10_000 } = options
  return {
    usage: memoryUsage(clock, maxRows),
    limits: new LocalLimits(clock),
    circuits: memoryCircuits(clock),
    configs: memoryConfigs(),
    async close() {},
  }
}

/** A row, and when it was taken. */
interface Kept {
  row: UsageRow
  readonly storedAt: number
}

function memoryUsage(clock: Clock, maxRows: number): UsageStore {
  const rows = new Map<string, Kept>()
  const open = new Set<string>()
  // In the order of their coming; a map would have to step over all that left it to find the oldest.
  let ids: string[] = []
  let oldest = 0

  const write = (row: UsageRow) => {
    const { id, outcome } = row
    const known = rows.get(id)
    if (known !== undefined) {
      if (rankOf(known.row.outcome) >= rankOf(outcome)) return
      known.row = row
      if (outcome !== 'open') open.delete(id)
      return
    }
    ids.push(id)
    rows.set(id, { row, storedAt: clock.now() })
    if (outcome === 'open') open.add(id)
  }
  const forget = () => {
    while (rows.size > maxRows) {
      const id = ids[oldest++] as string
      rows.delete(id)
      open.delete(id)
    }
    if (oldest < maxRows) return
    ids = ids.slice(oldest)
    oldest = 0
  }

  return {
    append(batch) {
      for (const row of batch) write(row)
      if (rows.size > maxRows) forget()
    },
    async list(query) {
      return [...rows.values()]
        .filter(({ row }) => matches(row, query))
        .sort(({ row: a }, { row: b }) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        .slice(0, pageSize(query.limit))
        .map(({ row, storedAt }) => ({ ...row, storedAt }))
    },
    async statistics(query) {
      const sums = summing(query)
      for (const { row } of rows.values()) if (matches(row, query)) sums.add(row)
      return sums.end()
    },
    async sweep() {
      const due = [...open]
        .map((id) => (rows.get(id) as Kept).row)
        .filter((row) => (row.expiresAt ?? Number.POSITIVE_INFINITY) <= clock.now())
        .slice(0, 1_000)
      for (const row of due) write(swept(row))
      return due.length
    },
  }
}

function memoryCircuits(clock: Clock): CircuitStore {
  const circuits = new Map<string, CircuitSnapshot>()
  const leases = new Map<string, number[]>()
  const alive = (key: string) => (leases.get(key) ?? []).filter((endsAt) => endsAt > clock.monotonic())
  return {
    async read(key) {
      return circuits.get(key)
    },
    async write(key, state) {
      circuits.set(key, state)
    },
    async lease(key, probes, ttlMs) {
      const taken = alive(key)
      if (taken.length >= probes) return false
      leases.set(key, [...taken, clock.monotonic() + ttlMs])
      return true
    },
    async release(key) {
      const rest = alive(key).slice(1)
      if (rest.length > 0) leases.set(key, rest)
      else leases.delete(key)
    },
  }
}

function memoryConfigs(): ConfigStore {
  const rows = new Map<string, ProviderConfigRow>()
  return {
    async get(tenant, id) {
      const row = rows.get(id)
      return row?.tenant === tenant ? row : undefined
    },
    async list({ tenant, provider, isActive, after, limit }) {
      return [...rows.values()]
        .filter((row) => tenant === undefined || row.tenant === tenant)
        .filter((row) => provider === undefined || row.provider === provider)
        .filter((row) => isActive === undefined || row.isActive === isActive)
        .filter((row) => after === undefined || row.id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, pageSize(limit))
    },
    async put(row) {
      const known = rows.get(row.id)
      if (known !== undefined && (known.tenant !== row.tenant || known.provider !== row.provider)) return false
      if ((known?.version ?? 0) !== row.version - 1) return false
      if (row.isActive) {
        for (const other of rows.values()) {
          if (other.id === row.id || !other.isActive) continue
          if (other.tenant !== row.tenant || other.provider !== row.provider) continue
          rows.set(other.id, { ...other, isActive: false, version: other.version + 1, updatedAt: row.updatedAt })
        }
      }
      rows.set(row.id, structuredClone(row))
      return true
    },
    async delete(tenant, id) {
      return rows.get(id)?.tenant === tenant && rows.delete(id)
    },
  }
}
