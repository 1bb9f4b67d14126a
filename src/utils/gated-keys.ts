import { policyOf } from '../errors/policy.ts'
import type { Clock } from '../types/clock.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { KeyState, KeyTurn, ProviderKey, ProviderKeys } from '../types/keys.ts'
import { Gate } from './gate.ts'

/** A key with its rests. */
interface Member {
  readonly key: ProviderKey
  readonly gate: Gate
  /** Rests without a hint in a row. */
  failures: number
  /** What made it rest last; nothing once it went well. */
  code?: ErrorCode | undefined
}

/** Keys behind gates: each rests by itself, the others go on. */
export class GatedKeys implements ProviderKeys {
  readonly #members: readonly Member[]
  #next = 0

  constructor(keys: readonly ProviderKey[], clock: Clock, maxRestMs?: number) {
    this.#members = keys.map((key) => ({ key, gate: new Gate(clock, maxRestMs), failures: 0 }))
  }

  get size(): number {
    return this.#members.length
  }

  get restsForMs(): number {
    return this.#soonest().gate.closedForMs
  }

  get code(): ErrorCode {
    return this.#soonest().gate.code
  }

  next(isForced = false): KeyTurn | undefined {
    const count = this.#members.length
    for (let step = 0; step < count; step++) {
      const index = (this.#next + step) % count
      const member = this.#members[index] as Member
      if (member.gate.enter() > 0) continue
      this.#next = (index + 1) % count
      return this.#turn(member)
    }
    return isForced ? this.#turn(this.#soonest()) : undefined
  }

  reset(): void {
    for (const member of this.#members) {
      member.gate.open()
      Object.assign(member, { failures: 0, code: undefined })
    }
  }

  /** The state of every key, without the keys. */
  status(): readonly KeyState[] {
    return this.#members.map(({ key, gate: { closedForMs }, code }, index) => ({
      id: key.id ?? `key-${index + 1}`,
      isResting: closedForMs > 0,
      ...(code !== undefined && { code }),
      ...(closedForMs > 0 && { restsForMs: closedForMs }),
    }))
  }

  #turn(member: Member): KeyTurn {
    return new Turn(member, this.#members.length > 1)
  }

  #soonest(): Member {
    return this.#members.reduce((a, b) => (b.gate.closedForMs < a.gate.closedForMs ? b : a))
  }
}

class Turn implements KeyTurn {
  readonly #member: Member
  readonly #isPooled: boolean
  #era: number

  constructor(member: Member, isPooled: boolean) {
    this.#member = member
    this.#isPooled = isPooled
    this.#era = member.gate.era
  }

  get key(): ProviderKey {
    return this.#member.key
  }

  get isResting(): boolean {
    return this.#member.gate.closedForMs > 0
  }

  report(error?: { readonly code: ErrorCode; readonly retryAfterMs?: number }, gateMs?: number): number {
    const { gate } = this.#member
    if (error === undefined) {
      this.wake()
      if (!this.isResting) Object.assign(this.#member, { failures: 0, code: undefined })
      return 0
    }
    const restMs = gateMs ?? policyOf(error.code).gateMs
    if (restMs === 0) return gate.closedForMs
    const closedForMs = gate.close(error.code, error.retryAfterMs ?? restMs * this.#factor())
    this.#era = gate.era
    this.#member.code = error.code
    return closedForMs
  }

  wake(): void {
    const { gate } = this.#member
    if (gate.era !== this.#era) return
    gate.open()
    this.#member.failures = Math.max(0, this.#member.failures - 1)
  }

  /** Where others can be asked, a dead key is asked ever less. */
  #factor(): number {
    return this.#isPooled ? 2 ** Math.min(this.#member.failures++, 20) : 1
  }
}
