import type { LimitDimension, LimitStore } from '../../types/store.ts'
import { type Postgres, toJson } from './client.ts'

/** After so many reservations, windows that are over are deleted. */
const purgeEvery = 1_000

/** Limits in PostgreSQL, by its clock. */
export function postgresLimits({ run, prefix, now }: Postgres): LimitStore {
  let reservations = 0
  const purge = async () => {
    const time = `${prefix}llm_now($1::bigint)`
    // What is reserved may still be settled to more than nothing.
    const isIdle = `used = 0 and not exists (select 1 from ${prefix}llm_limit_pending p where p.key = s.key)`
    const text = `delete from ${prefix}llm_limit_slots s where expires_at <= ${time} or (expires_at is null and ${isIdle})`
    // What is over counts for nothing; deleting it later will do.
    await run(text, [now()]).catch(() => undefined)
  }
  return {
    async reserve(id, dimensions, ttlMs) {
      if (dimensions.length === 0) return { isAllowed: true }
      const text = `select ${prefix}llm_reserve($1, $2::text::jsonb, $3::bigint, $4::bigint)::text as decision`
      const [found] = await run(text, [id, toJson(dimensions.map(plain)), Math.ceil(ttlMs), now()])
      if (reservations++ % purgeEvery === 0) void purge()
      const { isAllowed, index, remaining, wait } = JSON.parse(String(found?.decision))
      if (isAllowed === true) return { isAllowed }
      return { isAllowed: false, index, remaining, ...(wait >= 0 && { retryAfterMs: wait }) }
    },
    async settle(id, amounts) {
      if (amounts.length === 0) return false
      const text = `select ${prefix}llm_settle($1, $2::text::jsonb) as found`
      return (await run(text, [id, toJson(amounts)]))[0]?.found === true
    },
    async read(dimensions) {
      const text = `select ${prefix}llm_levels($1::text::jsonb, $2::bigint)::text as levels`
      const [found] = await run(text, [toJson(dimensions.map(plain)), now()])
      const levels = JSON.parse(String(found?.levels)) as { used: number; reserved: number; resetsAt: number | null }[]
      return levels.map(({ used, reserved, resetsAt }) => ({ used, reserved, ...(resetsAt !== null && { resetsAt }) }))
    },
  }
}

/** A dimension as the functions read it. */
function plain({ key, limit, amount, keep, window }: LimitDimension) {
  const span = window.kind === 'sliding' ? { ms: window.ms } : { boundaries: window.boundaries }
  return { key, limit, amount, keep, ...span }
}
