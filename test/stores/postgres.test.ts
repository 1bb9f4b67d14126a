import { postgresStores } from 'holdfast/stores/postgres'
import {
  type ConformanceClock,
  circuitStoreConformance,
  configStoreConformance,
  limitStoreConformance,
  usageStoreConformance,
} from 'holdfast/testing/conformance'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, describe, it } from 'vitest'
import type { Stores } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'
import { postgresUrl, whyNot } from './support/servers.ts'
import { clockCases, sharedCases } from './support/shared-cases.ts'

const reason = await whyNot(postgresUrl)
const pool = new pg.Pool({ connectionString: postgresUrl, max: 5 })
const sql = postgres(postgresUrl, { max: 5, onnotice: () => undefined })

let stands = 0
const freshSchema = () => `holdfast_test_${process.pid}_${Date.now()}_${stands++}`
const drop = (schema: string) => pool.query(`drop schema if exists "${schema}" cascade`)

/** Making a schema for each case would take most of the time. */
const shared = freshSchema()
const tables = [
  'llm_usage_logs',
  'llm_usage_calls',
  'llm_provider_configs',
  'llm_limit_slots',
  'llm_limit_pending',
  'llm_circuits',
  'llm_circuit_leases',
]
afterAll(async () => {
  if (reason === undefined) await drop(shared)
  await pool.end()
  await sql.end()
})

/** One object over each of the two clients, over the same tables. */
function pair<Name extends keyof Omit<Stores, 'close'>>(name: Name) {
  return async (clock: ConformanceClock) => {
    const schema = shared
    const store = postgresStores(pool, { schema, clock })[name]
    const peer = postgresStores(sql, { schema, clock })[name]
    return {
      store,
      peer,
      async close() {
        await pool.query(`truncate ${tables.map((table) => `"${schema}".${table}`).join(', ')}`)
      },
    }
  }
}

describe.skipIf(reason !== undefined)(
  'PostgreSQL stores keep the contracts, with either client',
  verifies('F142', 'F148', 'F152', 'F153', 'F157', 'F175', 'F232', 'F245'),
  () => {
    usageStoreConformance({ test: it, create: pair('usage') })
    limitStoreConformance({ test: it, create: pair('limits') })
    circuitStoreConformance({ test: it, create: pair('circuits') })
    configStoreConformance({ test: it, create: pair('configs') })
  },
)

describe.skipIf(reason !== undefined)('PostgreSQL for several processes', () => {
  sharedCases(
    async () => ({ kind: 'postgres', url: postgresUrl, schema: freshSchema() }),
    async (address) => {
      if (address.kind === 'postgres') await drop(address.schema)
    },
  )
  clockCases(
    async () => ({ kind: 'postgres', url: postgresUrl, schema: freshSchema() }),
    async (address) => {
      if (address.kind === 'postgres') await drop(address.schema)
    },
  )
})
