/** The ledger in Redis: rows by id (`rank storedAt json`), their times, and the ends of open ones, for attempts and calls. */
import type { UsageQuery, UsageRow, UsageStore } from '../../types/store.ts'
import { plainObject, usageColumns, usageRow } from '../columns.ts'
import { matches, pageSize, rankOf, summing, swept, withoutRepeats } from '../usage-rows.ts'
import { clockLua, type Redis, toJson } from './client.ts'

const kinds = ['attempt', 'call'] as const
/** Rows in one reply. */
const page = 1_000

const appendLua = `${clockLua}
local now, keep = clock(ARGV[1]), tonumber(ARGV[2])
for i = 3, #ARGV, 6 do
  local k = tonumber(ARGV[i]) * 3
  local rows, times, open = KEYS[k + 1], KEYS[k + 2], KEYS[k + 3]
  local id, rank, made, ends, json = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local old = redis.call('HGET', rows, id)
  local oldRank, stored = string.match(old or '', '^(%d) (%d+)')
  if not oldRank or tonumber(oldRank) < tonumber(rank) then
    redis.call('HSET', rows, id, rank .. ' ' .. (stored or int(now)) .. ' ' .. json)
    redis.call('ZADD', times, made, id)
    if ends == '' then redis.call('ZREM', open, id) else redis.call('ZADD', open, ends, id) end
  end
end
for k = 0, 3, 3 do
  local old = redis.call('ZRANGEBYSCORE', KEYS[k + 2], '-inf', int(now - keep), 'LIMIT', 0, 500)
  for _, id in ipairs(old) do
    redis.call('HDEL', KEYS[k + 1], id)
    redis.call('ZREM', KEYS[k + 2], id)
    redis.call('ZREM', KEYS[k + 3], id)
  end
end`

const sweepLua = `${clockLua}
local now, count = clock(ARGV[1]), 0
for k = 0, 3, 3 do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[k + 3], '-inf', int(now), 'LIMIT', 0, 1000)) do
    redis.call('ZREM', KEYS[k + 3], id)
    local row = redis.call('HGET', KEYS[k + 1], id)
    if row and string.sub(row, 1, 1) == '0' then
      redis.call('HSET', KEYS[k + 1], id, '1' .. string.sub(row, 2))
      count = count + 1
    end
  end
end
return count`

// A page goes on from the last row of the one before, not from a count of rows: some may have come or gone meanwhile.
const pageLua = `
local rows, times, from, to, isDown, last, size = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5] + 0
local low, high = redis.call('ZCOUNT', times, '-inf', '(' .. from), redis.call('ZCOUNT', times, '-inf', to)
local place = last ~= '' and redis.call('ZRANK', times, last)
if isDown then
  -- The oldest are dropped first: where the last one is gone, so are those before it.
  if last ~= '' then high = place or low end
  low = math.max(low, high - size)
else
  if place then low = place + 1 end
  high = math.min(high, low + size)
end
if low >= high then return {} end
local ids = redis.call('ZRANGE', times, low, high - 1)
return { ids[isDown and 1 or #ids], redis.call('HMGET', rows, unpack(ids)) }`

/** The ledger in Redis; rows older than `keepMs` are dropped as new ones come. */
export function redisUsage(redis: Redis, keepMs: number): UsageStore {
  const keys = kinds.flatMap((kind) => ['rows', 'times', 'open'].map((part) => redis.key('usage', kind, part)))

  async function* rowsOf(query: UsageQuery, isNewestFirst: boolean): AsyncGenerator<UsageRow> {
    const kind = query.kind ?? 'attempt'
    const own = keys.slice(kind === 'call' ? 3 : 0)
    const span = [query.from ?? '-inf', query.to === undefined ? '+inf' : `(${query.to}`]
    for (let last = ''; ; ) {
      const values = [...span, isNewestFirst ? 1 : 0, last, page]
      const reply = (await redis.run(pageLua, own.slice(0, 2), values)) as [string, (string | null)[]] | []
      const [edge, found = []] = reply
      for (const value of isNewestFirst ? found.toReversed() : found) {
        const row = value && read(value, kind)
        if (row && matches(row, query)) yield row
      }
      if (edge === undefined || found.length < page) return
      last = edge
    }
  }

  return {
    async append(rows) {
      if (rows.length === 0) return
      const values = withoutRepeats(rows).flatMap((row) => [
        kinds.indexOf(row.kind),
        row.id,
        rankOf(row.outcome),
        row.createdAt,
        row.outcome === 'open' ? (row.expiresAt ?? '') : '',
        toJson(
          Object.fromEntries(
            usageColumns.map(([name, field]) => [name, (row as UsageRow & { success?: boolean })[field]]),
          ),
        ),
      ])
      await redis.run(appendLua, keys, [redis.now(), keepMs, ...values])
    },
    async list(query) {
      const rows: UsageRow[] = []
      const limit = pageSize(query.limit)
      for await (const row of rowsOf(query, true)) {
        rows.push(row)
        if (rows.length === limit) break
      }
      return rows
    },
    async statistics(query) {
      const sums = summing(query)
      for await (const row of rowsOf(query, false)) sums.add(row)
      return sums.end()
    },
    sweep: async () => Number(await redis.run(sweepLua, keys, [redis.now()])),
  }
}

function read(value: string, kind: UsageRow['kind']): UsageRow | undefined {
  const match = /^(\d) (\d+) (.*)$/s.exec(value)
  if (match === null) return undefined
  const row = usageRow({ ...plainObject(match[3]), stored_at: match[2] }, kind)
  // A sweep changes the rank alone.
  return match[1] === '1' && row.outcome === 'open' ? swept(row) : row
}
