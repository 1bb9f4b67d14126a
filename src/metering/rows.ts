/** Rows of the ledger, made of what is known at each step. */
import type { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { AttemptResult, CallResult, MeteredAttempt } from '../types/meter.ts'
import type { UsageRow } from '../types/store.ts'
import { cleanText } from '../utils/clean-text.ts'
import type { Bill } from './billing.ts'
import { isFree } from './endpoints.ts'
import type { KnownCall } from './known-call.ts'

// Rows are filled in field by field, always in one order: every call makes three of them.
type Draft = { -readonly [Field in keyof UsageRow]: UsageRow[Field] }

/** The row of an attempt before it is sent: what it costs if it is never heard of again. */
export function openRow(
  id: string,
  call: KnownCall,
  attempt: MeteredAttempt,
  at: { readonly createdAt: number; readonly expiresAt: number; readonly cost: number | undefined },
): UsageRow {
  const row = attemptRow(id, call, attempt, 'open', at.createdAt)
  row.inputTokens = call.inputTokens
  row.totalTokens = call.inputTokens
  if (!isFree(call.endpoint)) row.isEstimated = true
  if (at.cost !== undefined) row.cost = at.cost
  row.expiresAt = Math.ceil(at.expiresAt)
  return row
}

/** The same row when it is over. */
export function closedRow(
  id: string,
  call: KnownCall,
  attempt: MeteredAttempt,
  end: { readonly createdAt: number; readonly result: AttemptResult; readonly bill: Bill },
): UsageRow {
  const { result, bill } = end
  const row = attemptRow(id, call, attempt, result.outcome, end.createdAt)
  row.billing = bill.billing
  addTokens(row, bill.usage)
  if (bill.cost !== undefined) row.cost = bill.cost
  if (bill.billing !== 'U0') row.latencyMs = result.ms
  if (result.status !== undefined) row.status = result.status
  addEnd(row, result)
  return row
}

/** The row of a call that is over. */
export function callRow(
  id: string,
  call: KnownCall,
  result: CallResult,
  sums: {
    readonly attempts: number
    readonly usage: Bill['usage']
    readonly cost: number | undefined
    readonly createdAt: number
  },
): UsageRow {
  const row = draft(id, 'call', call, sums.createdAt, result.outcome)
  row.provider = result.provider ?? ''
  row.model = result.model ?? ''
  row.attempt = sums.attempts
  addTokens(row, sums.usage)
  if (sums.cost !== undefined) row.cost = sums.cost
  row.latencyMs = result.ms
  addEnd(row, result)
  if (result.routing !== undefined) row.routing = result.routing
  return row
}

/** The row of a call that was not let through. */
export function rejectedRow(id: string, call: KnownCall, error: LlmError, clock: Clock, since: number): UsageRow {
  const row = draft(id, 'call', call, clock.now(), 'rejected')
  row.cost = 0
  row.latencyMs = clock.monotonic() - since
  row.code = error.code
  row.errorMessage = cleanText(error.message)
  return row
}

function draft(
  id: string,
  kind: UsageRow['kind'],
  { requestId, tenant, endpoint, metadata }: KnownCall,
  createdAt: number,
  outcome: UsageRow['outcome'],
): Draft {
  const row: Draft = {
    id,
    kind,
    requestId,
    tenant,
    endpoint,
    createdAt: Math.floor(createdAt),
    provider: '',
    model: '',
    attempt: 0,
    outcome,
  }
  if (metadata !== undefined) row.metadata = metadata
  return row
}

function attemptRow(
  id: string,
  call: KnownCall,
  attempt: MeteredAttempt,
  outcome: UsageRow['outcome'],
  createdAt: number,
): Draft {
  const row = draft(id, 'attempt', call, createdAt, outcome)
  row.provider = attempt.provider
  row.model = attempt.model
  row.attempt = attempt.attempt
  if (attempt.providerConfigId !== undefined) row.providerConfigId = attempt.providerConfigId
  if (attempt.metadata !== undefined) row.metadata = { ...call.metadata, ...attempt.metadata }
  return row
}

function addTokens(row: Draft, { inputTokens, outputTokens, totalTokens, input, output, isEstimated }: Bill['usage']) {
  row.inputTokens = inputTokens
  row.outputTokens = outputTokens
  row.totalTokens = totalTokens
  if (input.cacheRead !== undefined) row.cacheReadTokens = input.cacheRead
  if (input.cacheWrite !== undefined) row.cacheWriteTokens = input.cacheWrite
  if (output.reasoning !== undefined) row.reasoningTokens = output.reasoning
  if (isEstimated) row.isEstimated = isEstimated
}

function addEnd(row: Draft, { firstTokenMs, code, errorMessage }: AttemptResult | CallResult) {
  if (firstTokenMs !== undefined) row.firstTokenMs = firstTokenMs
  if (code !== undefined) row.code = code
  if (errorMessage !== undefined) row.errorMessage = cleanText(errorMessage)
}
