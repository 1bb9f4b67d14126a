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
import { afterAll, describe, it } from 'vitest'
import type { Stores } from '../../src/types/store.ts'
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
