import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStores } from 'holdfast/stores/sqlite'
import { virtualClock } from 'holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMeter } from '../../src/metering/meter.ts'
import { migrate } from '../../src/stores/sqlite/migrations.ts'
import { fullRow, row, start } from '../../src/testing/conformance/usage-sample.ts'
import { verifies } from '../support/verifies.ts'
import { sharedCases } from './support/shared-cases.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
  path = join(folder, 'llm.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const hasShell = (() => {
  try {
    return execFileSync('sqlite3', ['-version']).length > 0
  } catch {
    return false // The shell is not installed; the driver itself shows the same columns.
  }
})()

function shell(sql: string): string {
  if (hasShell) return execFileSync('sqlite3', [path, sql], { encoding: 'utf8' }).trim()
  const database = new DatabaseSync(path)
  const rows = database
    .prepare(sql)
    .all()
    .map((record) => Object.values(record).join('|'))
  database.close()
  return rows.join('\n')
}

describe('the SQLite file', () => {
  it('has the documented tables and columns for the sqlite3 shell', verifies('A14', 'B2'), async () => {
    const stores = sqliteStores(path)
    await stores.usage.append([fullRow])
    await stores.configs.put({
      id: 'c1',
      tenant: 'acme',
      provider: 'openai',
      apiKeySealed: 'sealed',
      keyVersion: 1,
      defaultModel: 'gpt-5',
      isActive: true,
      lastTestedAt: start,
      testLatencyMs: 12,
      createdAt: start,
      updatedAt: start,
      metadata: { a: 1 },
      version: 1,
    })
    expect(
      shell(`select id, tenant_id, provider_config_id, provider, model, endpoint, tokens_used, latency_ms, success,
        error_message, created_at, json_extract(metadata, '$.feature') from llm_usage_logs`),
    ).toBe(`full|acme|config-1|openai|gpt-5|chat|1234|1234.5|0|The stream ended early|${start}|search`)
    expect(
      shell(`select id, tenant_id, provider, api_key_encrypted, default_model, is_active, last_tested, test_latency_ms,
        created_at, updated_at, metadata from llm_provider_configs`),
    ).toBe(`c1|acme|openai|sealed|gpt-5|1|${start}|12.0|${start}|${start}|{"a":1}`)
    await stores.close()
  })

  it('can be read by its owner alone', () => {
    const stores = sqliteStores(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    return stores.close()
  })

  it('keeps rows, limits, circuits and configurations over a restart', verifies('B1'), async () => {
    const first = sqliteStores(path)
    const dimension = { key: 'k', limit: 3, amount: 2, keep: 2, window: { kind: 'calendar', boundaries: [0] } } as const
    await first.usage.append([fullRow])
    await first.limits.reserve('r', [dimension], 60_000)
    await first.circuits.write('c', { state: 'open', failures: 3, openUntil: start, openings: 1 })
    await first.close()
    const second = sqliteStores(path)
    expect(await second.usage.list({})).toHaveLength(1)
    expect(await second.limits.read([dimension])).toEqual([{ used: 2, reserved: 2 }])
    expect((await second.limits.reserve('s', [dimension], 60_000)).isAllowed).toBe(false)
    expect((await second.circuits.read('c'))?.state).toBe('open')
    await second.close()
  })

  it('reads a row changed by hand without believing its types', verifies('F245'), async () => {
    const stores = sqliteStores(path)
    await stores.usage.append([row('a', { totalTokens: 5 }), row('b')])
    shell(`update llm_usage_logs set tokens_used = 'function(){}', metadata = '[1]', routing = '{"__proto__":{"x":1}}',
      error_message = x'00ff' where id = 'a'`)
    const [, changed] = await stores.usage.list({})
    expect(changed).toEqual({ ...row('a'), routing: {}, storedAt: expect.any(Number) })
    expect(Object.getPrototypeOf(changed?.routing)).toBe(Object.prototype)
    await stores.close()
  })

  it('refuses to serve a row without what a row must have', verifies('F245'), async () => {
    const stores = sqliteStores(path)
    await stores.usage.append([row('a')])
    shell(`update llm_usage_logs set created_at = 'yesterday'`)
    await expect(stores.usage.list({})).rejects.toMatchObject({ code: 'store_corrupt', path: 'created_at' })
    await stores.close()
  })

  it('that is closed refuses work as any store that is away', async () => {
    const stores = sqliteStores(path)
    await stores.close()
    await stores.close()
    await expect(stores.usage.append([row('a')])).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})

describe('a damaged SQLite file', verifies('F162'), () => {
  it('that is no database is refused and left as it is', () => {
    writeFileSync(path, 'not a database, but somebody may still want it '.repeat(100))
    const before = readFileSync(path)
    expect(() => sqliteStores(path)).toThrow(expect.objectContaining({ name: 'StoreError', code: 'store_corrupt' }))
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('with random bytes inside is refused and left as it is', async () => {
    const stores = sqliteStores(path)
    const many = Array.from({ length: 2_000 }, (_, n) => row(`r${n}`, { metadata: { text: 'x'.repeat(200) } }))
    await stores.usage.append(many)
    await stores.close()
    const bytes = readFileSync(path)
    for (let at = 20_000; at < bytes.length - 5_000; at += 9_000) bytes.fill(0xa5, at, at + 600)
    writeFileSync(path, bytes)
    expect(() => sqliteStores(path)).toThrow(expect.objectContaining({ code: 'store_corrupt' }))
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it('damaged while in use says so and is not written over', async () => {
    const stores = sqliteStores({ path, check: false })
    await stores.usage.append(
      Array.from({ length: 3_000 }, (_, n) => row(`r${n}`, { metadata: { text: 'x'.repeat(200) } })),
    )
    await stores.close()
    const bytes = readFileSync(path)
    for (let at = 100_000; at < bytes.length - 5_000; at += 4_096) bytes.fill(0xa5, at, at + 2_000)
    writeFileSync(path, bytes)
    const again = sqliteStores({ path, check: false })
    await expect(again.usage.list({ tenant: 'acme' })).rejects.toMatchObject({ code: 'store_corrupt' })
    await again.close()
  })
})

describe('the schema of the SQLite file', verifies('F170'), () => {
  const steps = ['create table a (x integer)', 'alter table a add column y integer; create table b (z integer)']

  it('is brought up to date once, and says from where to where', () => {
    const seen: unknown[] = []
    sqliteStores({ path, onMigrated: (versions) => seen.push(versions) }).close()
    sqliteStores({ path, onMigrated: (versions) => seen.push(versions) }).close()
    expect(seen).toEqual([{ from: 0, to: 1 }])
  })

  it('goes from any older version to the newest and keeps what is stored', () => {
    const database = new DatabaseSync(path)
    expect(migrate(database, steps.slice(0, 1))).toEqual({ from: 0, to: 1 })
    database.exec('insert into a values (7)')
    expect(migrate(database, steps)).toEqual({ from: 1, to: 2 })
    expect(migrate(database, steps)).toBeUndefined()
    expect({ ...database.prepare('select * from a').get() }).toEqual({ x: 7, y: null })
    database.close()
  })

  it('stays at the old version, whole, when a step fails half-way', () => {
    const database = new DatabaseSync(path)
    migrate(database, steps.slice(0, 1))
    expect(() => migrate(database, [...steps, 'create table c (x); create table a (again)'])).toThrow('already exists')
    expect(migrate(database, steps.slice(0, 1))).toBeUndefined()
    const tables = database
      .prepare(`select name from sqlite_master order by name`)
      .all()
      .map(({ name }) => name)
    expect(tables).toEqual(['a', 'llm_schema'])
    database.close()
  })

  it('made by a newer release is refused and left as it is', async () => {
    await sqliteStores(path).close()
    shell('update llm_schema set version = 99')
    expect(() => sqliteStores(path)).toThrow(
      expect.objectContaining({ code: 'store_schema', message: expect.stringContaining('version 99') }),
    )
    expect(shell('select version from llm_schema')).toBe('99')
  })

  it('that a newer release has made does not stop older processes that are running', async () => {
    const older = sqliteStores(path)
    await older.usage.append([row('a', { outcome: 'open' })])
    const counter = { key: 'k', limit: 9, amount: 3, keep: 1, window: { kind: 'sliding', ms: 60_000 } } as const
    await older.limits.reserve('r', [counter], 60_000)
    shell(`alter table llm_usage_logs add column later_on text;
      alter table llm_limit_slots add column later_on integer not null default 0;
      update llm_schema set version = version + 1`)
    await older.usage.append([row('a', { outcome: 'ok' }), row('b')])
    expect((await older.usage.list({})).map(({ id, outcome }) => [id, outcome]).sort()).toEqual([
      ['a', 'ok'],
      ['b', 'ok'],
    ])
    expect(await older.limits.settle('r', [{ key: 'k', amount: 1 }])).toBe(true)
    expect(() => sqliteStores(path)).toThrow(expect.objectContaining({ code: 'store_schema' }))
    await older.close()
  })

  it('lives beside tables of others', async () => {
    const database = new DatabaseSync(path)
    database.exec('create table customers (name text); pragma user_version = 42')
    database.close()
    await sqliteStores(path).close()
    expect(shell('pragma user_version')).toBe('42')
    expect(shell('select count(*) from customers')).toBe('0')
  })
})

describe('a lock that another process holds', verifies('F160'), () => {
  it('is waited for without blocking, and the write is made when it is free', async () => {
    const clock = virtualClock()
    const stores = sqliteStores({ path, clock, busyMs: 20_000 })
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    let isWritten = false
    const write = Promise.resolve(stores.usage.append([row('a')])).then(() => {
      isWritten = true
    })
    const before = performance.now()
    await clock.advance(1_000)
    expect(isWritten).toBe(false)
    expect(performance.now() - before).toBeLessThan(5_000)
    other.exec('commit')
    await clock.run(write)
    expect(await stores.usage.list({})).toHaveLength(1)
    other.close()
    await stores.close()
  })

  it('ends the wait at busyMs, and reading goes on all the time', async () => {
    const clock = virtualClock()
    const stores = sqliteStores({ path, clock, busyMs: 300 })
    await stores.usage.append([row('a')])
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const write = Promise.resolve(stores.usage.append([row('b')]))
    expect(await stores.usage.list({})).toHaveLength(1)
    await expect(clock.run(write)).rejects.toMatchObject({ name: 'StoreError', code: 'store_unavailable' })
    expect(clock.monotonic()).toBeLessThan(500)
    other.exec('rollback')
    await stores.usage.append([row('b')])
    other.close()
    await stores.close()
  })

  it('stops no call of a client, and its rows are written when it is free', async () => {
    const clock = virtualClock()
    const stores = sqliteStores({ path, clock, busyMs: 1_000 })
    const meter = createMeter({ stores, clock, limits: { perTenant: { requests: '100/minute' } } })
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    for (let n = 0; n < 10; n++) {
      const call = await clock.run(meter.reserve({ requestId: `r${n}`, endpoint: 'chat', inputTokens: 1 }))
      const attempt = await clock.run(call.openAttempt({ provider: 'openai', model: 'm', attempt: 1 }))
      attempt.settle({ outcome: 'ok', ms: 1 })
      call.settle({ outcome: 'ok', ms: 1 })
    }
    // Half a second for the first call, a little for others while the store is tried again.
    expect(clock.monotonic()).toBeLessThan(5_000)
    await clock.advance(10_000)
    expect(meter.health()).toMatchObject({ usageStore: 'unavailable', queued: 20, dropped: 0 })
    other.exec('rollback')
    await clock.advance(40_000)
    expect(meter.health()).toMatchObject({ usageStore: 'ok', queued: 0, dropped: 0 })
    expect(await stores.usage.statistics({})).toMatchObject([{ rows: 10, ok: 10, open: 0 }])
    expect((await meter.remaining({ tenant: 'default' })).map(({ reserved }) => reserved)).toEqual([0])
    other.close()
    await stores.close()
  })

  it('never blocks the event loop for longer than one short try', async () => {
    const stores = sqliteStores({ path, busyMs: 2_000 })
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    let longest = 0
    let last = performance.now()
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    await expect(stores.usage.append([row('a')])).rejects.toMatchObject({ code: 'store_unavailable' })
    clearInterval(watch)
    expect(longest).toBeLessThan(1_000)
    other.close()
    await stores.close()
  })
})

describe('a disk that is full', verifies('F161'), () => {
  it('refuses new rows, keeps the old ones, and takes more when there is room again', async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { stdio: 'pipe' })
    } catch {
      return context.skip('needs the right to mount a small disk')
    }
    try {
      const stores = sqliteStores(path)
      const batch = (n: number) =>
        Array.from({ length: 50 }, (_, i) => row(`r${n}-${i}`, { metadata: { text: 'x'.repeat(400) } }))
      let written = 0
      let failure: unknown
      for (let n = 0; n < 100 && failure === undefined; n++) {
        await Promise.resolve(stores.usage.append(batch(n))).then(
          () => {
            written += 50
          },
          (error) => {
            failure = error
          },
        )
      }
      expect(failure).toMatchObject({ name: 'StoreError', code: 'store_unavailable' })
      const [sums] = await stores.usage.statistics({})
      expect(sums?.rows).toBe(written)
      execFileSync('mount', ['-o', 'remount,size=8m', folder], { stdio: 'pipe' })
      await stores.usage.append(batch(999))
      expect((await stores.usage.statistics({}))[0]?.rows).toBe(written + 50)
      await stores.close()
      expect(shell('pragma integrity_check')).toBe('ok')
    } finally {
      execFileSync('umount', ['-l', folder], { stdio: 'pipe' })
    }
  })
})

describe('one SQLite file for several processes', () => {
  sharedCases(
    async () => ({ kind: 'sqlite', path }),
    async () => undefined,
  )
})
