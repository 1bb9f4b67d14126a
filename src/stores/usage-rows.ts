/** What all backends agree on about usage rows, and the sums for those that cannot sum themselves. */
import type {
  StatisticsQuery,
  UsageGroup,
  UsageOutcome,
  UsageQuery,
  UsageRow,
  UsageStatistics,
} from '../types/store.ts'

/** A row is replaced only by one of a higher rank. */
export function rankOf(outcome: UsageOutcome): number {
  return outcome === 'open' ? 0 : outcome === 'unknown' ? 1 : 2
}

/** One row for each id, the furthest on. */
export function withoutRepeats(rows: readonly UsageRow[]): UsageRow[] {
  const kept = new Map<string, UsageRow>()
  for (const row of rows) {
    const known = kept.get(row.id)
    if (known === undefined || rankOf(row.outcome) > rankOf(known.outcome)) kept.set(row.id, row)
  }
  return [...kept.values()]
}

/** The row of an owner that died. */
export function swept(row: UsageRow): UsageRow {
  return { ...row, outcome: 'unknown', billing: 'U1' }
}

/** `limit` of a list: 1 to 1,000, default 100. */
export function pageSize(limit = 100): number {
  return Math.min(Math.max(Math.floor(limit) || 1, 1), 1_000)
}

const narrowing = ['tenant', 'provider', 'model', 'endpoint', 'requestId'] as const

/** Does the row belong to the query? */
export function matches(row: UsageRow, query: UsageQuery): boolean {
  return (
    row.kind === (query.kind ?? 'attempt') &&
    row.createdAt >= (query.from ?? Number.NEGATIVE_INFINITY) &&
    row.createdAt < (query.to ?? Number.POSITIVE_INFINITY) &&
    narrowing.every((field) => query[field] === undefined || row[field] === query[field])
  )
}

/** Sums being built; latencies are kept whole until the end. */
interface Sums {
  readonly group: Partial<Record<UsageGroup, string>> & { periodAt?: number }
  rows: number
  ok: number
  failed: number
  open: number
  inputTokens: number
  outputTokens: number
  totalTokens: number
  cost: number
  unpriced: number
  readonly latencies: number[]
}

/** Sums rows one by one; `end` gives the groups. */
export function summing(query: StatisticsQuery): { add(row: UsageRow): void; end(): UsageStatistics[] } {
  const groups = new Map<string, Sums>()
  return {
    add(row) {
      const periodAt = query.boundaries?.findLast((at) => at <= row.createdAt)
      if (query.boundaries !== undefined && periodAt === undefined) return
      const fields = Object.fromEntries((query.groupBy ?? []).map((field) => [field, row[field]]))
      const group = { ...fields, ...(periodAt !== undefined && { periodAt }) }
      const key = JSON.stringify(Object.values(group))
      const sums = groups.get(key) ?? emptySums(group)
      groups.set(key, sums)
      addTo(sums, row)
    },
    end: () => [...groups.values()].map(finished),
  }
}

function emptySums(group: Sums['group']): Sums {
  const tokens = { inputTokens: 0, outputTokens: 0, totalTokens: 0 }
  return { group, rows: 0, ok: 0, failed: 0, open: 0, ...tokens, cost: 0, unpriced: 0, latencies: [] }
}

function addTo(sums: Sums, row: UsageRow): void {
  sums.rows++
  if (row.outcome === 'ok') sums.ok++
  if (row.outcome === 'failed' || row.outcome === 'unknown') sums.failed++
  if (row.outcome === 'open') sums.open++
  sums.inputTokens += row.inputTokens ?? 0
  sums.outputTokens += row.outputTokens ?? 0
  sums.totalTokens += row.totalTokens ?? 0
  if (row.cost === undefined) sums.unpriced++
  else sums.cost += row.cost
  if (row.latencyMs !== undefined) sums.latencies.push(row.latencyMs)
}

function finished({ group, latencies, cost, ...sums }: Sums): UsageStatistics {
  latencies.sort((a, b) => a - b)
  const rank = (share: number) => latencies[Math.ceil((share * latencies.length) / 100) - 1]
  const [p50, p95, p99] = [rank(50), rank(95), rank(99)]
  const hasLatency = p50 !== undefined && p95 !== undefined && p99 !== undefined
  return {
    ...group,
    ...sums,
    ...(sums.unpriced < sums.rows && { cost }),
    ...successRate(sums),
    ...(hasLatency && { latencyMs: { p50, p95, p99 } }),
  }
}

/** The rate, where there is one. */
export function successRate({ ok, failed }: { ok: number; failed: number }): { successRate?: number } {
  return ok + failed > 0 ? { successRate: ok / (ok + failed) } : {}
}
