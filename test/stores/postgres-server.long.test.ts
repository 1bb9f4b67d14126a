import { postgresStores } from 'holdfast/stores/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createMeter } from '../../src/metering/meter.ts'
import { migrationSql } from '../../src/stores/postgres/migrations.ts'
import { fullRow, row } from '../../src/testing/conformance/usage-sample.ts'
import { verifies } from '../support/verifies.ts'
import { postgresUrl, whyNot } from './support/servers.ts'
import { callersOf, dimension, patient, settled, until, wait } from './support/under-load.ts'

const reason = await whyNot(postgresUrl)
const admin = new pg.Pool({ connectionString: postgresUrl, max: 3 })
let schema: string
let stands = 0
const schemas: string[] = []
beforeEach(() => {
  schema = `holdfast_fault_${process.pid}_${Date.now()}_${stands++}`
  schemas.push(schema)
})
afterAll(async () => {
  if (reason === undefined) for (const one of schemas) await admin.query(`drop schema if exists "${one}" cascade`)
  await admin.end()
})

/** Cuts the connections of one test, as a restart of the server does. */
const cut = (name: string) =>
  admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name])

const clients = {
  pg: (name: string) => {
    const pool = new pg.Pool({ connectionString: postgresUrl, application_name: name, max: 4 })
    return { client: pool, end: () => pool.end() }
  },
  'postgres.js': (name: string) => {
    const sql = postgres(postgresUrl, {
      connection: { application_name: name },
      max: 4,
      onnotice: () => undefined,
      backoff: () => 0.05,
    })
    // A query that was lost with its connection would be waited for without end.
    return { client: sql, end: () => sql.end({ timeout: 1 }) }
  },
}

describe.skipIf(reason !== undefined)('PostgreSQL', () => {
  it.each(Object.entries(clients))(
    'that is restarted under load loses no row, with %s',
    { ...patient, ...verifies('F169') },
    async (_, open) => {
      const name = `holdfast-${schema}`
      const { client, end } = open(name)
      const stores = postgresStores(client, { schema })
      const meter = createMeter({
        stores,
        limits: { perTenant: { requests: '100000/minute', concurrent: 1_000 } },
        // Room for what comes while the store rests; a full queue drops rows, which is another case.
        ledger: { flushMs: 20, maxQueued: 1_000_000 },
      })
      await stores.usage.list({})
      const callers = callersOf(meter, 3)
      for (let cuts = 0; cuts < 4; cuts++) {
        const target = callers.made + 40
        await until(() => callers.made > target)
        await cut(name)
      }
      await until(() => meter.health().limitStore === 'ok')
      await callers.end()
      await settled(meter)
      const { made } = callers
      const [attempts] = await stores.usage.statistics({})
      expect(attempts).toMatchObject({ rows: made, ok: made, open: 0 })
      expect((await stores.usage.statistics({ kind: 'call' }))[0]).toMatchObject({ rows: made })
      expect(meter.health()).toMatchObject({ dropped: 0, deadLettered: 0, queued: 0 })
      await meter.close()
      await end()
    },
  )

  it('writes again what lost a deadlock', { ...patient, ...verifies('F169') }, async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 2 })
    const { usage } = postgresStores(pool, { schema })
    const both = (outcome: 'open' | 'ok') => ['a', 'b'].map((id) => row(id, { outcome }))
    await usage.append(both('open'))
    const other = await admin.connect()
    await other.query('begin')
    await other.query(`update "${schema}".llm_usage_logs set model = 'x' where id = 'b'`)
    const write = usage.append(both('ok'))
    await wait(200)
    await other.query(`update "${schema}".llm_usage_logs set model = 'x' where id = 'a'`)
    await other.query('commit')
    other.release()
    await write
    expect((await usage.list({})).map(({ outcome }) => outcome)).toEqual(['ok', 'ok'])
    await pool.end()
  })

  it('that keeps losing is taken for unavailable after three tries', verifies('F169'), async () => {
    let tries = 0
    const failing = {
      query: async (text: string) => {
        if (!/^select .*llm_reserve/.test(text)) return { rows: [] }
        tries++
        throw Object.assign(new Error('could not serialize access'), { code: '40001' })
      },
    }
    const { limits } = postgresStores(failing, { schema })
    await expect(limits.reserve('a', [dimension], 1_000)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'store_unavailable',
    })
    expect(tries).toBe(3)
  })

  it('whose pool is exhausted counts as down, and works again after', { ...patient, ...verifies('F169') }, async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 1, connectionTimeoutMillis: 200 })
    const { limits } = postgresStores(pool, { schema })
    await postgresStores(admin, { schema }).limits.read([dimension])
    let held: pg.PoolClient | undefined
    // A machine under load may take longer than that to connect at all.
    await until(async () => {
      held ??= await pool.connect().catch(() => undefined)
      return held !== undefined
    })
    await expect(limits.reserve('a', [dimension], 1_000)).rejects.toMatchObject({ code: 'store_unavailable' })
    held?.release()
    expect((await limits.reserve('b', [dimension], 1_000)).isAllowed).toBe(true)
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
    await pool.end()
  })

  it('that cancels a statement counts as down, and leaves nothing booked', {
    ...patient,
    ...verifies('F169'),
  }, async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 2, statement_timeout: 300 })
    const { limits } = postgresStores(pool, { schema })
    // Made without a time limit: a machine under load may take longer for it.
    const patient = postgresStores(admin, { schema }).limits
    await patient.read([dimension])
    const other = await admin.connect()
    await other.query('begin')
    await other.query(`select "${schema}".llm_lock(array['k'])`)
    await expect(limits.reserve('a', [dimension], 1_000)).rejects.toMatchObject({ code: 'store_unavailable' })
    await other.query('rollback')
    other.release()
    expect(await patient.read([dimension])).toEqual([{ used: 0, reserved: 0 }])
    await pool.end()
  })

  it('refuses to count limits where it could not do so exactly', async () => {
    const pool = new pg.Pool({
      connectionString: postgresUrl,
      max: 2,
      options: '-c default_transaction_isolation=serializable',
    })
    const { limits } = postgresStores(pool, { schema })
    await expect(limits.reserve('a', [dimension], 1_000)).rejects.toMatchObject({ code: 'store_schema' })
    await pool.end()
  })

  it('tells a value that can never be stored from a database that is away', verifies('F166'), async () => {
    const { usage } = postgresStores(admin, { schema })
    const poison = row('b', { attempt: 1.5 })
    await expect(usage.append([row('a'), poison])).rejects.toMatchObject({
      name: 'RequestError',
      code: 'request_invalid',
    })
    expect(await usage.list({})).toEqual([])
    const away = postgresStores(new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:1/none' }), { schema })
    await expect(away.usage.append([row('a')])).rejects.toMatchObject({ name: 'StoreError', code: 'store_unavailable' })
  })

  it('has the documented tables and columns', verifies('B2'), async () => {
    const { usage } = postgresStores(admin, { schema })
    await usage.append([fullRow])
    const { rows } =
      await admin.query(`select id, tenant_id, provider_config_id, provider, model, endpoint, tokens_used::int,
      latency_ms, success, error_message, created_at, metadata->>'feature' as feature from "${schema}".llm_usage_logs`)
    expect(rows).toEqual([
      {
        id: 'full',
        tenant_id: 'acme',
        provider_config_id: 'config-1',
        provider: 'openai',
        model: 'gpt-5',
        endpoint: 'chat',
        tokens_used: 1_234,
        latency_ms: 1_234.5,
        success: false,
        error_message: 'The stream ended early',
        created_at: String(fullRow.createdAt),
        feature: 'search',
      },
    ])
  })
})

describe.skipIf(reason !== undefined)('the schema in PostgreSQL', verifies('F170'), () => {
  it('is brought up to date once, and says from where to where', async () => {
    const seen: unknown[] = []
    for (let n = 0; n < 2; n++) {
      await postgresStores(admin, { schema, onMigrated: (versions) => seen.push(versions) }).usage.list({})
    }
    expect(seen).toEqual([{ from: 0, to: 1 }])
  })

  it('made by a newer release is refused and left as it is', async () => {
    await postgresStores(admin, { schema }).usage.list({})
    await admin.query(`update "${schema}".llm_schema set version = 99`)
    await expect(postgresStores(admin, { schema }).usage.append([row('a')])).rejects.toMatchObject({
      name: 'StoreError',
      code: 'store_schema',
    })
    expect((await admin.query(`select version from "${schema}".llm_schema`)).rows).toEqual([{ version: 99 }])
  })

  it('goes from any older version to the newest, or stays as it was when a step fails', async () => {
    const steps = ['create table a (x int);', 'alter table a add column y int; create table b (z int);']
    await admin.query(migrationSql(schema, steps.slice(0, 1)))
    await admin.query(`insert into "${schema}".a values (7)`)
    const broken = [...steps, 'create table c (x int); create table a (again int);']
    await expect(admin.query(migrationSql(schema, broken))).rejects.toThrow('already exists')
    await admin.query(migrationSql(schema, steps))
    await admin.query(migrationSql(schema, steps))
    expect((await admin.query(`select * from "${schema}".a`)).rows).toEqual([{ x: 7, y: null }])
    const { rows } = await admin.query('select tablename from pg_tables where schemaname = $1 order by 1', [schema])
    expect(rows.map(({ tablename }) => tablename)).toEqual(['a', 'b', 'llm_schema'])
  })

  it('that a newer release has made does not stop older processes that are running', async () => {
    const older = postgresStores(admin, { schema })
    await older.usage.append([row('a', { outcome: 'open' })])
    await older.limits.reserve('r', [dimension], 60_000)
    await admin.query(`alter table "${schema}".llm_usage_logs add column later_on text`)
    await admin.query(`alter table "${schema}".llm_limit_slots add column later_on bigint not null default 0`)
    await admin.query(`update "${schema}".llm_schema set version = version + 1`)
    await older.usage.append([row('a', { outcome: 'ok' }), row('b')])
    expect((await older.usage.list({})).map(({ id, outcome }) => [id, outcome]).sort()).toEqual([
      ['a', 'ok'],
      ['b', 'ok'],
    ])
    expect(await older.limits.settle('r', [{ key: dimension.key, amount: 1 }])).toBe(true)
    await expect(postgresStores(admin, { schema }).usage.list({})).rejects.toMatchObject({ code: 'store_schema' })
  })

  it('that cannot be made now is made by a later statement', async () => {
    let isAway = true
    const pool = {
      query: (text: string, values?: unknown[]) =>
        isAway ? Promise.reject(new Error('away')) : admin.query(text, values),
    }
    const { usage } = postgresStores(pool, { schema })
    await expect(usage.list({})).rejects.toMatchObject({ code: 'store_unavailable' })
    isAway = false
    expect(await usage.list({})).toEqual([])
  })

  it('has a name that is one', () => {
    for (const name of ['', 'A', 'a"; drop schema public; --', 'x'.repeat(64), 'a-b']) {
      expect(() => postgresStores(admin, { schema: name })).toThrow('a-z, 0-9 and _')
    }
  })
})
