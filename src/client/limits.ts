import { firstTokenWithFallbackMs } from '../config/defaults.ts'
import type { Attempt } from '../resilience/attempt.ts'
import type { Timeouts } from '../types/timeouts.ts'
import type { Settings } from './settings.ts'

/** The limits of one attempt: the provider's own before the client's, never more than its share of the call's time. */
export function limitsFor(
  attempt: Attempt,
  { timeouts, hasOwnFirstToken }: Settings,
): Pick<Timeouts, 'firstTokenMs' | 'idleMs' | 'readMs'> {
  const own = attempt.candidate.link.provider.timeouts
  const isOwnFirstToken = hasOwnFirstToken || own?.firstTokenMs !== undefined
  const isShort = attempt.hasFallback && !isOwnFirstToken
  const firstTokenMs = isShort ? firstTokenWithFallbackMs : (own?.firstTokenMs ?? timeouts.firstTokenMs)
  return {
    firstTokenMs: Math.min(firstTokenMs, attempt.shareMs),
    idleMs: own?.idleMs ?? timeouts.idleMs,
    readMs: Math.min(own?.readMs ?? timeouts.readMs, attempt.shareMs),
  }
}
