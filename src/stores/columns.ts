/** How rows are written down outside the process: one table drives creating, writing and reading. */
import { StoreError } from '../errors/families.ts'
import type { JsonObject } from '../types/json.ts'
import type { ProviderConfigRow, UsageRow } from '../types/store.ts'

/** How a value is kept. */
export type ColumnType = 'text' | 'integer' | 'real' | 'boolean' | 'json'

/** Name of the column, field of the row, type; `required` when a row without it is no row. */
export type Column<Row> = readonly [name: string, field: keyof Row & string, type: ColumnType, required?: true]

/** Whether a settled row succeeded; kept for readers of the table, derived from the outcome. */
type UsageRecord = UsageRow & { readonly success?: boolean }

export const usageColumns: readonly Column<UsageRecord>[] = [
  ['id', 'id', 'text', true],
  ['request_id', 'requestId', 'text', true],
  ['tenant_id', 'tenant', 'text', true],
  ['provider_config_id', 'providerConfigId', 'text'],
  ['provider', 'provider', 'text', true],
  ['model', 'model', 'text', true],
  ['endpoint', 'endpoint', 'text', true],
  ['attempt', 'attempt', 'integer', true],
  ['outcome', 'outcome', 'text', true],
  ['success', 'success', 'boolean'],
  ['billing', 'billing', 'text'],
  ['error_code', 'code', 'text'],
  ['error_message', 'errorMessage', 'text'],
  ['http_status', 'status', 'integer'],
  ['tokens_used', 'totalTokens', 'integer'],
  ['input_tokens', 'inputTokens', 'integer'],
  ['output_tokens', 'outputTokens', 'integer'],
  ['cache_read_tokens', 'cacheReadTokens', 'integer'],
  ['cache_write_tokens', 'cacheWriteTokens', 'integer'],
  ['reasoning_tokens', 'reasoningTokens', 'integer'],
  ['is_estimated', 'isEstimated', 'boolean'],
  ['cost', 'cost', 'real'],
  ['latency_ms', 'latencyMs', 'real'],
  ['first_token_ms', 'firstTokenMs', 'real'],
  ['created_at', 'createdAt', 'integer', true],
  ['expires_at', 'expiresAt', 'integer'],
  ['stored_at', 'storedAt', 'integer'],
  ['routing', 'routing', 'json'],
  ['metadata', 'metadata', 'json'],
]

export const configColumns: readonly Column<ProviderConfigRow>[] = [
  ['id', 'id', 'text', true],
  ['tenant_id', 'tenant', 'text', true],
  ['provider', 'provider', 'text', true],
  ['api_key_encrypted', 'apiKeySealed', 'text', true],
  ['key_version', 'keyVersion', 'integer', true],
  ['default_model', 'defaultModel', 'text'],
  ['is_active', 'isActive', 'boolean', true],
  ['last_tested', 'lastTestedAt', 'integer'],
  ['test_latency_ms', 'testLatencyMs', 'real'],
  ['created_at', 'createdAt', 'integer', true],
  ['updated_at', 'updatedAt', 'integer', true],
  ['metadata', 'metadata', 'json', true],
  ['version', 'version', 'integer', true],
]

/** Table of a kind of usage row. Calls have their own, so that sums over attempts count nothing twice. */
export function usageTable(kind: UsageRow['kind'] = 'attempt'): string {
  return kind === 'call' ? 'llm_usage_calls' : 'llm_usage_logs'
}

/** With the columns that are derived. */
export function usageRecord(row: UsageRow, storedAt: number): UsageRecord {
  const isOpen = row.outcome === 'open'
  return { ...row, storedAt, ...(!isOpen && { success: row.outcome === 'ok' }) }
}

/** Reads a usage row back. */
export function usageRow(record: unknown, kind: UsageRow['kind'] = 'attempt'): UsageRow {
  const { success: _, ...row } = decode<UsageRecord>(record, usageColumns)
  return { ...row, kind }
}

/**
 * Reads a record by its columns: what has another type than it should is left out, and nothing but text, numbers,
 * booleans and plain JSON comes out.
 *
 * @throws StoreError `store_corrupt` when a required column cannot be read.
 */
export function decode<Row extends object>(record: unknown, columns: readonly Column<Row>[]): Row {
  const row: Partial<Record<keyof Row, unknown>> = {}
  for (const [name, field, type, required] of columns) {
    const value = decoders[type]((record as Record<string, unknown>)[name])
    if (value !== undefined) row[field] = value
    else if (required) throw new StoreError('store_corrupt', `A stored row has no usable ${name}`, { path: name })
  }
  return row as Row
}

const decoders: Readonly<Record<ColumnType, (value: unknown) => unknown>> = {
  text: (value) => (typeof value === 'string' ? value : undefined),
  integer: toNumber,
  real: toNumber,
  boolean: (value) => (value === true || value === 1 ? true : value === false || value === 0 ? false : undefined),
  json: plainObject,
}

// Clients give 64-bit integers as text.
function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** May a member be called `__proto__`, written out or in escapes? */
const mayName = /__proto__|\\u/
const withoutPrototype = (key: string, inner: unknown) => (key === '__proto__' ? undefined : inner)

/** Stored JSON as a plain object; nothing in it can reach a prototype. */
export function plainObject(value: unknown): JsonObject | undefined {
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const parsed: unknown = mayName.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined
  } catch {
    return undefined // Not JSON: the column counts as empty.
  }
}
