import type { Clock } from '../../types/clock.ts'
import type { LimitDimension, LimitStore } from '../../types/store.ts'
import {
  type LiveWindow,
  levelOf,
  liveWindow,
  longestWait,
  pieceOf,
  remainingOf,
  waitFor,
} from '../../utils/limit-window.ts'
import type { Database, Runner } from './database.ts'

/** After so many reservations, windows that are over are deleted. */
const purgeEvery = 1_000

/** Limits in SQLite. All processes of a machine share its clock. */
export function sqliteLimits(database: Database, clock: Clock): LimitStore {
  let reservations = 0
  return {
    reserve: (id, dimensions, ttlMs) =>
      database.write((run) => {
        const now = clock.now()
        if (reservations++ % purgeEvery === 0) purge(run, now)
        const looks = dimensions.map((dimension) => ({ dimension, live: look(run, dimension, now) }))
        const waits = looks.flatMap(({ dimension, live }, index) =>
          live.used + dimension.amount <= dimension.limit
            ? []
            : [{ index, remaining: remainingOf(dimension, live.used), wait: waitFor(dimension, live, now) }],
        )
        if (waits.length > 0) return longestWait(waits)
        for (const { dimension, live } of looks) book(run, id, dimension, live, now + ttlMs)
        return { isAllowed: true }
      }),

    settle: (id, amounts) =>
      database.write((run) => {
        let isFound = false
        for (const { key, amount } of amounts) {
          const pending = run.get('select slot, amount from llm_limit_pending where key = ? and id = ?', key, id)
          if (pending === undefined) continue
          isFound = true
          finish(run, key, { id, ...pending }, amount)
        }
        return isFound
      }),

    read: (dimensions) =>
      database.write((run) =>
        dimensions.map((dimension) => {
          const live = look(run, dimension, clock.now())
          const sum = 'select coalesce(sum(amount), 0) as reserved from llm_limit_pending where key = ?'
          return levelOf(live, Number(run.get(sum, dimension.key)?.reserved))
        }),
      ),
  }
}

/** What counts now; forgets what does not, and settles what nobody settled in time. */
function look(run: Runner, { key, window }: LimitDimension, now: number): LiveWindow {
  const due = 'select id, slot, amount, keep from llm_limit_pending where key = ? and expires_at <= ? limit 1000'
  for (const pending of run.all(due, key, now)) finish(run, key, pending, Number(pending.keep))
  const stored = run
    .all('select slot, used from llm_limit_slots where key = ?', key)
    .map(({ slot, used }) => [Number(slot), Number(used)] as const)
  const live = liveWindow(window, now, stored)
  for (const [slot] of stored) {
    if (live.slots.some(([at]) => at === slot)) continue
    run.run('delete from llm_limit_slots where key = ? and slot = ?', key, slot)
  }
  if (live.isCarried) {
    const [slot, used] = live.slots.at(-1) ?? [live.slot, 0]
    run.run(
      'replace into llm_limit_slots (key, slot, used, expires_at) values (?, ?, ?, ?)',
      key,
      slot,
      used,
      endOf(window, live),
    )
    run.run('update llm_limit_pending set slot = ? where key = ? and slot > ?', slot, key, slot)
  }
  return live
}

function book(run: Runner, id: string, dimension: LimitDimension, live: LiveWindow, endsAt: number): void {
  const { key, amount, keep, window } = dimension
  run.run(
    `insert into llm_limit_slots (key, slot, used, expires_at) values (?, ?, ?, ?)
     on conflict do update set used = used + excluded.used`,
    key,
    live.slot,
    amount,
    endOf(window, live),
  )
  run.run(
    'insert into llm_limit_pending (key, id, slot, amount, keep, expires_at) values (?, ?, ?, ?, ?, ?)',
    key,
    id,
    live.slot,
    amount,
    keep,
    endsAt,
  )
}

/** Books the truth in the slot of the reservation; a slot that is gone belongs to a window that has passed. */
function finish(run: Runner, key: string, pending: Record<string, unknown>, truth: number): void {
  run.run('delete from llm_limit_pending where key = ? and id = ?', key, String(pending.id))
  const difference = truth - Number(pending.amount)
  if (difference === 0) return
  const change = 'update llm_limit_slots set used = max(0, used + ?) where key = ? and slot = ?'
  run.run(change, difference, key, Number(pending.slot))
}

/** When the slot plays no part any more. */
function endOf(window: LimitDimension['window'], live: LiveWindow): number | null {
  return window.kind === 'sliding' ? (live.slot + 2) * pieceOf(window.ms) + window.ms : (live.endsAt ?? null)
}

function purge(run: Runner, now: number): void {
  // What is reserved may still be settled to more than nothing.
  const isIdle = 'used = 0 and key not in (select key from llm_limit_pending)'
  run.run(`delete from llm_limit_slots where expires_at <= ? or (expires_at is null and ${isIdle})`, now)
}
