import type { ErrorCode } from './error-code.ts'
import type { SecretText } from './secret-text.ts'

/** A key, or a function that fetches one; `isRefresh` is true after the provider refused the last one with a 401. */
export type ApiKey =
  | string
  | SecretText
  | ((options: { readonly isRefresh: boolean }) => string | SecretText | Promise<string | SecretText>)

/** A key with the name that reports, limits and the ledger know it by. */
export type ApiKeyEntry = ApiKey | { readonly id: string; readonly apiKey: ApiKey }

/** One key of a provider. */
export interface ProviderKey {
  /** Names it in events, limits and the ledger; never the key itself. Absent: the only one there is. */
  readonly id?: string
  /** The stored configuration it comes from. */
  readonly configId?: string
  /** It comes from a function that may have a fresh one after a 401. */
  readonly canRefresh?: boolean
  /** Gives the key for one use. Absent: the provider has it. */
  readonly open?: (isRefresh: boolean) => SecretText | undefined | Promise<SecretText | undefined>
}

/** One use of one key. */
export interface KeyTurn {
  readonly key: ProviderKey
  /** Did it go to rest meanwhile? */
  readonly isResting: boolean
  /**
   * Tells how the use ended: well, or with an error. One that is about the key makes it rest, for as long as the provider
   * said, else for `gateMs` (default: by the code). Answers for how many ms.
   */
  report(error?: { readonly code: ErrorCode; readonly retryAfterMs?: number }, gateMs?: number): number
  /** Ends the rest this use began, unless another use has begun one since. */
  wake(): void
}

/** The keys of a provider: they take turns, and one that is refused, unpaid or rate limited rests. */
export interface ProviderKeys {
  /** How many there are. */
  readonly size: number
  /** Ms until one may be used; 0 = now. */
  readonly restsForMs: number
  /** Why the one that is back soonest rests. */
  readonly code: ErrorCode
  /** The next one that does not rest; with `isForced` the one that is back soonest, if all rest. */
  next(isForced?: boolean): KeyTurn | undefined
  /** Ends all rests. */
  reset(): void
}

/** State of one key, without the key. */
export interface KeyState {
  readonly id: string
  readonly isResting: boolean
  /** What made it rest last. */
  readonly code?: ErrorCode
  readonly restsForMs?: number
}
