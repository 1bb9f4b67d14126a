import type { CircuitSnapshot } from '../types/circuit.ts'
import type { Clock } from '../types/clock.ts'
import type { CircuitStore } from '../types/store.ts'
import type { Circuit, CircuitChange } from './circuit-breaker.ts'

/** How long what the store said is taken for true. */
const freshMs = 1_000
/** How long a call may wait for the store; then this process decides alone. */
const patienceMs = 50
/** How long a fleet-wide trial place is held at most. */
const leaseMs = 120_000

/** The fleet's word on one attempt; `release` gives back the place it was granted. */
export interface Leave {
  readonly isAllowed: boolean
  readonly release?: () => void
}

/**
 * One circuit seen by a fleet through a store. While it is closed no call waits for the store: it is looked at beside the
 * calls, once a second at most. Trial calls take a lease, so a fleet makes no more of them than one process would.
 */
export class SharedCircuit {
  readonly #circuit: Circuit
  readonly #store: CircuitStore
  readonly #key: string
  readonly #probes: number
  readonly #clock: Clock
  readonly #onTrouble: (error: unknown) => void
  #readAt = Number.NEGATIVE_INFINITY

  constructor(
    circuit: Circuit,
    options: {
      readonly store: CircuitStore
      readonly key: string
      readonly probes: number
      readonly clock: Clock
      readonly onTrouble: (error: unknown) => void
    },
  ) {
    this.#circuit = circuit
    this.#store = options.store
    this.#key = options.key
    this.#probes = options.probes
    this.#clock = options.clock
    this.#onTrouble = options.onTrouble
  }

  /** Asked before each attempt: granted at once while closed; with a lease while half-open. */
  async mayProbe(): Promise<Leave> {
    if (this.#circuit.state !== 'half-open') {
      this.#lookAside()
      return { isAllowed: true }
    }
    const lease = this.#ask(() => this.#store.lease(this.#key, this.#probes, leaseMs))
    const isTaken = await this.#bounded(lease)
    if (isTaken) return { isAllowed: true, release: () => this.#release() }
    // This process decides alone; a lease that comes late is nobody's.
    if (isTaken === undefined)
      lease.then(
        (isLate) => isLate && this.#release(),
        () => {},
      )
    return { isAllowed: isTaken === undefined }
  }

  /** The circuit changed here: tells the others. */
  tell(change: CircuitChange): void {
    if (change.to === 'half-open') return
    this.#readAt = this.#clock.monotonic()
    this.#quietly(() => this.#store.write(this.#key, this.#circuit.snapshot()))
  }

  #release(): void {
    this.#quietly(() => this.#store.release(this.#key))
  }

  #lookAside(): void {
    const now = this.#clock.monotonic()
    if (now - this.#readAt < freshMs) return
    this.#readAt = now
    this.#ask(() => this.#store.read(this.#key)).then((theirs) => this.#follow(theirs), this.#onTrouble)
  }

  /** What the fleet knows better: that it is open, or that it is closed again. */
  #follow(theirs: CircuitSnapshot | undefined): void {
    if (theirs === undefined) return
    const ours = this.#circuit.snapshot()
    const isNews =
      theirs.state === 'open' ? theirs.openUntil > Math.max(ours.openUntil, this.#clock.now()) : ours.state === 'open'
    if (!isNews) return
    if (theirs.state === 'open') this.#circuit.restore(theirs)
    else if (ours.openUntil <= this.#clock.now()) this.#circuit.reset()
  }

  /** The store's word, or nothing when it does not come in time. */
  #bounded<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => {
        this.#onTrouble(new Error('no answer in time'))
        resolve(undefined)
      }, patienceMs)
      const settle = (value: T | undefined): void => {
        this.#clock.clearTimeout(timer)
        resolve(value)
      }
      work.then(settle, (error: unknown) => {
        this.#onTrouble(error)
        settle(undefined)
      })
    })
  }

  #quietly(work: () => Promise<unknown>): void {
    this.#ask(work).then(undefined, this.#onTrouble)
  }

  /** A store of somebody's own may throw before it promises anything. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }
}
