import { execFileSync } from 'node:child_process'
import { redisStores } from 'holdfast/stores/redis'
import {
  circuitStoreConformance,
  configStoreConformance,
  limitStoreConformance,
  usageStoreConformance,
} from 'holdfast/testing/conformance'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMeter } from '../../src/metering/meter.ts'
import { row } from '../../src/testing/conformance/usage-sample.ts'
import { verifies } from '../support/verifies.ts'
import { freePort, OwnRedis, whyNoProgram } from './support/servers.ts'
import { callersOf, dimension, patient, settled, until } from './support/under-load.ts'

const reason = whyNoProgram('redis-server')
const clients = {
  'node-redis': async (url: string) => {
    const client = createClient({ url, socket: { reconnectStrategy: () => 50 } })
    // No listener for 'error' here: the stores must see to it that losing the server does not end the process.
    const connecting = client.connect()
    return { client, connecting, end: () => client.destroy() }
  },
  ioredis: async (url: string) => {
    const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
    return { client, connecting: Promise.resolve(), end: () => client.disconnect() }
  },
}

describe.skipIf(reason !== undefined)('a Redis server that fails', () => {
  let server: OwnRedis
  beforeAll(async () => {
    server = new OwnRedis(await freePort())
    await server.start()
  })
  afterAll(() => server.stop())

  it.each(Object.entries(clients))(
    'and comes back is used again, and calls go by the policy meanwhile, with %s',
    { ...patient, ...verifies('F167') },
    async (_, open) => {
      const { client, connecting, end } = await open(server.url)
      const stores = redisStores(client)
      await connecting
      const meter = createMeter({ stores, limits: { perTenant: { requests: '100000/minute' } } })
      const callers = callersOf(meter, 1)
      await until(() => callers.made > 20)
      await server.stop()
      await until(() => meter.health().limitStore === 'unavailable')
      const during = callers.made
      await until(() => callers.made > during + 20)
      await server.start()
      await until(() => meter.health().limitStore === 'ok')
      await callers.end()
      await settled(meter)
      expect(meter.health()).toMatchObject({ dropped: 0, deadLettered: 0, usageStore: 'ok' })
      await meter.close()
      end()
    },
  )

  it('forgets its scripts and is taught them again', { ...patient, ...verifies('F167') }, async () => {
    const client = await createClient({ url: server.url }).connect()
    const { limits } = redisStores(client, { prefix: 'noscript' })
    expect((await limits.reserve('a', [dimension], 1_000)).isAllowed).toBe(true)
    await client.sendCommand(['SCRIPT', 'FLUSH'])
    expect((await limits.reserve('b', [dimension], 1_000)).isAllowed).toBe(true)
    expect(await limits.read([dimension])).toEqual([{ used: 2, reserved: 2 }])
    client.destroy()
  })

  it('and stands still holds up no call', { ...patient, ...verifies('F167', 'F156') }, async () => {
    const client = await createClient({ url: server.url }).connect()
    const { limits } = redisStores(client, { prefix: 'slow' })
    const meter = createMeter({ stores: { limits }, limits: { perTenant: { requests: '10/minute', concurrent: 5 } } })
    const ask = () => meter.reserve({ requestId: 'r', endpoint: 'chat', inputTokens: 1 })
    const first = await ask()
    const say = (...words: string[]) => execFileSync('redis-cli', ['-p', String(server.port), 'client', ...words])
    say('pause', '100000', 'write')
    const second = await ask()
    expect(meter.health().limitStore).toBe('unavailable')
    say('unpause')
    for (const one of [first, second]) one.settle({ outcome: 'ok', ms: 1 })
    await settled(meter)
    client.destroy()
  })

  it('as a replica that takes no writes counts as down', { ...patient, ...verifies('F167') }, async () => {
    const client = await createClient({ url: server.url }).connect()
    const { limits } = redisStores(client, { prefix: 'replica' })
    await client.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    await expect(limits.reserve('a', [dimension], 1_000)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'store_unavailable',
    })
    await client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    expect((await limits.reserve('b', [dimension], 1_000)).isAllowed).toBe(true)
    client.destroy()
  })

  it('without memory counts as down, and works again when it has some', {
    ...patient,
    ...verifies('F167'),
  }, async () => {
    const client = await createClient({ url: server.url }).connect()
    const { usage } = redisStores(client, { prefix: 'oom' })
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    await expect(usage.append([row('a', { createdAt: Date.now() })])).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    await usage.append([row('a', { createdAt: Date.now() })])
    expect(await usage.list({})).toHaveLength(1)
    client.destroy()
  })

  it('that evicted a limit begins a fresh window, and the loss is counted', {
    ...patient,
    ...verifies('F168'),
  }, async () => {
    const client = await createClient({ url: server.url }).connect()
    const { limits } = redisStores(client, { prefix: 'evict' })
    const meter = createMeter({ stores: { limits }, limits: { perTenant: { requests: '2/minute' } } })
    const ask = () => meter.reserve({ requestId: 'r', endpoint: 'chat', inputTokens: 1 })
    const [first] = [await ask(), await ask()]
    await expect(ask()).rejects.toMatchObject({ code: 'limit_exceeded' })
    for (const key of await client.keys('{evict}*')) await client.del(key)
    await ask()
    first?.settle({ outcome: 'ok', ms: 1 })
    await meter.flush()
    expect(meter.health().lostReservations).toBe(1)
    expect((await meter.remaining({ tenant: 'default' }))[0]?.used).toBe(1)
    client.destroy()
  })

  it('whose keys hold something else says so', verifies('F245'), async () => {
    const client = await createClient({ url: server.url }).connect()
    const stores = redisStores(client, { prefix: 'odd' })
    await client.set('{odd}:limit:slots:k', 'x')
    await expect(stores.limits.reserve('a', [dimension], 1_000)).rejects.toMatchObject({ code: 'store_corrupt' })
    await stores.usage.append([row('a', { createdAt: Date.now() })])
    await client.hSet(
      '{odd}:usage:attempt:rows',
      'a',
      '2 1 {"id":"a","__proto__":{"polluted":1},"outcome":"function(){}"',
    )
    await expect(stores.usage.list({})).rejects.toMatchObject({ name: 'StoreError', code: 'store_corrupt' })
    expect('polluted' in {}).toBe(false)
    client.destroy()
  })
})

describe.skipIf(reason !== undefined)('Redis as a cluster', () => {
  let server: OwnRedis
  let nodeCluster: ReturnType<typeof createCluster>
  let ioCluster: Cluster
  beforeAll(async () => {
    server = new OwnRedis(await freePort())
    const bus = String(await freePort())
    await server.start(
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      `nodes-${server.port}.conf`,
      '--cluster-port',
      bus,
      '--cluster-announce-ip',
      '127.0.0.1',
    )
    execFileSync('redis-cli', ['-p', String(server.port), 'cluster', 'addslotsrange', '0', '16383'])
    const info = () => execFileSync('redis-cli', ['-p', String(server.port), 'cluster', 'info'], { encoding: 'utf8' })
    await until(() => info().includes('cluster_state:ok'))
    nodeCluster = createCluster({ rootNodes: [{ url: server.url }] })
    await nodeCluster.connect()
    ioCluster = new Cluster([{ host: '127.0.0.1', port: server.port }])
  }, 60_000)
  afterAll(async () => {
    nodeCluster?.destroy()
    ioCluster?.disconnect()
    await server.stop()
    execFileSync('rm', ['-f', `/tmp/nodes-${server.port}.conf`])
  })

  let stands = 0
  const stand = () => `cluster-${stands++}`
  usageStoreConformance({
    test: it,
    create: async (clock) => {
      const prefix = stand()
      return {
        store: redisStores(nodeCluster, { prefix, clock }).usage,
        peer: redisStores(ioCluster, { prefix, clock }).usage,
      }
    },
  })
  limitStoreConformance({
    test: it,
    create: async (clock) => {
      const prefix = stand()
      return {
        store: redisStores(nodeCluster, { prefix, clock }).limits,
        peer: redisStores(ioCluster, { prefix, clock }).limits,
      }
    },
  })
  circuitStoreConformance({
    test: it,
    create: async (clock) => {
      const prefix = stand()
      return {
        store: redisStores(nodeCluster, { prefix, clock }).circuits,
        peer: redisStores(ioCluster, { prefix, clock }).circuits,
      }
    },
  })
  configStoreConformance({
    test: it,
    create: async (clock) => {
      const prefix = stand()
      return {
        store: redisStores(nodeCluster, { prefix, clock }).configs,
        peer: redisStores(ioCluster, { prefix, clock }).configs,
      }
    },
  })
})
