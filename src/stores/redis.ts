import type { Clock } from '../types/clock.ts'
import type { Stores } from '../types/store.ts'
import { checkOptions, clockLike, integerIn, invalid, show, withMethods } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { redisCircuits } from './redis/circuits.ts'
import { type RedisClientLike, redisOver } from './redis/client.ts'
import { redisConfigs } from './redis/configs.ts'
import { redisLimits } from './redis/limits.ts'
import { redisUsage } from './redis/usage.ts'

export type { IoRedisLike, NodeRedisLike, RedisClientLike } from './redis/client.ts'

/** Options of the Redis stores. */
export interface RedisStoreOptions {
  /** Begins every key, as hash tag, so that a cluster keeps them on one node. Letters, digits, `_`, `-`, `:`. Default `holdfast`. */
  readonly prefix?: string
  /** Usage rows older than this are dropped, in ms. Default 30 days. */
  readonly keepUsageMs?: number
  /** Takes the place of the server's clock; for tests. Default: the server's own. */
  readonly clock?: Clock
}

const isRedis = withMethods('a client of redis', 'eval', 'evalSha')
const isIoRedis = withMethods('a client of ioredis', 'eval', 'evalsha')

/**
 * Stores in Redis 6.2 or newer, for a fleet. Hand in a connected client of `redis` or `ioredis`; it stays yours to close.
 *
 * @example
 * const stores = redisStores(await createClient({ url: 'redis://127.0.0.1:6379' }).connect())
 */
export function redisStores(client: RedisClientLike, options: RedisStoreOptions = {}): Stores {
  checkOptions('redisStores', options, {
    prefix: (value) => (/^[\w:-]{1,64}$/.test(String(value)) ? undefined : '1 to 64 letters, digits, _, - or :'),
    keepUsageMs: integerIn(60_000, 10 * 365 * 86_400_000),
    clock: clockLike,
  })
  if (isRedis(client) !== undefined && isIoRedis(client) !== undefined)
    throw invalid('client', show(client), 'a connected client of redis or ioredis')
  const { prefix = 'holdfast', keepUsageMs = 30 * 86_400_000, clock } = options
  const redis = redisOver(client, prefix, clock)
  return {
    usage: redisUsage(redis, keepUsageMs),
    limits: redisLimits(redis),
    circuits: redisCircuits(redis, clock ?? systemClock),
    configs: redisConfigs(redis),
    async close() {},
  }
}
