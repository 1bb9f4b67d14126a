import type { Clock } from '../types/clock.ts'
import type { Stores } from '../types/store.ts'
import { checkOptions, clockLike, invalid, ofType, show, withMethods } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { postgresCircuits } from './postgres/circuits.ts'
import { type PostgresClientLike, postgresOver } from './postgres/client.ts'
import { postgresConfigs } from './postgres/configs.ts'
import { postgresLimits } from './postgres/limits.ts'
import { postgresUsage } from './postgres/usage.ts'

export type { PgLike, PostgresClientLike, PostgresJsLike } from './postgres/client.ts'

/** Options of the PostgreSQL stores. */
export interface PostgresStoreOptions {
  /** Where tables and functions live, made when it is not there: `a-z 0-9 _`. Default `public`. */
  readonly schema?: string
  /** Told when the schema was brought up to date. Take a backup before updating this package. */
  readonly onMigrated?: (versions: { readonly from: number; readonly to: number }) => void
  /** Takes the place of the server's clock; for tests. Default: the server's own. */
  readonly clock?: Clock
}

const isPg = withMethods('a pool of pg', 'query')
const isPostgresJs = withMethods('a client of postgres', 'unsafe')

/**
 * Stores in PostgreSQL 13 or newer, for a fleet. Hand in a pool of `pg`, or `postgres` (postgres.js); it stays yours to
 * close. The schema is brought up to date before the first statement.
 *
 * @example
 * const stores = postgresStores(new pg.Pool({ connectionString: 'postgres://127.0.0.1/app' }))
 */
export function postgresStores(client: PostgresClientLike, options: PostgresStoreOptions = {}): Stores {
  checkOptions('postgresStores', options, {
    schema: (value) => (/^[a-z_][a-z0-9_]{0,62}$/.test(String(value)) ? undefined : '1 to 63 of a-z, 0-9 and _'),
    onMigrated: ofType('function'),
    clock: clockLike,
  })
  if (isPg(client) !== undefined && isPostgresJs(client) !== undefined)
    throw invalid('client', show(client), 'a pool of pg, or a client of postgres')
  const { schema = 'public', onMigrated, clock } = options
  const postgres = postgresOver({ client, schema, clock, onMigrated })
  return {
    usage: postgresUsage(postgres),
    limits: postgresLimits(postgres),
    circuits: postgresCircuits(postgres, clock ?? systemClock),
    configs: postgresConfigs(postgres),
    async close() {},
  }
}
