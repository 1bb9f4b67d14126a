/** Forms in which failed answers ask to wait, beyond those of `fixtures/wire/header-values.json`. */
import { error, type FailureFacts, type FailureRow } from './row.ts'

const limited = (message: string, waitMs?: number, fields: Readonly<Record<string, unknown>> = {}): FailureRow => [
  429,
  error(message, { type: 'rate_limit_error', ...fields }),
  'rate_limited',
  waitMs === undefined ? {} : { waitMs },
]
const withHeaders = (headers: NonNullable<FailureFacts['headers']>, waitMs: number): FailureRow => [
  429,
  error('Too many requests', { code: 'rate_limit_exceeded' }),
  'rate_limited',
  { headers, waitMs },
]

export const waits: readonly FailureRow[] = [
  limited('Rate limit reached. Please try again in 6m0s.', 360_000),
  limited('Rate limit reached. Please try again in 59m59.5s.', 3_599_500),
  limited('Please retry after 1 second.', 1_000),
  limited('Please try again in 20 seconds', 20_000),
  limited('Please try again in 1.5 minutes', 90_000),
  limited('Please try again in 2 days.', 172_800_000),
  limited('Too many requests, please wait 30 seconds before the next one', 30_000),
  limited('Please wait for 250ms', 250),
  limited('Request was throttled. Expected available in 3 seconds.', 3_000),
  limited('Slow', 2_500, { retry_after: 2.5 }),
  limited('Slow', 90_000, { resets_in_seconds: 90 }),
  limited('Slow', 4_000, { metadata: { retry_after: 4 } }),
  withHeaders({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, 30_000),
  withHeaders({ 'ratelimit-remaining': '0', 'ratelimit-reset': '12' }, 12_000),
  withHeaders({ 'x-ratelimit-reset': '7' }, 7_000),
  withHeaders({ 'retry-after-ms': '0', 'x-ms-retry-after-ms': '1500' }, 1_500),
  withHeaders({ date: 'Sat, 21 Nov 2026 10:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 10:02:00 GMT' }, 120_000),
]
