/** Rows for the suite of usage stores. */
import type { UsageRow } from '../../types/store.ts'

/** When the rows were made. */
export const start = Date.UTC(2026, 0, 15, 9)

/** A closed row with the least it must have. */
export function row(id: string, fields: Partial<UsageRow> = {}): UsageRow {
  return {
    id,
    kind: 'attempt',
    requestId: 'request-1',
    tenant: 'acme',
    provider: 'openai',
    model: 'gpt-5',
    endpoint: 'chat',
    attempt: 1,
    outcome: 'ok',
    createdAt: start,
    ...fields,
  }
}

/** A row with everything it can have. */
export const fullRow: UsageRow = row('full', {
  providerConfigId: 'config-1',
  attempt: 2,
  outcome: 'failed',
  billing: 'U4',
  code: 'stream_interrupted',
  errorMessage: 'The stream ended early',
  status: 200,
  inputTokens: 1_200,
  outputTokens: 34,
  totalTokens: 1_234,
  cacheReadTokens: 1_000,
  cacheWriteTokens: 100,
  reasoningTokens: 10,
  isEstimated: true,
  cost: 0.012_345_678_9,
  latencyMs: 1_234.5,
  firstTokenMs: 321.25,
  expiresAt: start + 60_000,
  routing: { strategy: 'fallback', attempts: ['anthropic', 'openai'] },
  metadata: { feature: 'search', depth: 3 },
})
