/**
 * Limits in Redis. Each counter has three keys: units by slot, reservations by id (`slot amount keep`), and their ends.
 * The window is computed as `utils/limit-window.ts` does it; the conformance suite holds both to the same behaviour.
 */
import type { LimitDimension, LimitStore } from '../../types/store.ts'
import { clockLua, type Redis } from './client.ts'

const windowLua = `${clockLua}
local function finish(slots, pending, ends, id, truth)
  local row = redis.call('HGET', pending, id)
  redis.call('ZREM', ends, id)
  if not row then return false end
  redis.call('HDEL', pending, id)
  local slot, amount, keep = string.match(row, '^(%S+) (%S+) (%S+)$')
  if redis.call('HEXISTS', slots, slot) == 1 then
    local used = tonumber(redis.call('HGET', slots, slot)) + tonumber(truth or keep) - tonumber(amount)
    redis.call('HSET', slots, slot, int(math.max(0, used)))
  end
  return true
end

local function carry(pending, slot)
  local rows = redis.call('HGETALL', pending)
  for i = 1, #rows, 2 do
    local at, rest = string.match(rows[i + 1], '^(%S+) (.*)$')
    if tonumber(at) > slot then redis.call('HSET', pending, rows[i], int(slot) .. ' ' .. rest) end
  end
end

local function current(d, now, stored)
  if d.ms then
    local piece = math.max(1, math.ceil(d.ms / 60))
    return math.floor(now / piece), piece
  end
  local newest, reached = nil, now
  for at in pairs(stored) do newest = math.max(newest or at, at) end
  for _, at in ipairs(d.boundaries) do
    if at == newest and newest > now then reached = newest end
  end
  local slot = d.boundaries[1]
  for _, at in ipairs(d.boundaries) do
    if at <= reached then slot = at end
  end
  return slot
end

local function look(d, i, now)
  local slots, pending, ends = KEYS[i * 3 - 2], KEYS[i * 3 - 1], KEYS[i * 3]
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', int(now), 'LIMIT', 0, 1000)) do
    finish(slots, pending, ends, id)
  end
  local flat, stored = redis.call('HGETALL', slots), {}
  for k = 1, #flat, 2 do stored[tonumber(flat[k])] = tonumber(flat[k + 1]) end
  local slot, piece = current(d, now, stored)
  local live = { slot = slot, piece = piece, used = 0, older = {} }
  local here, carried = nil, false
  for at, units in pairs(stored) do
    local over
    if piece then over = (at + 1) * piece <= now - d.ms else over = at < slot end
    if not over then
      live.used = live.used + units
      if at >= slot then here = (here or 0) + units else table.insert(live.older, { at, units }) end
    end
    if at > slot then carried = true end
    if over or at > slot then redis.call('HDEL', slots, int(at)) end
  end
  if carried and here then
    redis.call('HSET', slots, int(slot), int(here))
    carry(pending, slot)
  end
  if not piece then
    for _, at in ipairs(d.boundaries) do
      if at > slot and not live.endsAt then live.endsAt = at end
    end
  end
  return live
end`

const reserveLua = `${windowLua}
local function wait(d, live, now)
  if d.amount > d.limit then return -1 end
  if not live.piece then return live.endsAt and math.max(1, live.endsAt - now) or -1 end
  local excess = live.used + d.amount - d.limit
  table.sort(live.older, function(a, b) return a[1] < b[1] end)
  for _, entry in ipairs(live.older) do
    excess = excess - entry[2]
    if excess <= 0 then return math.max(1, (entry[1] + 1) * live.piece + d.ms - now) end
  end
  return math.max(1, (live.slot + 1) * live.piece + d.ms - now)
end

local function extend(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, int(ms)) end
end

local now, id, ttl, dimensions = clock(ARGV[1]), ARGV[2], tonumber(ARGV[3]), cjson.decode(ARGV[4])
local lives, worst, longest = {}, nil, nil
for i, d in ipairs(dimensions) do
  lives[i] = look(d, i, now)
  if lives[i].used + d.amount > d.limit then
    local ms = wait(d, lives[i], now)
    if not worst or (longest >= 0 and (ms < 0 or ms > longest)) then worst, longest = i, ms end
  end
end
if worst then
  local left = math.max(0, dimensions[worst].limit - lives[worst].used)
  return { '0', int(worst - 1), int(math.ceil(longest)), int(left) }
end
for i, d in ipairs(dimensions) do
  local slots, pending, ends, live = KEYS[i * 3 - 2], KEYS[i * 3 - 1], KEYS[i * 3], lives[i]
  redis.call('HINCRBY', slots, int(live.slot), int(d.amount))
  redis.call('HSET', pending, id, int(live.slot) .. ' ' .. int(d.amount) .. ' ' .. int(d.keep))
  redis.call('ZADD', ends, int(now + ttl), id)
  local window = live.piece and d.ms * 2 or (live.endsAt and live.endsAt - now or 0)
  for _, key in ipairs({ slots, pending, ends }) do extend(key, window + ttl + 3600000) end
end
return { '1' }`

const settleLua = `${windowLua}
local found = 0
for i = 1, #KEYS / 3 do
  if finish(KEYS[i * 3 - 2], KEYS[i * 3 - 1], KEYS[i * 3], ARGV[1], ARGV[i + 1]) then found = 1 end
end
return found`

const readLua = `${windowLua}
local now, result = clock(ARGV[1]), {}
for i, d in ipairs(cjson.decode(ARGV[2])) do
  local live, reserved = look(d, i, now), 0
  for _, row in ipairs(redis.call('HVALS', KEYS[i * 3 - 1])) do
    reserved = reserved + tonumber(string.match(row, '^%S+ (%S+)'))
  end
  result[i] = { int(live.used), int(reserved), live.endsAt and int(live.endsAt) or '' }
end
return result`

/** Limits in Redis, by its clock. */
export function redisLimits(redis: Redis): LimitStore {
  const keysOf = (items: readonly { readonly key: string }[]) =>
    items.flatMap(({ key }) => ['slots', 'pending', 'ends'].map((part) => redis.key('limit', part, key)))
  return {
    async reserve(id, dimensions, ttlMs) {
      if (dimensions.length === 0) return { isAllowed: true }
      const values = [redis.now(), id, Math.ceil(ttlMs), JSON.stringify(dimensions.map(plain))]
      const [isAllowed, index, wait, remaining] = (await redis.run(reserveLua, keysOf(dimensions), values)) as string[]
      if (isAllowed === '1') return { isAllowed: true }
      const retryAfterMs = Number(wait)
      return {
        isAllowed: false,
        index: Number(index),
        remaining: Number(remaining),
        ...(retryAfterMs >= 0 && { retryAfterMs }),
      }
    },
    async settle(id, amounts) {
      if (amounts.length === 0) return false
      const values = [id, ...amounts.map(({ amount }) => amount)]
      return Number(await redis.run(settleLua, keysOf(amounts), values)) === 1
    },
    async read(dimensions) {
      if (dimensions.length === 0) return []
      const values = [redis.now(), JSON.stringify(dimensions.map(plain))]
      const levels = (await redis.run(readLua, keysOf(dimensions), values)) as string[][]
      return levels.map(([used, reserved, endsAt]) => ({
        used: Number(used),
        reserved: Number(reserved),
        ...(endsAt && { resetsAt: Number(endsAt) }),
      }))
    },
  }
}

/** A dimension as scripts read it. */
function plain({ limit, amount, keep, window }: LimitDimension) {
  const span = window.kind === 'sliding' ? { ms: window.ms } : { boundaries: window.boundaries }
  return { limit, amount, keep, ...span }
}
