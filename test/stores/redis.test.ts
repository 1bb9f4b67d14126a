import { redisStores } from 'holdfast/stores/redis'
import {
  type ConformanceClock,
  circuitStoreConformance,
  configStoreConformance,
  limitStoreConformance,
  usageStoreConformance,
} from 'holdfast/testing/conformance'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, it } from 'vitest'
import { row } from '../../src/testing/conformance/usage-sample.ts'
import { type VirtualClock, virtualClock } from '../../src/testing/virtual-clock.ts'
import type { Stores, UsageStore } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'
import { redisUrl, whyNot } from './support/servers.ts'
import { clockCases, sharedCases } from './support/shared-cases.ts'

const reason = await whyNot(redisUrl)
const nodeRedis = reason === undefined ? await createClient({ url: redisUrl }).connect() : undefined
const ioRedis = reason === undefined ? new Redis(redisUrl) : undefined
afterAll(async () => {
  await nodeRedis?.close()
  ioRedis?.disconnect()
})

let stands = 0
const freshPrefix = () => `test-${process.pid}-${Date.now()}-${stands++}`

async function clean(prefix: string) {
  for await (const keys of nodeRedis?.scanIterator({ MATCH: `{${prefix}}*`, COUNT: 1_000 }) ?? []) {
    if (keys.length > 0) await nodeRedis?.unlink(keys)
  }
}

/** One object over each of the two clients, over the same keys. */
function pair<Name extends keyof Omit<Stores, 'close'>>(name: Name) {
  return async (clock: ConformanceClock) => {
    const prefix = freshPrefix()
    const store = redisStores(nodeRedis as NonNullable<typeof nodeRedis>, { prefix, clock })[name]
    const peer = redisStores(ioRedis as NonNullable<typeof ioRedis>, { prefix, clock })[name]
    return { store, peer, close: () => clean(prefix) }
  }
}

describe.skipIf(reason !== undefined)(
  'Redis stores keep the contracts, with either client',
  verifies('F142', 'F148', 'F152', 'F153', 'F157', 'F175', 'F232', 'F245'),
  () => {
    usageStoreConformance({ test: it, create: pair('usage') })
    limitStoreConformance({ test: it, create: pair('limits') })
    circuitStoreConformance({ test: it, create: pair('circuits') })
    configStoreConformance({ test: it, create: pair('configs') })
  },
)

describe.skipIf(reason !== undefined)('the ledger in Redis, read in pages while it changes', () => {
  const start = Date.UTC(2026, 0, 15)
  const minute = 60_000
  type EvalOptions = { keys: string[]; arguments: string[] }

  /** 2,500 rows, one a millisecond; `change` is called once, behind the first page. */
  async function stand(change: (usage: UsageStore, clock: VirtualClock) => Promise<void>) {
    const prefix = freshPrefix()
    const clock = virtualClock(start)
    const client = nodeRedis as NonNullable<typeof nodeRedis>
    const options = { prefix, clock, keepUsageMs: minute }
    const { usage } = redisStores(client, options)
    const rows = Array.from({ length: 2_500 }, (_, n) =>
      row(`r${String(n).padStart(5, '0')}`, { createdAt: start + n, tenant: n % 2 === 0 ? 'even' : 'odd' }),
    )
    await usage.append(rows)
    let isChanged = false
    const afterwards = async <Reply>(reply: Promise<Reply>) => {
      const value = await reply
      if (!isChanged) {
        isChanged = true
        await change(usage, clock)
      }
      return value
    }
    const reader = redisStores(
      {
        eval: (script: string, given: EvalOptions) => afterwards(client.eval(script, given)),
        evalSha: (sha: string, given: EvalOptions) => afterwards(client.evalSha(sha, given)),
      },
      options,
    )
    // The script is known by then, so that the first reply is the first page.
    await usage.list({ limit: 1 })
    return { usage: reader.usage, rows, clean: () => clean(prefix) }
  }

  it('lists no row twice when newer ones come meanwhile', async () => {
    const { usage, rows, clean } = await stand(async (store) =>
      store.append(Array.from({ length: 10 }, (_, n) => row(`s${n}`, { createdAt: start + 3_000, tenant: 'even' }))),
    )
    const even = rows.filter(({ tenant }) => tenant === 'even').toReversed()
    const listed = await usage.list({ tenant: 'even', limit: 1_000 })
    expect(listed.map(({ id }) => id)).toEqual(even.slice(0, 1_000).map(({ id }) => id))
    await clean()
  })

  it('leaves no row out of a sum when the oldest are dropped meanwhile', async () => {
    const { usage, rows, clean } = await stand(async (store, clock) => {
      clock.setNow(start + minute + 499)
      await store.append([row('later', { createdAt: start + 3_000 })])
      expect(await store.statistics({})).toMatchObject([{ rows: rows.length - 500 + 1 }])
    })
    expect(await usage.statistics({})).toMatchObject([{ rows: rows.length + 1 }])
    await clean()
  })

  it('keeps to a span over several pages, both of its ends in the middle of one', async () => {
    const { usage, rows, clean } = await stand(async () => undefined)
    const span = { from: start + 150, to: start + 2_250 }
    expect(await usage.statistics(span)).toMatchObject([{ rows: 2_100 }])
    const odd = rows.filter(
      ({ createdAt, tenant }) => createdAt >= span.from && createdAt < span.to && tenant === 'odd',
    )
    const ids = [...odd].toReversed().map(({ id }) => id)
    expect((await usage.list({ ...span, tenant: 'odd', limit: 1_000 })).map(({ id }) => id)).toEqual(
      ids.slice(0, 1_000),
    )
    await clean()
  })
})

describe.skipIf(reason !== undefined)('Redis for several processes', () => {
  sharedCases(
    async () => ({ kind: 'redis', url: redisUrl, prefix: freshPrefix() }),
    async (address) => clean(address.kind === 'redis' ? address.prefix : ''),
  )
  clockCases(
    async () => ({ kind: 'redis', url: redisUrl, prefix: freshPrefix() }),
    async (address) => clean(address.kind === 'redis' ? address.prefix : ''),
  )
})
