import type { LimitDimension, LimitStore } from '../../types/store.ts'
import { atOnce, type Case, type ConformanceClock, equal, holds } from './kit.ts'

const minute = 60_000
const hour = 60 * minute
const sliding: LimitDimension['window'] = { kind: 'sliding', ms: minute }

function unit(fields: Partial<LimitDimension> = {}): LimitDimension {
  return { key: 'k', limit: 10, amount: 1, keep: 1, window: sliding, ...fields }
}

/** Local days around now, as a caller in one time zone would give them. */
function days(clock: ConformanceClock): { window: LimitDimension['window']; next: number } {
  const today = Math.floor(clock.now() / (24 * hour)) * 24 * hour
  return {
    window: { kind: 'calendar', boundaries: [-1, 0, 1, 2].map((n) => today + n * 24 * hour) },
    next: today + 24 * hour,
  }
}

/** Asks one by one until refused; answers how many went through. */
async function drain(store: LimitStore, prefix: string, dimension: LimitDimension): Promise<number> {
  for (let count = 0; ; count++) {
    const id = `${prefix}-${count}`
    if (!(await store.reserve(id, [dimension], minute)).isAllowed) return count
    await store.settle(id, [{ key: dimension.key, amount: dimension.amount }])
  }
}

/** Cases of the suite of limit stores about time. */
export const limitWindowCases: Record<string, Case<LimitStore>> = {
  async 'never admits more than the limit in any span of a sliding window'({ store, clock }) {
    const times: number[] = []
    let seed = 42
    for (let n = 0; n < 400; n++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      clock.advance(seed % 4_500)
      if ((await store.reserve(`r${n}`, [unit()], minute)).isAllowed) times.push(clock.now())
    }
    for (const [n, at] of times.entries()) {
      const span = times.filter((time) => time > at - minute && time <= at).length
      holds(span <= 10, `${span} admitted within a minute, up to number ${n}`)
    }
    holds(times.length > 100, `only ${times.length} admitted: the window does not slide`)
  },

  async 'lets no double burst through at a border'({ store, clock }) {
    clock.advance(minute - (clock.now() % minute) - 100)
    equal(await drain(store, 'before', unit()), 10, 'before the border')
    clock.advance(200)
    equal(await drain(store, 'after', unit()), 0, 'after the border')
  },

  async 'gives a unit back after the window, at most a sixtieth late, and says when'({ store, clock }) {
    equal(await drain(store, 'a', unit()), 10, 'at first')
    const refusal = await store.reserve('no', [unit()], minute)
    const wait = refusal.isAllowed ? 0 : (refusal.retryAfterMs ?? 0)
    holds(wait >= minute && wait <= minute + minute / 60, `a wait of ${wait}`)
    clock.advance(wait - 1)
    equal((await store.reserve('early', [unit()], minute)).isAllowed, false, 'a moment too early')
    clock.advance(1)
    equal(await drain(store, 'b', unit()), 10, 'after the wait')
  },

  async 'waits only for as many units as are asked'({ store, clock }) {
    const ask = (amount: number) => unit({ amount, keep: amount })
    await store.reserve('a', [ask(4)], minute)
    clock.advance(20_000)
    await store.reserve('b', [ask(6)], minute)
    const little = await store.reserve('c', [ask(4)], minute)
    const much = await store.reserve('d', [ask(5)], minute)
    if (little.isAllowed || much.isAllowed) throw new Error('admitted over the limit')
    const gap = (much.retryAfterMs ?? 0) - (little.retryAfterMs ?? 0)
    holds(Math.abs(gap - 20_000) <= 1_000, `the longer wait is ${gap} longer`)
  },

  async 'starts a calendar window at its boundary, by the clock of the store'({ store, clock }) {
    const { window, next } = days(clock)
    const day = unit({ window })
    equal(await drain(store, 'a', day), 10, 'today')
    const refusal = await store.reserve('no', [day], minute)
    equal(refusal, { isAllowed: false, index: 0, remaining: 0, retryAfterMs: next - clock.now() }, 'the refusal')
    clock.advance(next - clock.now() - 1)
    equal((await store.reserve('early', [day], minute)).isAllowed, false, 'a moment before midnight')
    clock.advance(1)
    equal(await drain(store, 'b', day), 10, 'tomorrow')
    equal((await store.read([day]))[0]?.resetsAt, next + 24 * hour, 'resetsAt')
  },

  async 'settles in the window that admitted'({ store, clock }) {
    const { window, next } = days(clock)
    const day = unit({ window, limit: 100, amount: 30, keep: 30 })
    await store.reserve('late', [day], 24 * hour)
    clock.advance(next - clock.now() + 1)
    await store.reserve('new', [day], minute)
    equal(await store.settle('late', [{ key: 'k', amount: 99 }]), true, 'settled')
    equal((await store.read([day]))[0]?.used, 30, 'used today')
  },

  async 'neither forgets nor doubles a sliding window when the clock is set back'({ store, clock }) {
    equal(await drain(store, 'a', unit()), 10, 'before')
    clock.jump(-10 * minute)
    equal(await drain(store, 'b', unit()), 0, 'right after')
    clock.advance(minute + 1_000)
    equal(await drain(store, 'c', unit()), 10, 'a window later')
    clock.jump(-hour)
    clock.advance(minute + 1_000)
    await drain(store, 'd', unit())
    clock.advance(minute + 1_000)
    equal(await drain(store, 'e', unit()), 10, 'after a second jump')
  },

  async 'neither forgets nor doubles a day when the clock is set back over midnight'({ store, clock }) {
    const { window, next } = days(clock)
    const day = unit({ window })
    clock.advance(next - clock.now() + minute)
    equal(await drain(store, 'a', { ...day, limit: 4 }), 4, 'after midnight')
    clock.jump(-2 * minute)
    equal(await drain(store, 'b', day), 6, 'back before midnight')
    clock.advance(2 * minute)
    equal(await drain(store, 'c', day), 0, 'after midnight again')
  },

  async 'recovers from a clock that was a year ahead'({ store, clock }) {
    clock.jump(365 * 24 * hour)
    equal(await drain(store, 'a', unit({ window: days(clock).window, limit: 4 })), 4, 'a year ahead')
    clock.jump(-365 * 24 * hour)
    const { window, next } = days(clock)
    equal(await drain(store, 'b', unit({ window })), 6, 'back today')
    clock.advance(next - clock.now())
    equal(await drain(store, 'c', unit({ window })), 10, 'tomorrow')
  },

  async 'settles over what was reserved, also where that was nothing and the window has no end'({ store, peer }) {
    const window = { kind: 'calendar', boundaries: [0] } as const
    const nothing = { key: 'k', limit: 10, amount: 0, keep: 0, window }
    await store.reserve('r', [nothing], 60_000)
    // Enough for a store to clear away what it takes for unused.
    await atOnce(50, (n) => peer.reserve(`other-${n}`, [{ ...nothing, key: `other-${n}` }], 60_000))
    await store.settle('r', [{ key: 'k', amount: 4 }])
    equal((await peer.read([nothing]))[0]?.used, 4, 'used')
  },

  async 'counts what is in flight in a window without end'({ store, clock }) {
    const slot = unit({ limit: 2, keep: 0, window: { kind: 'calendar', boundaries: [0] } })
    for (const id of ['a', 'b']) await store.reserve(id, [slot], 400 * 24 * hour)
    clock.advance(300 * 24 * hour)
    equal(await store.reserve('c', [slot], minute), { isAllowed: false, index: 0, remaining: 0 }, 'no wait is known')
    await store.settle('a', [{ key: 'k', amount: 0 }])
    equal((await store.reserve('d', [slot], minute)).isAllowed, true, 'a slot that came back')
  },
}
