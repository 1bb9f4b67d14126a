import type { SQLInputValue } from 'node:sqlite'
import type { Clock } from '../../types/clock.ts'
import type { UsageRow, UsageStore } from '../../types/store.ts'
import { type Column, type ColumnType, usageColumns, usageRecord, usageRow, usageTable } from '../columns.ts'
import { type Dialect, listUsage, statisticsOf, sumUsage } from '../sql-queries.ts'
import { withoutRepeats } from '../usage-rows.ts'
import type { Database } from './database.ts'

export const dialect: Dialect = {
  mark: (n) => `?${n}`,
  period: (mark) => `(select max(value) from json_each(${mark}) where value <= created_at)`,
  bytes: '',
}

/** The ledger in SQLite. */
export function sqliteUsage(database: Database, clock: Clock): UsageStore {
  return {
    append: async (rows) => {
      if (rows.length === 0) return
      await database.write((run) => {
        for (const row of withoutRepeats(rows)) {
          run.run(upserts[row.kind], ...encode(usageRecord(row, clock.now()), usageColumns))
        }
      })
    },
    list: (query) =>
      database.read((run) => {
        const { text, values } = listUsage(query, dialect)
        return run.all(text, ...(values as SQLInputValue[])).map((record) => usageRow(record, query.kind))
      }),
    statistics: (query) =>
      database.read((run) => {
        const { text, values } = sumUsage(query, dialect)
        return run.all(text, ...(values as SQLInputValue[])).map((record) => statisticsOf(record, query))
      }),
    sweep: () => database.write((run) => sweepOf('attempt', run, clock.now()) + sweepOf('call', run, clock.now())),
  }
}

type Kind = UsageRow['kind']

function sweepOf(kind: Kind, run: { run(text: string, ...values: SQLInputValue[]): number }, now: number): number {
  const table = usageTable(kind)
  const due = `select id from ${table} where outcome = 'open' and expires_at <= ? limit 1000`
  return run.run(`update ${table} set outcome = 'unknown', billing = 'U1', success = 0 where id in (${due})`, now)
}

const upserts: Readonly<Record<Kind, string>> = { attempt: upsert('attempt'), call: upsert('call') }

/** A row goes forward only. */
function upsert(kind: Kind): string {
  const table = usageTable(kind)
  const names = usageColumns.map(([name]) => name)
  const rank = (outcome: string) => `case ${outcome} when 'open' then 0 when 'unknown' then 1 else 2 end`
  const sets = names.filter((name) => name !== 'stored_at').map((name) => `${name} = excluded.${name}`)
  return `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})
    on conflict (id) do update set ${sets.join(', ')} where ${rank(`${table}.outcome`)} < ${rank('excluded.outcome')}`
}

/** Values in the order of the columns. */
export function encode<Row>(row: Row, columns: readonly Column<Row>[]): SQLInputValue[] {
  return columns.map(([, field, type]) => {
    const value = row[field]
    return value === undefined || value === null ? null : (encoders[type](value) as SQLInputValue)
  })
}

const same = (value: unknown) => value

const encoders: Readonly<Record<ColumnType, (value: unknown) => unknown>> = {
  text: same,
  integer: same,
  real: same,
  boolean: (value) => (value ? 1 : 0),
  json: (value) => JSON.stringify(value),
}
