import type { UsageGroup, UsageOutcome, UsageRow, UsageStatistics, UsageStore } from '../../types/store.ts'
import { type Case, equal, holds, textOf } from './kit.ts'
import { row, start } from './usage-sample.ts'

const hour = 3_600_000

/** Cases of the suite of usage stores about sums. */
export const usageSumCases: Record<string, Case<UsageStore>> = {
  async 'sums nothing to no groups'({ store }) {
    equal(await store.statistics({}), [], 'groups')
    equal(await store.statistics({ groupBy: ['tenant'], boundaries: [start] }), [], 'groups')
  },

  async 'sums tokens, cost and outcomes'({ store }) {
    await store.append([
      row('a', { inputTokens: 10, outputTokens: 5, totalTokens: 15, cost: 0.25, latencyMs: 100 }),
      row('b', { outcome: 'failed', latencyMs: 300 }),
      row('c', { outcome: 'aborted', inputTokens: 10, totalTokens: 10 }),
      row('d', { outcome: 'unknown' }),
      row('e', { outcome: 'open' }),
      row('f', { outcome: 'hedge_lost', cost: 0.5 }),
      row('x', { kind: 'call', totalTokens: 1_000 }),
    ])
    equal(
      await store.statistics({}),
      [
        {
          rows: 6,
          ok: 1,
          failed: 2,
          open: 1,
          successRate: 1 / 3,
          inputTokens: 20,
          outputTokens: 5,
          totalTokens: 25,
          cost: 0.75,
          unpriced: 4,
          latencyMs: { p50: 100, p95: 300, p99: 300 },
        },
      ],
      'sums',
    )
  },

  async 'keeps apart what costs nothing and what nobody knows the price of'({ store }) {
    await store.append([
      row('a', { provider: 'free', cost: 0 }),
      row('b', { provider: 'unknown' }),
      row('c', { provider: 'unknown', outcome: 'failed' }),
      row('d', { provider: 'both', cost: 0.5 }),
      row('e', { provider: 'both' }),
      row('f', { provider: 'both', cost: 0.25 }),
    ])
    const known = (sums: UsageStatistics | undefined) => [sums && 'cost' in sums, sums?.cost, sums?.unpriced]
    const groups = await store.statistics({ groupBy: ['provider'] })
    for (const [provider, expected] of Object.entries({
      free: [true, 0, 0],
      unknown: [false, undefined, 2],
      both: [true, 0.75, 1],
    })) {
      equal(known(groups.find((group) => group.provider === provider)), expected, `cost and unpriced of ${provider}`)
    }
    equal(known((await store.statistics({}))[0]), [true, 0.75, 3], 'cost and unpriced of all')
  },

  async 'gives no rate and no percentiles where there are none'({ store }) {
    await store.append([row('a', { outcome: 'aborted' })])
    const [sums] = await store.statistics({})
    holds(sums?.rows === 1 && sums.successRate === undefined && sums.latencyMs === undefined, 'a rate was made up')
  },

  async 'takes percentiles by nearest rank'({ store }) {
    await store.append(Array.from({ length: 200 }, (_, n) => row(`r${n}`, { latencyMs: ((n * 7) % 200) + 1 })))
    const [sums] = await store.statistics({})
    equal(sums?.latencyMs, { p50: 100, p95: 190, p99: 198 }, 'percentiles')
  },

  async 'cuts time at the boundaries and leaves out what lies before'({ store }) {
    await store.append([-1, 0, 1, 24, 25, 47, 48].map((n) => row(`r${n}`, { createdAt: start + n * hour })))
    const boundaries = [start, start + 24 * hour, start + 48 * hour]
    const periods = await store.statistics({ boundaries })
    const counts = periods
      .map(({ periodAt, rows }) => [periodAt, rows] as const)
      .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    equal(
      counts,
      [
        [boundaries[0], 2],
        [boundaries[1], 3],
        [boundaries[2], 1],
      ],
      'rows by period',
    )
  },

  async 'agrees with sums made by hand over every grouping'({ store, peer }) {
    const rows = manyRows(300)
    await store.append(rows)
    const groupings: UsageGroup[][] = [[], ['tenant'], ['provider', 'model'], ['endpoint'], ['tenant', 'endpoint']]
    for (const groupBy of groupings) {
      for (const boundaries of [undefined, [start, start + 6 * hour, start + 12 * hour]]) {
        const query = { groupBy, ...(boundaries && { boundaries }), from: start + hour, to: start + 20 * hour }
        const sums = await peer.statistics(query)
        equal(inOrder(sums), inOrder(byHand(rows, query)), `groups by ${groupBy.join() || 'nothing'}`)
      }
    }
  },
}

const outcomes: UsageOutcome[] = ['ok', 'ok', 'ok', 'failed', 'aborted', 'unknown', 'open', 'superseded']

function manyRows(count: number): UsageRow[] {
  return Array.from({ length: count }, (_, n) => {
    const pick = <Value>(values: readonly Value[], factor: number) => values[(n * factor) % values.length] as Value
    const tokens = { inputTokens: (n * 37) % 500, outputTokens: (n * 13) % 300 }
    return row(`r${String(n).padStart(4, '0')}`, {
      tenant: pick(['acme', 'umbra', 'zeta'], 5),
      provider: pick(['openai', 'anthropic'], 3),
      model: pick(['small', 'large', 'tiny'], 7),
      endpoint: pick(['chat', 'chatStream', 'embed'], 11),
      outcome: pick(outcomes, 3),
      createdAt: start + ((n * 211) % 1_440) * 60_000,
      ...(n % 4 !== 0 && { ...tokens, totalTokens: tokens.inputTokens + tokens.outputTokens, cost: n / 1_024 }),
      ...(n % 3 !== 0 && { latencyMs: (n * 97) % 4_000 }),
    })
  })
}

function byHand(rows: readonly UsageRow[], query: Parameters<UsageStore['statistics']>[0]): UsageStatistics[] {
  const { groupBy = [], boundaries, from = 0, to = Number.POSITIVE_INFINITY } = query
  const groups = new Map<string, UsageRow[]>()
  for (const one of rows.filter(({ createdAt }) => createdAt >= from && createdAt < to)) {
    const periodAt = boundaries?.filter((at) => at <= one.createdAt).at(-1)
    if (boundaries && periodAt === undefined) continue
    const fields = Object.fromEntries(groupBy.map((field) => [field, one[field]]))
    const key = JSON.stringify({ ...fields, ...(periodAt !== undefined && { periodAt }) })
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups].map(([key, members]) => ({ ...JSON.parse(key), ...sumOf(members) }))
}

function sumOf(rows: readonly UsageRow[]): UsageStatistics {
  const count = (...wanted: UsageOutcome[]) => rows.filter(({ outcome }) => wanted.includes(outcome)).length
  const total = (field: 'inputTokens' | 'outputTokens' | 'totalTokens' | 'cost') =>
    rows.reduce((sum, one) => sum + (one[field] ?? 0), 0)
  const latencies = rows.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b)
  const rank = (share: number) => latencies[Math.ceil((latencies.length * share) / 100) - 1] as number
  const unpriced = rows.filter(({ cost }) => cost === undefined).length
  const [ok, failed] = [count('ok'), count('failed', 'unknown')]
  return {
    rows: rows.length,
    ok,
    failed,
    open: count('open'),
    ...(ok + failed > 0 && { successRate: ok / (ok + failed) }),
    inputTokens: total('inputTokens'),
    outputTokens: total('outputTokens'),
    totalTokens: total('totalTokens'),
    ...(unpriced < rows.length && { cost: total('cost') }),
    unpriced,
    ...(latencies.length > 0 && { latencyMs: { p50: rank(50), p95: rank(95), p99: rank(99) } }),
  }
}

/** Order is the store's own; so are the last bits of a sum of fractions. */
function inOrder(sums: readonly UsageStatistics[]): unknown[] {
  return sums.map((one) => textOf({ ...one, cost: one.cost && Math.round(one.cost * 1e9) })).sort()
}
