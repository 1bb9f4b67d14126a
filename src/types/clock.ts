/**
 * Where time comes from. Everything that waits takes a clock, so tests never sleep.
 * Delays above 2^31-1 ms never reach `setTimeout`.
 */
export interface Clock {
  /** Wall time, epoch ms: for records and persisted deadlines only. */
  now(): number
  /** Steady time in ms from any start: for all intervals. */
  monotonic(): number
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}
