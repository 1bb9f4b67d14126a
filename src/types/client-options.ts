import type { CircuitOptions } from './circuit.ts'
import type { Clock } from './clock.ts'
import type { ErrorCode } from './error-code.ts'
import type { Observer } from './events.ts'
import type { DefinedGuard } from './guard.ts'
import type { Meter } from './meter.ts'
import type { Provider } from './provider.ts'
import type { CircuitStore } from './store.ts'
import type { AllowedModels, TenantVault } from './tenant.ts'
import type { Timeouts } from './timeouts.ts'

/** How failed attempts are repeated at the same provider. */
export interface RetryOptions {
  /** Most retries at one provider; the kind of failure may allow fewer. Default 2. */
  readonly retries: number
  /** First backoff step in ms; each further one doubles, and the wait is anything from 0 to it. Default 500. */
  readonly baseMs: number
  /** Longest backoff step in ms. Default 8 000. */
  readonly maxMs: number
  /** Longest wait asked for by a provider (`Retry-After`) that a call sits out, in ms. Default 5 000. */
  readonly maxWaitMs: number
  /** Retries at one provider, as a share of its calls of the last 10 s; 3 are always free. Default 0.1. */
  readonly budget: number
  /** On a rate limit with a short hint: `wait` for it, or take the next candidate at once (`fallback`). Default `wait`. */
  readonly onRateLimit: 'wait' | 'fallback'
}

/** What one kind of failure means; each field replaces the built-in word. */
export interface ErrorRule {
  /** Most retries at the same provider. */
  readonly retries?: number
  /** The same while another candidate stands. */
  readonly retriesWithFallback?: number
  /** Does it count against the circuit? */
  readonly countsForBreaker?: boolean
  /** Rest the key for this long when there is no hint, in ms; 0 = not at all. */
  readonly gateMs?: number
  /** Ask the next candidate? `larger-window`: only one known to take a longer prompt. */
  readonly next?: 'yes' | 'no' | 'larger-window'
}

/** A second candidate beside a slow first one. */
export interface Hedge {
  /** Start it after this many ms without content, or after the first one's own 95th percentile. */
  readonly afterMs: number | 'p95'
  /** Hedges as a share of the calls of the last 10 s; 1 is always free. Default 0.05. */
  readonly budget?: number
}

/** How guards are run. */
export interface GuardOptions {
  /** Longest time for one answer of a guard, in ms. Default 2 000. */
  readonly timeoutMs?: number
  /** What a guard's failure means. Default `block`: no unguarded text goes out. */
  readonly onGuardError?: 'block' | 'allow'
  /** Most text of a request, in UTF-16 units. Default 2 000 000. */
  readonly maxInputChars?: number
  /** Most text of an answer that a guard may gather, in UTF-16 units. Default 1 000 000. */
  readonly maxHeldChars?: number
}

/** What to do when a stream breaks after its first content. */
export type MidStream = 'align' | 'continue' | 'restart' | 'error'

/** Options of `UnifiedClient`. Everything but `providers` has a default. */
export interface ClientOptions {
  /** The chain: array order is fallback order. */
  readonly providers: readonly Provider[]
  readonly timeouts?: Partial<Timeouts>
  readonly retry?: Partial<RetryOptions>
  readonly circuit?: Partial<CircuitOptions>
  /** Most attempts of one call: retries, fallbacks and hedges together. Default 6. */
  readonly maxAttempts?: number
  /** Overrides of the error table, by code. */
  readonly errorRules?: Partial<Record<ErrorCode, ErrorRule>>
  /**
   * A stream that breaks after its first content: `align` asks the next candidate afresh and goes on if its answer
   * begins with the delivered text, else restarts (event view) or throws (text view); `continue` has a candidate that
   * takes a prefill go on; `restart` starts anew behind a `reset` event; `error` throws. Default `align`.
   */
  readonly midStream?: MidStream
  /** Start the next candidate beside a slow first one; first content wins. Default: off. */
  readonly hedge?: Hedge
  /** When every circuit is open, ask the one soonest to recover instead of failing at once. Default `false`. */
  readonly lastResort?: boolean
  /** Circuits shared with other processes, for example of `holdfast/stores/redis`. Default: each client has its own. */
  readonly circuitStore?: CircuitStore
  /** What one circuit stands for: all models of a provider, or each model alone. Default `provider`. */
  readonly circuitPer?: 'provider' | 'provider+model'
  /** Checks and rewrites of what goes in and comes out, in this order. Default: none. */
  readonly guards?: readonly DefinedGuard[]
  readonly guardOptions?: GuardOptions
  /** Limits and ledger, made by `createMeter` of `holdfast/metering`. Default: nothing is limited or booked. */
  readonly meter?: Meter
  /** Tenants' own keys, for example a `Vault` of `holdfast/credentials`. Default: everybody uses the providers' keys. */
  readonly vault?: TenantVault
  /** Models that may be used, by provider name; `*` stands for any text. Default: all. */
  readonly allowedModels?: AllowedModels
  /** Receives every event of the client. */
  readonly onEvent?: Observer | readonly Observer[]
  /** Replaces `globalThis.fetch`. Connect limit and connection pool are then its own affair. */
  readonly fetch?: typeof globalThis.fetch
  /** Connections to one origin. Default 1 024. */
  readonly maxConnections?: number
  /** Largest answer in bytes, after decoding; a stream may have twice as many. Default 32 MiB. */
  readonly maxResponseBytes?: number
  /** Largest single event of a stream in bytes. Default 8 MiB. */
  readonly maxEventBytes?: number
  /** Default: the machine's own time. */
  readonly clock?: Clock
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: () => number
}
