/** Queries that both SQL backends write alike. */
import type { ConfigQuery, StatisticsQuery, UsageQuery, UsageStatistics } from '../types/store.ts'
import { usageTable } from './columns.ts'
import { pageSize, successRate } from './usage-rows.ts'

/** What the two languages write differently. */
export interface Dialect {
  /** Mark of the n-th value, from 1. */
  readonly mark: (n: number) => string
  /** The last number of the JSON array at the mark that is not after `created_at`. */
  readonly period: (mark: string) => string
  /** Compares text by bytes. */
  readonly bytes: string
}

/** A statement and its values. */
export interface Sql {
  readonly text: string
  readonly values: readonly (string | number | boolean)[]
}

type Filter = readonly [condition: string, value: string | number | boolean | undefined]

/** `condition` ends where the value stands: `tenant_id =`. */
function where(filters: readonly Filter[], dialect: Dialect, before: readonly (string | number)[] = []): Sql {
  const given = filters.flatMap(([condition, value]) => (value === undefined ? [] : [[condition, value] as const]))
  const conditions = given.map(([condition], n) => `${condition} ${dialect.mark(before.length + n + 1)}`)
  return {
    text: conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '',
    values: [...before, ...given.map(([, value]) => value)],
  }
}

function usageFilters({ from, to, tenant, provider, model, endpoint, requestId }: UsageQuery): Filter[] {
  return [
    ['created_at >=', from],
    ['created_at <', to],
    ['tenant_id =', tenant],
    ['provider =', provider],
    ['model =', model],
    ['endpoint =', endpoint],
    ['request_id =', requestId],
  ]
}

/** `prefix` goes before table names. */
export function listUsage(query: UsageQuery & { limit?: number }, dialect: Dialect, prefix = ''): Sql {
  const { text, values } = where(usageFilters(query), dialect)
  const order = `order by created_at desc, id${dialect.bytes} desc limit ${pageSize(query.limit)}`
  return { text: `select * from ${prefix}${usageTable(query.kind)}${text} ${order}`, values }
}

/** Configurations in the order of ids. */
export function listConfigs(
  query: ConfigQuery,
  isActive: number | boolean | undefined,
  dialect: Dialect,
  prefix = '',
): Sql {
  const filters: Filter[] = [
    ['tenant_id =', query.tenant],
    ['provider =', query.provider],
    ['is_active =', isActive],
    [`id${dialect.bytes} >`, query.after],
  ]
  const { text, values } = where(filters, dialect)
  const order = `order by id${dialect.bytes} limit ${pageSize(query.limit)}`
  return { text: `select * from ${prefix}llm_provider_configs${text} ${order}`, values }
}

const groupColumns = { tenant: 'tenant_id', provider: 'provider', model: 'model', endpoint: 'endpoint' } as const

/** Sums and nearest-rank percentiles in one statement. */
export function sumUsage(query: StatisticsQuery, dialect: Dialect, prefix = ''): Sql {
  const columns = (query.groupBy ?? []).map((field) => groupColumns[field])
  const hasPeriods = query.boundaries !== undefined
  const before = hasPeriods ? [JSON.stringify(query.boundaries)] : []
  const { text, values } = where(usageFilters(query), dialect, before)
  const period = hasPeriods ? dialect.period(dialect.mark(1)) : '0'
  const group = ['period_at', ...columns].join(', ')
  const count = (condition: string, name: string) => `sum(case when ${condition} then 1 else 0 end) as ${name}`
  const total = (column: string, name: string) => `coalesce(sum(${column}), 0) as ${name}`
  const rank = (share: number) =>
    `max(case when place = (${share} * places + 99) / 100 then latency_ms end) as p${share}`
  const sums = [
    'count(*) as total',
    count(`outcome = 'ok'`, 'ok'),
    count(`outcome in ('failed', 'unknown')`, 'failed'),
    count(`outcome = 'open'`, 'open'),
    total('input_tokens', 'input_tokens'),
    total('output_tokens', 'output_tokens'),
    total('tokens_used', 'total_tokens'),
    'sum(cost) as cost',
    'count(*) - count(cost) as unpriced',
    ...[50, 95, 99].map(rank),
  ]
  return {
    text: `with picked as (select *, ${period} as period_at from ${prefix}${usageTable(query.kind)}${text}),
      ranked as (select *, count(latency_ms) over (partition by ${group}) as places,
        case when latency_ms is not null then
          row_number() over (partition by ${group}, latency_ms is null order by latency_ms) end as place
        from picked where period_at is not null)
      select ${group}, ${sums.join(', ')} from ranked group by ${group}`,
    values,
  }
}

/** Reads one row of `sumUsage`. */
export function statisticsOf(record: Readonly<Record<string, unknown>>, query: StatisticsQuery): UsageStatistics {
  const number = (name: string) => Number(record[name] ?? 0)
  const verdicts = { ok: number('ok'), failed: number('failed') }
  return {
    ...Object.fromEntries((query.groupBy ?? []).map((field) => [field, String(record[groupColumns[field]])])),
    ...(query.boundaries && { periodAt: number('period_at') }),
    rows: number('total'),
    ...verdicts,
    open: number('open'),
    ...successRate(verdicts),
    inputTokens: number('input_tokens'),
    outputTokens: number('output_tokens'),
    totalTokens: number('total_tokens'),
    ...(record.cost !== null && { cost: number('cost') }),
    unpriced: number('unpriced'),
    ...(record.p50 !== null && { latencyMs: { p50: number('p50'), p95: number('p95'), p99: number('p99') } }),
  }
}
