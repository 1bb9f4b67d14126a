import type { UsageRow, UsageStore } from '../../types/store.ts'
import { usageColumns, usageRecord, usageRow, usageTable } from '../columns.ts'
import { type Dialect, listUsage, statisticsOf, sumUsage } from '../sql-queries.ts'
import { withoutRepeats } from '../usage-rows.ts'
import { type Postgres, toJson } from './client.ts'
import { typedColumns } from './migrations.ts'

export const dialect: Dialect = {
  mark: (n) => `$${n}`,
  period: (mark) =>
    `(select max(value::bigint) from jsonb_array_elements_text(${mark}::text::jsonb) where value::bigint <= created_at)`,
  bytes: '',
}

const kinds = ['attempt', 'call'] as const

/** The ledger in PostgreSQL. */
export function postgresUsage({ run, prefix, now }: Postgres): UsageStore {
  const append = appendSql(prefix)
  return {
    async append(rows) {
      if (rows.length === 0) return
      const kept = withoutRepeats(rows)
      const lists = kinds.map((kind) => unicode(toJson(kept.filter((row) => row.kind === kind).map(record))))
      await run(append, [...lists, now()])
    },
    async list(query) {
      const { text, values } = listUsage(query, dialect, prefix)
      return (await run(text, values)).map((found) => usageRow(found, query.kind))
    },
    async statistics(query) {
      const { text, values } = sumUsage(query, dialect, prefix)
      return (await run(text, values)).map((found) => statisticsOf(found, query))
    },
    async sweep() {
      const time = `${prefix}llm_now($1::bigint)`
      const swept = kinds.map((kind) => {
        const table = `${prefix}${usageTable(kind)}`
        const due = `select id from ${table} where outcome = 'open' and expires_at <= ${time} limit 1000 for update skip locked`
        return `update ${table} set outcome = 'unknown', billing = 'U1', success = false where id in (${due}) returning 1`
      })
      const text = `with a as (${swept[0]}), c as (${swept[1]})
        select (select count(*) from a) + (select count(*) from c) as swept`
      return Number((await run(text, [now()]))[0]?.swept)
    },
  }
}

/** PostgreSQL has no NUL in texts and no halves of characters: no row is lost for one. */
function unicode(json: string): string {
  // Other escapes are stepped over, so that a backslash in front of `u0000` stays what it is.
  return json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (found) => (found.length === 6 ? '\\ufffd' : found))
}

/** A row by the names of its columns. */
function record(row: UsageRow): Record<string, unknown> {
  const { storedAt: _, ...full } = usageRecord(row, 0) as UsageRow & { success?: boolean }
  return Object.fromEntries(usageColumns.map(([name, field]) => [name, (full as Record<string, unknown>)[field]]))
}

/** Both kinds in one statement: all rows or none, each forward only. */
function appendSql(prefix: string): string {
  const names = usageColumns.map(([name]) => name)
  const given = names.map((name) => (name === 'stored_at' ? `${prefix}llm_now($3::bigint)` : `r.${name}`))
  const rank = (outcome: string) => `case ${outcome} when 'open' then 0 when 'unknown' then 1 else 2 end`
  const sets = names.filter((name) => name !== 'stored_at').map((name) => `${name} = excluded.${name}`)
  const parts = kinds.map((kind, index) => {
    const table = `${prefix}${usageTable(kind)}`
    // In one order for all batches, so that no two wait for each other in a circle.
    return `${kind}s as (insert into ${table} as t (${names.join(', ')})
      select ${given.join(', ')} from jsonb_to_recordset($${index + 1}::text::jsonb) as r(${typedColumns(usageColumns)}) order by r.id collate "C"
      on conflict (id) do update set ${sets.join(', ')} where ${rank('t.outcome')} < ${rank('excluded.outcome')} returning 1)`
  })
  return `with ${parts.join(', ')} select 1`
}
