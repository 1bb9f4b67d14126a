/**
 * Tenants' configurations in Redis: rows by id (`version active updatedAt json`, the first three being the truth), owners
 * by id, ids in order for all and for each tenant, and the active id of each owner.
 */
import type { ConfigStore, ProviderConfigRow } from '../../types/store.ts'
import { configColumns, decode, plainObject } from '../columns.ts'
import { pageSize } from '../usage-rows.ts'
import { type Redis, toJson } from './client.ts'

/** Rows in one reply. */
const page = 500

const putLua = `
local rows, owners, ids, own, active = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, owner, version, isActive, updated, json = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local old = redis.call('HGET', rows, id)
if tonumber(string.match(old or '0', '^(%d+)')) ~= version - 1 then return 0 end
if old and redis.call('HGET', owners, id) ~= owner then return 0 end
local other = redis.call('HGET', active, owner)
if isActive == '1' and other and other ~= id then
  local row = redis.call('HGET', rows, other)
  if row then
    local count, rest = string.match(row, '^(%d+) %d %d+ (.*)$')
    redis.call('HSET', rows, other, (tonumber(count) + 1) .. ' 0 ' .. updated .. ' ' .. rest)
  end
end
if isActive == '1' then redis.call('HSET', active, owner, id)
elseif other == id then redis.call('HDEL', active, owner) end
redis.call('HSET', rows, id, version .. ' ' .. isActive .. ' ' .. updated .. ' ' .. json)
redis.call('HSET', owners, id, owner)
redis.call('ZADD', ids, 0, id)
redis.call('ZADD', own, 0, id)
return 1`

const deleteLua = `
local owner = redis.call('HGET', KEYS[2], ARGV[1])
if not owner or cjson.decode(owner)[1] ~= ARGV[2] then return 0 end
if redis.call('HGET', KEYS[5], owner) == ARGV[1] then redis.call('HDEL', KEYS[5], owner) end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1`

const getLua = `return redis.call('HGET', KEYS[1], ARGV[1])`

const pageLua = `
local ids = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], '+', 'LIMIT', 0, ARGV[2])
if #ids == 0 then return {} end
return redis.call('HMGET', KEYS[1], unpack(ids))`

/** Tenants' configurations in Redis. */
export function redisConfigs(redis: Redis): ConfigStore {
  const key = (part: string) => redis.key('config', part)
  const tenantKey = (tenant: string) => redis.key('config', 'tenant', tenant)
  const keysFor = (tenant: string) => [key('rows'), key('owners'), key('ids'), tenantKey(tenant), key('active')]
  return {
    async get(tenant, id) {
      const value = await redis.run(getLua, [key('rows')], [id])
      const row = typeof value === 'string' ? read(value) : undefined
      return row?.tenant === tenant ? row : undefined
    },
    async list({ tenant, provider, isActive, after, limit }) {
      const found: ProviderConfigRow[] = []
      const ids = tenant === undefined ? key('ids') : tenantKey(tenant)
      let last = after
      for (;;) {
        const from = last === undefined ? '-' : `(${last}`
        const values = (await redis.run(pageLua, [key('rows'), ids], [from, page])) as (string | null)[]
        for (const row of values.flatMap((value) => (value === null ? [] : read(value)))) {
          last = row.id
          if (provider !== undefined && row.provider !== provider) continue
          if (isActive !== undefined && row.isActive !== isActive) continue
          found.push(row)
          if (found.length === pageSize(limit)) return found
        }
        if (values.length < page) return found
      }
    },
    async put(row) {
      const { id, tenant, provider, version, isActive, updatedAt } = row
      const json = toJson(Object.fromEntries(configColumns.map(([name, field]) => [name, row[field]])))
      const values = [id, JSON.stringify([tenant, provider]), version, isActive ? 1 : 0, updatedAt, json]
      return Number(await redis.run(putLua, keysFor(tenant), values)) === 1
    },
    async delete(tenant, id) {
      return Number(await redis.run(deleteLua, keysFor(tenant), [id, tenant])) === 1
    },
  }
}

function read(value: string): ProviderConfigRow {
  const [, version, isActive, updatedAt, json = '{}'] = /^(\d+) (\d) (\d+) (.*)$/s.exec(value) ?? []
  const record = { ...plainObject(json), version, is_active: isActive === '1', updated_at: updatedAt }
  return decode<ProviderConfigRow>(record, configColumns)
}
