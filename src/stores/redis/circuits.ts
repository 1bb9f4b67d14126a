import type { CircuitSnapshot } from '../../types/circuit.ts'
import type { Clock } from '../../types/clock.ts'
import type { CircuitStore } from '../../types/store.ts'
import { plainObject } from '../columns.ts'
import { clockLua, type Redis } from './client.ts'

/** A circuit that nobody touched for so long is forgotten. */
const keepMs = 7 * 86_400_000

const writeLua = `${clockLua}
local ends = ARGV[2] == '' and '0' or int(clock(ARGV[1]) + tonumber(ARGV[2]))
redis.call('SET', KEYS[1], ends .. ' ' .. ARGV[3], 'PX', ARGV[4])`

const readLua = `${clockLua}
local value = redis.call('GET', KEYS[1])
if not value then return {} end
local ends, json = string.match(value, '^(%S+) (.*)$')
return { ends == '0' and '' or int(tonumber(ends) - clock(ARGV[1])), json }`

const leaseLua = `${clockLua}
local now, ttl = clock(ARGV[1]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', int(now))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], int(now + ttl), ARGV[2])
if redis.call('PTTL', KEYS[1]) < ttl then redis.call('PEXPIRE', KEYS[1], int(ttl + 3600000)) end
return 1`

const releaseLua = `${clockLua}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', int(clock(ARGV[1])))
for _, lease in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.sub(lease, 1, #ARGV[2]) == ARGV[2] then return redis.call('ZREM', KEYS[1], lease) end
end
return 0`

/** Circuits in Redis. Cooldowns and leases run on its clock; what comes back is on ours. */
export function redisCircuits(redis: Redis, clock: Clock): CircuitStore {
  const holder = crypto.randomUUID()
  let leases = 0
  return {
    async read(key) {
      const found = await redis.run(readLua, [redis.key('circuit', 'state', key)], [redis.now()])
      const [remaining, json] = found as [string?, string?]
      if (json === undefined) return undefined
      const { state, failures, openings } = (plainObject(json) ?? {}) as Partial<CircuitSnapshot>
      return {
        state: state === 'open' ? 'open' : 'closed',
        failures: Number(failures) || 0,
        openUntil: remaining ? clock.now() + Number(remaining) : 0,
        openings: Number(openings) || 0,
      }
    },
    async write(key, { state, failures, openUntil, openings }) {
      const remaining = openUntil === 0 ? '' : Math.round(openUntil - clock.now())
      const values = [redis.now(), remaining, JSON.stringify({ state, failures, openings }), keepMs]
      await redis.run(writeLua, [redis.key('circuit', 'state', key)], values)
    },
    async lease(key, probes, ttlMs) {
      const values = [redis.now(), `${holder}:${leases++}`, probes, Math.ceil(ttlMs)]
      return Number(await redis.run(leaseLua, [redis.key('circuit', 'leases', key)], values)) === 1
    },
    async release(key) {
      await redis.run(releaseLua, [redis.key('circuit', 'leases', key)], [redis.now(), holder])
    },
  }
}
