import type { CircuitSnapshot } from '../../types/circuit.ts'
import type { CircuitStore } from '../../types/store.ts'
import { atOnce, type Case, type ConformanceOptions, equal, holds, hostileNames, runCases } from './kit.ts'

/** Registers the suite of the `CircuitStore` contract. */
export function circuitStoreConformance(options: ConformanceOptions<CircuitStore>): void {
  runCases(options, cases)
}

const closed: CircuitSnapshot = { state: 'closed', failures: 0, openUntil: 0, openings: 0 }

const cases: Record<string, Case<CircuitStore>> = {
  async 'knows nothing of a circuit nobody wrote'({ store }) {
    equal(await store.read('k'), undefined, 'state')
  },

  async 'gives back what any process wrote last'({ store, peer, clock }) {
    const open: CircuitSnapshot = { state: 'open', failures: 3, openUntil: clock.now() + 60_000, openings: 2 }
    await store.write('k', open)
    equal(await peer.read('k'), open, 'open')
    clock.advance(10_000)
    equal(await peer.read('k'), open, 'open, later')
    await peer.write('k', closed)
    equal(await store.read('k'), closed, 'closed')
  },

  async 'keeps a cooldown that is over as over'({ store, clock }) {
    const open: CircuitSnapshot = { state: 'open', failures: 3, openUntil: clock.now() + 1_000, openings: 1 }
    await store.write('k', open)
    clock.advance(5_000)
    const back = await store.read('k')
    holds(back?.state === 'open' && back.openUntil <= clock.now(), 'a cooldown that is over still runs')
  },

  async 'hands out as many leases as there are probes, to all processes together'({ store, peer }) {
    const leases = await atOnce(50, (n) => (n % 2 === 0 ? store : peer).lease('k', 3, 10_000))
    equal(leases.filter(Boolean).length, 3, 'leases')
    equal(await peer.lease('other', 3, 10_000), true, 'another circuit')
  },

  async 'takes a lease back'({ store, peer }) {
    equal(await store.lease('k', 1, 10_000), true, 'first')
    equal(await peer.lease('k', 1, 10_000), false, 'second')
    await store.release('k')
    equal(await peer.lease('k', 1, 10_000), true, 'after release')
  },

  async 'ends a lease whose holder died'({ store, peer, clock }) {
    equal(await store.lease('k', 1, 10_000), true, 'first')
    clock.advance(9_999)
    equal(await peer.lease('k', 1, 10_000), false, 'before its time')
    clock.advance(1)
    equal(await peer.lease('k', 1, 10_000), true, 'after its time')
  },

  async 'does not mind a release of nothing'({ store }) {
    await store.release('k')
    equal(await store.lease('k', 1, 10_000), true, 'lease')
    equal(await store.lease('k', 1, 10_000), false, 'a second one')
  },

  async 'releases only what the same process holds'({ store, peer }) {
    if (store === peer) return
    equal(await store.lease('k', 1, 10_000), true, 'lease')
    await peer.release('k')
    equal(await peer.lease('k', 1, 10_000), false, 'lease of the other process')
  },

  async 'keeps circuits apart, however alike or hostile their names'({ store, peer }) {
    for (const [n, key] of hostileNames.entries()) await store.write(key, { ...closed, failures: n })
    for (const [n, key] of hostileNames.entries()) equal((await peer.read(key))?.failures, n, key.slice(0, 30))
  },
}
