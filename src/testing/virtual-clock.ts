import type { Clock } from '../types/clock.ts'
import { type Timer, TimerQueue } from './timer-queue.ts'

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`. Timers that fall due fire in order, each at its own moment; before, between and after them
   * everything that became possible (promises, loopback I/O) is given time to happen.
   */
  advance(ms: number): Promise<void>
  /** Moves time on to `monotonic() === at`; a moment in the past is now. */
  advanceTo(at: number): Promise<void>
  /** Moves time from timer to timer until the condition holds; throws when `limitMs` (default one day) did not do. */
  until(condition: () => boolean, limitMs?: number): Promise<void>
  /** As `until`, for a promise; gives its value or throws its reason. */
  run<Value>(work: Promise<Value> | (() => Promise<Value>), limitMs?: number): Promise<Value>
  /** Lets promises and pending I/O happen without moving time. */
  settle(): Promise<void>
  /** Sets the wall time alone: `now()` jumps, `monotonic()` and the timers do not notice. */
  setNow(epochMs: number): void
  /** Timers that wait. 0 when nothing leaks. */
  readonly pending: number
  /** Milliseconds until the next timer; `undefined` when none waits. */
  readonly nextInMs: number | undefined
}

/** How a virtual clock begins. */
export interface VirtualClockOptions {
  /** First value of `now()`, epoch ms. Default 2026-01-01T00:00:00Z. */
  readonly startAt?: number
  /** Turns of the event loop in which I/O may happen each time the clock settles. Default 24. */
  readonly turns?: number
}

const longest = 2_147_483_647
const day = 86_400_000
/** Waits of a real millisecond in which nothing happened before `until` believes that nothing will: a process that is not scheduled does not use them up. */
const patience = 2_000

/**
 * Makes a clock whose time only a test moves.
 *
 * @example
 * const clock = virtualClock()
 * clock.setTimeout(() => console.log('a minute later'), 60_000)
 * await clock.advance(60_000)
 */
export function virtualClock(start: number | VirtualClockOptions = {}): VirtualClock {
  const options = typeof start === 'number' ? { startAt: start } : start
  const { startAt = Date.UTC(2026, 0, 1), turns = 24 } = options
  let elapsed = 0
  let wallOffset = startAt
  const timers = new TimerQueue()

  const settle = () => turnsOfTheLoop(turns)
  const fire = async (timer: Timer) => {
    elapsed = Math.max(elapsed, timer.dueAt)
    timers.remove(timer)
    timer.callback()
    await settle()
  }
  const advanceTo = async (at: number) => {
    await settle()
    for (let timer = timers.first; timer !== undefined && timer.dueAt <= at; timer = timers.first) await fire(timer)
    elapsed = Math.max(elapsed, at)
  }
  const until = async (condition: () => boolean, limitMs = day) => {
    const limit = elapsed + limitMs
    await settle()
    while (!condition()) {
      const timer = timers.first
      if (timer === undefined) await somethingHappens(() => condition() || timers.size > 0)
      else if (timer.dueAt > limit) throw new Error(`The condition did not hold within ${limitMs} virtual ms`)
      else await fire(timer)
    }
  }
  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimeout(callback, ms) {
      if (Number.isNaN(ms)) throw new RangeError('A timer was set to NaN ms')
      return timers.add(elapsed + Math.min(Math.max(ms, 0), longest), callback)
    },
    clearTimeout: (handle) => timers.remove(handle as Timer | undefined),
    advance: (ms) => advanceTo(elapsed + ms),
    advanceTo,
    until,
    run: (work, limitMs) => runUntilSettled(until, work, limitMs),
    settle,
    setNow: (epochMs) => {
      wallOffset = epochMs - elapsed
    },
    get pending() {
      return timers.size
    },
    get nextInMs() {
      return timers.first && Math.max(0, timers.first.dueAt - elapsed)
    },
  }
}

async function runUntilSettled<Value>(
  until: (condition: () => boolean, limitMs?: number) => Promise<void>,
  work: Promise<Value> | (() => Promise<Value>),
  limitMs?: number,
): Promise<Value> {
  const promise = typeof work === 'function' ? work() : work
  let isSettled = false
  const mark = () => {
    isSettled = true
  }
  // Both ways are marked here; the caller meets the rejection below.
  promise.then(mark, mark)
  await until(() => isSettled, limitMs)
  return promise
}

/** No timer waits, so only real I/O can go on: give it real time, but not for ever. */
async function somethingHappens(isSo: () => boolean): Promise<void> {
  for (let waits = 0; !isSo(); waits++) {
    if (waits > patience) throw new Error('No timer waits and nothing happens any more')
    await new Promise<void>((resolve) => setTimeout(resolve, 1))
  }
}

async function turnsOfTheLoop(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await macrotask()
}

/** One turn of the event loop, by the shortest way the runtime has. */
function macrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown }
  return new Promise((resolve) => {
    if (setImmediate !== undefined) setImmediate(() => resolve())
    else setTimeout(resolve, 0)
  })
}
