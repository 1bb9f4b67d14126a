import { errorOf } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { ApiKeyEntry, KeyState, KeyTurn, ProviderKeys } from '../types/keys.ts'
import { checkOptions, clockLike, duration } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { GatedKeys } from '../utils/gated-keys.ts'
import { namedKeys } from '../utils/named-keys.ts'

/** Several keys of one provider account, or of several. */
export interface KeyPoolOptions {
  /** The keys, by themselves or with a name for reports and limits. Names default to `key-1`, `key-2` … */
  readonly keys: readonly ApiKeyEntry[]
  /** Longest rest of a key, in ms. Default 900,000. */
  readonly maxRestMs?: number
  /** Default: the machine's own time. */
  readonly clock?: Clock
}

/**
 * Takes turns among keys; one that is refused, unpaid or rate limited rests, by the kind of its error. For the `apiKey`
 * option of providers that share their keys, in one client or in several; an array does for one provider.
 *
 * @example
 * const pool = new KeyPool({ keys: ['sk-test-first', { id: 'backup', apiKey: 'sk-test-second' }] })
 * openai({ apiKey: pool })
 */
export class KeyPool implements ProviderKeys {
  readonly #keys: GatedKeys

  constructor(options: KeyPoolOptions) {
    checkOptions('keyPool', options, {
      keys: (value) => (Array.isArray(value) && value.length > 0 ? undefined : 'an array of at least one key'),
      maxRestMs: duration,
      clock: clockLike,
    })
    const { keys, maxRestMs, clock = systemClock } = options
    this.#keys = new GatedKeys(namedKeys(keys, { owner: 'the pool', path: 'keyPool.keys' }), clock, maxRestMs)
  }

  get size(): number {
    return this.#keys.size
  }

  /** Ms until a key may be used; 0 = now. */
  get restsForMs(): number {
    return this.#keys.restsForMs
  }

  /** Why the key that is back soonest rests. */
  get code(): ErrorCode {
    return this.#keys.code
  }

  /** As `take`, for clients: nothing when all rest. */
  next(isForced?: boolean): KeyTurn | undefined {
    return this.#keys.next(isForced)
  }

  /**
   * The next key that does not rest.
   *
   * @throws LlmError with the code of the key that is back soonest, and `retryAfterMs`, when all rest.
   */
  take(): KeyTurn {
    const turn = this.#keys.next()
    if (turn !== undefined) return turn
    const { size, code, restsForMs } = this.#keys
    throw errorOf(code, `All ${size} keys of the pool rest`, { retryAfterMs: Math.ceil(restsForMs) })
  }

  /** The state of every key, without the keys. */
  status(): readonly KeyState[] {
    return this.#keys.status()
  }

  /** Ends all rests. */
  reset(): void {
    this.#keys.reset()
  }
}
