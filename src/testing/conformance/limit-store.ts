import type { LimitDimension, LimitStore } from '../../types/store.ts'
import { atOnce, type Case, type ConformanceOptions, equal, holds, hostileNames, runCases } from './kit.ts'
import { limitWindowCases } from './limit-windows.ts'

/** Registers the suite of the `LimitStore` contract. */
export function limitStoreConformance(options: ConformanceOptions<LimitStore>): void {
  runCases(options, { ...cases, ...limitWindowCases })
}

const minute = 60_000

/** One unit of ten in a minute, unless told otherwise. */
function unit(fields: Partial<LimitDimension> = {}): LimitDimension {
  return { key: 'k', limit: 10, amount: 1, keep: 1, window: { kind: 'sliding', ms: minute }, ...fields }
}

async function usedOf(store: LimitStore, ...dimensions: LimitDimension[]): Promise<number[]> {
  return (await store.read(dimensions)).map(({ used }) => used)
}

async function allowed(store: LimitStore, id: string, ...dimensions: LimitDimension[]): Promise<boolean> {
  return (await store.reserve(id, dimensions, minute)).isAllowed
}

const cases: Record<string, Case<LimitStore>> = {
  async 'lets exactly as many through as are left when all come at once'({ store, peer }) {
    await store.reserve('first', [unit({ amount: 3, keep: 3 })], minute)
    const results = await atOnce(200, (n) => (n % 2 === 0 ? store : peer).reserve(`r${n}`, [unit()], minute))
    equal(results.filter(({ isAllowed }) => isAllowed).length, 7, 'admitted')
    holds(
      results.every((result) => result.isAllowed || (result.retryAfterMs ?? 0) > 0),
      'a refusal without retryAfterMs',
    )
    equal(await usedOf(peer, unit()), [10], 'used')
  },

  async 'books all dimensions or none'({ store, peer }) {
    const wide = unit({ key: 'wide', limit: 100 })
    const narrow = unit({ key: 'narrow', limit: 2 })
    const results = await atOnce(50, (n) => {
      const both = n % 2 === 0 ? [wide, narrow] : [narrow, wide]
      return (n % 3 === 0 ? store : peer).reserve(`r${n}`, both, minute)
    })
    equal(results.filter(({ isAllowed }) => isAllowed).length, 2, 'admitted')
    equal(await usedOf(store, wide, narrow), [2, 2], 'used')
  },

  async 'never adds up reservations to more than the limit'({ store, peer }) {
    const big = unit({ limit: 1_000, amount: 300, keep: 0 })
    const results = await atOnce(20, (n) => (n % 2 === 0 ? store : peer).reserve(`r${n}`, [big], minute))
    equal(results.filter(({ isAllowed }) => isAllowed).length, 3, 'admitted')
  },

  async 'names the dimension that stands in the way longest'({ store, clock }) {
    const short = unit({ key: 'short', limit: 1 })
    const long = unit({ key: 'long', limit: 1, window: { kind: 'sliding', ms: 60 * minute } })
    await store.reserve('a', [unit({ key: 'free' }), long, short], minute)
    const refusal = await store.reserve('b', [unit({ key: 'free' }), short, long], minute)
    equal(refusal.isAllowed, false, 'allowed')
    if (refusal.isAllowed) return
    equal(refusal.index, 2, 'index')
    clock.advance(refusal.retryAfterMs ?? 0)
    holds(await allowed(store, 'c', unit({ key: 'free' }), short, long), 'refused after the stated wait')
  },

  async 'settles up, down and to nothing'({ store, peer }) {
    const ask = unit({ limit: 100, amount: 40, keep: 10 })
    for (const id of ['a', 'b']) await store.reserve(id, [ask], minute)
    equal(await store.read([ask]), [{ used: 80, reserved: 80 }], 'reserved')
    equal(await peer.settle('a', [{ key: 'k', amount: 0 }]), true, 'first')
    equal(await store.read([ask]), [{ used: 40, reserved: 40 }], 'given back')
    equal(await store.settle('b', [{ key: 'k', amount: 130 }]), true, 'second')
    equal(await peer.read([ask]), [{ used: 130, reserved: 0 }], 'over the limit')
    equal(await allowed(store, 'c', unit({ limit: 100 })), false, 'the next one')
  },

  async 'settles once, however often and from wherever it is told'({ store, peer }) {
    await store.reserve('a', [unit({ amount: 5, keep: 5 })], minute)
    const results = await atOnce(10, (n) => (n % 2 === 0 ? store : peer).settle('a', [{ key: 'k', amount: 2 }]))
    equal(results.filter(Boolean).length, 1, 'settlements that counted')
    equal(await store.read([unit()]), [{ used: 2, reserved: 0 }], 'level')
    equal(await store.settle('never', [{ key: 'k', amount: 9 }]), false, 'an unknown reservation')
    equal(await store.settle('a', [{ key: 'other', amount: 9 }]), false, 'an unknown counter')
    equal(await usedOf(store, unit()), [2], 'used')
  },

  async 'falls back to what is to be kept when nobody settles'({ store, peer, clock }) {
    const day = unit({ limit: 100, amount: 50, keep: 20, window: { kind: 'calendar', boundaries: [0] } })
    await store.reserve('lost', [day], 10_000)
    clock.advance(9_999)
    equal(await peer.read([day]), [{ used: 50, reserved: 50 }], 'before its time')
    clock.advance(1)
    equal(await peer.read([day]), [{ used: 20, reserved: 0 }], 'after its time')
    equal(await store.settle('lost', [{ key: 'k', amount: 1 }]), false, 'a late settlement')
    equal(await usedOf(store, day), [20], 'used')
  },

  async 'frees what a dead owner held before it refuses'({ store, peer, clock }) {
    const slot = unit({ limit: 2, keep: 0, window: { kind: 'calendar', boundaries: [0] } })
    for (const id of ['a', 'b']) await store.reserve(id, [slot], 5_000)
    equal(await allowed(peer, 'c', slot), false, 'while they live')
    clock.advance(5_000)
    equal(await allowed(peer, 'd', slot), true, 'when they are dead')
  },

  async 'refuses everything at limit 0, and at once under a lowered limit'({ store }) {
    const refusal = await store.reserve('a', [unit({ limit: 0 })], minute)
    equal(refusal, { isAllowed: false, index: 0, remaining: 0 }, 'limit 0')
    for (const id of ['b', 'c', 'd']) await store.reserve(id, [unit()], minute)
    equal(await allowed(store, 'e', unit({ limit: 2 })), false, 'lowered under use')
    equal(await allowed(store, 'f', unit({ limit: 4 })), true, 'raised again')
  },

  async 'says how much is left of the limit that stands in the way'({ store }) {
    const small = unit({ key: 'small', limit: 100, amount: 70, keep: 0 })
    await store.reserve('a', [small, unit({ limit: 1_000, amount: 400 })], minute)
    const refusal = await store.reserve('b', [unit({ limit: 1_000, amount: 500 }), small], minute)
    equal(refusal.isAllowed ? {} : [refusal.index, refusal.remaining], [1, 30], 'refusal')
    await store.settle('a', [{ key: 'small', amount: 170 }])
    const over = await store.reserve('c', [small], minute)
    equal(over.isAllowed ? {} : over.remaining, 0, 'over the limit')
  },

  async 'names no wait for what can never fit'({ store }) {
    const refusal = await store.reserve('a', [unit({ amount: 11 })], minute)
    equal(refusal, { isAllowed: false, index: 0, remaining: 10 }, 'decision')
  },

  async 'reads without booking, in the order asked'({ store }) {
    await store.reserve('a', [unit({ key: 'x', amount: 4, keep: 0 })], minute)
    for (let n = 0; n < 3; n++) equal(await usedOf(store, unit({ key: 'y' }), unit({ key: 'x' })), [0, 4], 'used')
  },

  async 'keeps counters apart, however alike or hostile their names'({ store, peer }) {
    for (const [n, key] of hostileNames.entries()) {
      await store.reserve(`r${n}`, [unit({ key, limit: 1_000, amount: n + 1, keep: 0 })], minute)
    }
    const used = await usedOf(peer, ...hostileNames.map((key) => unit({ key })))
    equal(
      used,
      hostileNames.map((_, n) => n + 1),
      'used',
    )
    equal(await peer.settle('r3', [{ key: hostileNames[3] as string, amount: 0 }]), true, 'settled')
  },

  async 'counts large amounts exactly'({ store }) {
    const huge = unit({ limit: 9_000_000_000_000, amount: 4_000_000_000_001, keep: 0 })
    equal(await allowed(store, 'a', huge), true, 'first')
    equal(await allowed(store, 'b', huge), true, 'second')
    equal(await usedOf(store, huge), [8_000_000_000_002], 'used')
    equal(await allowed(store, 'c', huge), false, 'third')
  },

  async 'has nothing reserved once all is settled'({ store, peer }) {
    const pair = [unit({ key: 'x', limit: 1_000 }), unit({ key: 'y', limit: 1_000, amount: 7, keep: 3 })]
    await atOnce(60, async (n) => {
      const one = n % 2 === 0 ? store : peer
      await one.reserve(`r${n}`, pair, minute)
      await one.settle(`r${n}`, [
        { key: 'x', amount: 1 },
        { key: 'y', amount: n % 5 },
      ])
    })
    const used = Array.from({ length: 60 }, (_, n) => n % 5).reduce((sum, n) => sum + n, 0)
    equal(
      await store.read(pair),
      [
        { used: 60, reserved: 0 },
        { used, reserved: 0 },
      ],
      'levels',
    )
  },
}
