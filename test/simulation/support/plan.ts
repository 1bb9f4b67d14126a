import type { ClientOptions } from 'holdfast'
import type { FailureCode } from 'holdfast/testing'

// A world as data: whoever makes one (a seed, fast-check) and whoever carries it out know nothing of each other.

/** What one request meets. */
export type Fault =
  | { readonly kind: 'ok'; readonly firstMs: number; readonly everyMs: number }
  | { readonly kind: 'fail'; readonly code: FailureCode; readonly afterMs: number; readonly retryAfterS?: number }
  | { readonly kind: 'hang'; readonly forMs?: number }
  | { readonly kind: 'throw' }
  | {
      readonly kind: 'cut' | 'reset' | 'stall' | 'error'
      readonly afterTokens: number
      readonly everyMs: number
      /** Stalls: how long; absent for ever. */
      readonly forMs?: number
    }

/** Faults in turn, until a moment of the world's time. */
export interface Phase {
  readonly untilMs: number
  readonly faults: readonly [Fault, ...Fault[]]
}

export interface ProviderPlan {
  /** The last phase lasts for ever. */
  readonly phases: readonly [Phase, ...Phase[]]
  /** Takes a prefill; `refuses` says that it does and answers 400. */
  readonly prefill: 'yes' | 'no' | 'refuses'
  readonly tokensPerBatch: number
}

export interface CallPlan {
  readonly atMs: number
  readonly way: 'chat' | 'text' | 'events' | 'final'
  readonly words: number
  readonly timeoutMs?: number
  /** The caller's signal. */
  readonly abortAfterMs?: number
  /** `stream.cancel()`, from outside the loop. */
  readonly cancelAfterMs?: number
  /** Breaks out of the loop after so many pieces. */
  readonly leaveAfter?: number
  /** Stops asking for more after so many pieces, without a word. */
  readonly stopAfter?: number
  /** Rests between two pieces. */
  readonly pauseMs?: number
}

export type WorldOptions = Pick<
  ClientOptions,
  'timeouts' | 'retry' | 'circuit' | 'maxAttempts' | 'midStream' | 'hedge' | 'lastResort' | 'circuitPer'
>

export interface WorldPlan {
  readonly seed: number
  readonly options: WorldOptions
  /** All providers would give the same text, or each has one of its own after so many common words. */
  readonly commonWords: number
  readonly providers: readonly [ProviderPlan, ...ProviderPlan[]]
  readonly calls: readonly CallPlan[]
  readonly closeAtMs?: number
  readonly drainMs: number
}

/** The whole answer of a provider to a call: every word tells where it belongs. */
export function textOf({ commonWords }: Pick<WorldPlan, 'commonWords'>, provider: number, call: number, words: number) {
  return Array.from({ length: words }, (_, place) =>
    place < commonWords ? `c${call}w${place}` : `p${provider}c${call}w${place}`,
  ).join(' ')
}
