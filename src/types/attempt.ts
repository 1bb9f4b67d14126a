import type { ErrorCode } from './error-code.ts'
import type { Usage } from './usage.ts'

/** How an attempt ended; `not_sent` = passed over (open circuit, closed gate) or failed before a byte left. */
export type AttemptOutcome = 'ok' | 'failed' | 'aborted' | 'superseded' | 'hedge_lost' | 'not_sent'

/** One try at one provider, as results, errors, events and the ledger show it. */
export interface AttemptRecord {
  readonly provider: string
  readonly model: string
  /** 1 for the first try at this provider in this call. */
  readonly attempt: number
  /** Name of the key, where there are several or it is a tenant's own; never the key. */
  readonly keyId?: string
  /** Who answered behind a service that hands requests on, as OpenRouter does. */
  readonly upstream?: string
  readonly outcome: AttemptOutcome
  /** What went wrong; absent when `ok`. */
  readonly code?: ErrorCode
  /** HTTP status, when one was seen. */
  readonly status?: number
  /** Wall-clock start, epoch ms. */
  readonly startedAt: number
  /** Duration in ms. */
  readonly ms: number
  /** Time to the first content in ms (streams). */
  readonly firstTokenMs?: number
  /** Wait the provider asked for, in ms. */
  readonly retryAfterMs?: number
  readonly usage?: Usage
}
