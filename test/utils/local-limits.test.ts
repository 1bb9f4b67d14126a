import { sqliteStores } from 'holdfast/stores/sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import type { LimitDimension, Stores } from '../../src/types/store.ts'
import { LocalLimits } from '../../src/utils/local-limits.ts'

let stores: Stores | undefined
afterEach(() => stores?.close())

/** Numbers from a seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

/** A clock whose wall and steady time are one, which is where both backends must agree. */
function standing() {
  let now = 1_700_000_000_000
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => 0, clearTimeout() {} }
  const pass = (ms: number) => {
    now += ms
  }
  return { clock, pass }
}

const second: LimitDimension['window'] = { kind: 'sliding', ms: 1_000 }
// Its slots end in the middle of others.
const odd: LimitDimension['window'] = { kind: 'sliding', ms: 91 }
const forever: LimitDimension['window'] = { kind: 'calendar', boundaries: [0] }

describe('limits inside a process', () => {
  it.each([1, 2, 3, 4])(
    'count as those of a database do, whatever comes in whichever order (seed %i)',
    async (seed) => {
      const below = numbers(seed)
      const { clock, pass } = standing()
      stores = sqliteStores({ path: ':memory:', clock })
      const local = new LocalLimits(clock)
      const today = Math.floor(clock.now() / 10_000) * 10_000
      const windows = [
        second,
        odd,
        forever,
        { kind: 'calendar', boundaries: [0, 1, 2, 3, 4, 5].map((n) => today + n * 10_000) },
      ]
      const any = (): LimitDimension => {
        const n = below(windows.length)
        const amount = below(7)
        const keep = below(amount + 1)
        return { key: `k${n}`, limit: 12 + below(20), amount, keep, window: windows[n] as LimitDimension['window'] }
      }
      const standingIds: [string, string[]][] = []
      let refused = 0
      let abandoned = 0
      for (let step = 0; step < 3_000; step++) {
        const dimensions = [...new Map([any(), any()].map((one) => [one.key, one])).values()]
        const kind = below(10)
        if (kind < 4) {
          const ttl = 200 + below(5_000)
          const decision = local.reserve(`r${step}`, dimensions, ttl)
          expect(decision).toEqual(await stores.limits.reserve(`r${step}`, dimensions, ttl))
          if (decision.isAllowed) standingIds.push([`r${step}`, dimensions.map(({ key }) => key)])
          else refused++
        } else if (kind < 7) {
          const [id, keys] = standingIds.splice(below(standingIds.length + 1), 1)[0] ?? ['never', ['k0']]
          const amounts = keys.map((key) => ({ key, amount: below(9) }))
          // Now and then nobody settles.
          if (below(4) === 0) abandoned++
          else {
            local.settle(id, amounts)
            await stores.limits.settle(id, amounts)
          }
        } else pass(below(kind === 9 ? 300 : kind === 8 ? 30 : 3))
        expect(await local.read(dimensions)).toEqual(await stores.limits.read(dimensions))
      }
      expect(refused).toBeGreaterThan(50)
      expect(abandoned).toBeGreaterThan(50)
    },
  )

  it('give a unit back in the middle of a slot', () => {
    const { clock, pass } = standing()
    const local = new LocalLimits(clock)
    const one = [{ key: 'k', limit: 1, amount: 1, keep: 1, window: odd }]
    expect(local.reserve('a', one, 1_000)).toEqual({ isAllowed: true })
    pass(92)
    expect(local.reserve('b', one, 1_000)).toEqual({ isAllowed: false, index: 0, remaining: 0, retryAfterMs: 1 })
    pass(1)
    expect(local.reserve('c', one, 1_000)).toEqual({ isAllowed: true })
  })
})
