import type { Clock } from '../types/clock.ts'
import type { Stores } from '../types/store.ts'
import { checkOptions, clockLike, duration, ofType } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { sqliteCircuits } from './sqlite/circuits.ts'
import { sqliteConfigs } from './sqlite/configs.ts'
import { openDatabase } from './sqlite/database.ts'
import { sqliteLimits } from './sqlite/limits.ts'
import { sqliteUsage } from './sqlite/usage.ts'

/** Options of the SQLite stores. */
export interface SqliteStoreOptions {
  /** The file, made when it is not there (readable by its owner alone); `:memory:` for none. */
  readonly path: string
  /** Longest wait for a lock that another process holds, in ms; the event loop goes on meanwhile. Default 5,000. */
  readonly busyMs?: number
  /** Look through the file for damage when opening it. Default `true`; takes about a second for each gigabyte. */
  readonly check?: boolean
  /** Told when the schema was brought up to date. Keep a copy of the file before updating this package. */
  readonly onMigrated?: (versions: { readonly from: number; readonly to: number }) => void
  /** Default: the machine's own time. */
  readonly clock?: Clock
}

/**
 * Stores in one SQLite file, for the processes of one machine. Opens it at once.
 *
 * @throws StoreError `store_corrupt`, `store_schema` (made by a newer release), `store_unavailable`.
 * @example
 * const stores = sqliteStores('llm.db')
 */
export function sqliteStores(options: string | SqliteStoreOptions): Stores {
  const given = typeof options === 'string' ? { path: options } : options
  checkOptions('sqliteStores', given, {
    path: (value) => (typeof value === 'string' && value !== '' ? undefined : 'the path of a file'),
    busyMs: duration,
    check: ofType('boolean'),
    onMigrated: ofType('function'),
    clock: clockLike,
  })
  const { path, busyMs = 5_000, check = true, onMigrated, clock = systemClock } = given
  const database = openDatabase({ path, busyMs, check, onMigrated, clock })
  return {
    usage: sqliteUsage(database, clock),
    limits: sqliteLimits(database, clock),
    circuits: sqliteCircuits(database, clock),
    configs: sqliteConfigs(database),
    async close() {
      database.close()
    },
  }
}
