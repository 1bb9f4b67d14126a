import type { SQLInputValue } from 'node:sqlite'
import type { ConfigStore, ProviderConfigRow } from '../../types/store.ts'
import { configColumns, decode } from '../columns.ts'
import { listConfigs } from '../sql-queries.ts'
import type { Database } from './database.ts'
import { dialect, encode } from './usage.ts'

const names = configColumns.map(([name]) => name)
const replace = `replace into llm_provider_configs (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`

/** Tenants' configurations in SQLite. */
export function sqliteConfigs(database: Database): ConfigStore {
  return {
    get: (tenant, id) =>
      database.read((run) => {
        const record = run.get('select * from llm_provider_configs where id = ? and tenant_id = ?', id, tenant)
        return record && decode<ProviderConfigRow>(record, configColumns)
      }),
    list: (query) =>
      database.read((run) => {
        const isActive = query.isActive === undefined ? undefined : Number(query.isActive)
        const { text, values } = listConfigs(query, isActive, dialect)
        return run.all(text, ...(values as SQLInputValue[])).map((record) => decode(record, configColumns))
      }),
    put: (row) =>
      database.write((run) => {
        const known = run.get('select tenant_id, provider, version from llm_provider_configs where id = ?', row.id)
        if (Number(known?.version ?? 0) !== row.version - 1) return false
        if (known && (known.tenant_id !== row.tenant || known.provider !== row.provider)) return false
        if (row.isActive) {
          run.run(
            `update llm_provider_configs set is_active = 0, version = version + 1, updated_at = ?
             where tenant_id = ? and provider = ? and is_active = 1 and id <> ?`,
            row.updatedAt,
            row.tenant,
            row.provider,
            row.id,
          )
        }
        run.run(replace, ...encode(row, configColumns))
        return true
      }),
    delete: (tenant, id) =>
      database.write(
        (run) => run.run('delete from llm_provider_configs where id = ? and tenant_id = ?', id, tenant) > 0,
      ),
  }
}
