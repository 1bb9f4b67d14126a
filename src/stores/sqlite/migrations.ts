import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../errors/families.ts'
import { type Column, configColumns, usageColumns, usageTable } from '../columns.ts'

const types = { text: 'text', integer: 'integer', real: 'real', boolean: 'integer', json: 'text' } as const

function table<Row>(name: string, columns: readonly Column<Row>[]): string {
  const lines = columns.map(([column, , type, required]) => {
    const rule = column === 'id' ? ' primary key not null' : required ? ' not null' : ''
    return `  ${column} ${types[type]}${rule}`
  })
  return `create table ${name} (\n${lines.join(',\n')}\n) without rowid;`
}

function usage(kind: 'attempt' | 'call'): string {
  const name = usageTable(kind)
  return `${table(name, usageColumns)}
    create index ${name}_tenant on ${name} (tenant_id, created_at);
    create index ${name}_created on ${name} (created_at);
    create index ${name}_open on ${name} (expires_at) where outcome = 'open';`
}

/** Each step takes the schema from one version to the next. A step that was released never changes. */
const migrations: readonly string[] = [
  `${usage('attempt')}
  ${usage('call')}
  ${table('llm_provider_configs', configColumns)}
  create unique index llm_provider_configs_active on llm_provider_configs (tenant_id, provider) where is_active = 1;
  create index llm_provider_configs_tenant on llm_provider_configs (tenant_id, provider);
  create table llm_limit_slots (
    key text not null, slot integer not null, used integer not null, expires_at integer,
    primary key (key, slot)
  ) without rowid;
  create table llm_limit_pending (
    key text not null, id text not null, slot integer not null, amount integer not null, keep integer not null,
    expires_at integer not null, primary key (key, id)
  ) without rowid;
  create index llm_limit_pending_end on llm_limit_pending (key, expires_at);
  create table llm_circuits (
    key text primary key not null, state text not null, failures integer not null, open_until integer not null,
    openings integer not null
  ) without rowid;
  create table llm_circuit_leases (key text not null, holder text not null, expires_at integer not null);
  create index llm_circuit_leases_key on llm_circuit_leases (key, expires_at);`,
]

/**
 * Brings a database to the newest schema in one transaction. Of several processes one does the work; the others wait and
 * find it done. Answers the versions when something was changed.
 *
 * @throws StoreError `store_schema` when the database is newer than this code.
 */
export function migrate(
  database: DatabaseSync,
  steps: readonly string[] = migrations,
): { from: number; to: number } | undefined {
  if (isCurrent(versionOf(database), steps)) return undefined
  database.exec('begin immediate')
  try {
    const from = versionOf(database)
    if (isCurrent(from, steps)) {
      database.exec('rollback')
      return undefined
    }
    database.exec('create table if not exists llm_schema (version integer not null)')
    for (const step of steps.slice(from)) database.exec(step)
    database.exec(`delete from llm_schema; insert into llm_schema values (${steps.length}); commit`)
    return { from, to: steps.length }
  } catch (error) {
    rollback(database)
    throw error
  }
}

/** Ends a transaction, if there still is one. */
export function rollback(database: DatabaseSync): void {
  try {
    database.exec('rollback')
  } catch {
    // A full disk or a broken file has ended it already; what it failed with is on its way.
  }
}

function isCurrent(version: number, steps: readonly string[]): boolean {
  if (version > steps.length) {
    const message = `The database has schema version ${version}; this release knows ${steps.length}. Update holdfast.`
    throw new StoreError('store_schema', message)
  }
  return version === steps.length
}

function versionOf(database: DatabaseSync): number {
  const exists = database.prepare(`select 1 from sqlite_master where type = 'table' and name = 'llm_schema'`).get()
  if (exists === undefined) return 0
  const { version } = database.prepare('select max(version) as version from llm_schema').get() as { version: unknown }
  return typeof version === 'number' ? version : 0
}
