import type { UsageRow, UsageStore } from '../../types/store.ts'
import { atOnce, type Case, type ConformanceOptions, equal, holds, hostileNames, runCases } from './kit.ts'
import { fullRow, row, start } from './usage-sample.ts'
import { usageSumCases } from './usage-sums.ts'

/** Registers the suite of the `UsageStore` contract. */
export function usageStoreConformance(options: ConformanceOptions<UsageStore>): void {
  runCases(options, { ...cases, ...usageSumCases })
}

const listed = async (store: UsageStore, query: Parameters<UsageStore['list']>[0] = {}) =>
  (await store.list({ limit: 1_000, ...query })).map(({ storedAt: _, ...rest }) => rest)

const cases: Record<string, Case<UsageStore>> = {
  async 'gives a row back as it was written, with the time of the store'({ store, peer, clock }) {
    await store.append([fullRow])
    equal(await listed(peer), [fullRow], 'the row')
    equal((await peer.list({}))[0]?.storedAt, clock.now(), 'storedAt')
  },

  async 'keeps apart what is zero and what is not known'({ store }) {
    const zero = row('a', {
      inputTokens: 0,
      outputTokens: 0,
      totalTokens: 0,
      cost: 0,
      latencyMs: 0,
      isEstimated: false,
    })
    await store.append([zero, row('b')])
    equal(await listed(store), [row('b'), zero], 'both rows')
  },

  async 'keeps every character of a text'({ store }) {
    const errorMessage = `line\nbreak "quotes" 'single' \\ 😀 漢字 é ${'x'.repeat(300)}`
    const metadata = { note: errorMessage, ключ: '💡', nested: { list: [1, null, true, 'a'] } }
    await store.append([row('a', { errorMessage, metadata })])
    equal(await listed(store), [row('a', { errorMessage, metadata })], 'the row')
  },

  async 'loses no row for a text that is no Unicode, and changes in it only what cannot be kept'({ store }) {
    const odd = 'half \ud83d and NUL \u0000, but not \\u0000 \\\ud83d 💡'
    const same = (text: string | undefined) => text?.replace(/[\p{Cs}\0]/gu, '\ufffd')
    await store.append([row('a', { model: odd, errorMessage: odd, metadata: { note: odd, [odd]: 'name' } }), row('b')])
    const rows = await store.list({})
    equal(
      rows.map(({ id }) => id),
      ['b', 'a'],
      'ids',
    )
    const { model, errorMessage, metadata = {} } = rows[1] as UsageRow
    const names = Object.keys(metadata).sort()
    const texts = [model, errorMessage, String(metadata.note), names[0]]
    equal(texts.map(same), Array(4).fill(same(odd)), 'texts')
  },

  async 'takes an empty batch'({ store }) {
    await store.append([])
    equal(await listed(store), [], 'rows')
  },

  async 'changes nothing when a batch is written again'({ store, peer }) {
    const batch = [row('a'), row('b', { outcome: 'failed' })]
    await store.append(batch)
    await peer.append(batch)
    await store.append([row('a', { outcome: 'failed', totalTokens: 99 })])
    equal(await listed(store), [...batch].reverse(), 'rows')
  },

  async 'lets a row go on from open to unknown to closed, and never back'({ store, peer }) {
    const open = row('a', { outcome: 'open', expiresAt: start + 5 })
    const unknown = row('a', { outcome: 'unknown', billing: 'U1' })
    const closed = row('a', { outcome: 'ok', totalTokens: 7 })
    for (const next of [open, unknown, open, closed, unknown, open]) await store.append([next])
    equal(await listed(peer), [closed], 'the row')
  },

  async 'takes the furthest of several rows with one id in a batch'({ store }) {
    await store.append([row('a', { outcome: 'open' }), row('a', { totalTokens: 3 }), row('a', { outcome: 'unknown' })])
    equal(await listed(store), [row('a', { totalTokens: 3 })], 'the row')
  },

  async 'writes all rows of a batch or none'({ store }) {
    const poison = row('b', { metadata: { big: 1n as unknown as number } })
    try {
      await store.append([row('a'), poison])
    } catch (error) {
      equal((error as { code?: unknown }).code, 'request_invalid', 'code')
      equal(await listed(store), [], 'rows after a refused batch')
      return
    }
    equal((await store.list({})).length, 2, 'rows after an accepted batch')
  },

  async 'lists the newest first, as many as asked for'({ store }) {
    await store.append([2, 5, 1, 4, 3].map((n) => row(`r${n}`, { createdAt: start + n })))
    equal(
      (await store.list({ limit: 3 })).map(({ id }) => id),
      ['r5', 'r4', 'r3'],
      'ids',
    )
  },

  async 'orders rows of one millisecond by id'({ store }) {
    await store.append(['b', 'c', 'a'].map((id) => row(id)))
    equal(
      (await store.list({})).map(({ id }) => id),
      ['c', 'b', 'a'],
      'ids',
    )
  },

  async 'narrows by every field of a query'({ store }) {
    const fields = { tenant: 't2', provider: 'p2', model: 'm2', endpoint: 'embed', requestId: 'q2' } as const
    const others = Object.entries(fields).map(([field, value]) => row(field, { [field]: value }))
    await store.append([row('plain'), ...others])
    for (const [field, value] of Object.entries(fields)) {
      equal(
        (await store.list({ [field]: value })).map(({ id }) => id),
        [field],
        `rows with ${field} ${value}`,
      )
    }
    equal((await store.list({ tenant: 't2', provider: 'p2' })).length, 0, 'rows with both')
  },

  async 'takes from as included and to as excluded'({ store }) {
    await store.append([1, 2, 3].map((n) => row(`r${n}`, { createdAt: start + n })))
    equal(
      (await store.list({ from: start + 2, to: start + 3 })).map(({ id }) => id),
      ['r2'],
      'ids',
    )
  },

  async 'keeps attempts and calls apart'({ store }) {
    await store.append([row('a'), row('c', { kind: 'call' })])
    equal(
      (await store.list({})).map(({ id }) => id),
      ['a'],
      'attempts',
    )
    equal(
      (await store.list({ kind: 'call' })).map(({ id }) => id),
      ['c'],
      'calls',
    )
  },

  async 'never mixes tenants, however alike or hostile their names'({ store, peer }) {
    await store.append(hostileNames.map((tenant, n) => row(`r${n}`, { tenant, provider: tenant, model: tenant })))
    for (const [n, tenant] of hostileNames.entries()) {
      equal(
        (await peer.list({ tenant })).map(({ id }) => id),
        [`r${n}`],
        `rows of ${tenant.slice(0, 30)}`,
      )
    }
    equal((await store.statistics({ groupBy: ['tenant'] })).length, hostileNames.length, 'groups')
  },

  async 'hands out metadata that cannot reach a prototype'({ store }) {
    const metadata = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"a":"b"}')
    await store.append([row('a', { metadata })])
    const [back] = await store.list({})
    Object.assign({}, back?.metadata)
    holds(!('polluted' in {}), 'Object.prototype was polluted')
    equal(back?.metadata?.a, 'b', 'the rest of the metadata')
  },

  async 'sweeps open rows whose time is over, once'({ store, peer, clock }) {
    const expiresAt = clock.now() + 1_000
    const lost = row('a', { outcome: 'open', inputTokens: 12, totalTokens: 12, isEstimated: true, expiresAt })
    const later = row('b', { outcome: 'open', expiresAt: expiresAt + 1 })
    await store.append([lost, later, row('c')])
    clock.advance(999)
    equal(await store.sweep(), 0, 'swept too early')
    clock.advance(1)
    const counts = await Promise.all([store.sweep(), peer.sweep()])
    equal(counts[0] + counts[1], 1, 'swept in all')
    const rows = await listed(store)
    equal(rows, [row('c'), later, { ...lost, outcome: 'unknown', billing: 'U1' }], 'rows')
  },

  async 'keeps every row once when overlapping batches race'({ store, peer }) {
    await atOnce(20, (n) => {
      const rows: UsageRow[] = Array.from({ length: 20 }, (_, i) => row(`r${String(n * 10 + i).padStart(4, '0')}`))
      return (n % 2 === 0 ? store : peer).append(rows)
    })
    const ids = (await store.list({ limit: 1_000 })).map(({ id }) => id)
    equal(ids.length, 210, 'rows')
    equal(new Set(ids).size, 210, 'different ids')
  },

  async 'says so when a query is out of its senses'({ store }) {
    await store.append([row('a')])
    equal((await store.list({ limit: 0 })).length, 1, 'limit 0 counts as 1')
    equal((await store.list({ from: start + 1, to: start })).length, 0, 'an empty span')
  },
}
