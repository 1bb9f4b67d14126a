import type { Clock } from '../types/clock.ts'

const longest = 2_147_483_647

/** The machine's own time. Looks its functions up when called, so fake timers installed later are seen. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // A longer delay would fire at once; whoever asked for it re-arms.
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(Math.max(ms, 0), longest)),
  clearTimeout: (handle) => clearTimeout(handle as number),
}
