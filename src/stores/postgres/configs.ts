import type { ConfigStore, ProviderConfigRow } from '../../types/store.ts'
import { configColumns, decode } from '../columns.ts'
import { listConfigs } from '../sql-queries.ts'
import { type Postgres, toJson } from './client.ts'
import { dialect } from './usage.ts'

/** Tenants' configurations in PostgreSQL. */
export function postgresConfigs({ run, prefix }: Postgres): ConfigStore {
  const table = `${prefix}llm_provider_configs`
  return {
    async get(tenant, id) {
      const [found] = await run(`select * from ${table} where id = $1 and tenant_id = $2`, [id, tenant])
      return found && decode<ProviderConfigRow>(found, configColumns)
    },
    async list(query) {
      const { text, values } = listConfigs(query, query.isActive, dialect, prefix)
      return (await run(text, values)).map((found) => decode<ProviderConfigRow>(found, configColumns))
    },
    async put(row) {
      const record = Object.fromEntries(configColumns.map(([name, field]) => [name, row[field]]))
      const text = `select ${prefix}llm_put_config($1::text::jsonb) as written`
      return (await run(text, [toJson(record)]))[0]?.written === true
    },
    async delete(tenant, id) {
      const text = `delete from ${table} where id = $1 and tenant_id = $2 returning 1 as gone`
      return (await run(text, [id, tenant])).length > 0
    },
  }
}
