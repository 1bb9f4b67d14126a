import type { ErrorCode } from '../types/error-code.ts'

/** What one kind of failure means for the rest of the call. */
export interface ErrorPolicy {
  /** Most retries at the same provider when it is the only one left. */
  readonly retries: number
  /** The same while another candidate stands. */
  readonly retriesWithFallback: number
  /** Does it count against the provider's circuit? */
  readonly countsForBreaker: boolean
  /** How long to rest the key when the provider gives no hint; 0 = not at all. */
  readonly gateMs: number
  /** May the next candidate be asked? */
  readonly next: 'yes' | 'no' | 'larger-window'
  /** An idle connection was gone as it was used: tried again at once over a new one, without counting. */
  readonly isStale?: boolean
}

const minute = 60_000

function row(
  retries: number,
  retriesWithFallback: number,
  countsForBreaker: boolean,
  gateMs: number,
  next: ErrorPolicy['next'],
): ErrorPolicy {
  return { retries, retriesWithFallback, countsForBreaker, gateMs, next }
}

const transient = row(2, 1, true, 0, 'yes')
// A provider that kept silent is not asked twice while another stands.
const silent = row(1, 0, true, 0, 'yes')
const unusable = row(1, 1, true, 0, 'yes')
const dead = row(0, 0, true, 0, 'yes')
const elsewhere = row(0, 0, false, 0, 'yes')
const larger = row(0, 0, false, 0, 'larger-window')
const badKey = row(0, 0, false, minute, 'yes')
const final = row(0, 0, false, 0, 'no')

/** The one table of consequences. Codes without a row end the call. */
const rows: Partial<Record<ErrorCode, ErrorPolicy>> = {
  dns_failed: transient,
  connect_refused: transient,
  connection_reset: transient,
  server_error: transient,
  overloaded: transient,
  stream_interrupted: transient,
  connect_timeout: silent,
  headers_timeout: silent,
  first_token_timeout: silent,
  body_timeout: silent,
  bad_response: unusable,
  empty_response: unusable,
  tls_failed: dead,
  http_protocol: dead,
  redirect_refused: dead,
  idle_timeout: dead,
  stream_error_event: dead,
  stream_protocol: elsewhere,
  response_too_large: elsewhere,
  model_not_found: elsewhere,
  circuit_open: elsewhere,
  secret_undecryptable: elsewhere,
  context_length_exceeded: larger,
  request_too_large: larger,
  auth_failed: badKey,
  billing: badKey,
  forbidden: badKey,
  quota_exhausted: row(0, 0, false, 10 * minute, 'yes'),
  rate_limited: row(2, 2, false, 1_000, 'yes'),
}

/** The policy of a code. */
export function policyOf(code: ErrorCode): ErrorPolicy {
  return rows[code] ?? final
}
