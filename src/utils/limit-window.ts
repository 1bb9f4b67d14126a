import type { LimitDecision, LimitDimension, LimitLevel, LimitWindow } from '../types/store.ts'

/** Pieces a sliding window is counted in; a unit comes back at most one piece late, never early. */
const pieces = 60

/** Units booked in each slot: a piece of a sliding window, or the start of a calendar one. */
export type Slots = readonly (readonly [slot: number, used: number])[]

/** What counts of a counter at one moment. */
export interface LiveWindow {
  /** Slot for new bookings. */
  readonly slot: number
  readonly used: number
  /** The slots that count, ascending; what was read and is not here may be forgotten. */
  readonly slots: Slots
  /** When the calendar window ends; undefined when it never does. */
  readonly endsAt?: number
  /** Slots that lay ahead are counted in `slot` now; reservations in them belong there too. */
  readonly isCarried: boolean
}

/** Length of a slot in ms. */
export function pieceOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / pieces))
}

/**
 * Which of the stored slots count at `now`. Slots that lie ahead mean that the clock was set back: in a sliding window
 * they count as booked now; a calendar window that has begun stays the current one, unless it is none of the boundaries,
 * when its use is carried over. So nothing is forgotten, and nothing lasts longer than a window.
 */
export function liveWindow(window: LimitWindow, now: number, stored: Slots): LiveWindow {
  return window.kind === 'sliding' ? liveSliding(window.ms, now, stored) : liveCalendar(window.boundaries, now, stored)
}

function liveSliding(ms: number, now: number, stored: Slots): LiveWindow {
  const piece = pieceOf(ms)
  const slot = Math.floor(now / piece)
  let used = 0
  let here: number | undefined
  let isCarried = false
  const slots: [number, number][] = []
  for (const [at, units] of stored) {
    if ((at + 1) * piece <= now - ms) continue
    used += units
    if (at > slot) isCarried = true
    if (at >= slot) here = (here ?? 0) + units
    else slots.push([at, units])
  }
  slots.sort((a, b) => a[0] - b[0])
  if (here !== undefined) slots.push([slot, here])
  return { slot, used, slots, isCarried }
}

function liveCalendar(boundaries: readonly number[], now: number, stored: Slots): LiveWindow {
  const newest = stored.reduce((max, [at]) => Math.max(max, at), Number.NEGATIVE_INFINITY)
  const reached = boundaries.includes(newest) ? Math.max(now, newest) : now
  const slot = boundaries.findLast((at) => at <= reached) ?? boundaries[0] ?? 0
  const used = stored.reduce((sum, [at, units]) => (at >= slot ? sum + units : sum), 0)
  const endsAt = boundaries.find((at) => at > slot)
  const slots: Slots = stored.some(([at]) => at >= slot) ? [[slot, used]] : []
  return { slot, used, slots, isCarried: newest > slot, ...(endsAt !== undefined && { endsAt }) }
}

/** From when until when a look at the same slots would find what it found `now`; bookings in `slot` change nothing. */
export function freshness(window: LimitWindow, live: LiveWindow, now: number): { from: number; until: number } {
  if (window.kind === 'calendar') {
    return { from: Math.min(live.slot, now), until: live.endsAt ?? Number.POSITIVE_INFINITY }
  }
  const piece = pieceOf(window.ms)
  const [oldest = live.slot] = live.slots[0] ?? []
  return { from: live.slot * piece, until: Math.min((live.slot + 1) * piece, (oldest + 1) * piece + window.ms) }
}

/** Ms until `amount` fits, when nobody else comes: undefined when it never will, or the window has no end. */
export function waitFor(dimension: LimitDimension, live: LiveWindow, now: number): number | undefined {
  const { amount, limit, window } = dimension
  if (amount > limit) return undefined
  if (window.kind === 'calendar') return live.endsAt === undefined ? undefined : Math.max(1, live.endsAt - now)
  let excess = live.used + amount - limit
  for (const [at, units] of live.slots) {
    excess -= units
    if (excess <= 0) return Math.max(1, (at + 1) * pieceOf(window.ms) + window.ms - now)
  }
  return 1
}

/** The level as a status shows it. */
export function levelOf(live: LiveWindow, reserved: number): LimitLevel {
  return { used: live.used, reserved, ...(live.endsAt !== undefined && { resetsAt: live.endsAt }) }
}

/** What is left of a limit. */
export function remainingOf({ limit }: Pick<LimitDimension, 'limit'>, used: number): number {
  return Math.max(0, limit - used)
}

/** Of several refusals the one that lasts longest. */
export function longestWait(
  waits: readonly { index: number; remaining: number; wait: number | undefined }[],
): LimitDecision {
  const worst = waits.reduce((a, b) => ((b.wait ?? Infinity) > (a.wait ?? Infinity) ? b : a))
  return {
    isAllowed: false,
    index: worst.index,
    remaining: worst.remaining,
    ...(worst.wait !== undefined && { retryAfterMs: Math.ceil(worst.wait) }),
  }
}
