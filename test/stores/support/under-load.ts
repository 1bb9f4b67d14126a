/** A meter under load while its server fails. In real time: the servers are processes of their own. */
import { expect } from 'vitest'
import type { Meter } from '../../../src/types/meter.ts'
import type { LimitDimension } from '../../../src/types/store.ts'

/** For tests that stop and start a server. */
export const patient = { timeout: 120_000, retry: 1 }

/** One unit of a counter that takes ten in a minute. */
export const dimension: LimitDimension = {
  key: 'k',
  limit: 10,
  amount: 1,
  keep: 1,
  window: { kind: 'sliding', ms: 60_000 },
}

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Looks again and again until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2_000 && !(await isSo()); tries++) await wait(20)
  expect(await isSo()).toBe(true)
}

/** Callers that make one call after the other until they are told to end. */
export function callersOf(meter: Meter, count: number): { readonly made: number; end(): Promise<void> } {
  let made = 0
  let isOver = false
  const caller = async () => {
    while (!isOver) {
      const reservation = await meter.reserve({ requestId: `r${made++}`, endpoint: 'chat', inputTokens: 1 })
      const attempt = await reservation.openAttempt({ provider: 'p', model: 'm', attempt: 1 })
      attempt.settle({ outcome: 'ok', ms: 1 })
      reservation.settle({ outcome: 'ok', ms: 1 })
      await wait(1)
    }
  }
  const all = Promise.all(Array.from({ length: count }, caller))
  return {
    get made() {
      return made
    },
    async end() {
      isOver = true
      await all
    },
  }
}

/** Waits until every row is written and nothing is reserved any more. */
export async function settled(meter: Meter): Promise<void> {
  await until(async () => (await meter.flush()) === 0)
  await until(async () => {
    await meter.flush()
    return (await meter.remaining({ tenant: 'default' })).every(({ reserved }) => reserved === 0)
  })
}
