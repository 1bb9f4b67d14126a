import { RequestError, StoreError } from '../../errors/families.ts'
import { LlmError } from '../../errors/llm-error.ts'
import type { Clock } from '../../types/clock.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import { migrationSql } from './migrations.ts'

/** The part of a pool or client of `pg` that is used. */
export interface PgLike {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** The part of `postgres` (postgres.js) that is used. */
export interface PostgresJsLike {
  unsafe(text: string, values?: never[]): PromiseLike<readonly unknown[]>
}

/** Either client. */
export type PostgresClientLike = PgLike | PostgresJsLike

/** Where statements run; the schema is there. */
export interface Postgres {
  /** Runs one statement: one round trip, atomic. */
  run(text: string, values: readonly Value[]): Promise<readonly Record<string, unknown>[]>
  /** Goes before names of tables and functions. */
  readonly prefix: string
  /** The time to hand to functions: `null` where the server's own counts. */
  readonly now: () => number | null
}

type Value = string | number | boolean | null

/** Tries of a statement that others got in the way of. */
const tries = 3

/** What the stores are given. */
export interface PostgresParts {
  readonly client: PostgresClientLike
  readonly schema: string
  readonly clock: Clock | undefined
  readonly onMigrated: ((versions: { from: number; to: number }) => void) | undefined
}

/** Brings the schema up to date before the first statement. */
export function postgresOver({ client, schema, clock, onMigrated }: PostgresParts): Postgres {
  const query = callOf(client)
  ignoreErrorEvents(client)
  let ready: Promise<void> | undefined
  const migrate = async () => {
    const before = await versionOf(query, schema)
    await query(migrationSql(schema), undefined)
    const after = await versionOf(query, schema)
    if (after > before) onMigrated?.({ from: before, to: after })
  }
  return {
    async run(text, values) {
      try {
        ready ??= migrate().catch((error: unknown) => {
          // Not now; the next statement tries again.
          ready = undefined
          throw error
        })
        await ready
        return await again(() => query(text, values))
      } catch (error) {
        throw storeError(error)
      }
    },
    prefix: `"${schema}".`,
    now: () => (clock === undefined ? null : Math.floor(clock.now())),
  }
}

type Query = (text: string, values: readonly Value[] | undefined) => Promise<readonly Record<string, unknown>[]>

function callOf(client: PostgresClientLike): Query {
  if ('unsafe' in client) {
    return async (text, values) => [...(await client.unsafe(text, values as never[]))] as Record<string, unknown>[]
  }
  return async (text, values) => (await client.query(text, values as unknown[])).rows as Record<string, unknown>[]
}

/** A statement that lost to another was rolled back whole, so it can be made again. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let round = 1; ; round++) {
    try {
      return await work()
    } catch (error) {
      if (round === tries || !/^40(001|P01)$/.test(stateOf(error))) throw error
    }
  }
}

async function versionOf(query: Query, schema: string): Promise<number> {
  const exists = `select to_regclass('"${schema}".llm_schema') is not null as found`
  if ((await query(exists, undefined))[0]?.found !== true) return 0
  return Number((await query(`select max(version) as version from "${schema}".llm_schema`, undefined))[0]?.version ?? 0)
}

/** A pool whose idle connection breaks ends the process unless somebody listens; what it means is seen in the next call. */
function ignoreErrorEvents(client: object): void {
  const emitter = client as {
    on?: (event: string, listener: () => void) => unknown
    listenerCount?: (event: string) => number
  }
  if (emitter.listenerCount?.('error') === 0) emitter.on?.('error', () => undefined)
}

function stateOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** By the beginning of the state that the server gave, the longest first. */
const states: readonly (readonly [string, ErrorCode, string])[] = [
  ['22', 'request_invalid', 'A value is of the wrong type or too long'],
  ['23', 'request_invalid', 'A value is missing or of the wrong type'],
  ['XX001', 'store_corrupt', 'The database is damaged'],
  ['XX002', 'store_corrupt', 'The database is damaged'],
  ['HF001', 'store_schema', 'The database has a newer schema than this release knows. Update holdfast.'],
  ['HF002', 'store_schema', 'Limits need the isolation level read committed'],
  ['3F', 'store_schema', 'The schema is not there'],
  ['42', 'store_schema', 'Tables or functions are missing, or may not be used or made'],
]

/** What a failure of the client means to a caller. */
function storeError(error: unknown): LlmError {
  if (LlmError.isInstance(error)) return error
  const state = stateOf(error)
  const known = states.find(([start]) => state.startsWith(start))
  const [, code, message] = known ?? ['', 'store_unavailable' as const, 'PostgreSQL cannot be used']
  return code === 'request_invalid'
    ? new RequestError(code, message, { cause: error })
    : new StoreError(code, message, { cause: error })
}

/** Text of a value, or the error for one that has none. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new RequestError('request_invalid', 'A value is of the wrong type', { cause })
  }
}
