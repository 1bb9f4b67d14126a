/** What work costs, in time of the processor, so that other programs on the machine count little. */
import { expect } from 'vitest'

/** Processor time of this process in ms. */
export function cpuNow(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** How the growth of a cost is judged. */
export interface GrowthLimits {
  /** Times the cost of 10,000 units that 100,000 may take. Quadratic work takes a hundred times as much. Default 40. */
  readonly atMost?: number
  /** Shorter times of the small text, in ms, count as this much. Default 2. */
  readonly floorMs?: number
}

const rounds = 12

/** Work on ten times the text may take ten times as long, and some more; the best of many rounds decides. */
export async function expectLinear(work: (length: number) => unknown, limits: GrowthLimits = {}): Promise<void> {
  const { atMost = 40, floorMs = 2 } = limits
  let small = Number.POSITIVE_INFINITY
  let large = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    small = Math.min(small, await costOf(() => work(10_000)))
    large = Math.min(large, await costOf(() => work(100_000)))
    if (large / Math.max(floorMs, small) < atMost) return
  }
  expect(large / Math.max(floorMs, small), 'growth').toBeLessThan(atMost)
}

async function costOf(work: () => unknown): Promise<number> {
  const start = cpuNow()
  await work()
  return cpuNow() - start
}
