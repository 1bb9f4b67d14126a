import { UnifiedClient } from 'holdfast'
import { postgresStores } from 'holdfast/stores/postgres'
import { redisStores } from 'holdfast/stores/redis'
import { fakeProvider, virtualClock } from 'holdfast/testing'
import pg from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { row } from '../../src/testing/conformance/usage-sample.ts'
import type { CircuitStore, LimitDimension, Stores } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'
import { postgresUrl, redisUrl, whyNot } from './support/servers.ts'

const dimensions: LimitDimension[] = ['a', 'b', 'c', 'd'].map((key) => ({
  key,
  limit: 100,
  amount: 2,
  keep: 1,
  window: { kind: 'sliding', ms: 60_000 },
}))
const config = { id: 'c1', tenant: 'acme', provider: 'openai', apiKeySealed: 'sealed', keyVersion: 1, isActive: true }
const amounts = dimensions.map(({ key }) => ({ key, amount: 1 }))

/** Every operation that promises to be one round trip. */
const operations: Record<string, (stores: Stores, n: number) => unknown> = {
  'limits.reserve': ({ limits }, n) => limits.reserve(`r${n}`, dimensions, 60_000),
  'limits.settle': ({ limits }, n) => limits.settle(`r${n - 1}`, amounts),
  'limits.read': ({ limits }) => limits.read(dimensions),
  'usage.append': ({ usage }, n) => usage.append([row(`x${n}`), row(`y${n}`, { kind: 'call' })]),
  'usage.sweep': ({ usage }) => usage.sweep(),
  'circuits.read': ({ circuits }) => circuits.read('p'),
  'circuits.write': ({ circuits }) =>
    circuits.write('p', { state: 'closed', failures: 0, openUntil: 0, openings: 0 } as never),
  'circuits.lease': ({ circuits }, n) => circuits.lease(`p${n}`, 1, 1_000),
  'circuits.release': ({ circuits }, n) => circuits.release(`p${n}`),
  'configs.put': ({ configs }, n) =>
    configs.put({ ...config, id: `c${n}`, createdAt: 0, updatedAt: 0, metadata: {}, version: 1 }),
  'configs.get': ({ configs }) => configs.get('acme', 'c1'),
  'configs.delete': ({ configs }, n) => configs.delete('acme', `c${n - 1}`),
}

/** How often the server is asked by each operation, once all scripts and tables are there. */
async function trips(stores: Stores, count: () => number): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (let n = 0; n < 2; n++) {
    for (const [name, work] of Object.entries(operations)) {
      const before = count()
      await work(stores, n)
      found[name] = count() - before
    }
  }
  return found
}

const once = Object.fromEntries(Object.keys(operations).map((name) => [name, 1]))

const noRedis = await whyNot(redisUrl)
describe.skipIf(noRedis !== undefined)('each operation in Redis', () => {
  it('is one round trip', async () => {
    const client = await createClient({ url: redisUrl }).connect()
    let asked = 0
    const counting = new Proxy(client, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name === 'eval' || name === 'evalSha') asked++
        return value.bind(target)
      },
    })
    const prefix = `trips-${process.pid}-${Date.now()}`
    expect(await trips(redisStores(counting, { prefix }), () => asked)).toEqual(once)
    const keys = await client.keys(`{${prefix}}*`)
    if (keys.length > 0) await client.del(keys)
    client.destroy()
  })
})

const noPostgres = await whyNot(postgresUrl)
describe.skipIf(noPostgres !== undefined)('each operation in PostgreSQL', () => {
  const schema = `holdfast_trips_${process.pid}_${Date.now()}`
  let pool: pg.Pool
  beforeAll(() => {
    pool = new pg.Pool({ connectionString: postgresUrl, max: 2 })
  })
  afterAll(async () => {
    await pool.query(`drop schema if exists "${schema}" cascade`)
    await pool.end()
  })

  it('is one round trip', { timeout: 30_000 }, async () => {
    let asked = 0
    const counting = {
      query(text: string, values?: unknown[]) {
        asked++
        return pool.query(text, values)
      },
    }
    const stores = postgresStores(counting, { schema })
    // Beside the first reservation and then each thousandth, what is over is deleted.
    await stores.limits.reserve('first', dimensions, 60_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await trips(stores, () => asked)).toEqual(once)
  })
})

describe('a closed circuit with a shared store', verifies('F134'), () => {
  it('costs no call a round trip: it is looked at beside them, once a second', async () => {
    const clock = virtualClock()
    const asked: string[] = []
    // Never answers, so that a call that waited for it would never end.
    const silent = (name: string) => () => {
      asked.push(name)
      return new Promise<never>(() => {})
    }
    const circuitStore: CircuitStore = {
      read: silent('read'),
      write: silent('write'),
      lease: silent('lease'),
      release: silent('release'),
    }
    const llm = new UnifiedClient({ providers: [fakeProvider({ script: 'ok', clock })], clock, circuitStore })
    for (let n = 0; n < 500; n++) await llm.chat('Hi')
    expect(clock.monotonic()).toBe(0)
    expect(asked).toEqual(['read'])
    await clock.advance(1_000)
    for (let n = 0; n < 500; n++) await llm.chat('Hi')
    expect(asked).toEqual(['read', 'read'])
    await clock.run(llm.close())
  })
})
