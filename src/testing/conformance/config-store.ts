import type { ConfigStore, ProviderConfigRow } from '../../types/store.ts'
import { atOnce, type Case, type ConformanceOptions, equal, holds, hostileNames, runCases } from './kit.ts'

/** Registers the suite of the `ConfigStore` contract. */
export function configStoreConformance(options: ConformanceOptions<ConfigStore>): void {
  runCases(options, cases)
}

const start = Date.UTC(2026, 0, 15, 9)

function config(id: string, fields: Partial<ProviderConfigRow> = {}): ProviderConfigRow {
  return {
    id,
    tenant: 'acme',
    provider: 'openai',
    apiKeySealed: `sealed-${id}`,
    keyVersion: 1,
    isActive: false,
    createdAt: start,
    updatedAt: start,
    metadata: {},
    version: 1,
    ...fields,
  }
}

async function activeOf(store: ConfigStore, tenant = 'acme', provider = 'openai'): Promise<string[]> {
  return (await store.list({ tenant, provider, isActive: true })).map(({ id }) => id)
}

const cases: Record<string, Case<ConfigStore>> = {
  async 'gives a row back as it was written'({ store, peer }) {
    const full = config('a', {
      defaultModel: 'gpt-5',
      isActive: true,
      keyVersion: 4,
      lastTestedAt: start + 1,
      testLatencyMs: 123.5,
      updatedAt: start + 2,
      metadata: { region: 'eu', note: 'ключ 💡 "quoted"', list: [1, { a: null }] },
    })
    equal(await store.put(full), true, 'put')
    equal(await peer.get('acme', 'a'), full, 'full row')
    await store.put(config('b'))
    equal(await peer.get('acme', 'b'), config('b'), 'sparse row')
  },

  async 'finds nothing under another tenant'({ store }) {
    await store.put(config('a'))
    equal(await store.get('umbra', 'a'), undefined, 'get')
    equal(await store.delete('umbra', 'a'), false, 'delete')
    equal(await store.put(config('a', { tenant: 'umbra', version: 2 })), false, 'put')
    equal((await store.list({ tenant: 'umbra' })).length, 0, 'list')
    equal(await store.get('acme', 'a'), config('a'), 'the row itself')
  },

  async 'writes only on top of the version that was read'({ store, peer }) {
    await store.put(config('a'))
    equal(await store.put(config('a')), false, 'a second first version')
    equal(await store.put(config('a', { version: 3 })), false, 'a version left out')
    equal(await store.put(config('new', { version: 2 })), false, 'a second version of nothing')
    const results = await atOnce(20, (n) => {
      return (n % 2 === 0 ? store : peer).put(config('a', { version: 2, apiKeySealed: `writer-${n}` }))
    })
    equal(results.filter(Boolean).length, 1, 'writers that won')
    const winner = results.indexOf(true)
    equal(await peer.get('acme', 'a'), config('a', { version: 2, apiKeySealed: `writer-${winner}` }), 'the row')
  },

  async 'has one active row for each tenant and provider'({ store, peer }) {
    await store.put(config('a', { isActive: true }))
    await store.put(config('other-provider', { provider: 'groq', isActive: true }))
    await store.put(config('other-tenant', { tenant: 'umbra', isActive: true }))
    await store.put(config('b', { isActive: true, updatedAt: start + 9 }))
    equal(await activeOf(peer), ['b'], 'active')
    equal(await peer.get('acme', 'a'), config('a', { version: 2, updatedAt: start + 9 }), 'the row that gave way')
    equal(await activeOf(peer, 'acme', 'groq'), ['other-provider'], 'another provider')
    equal(await activeOf(peer, 'umbra'), ['other-tenant'], 'another tenant')
  },

  async 'has one active row after a race'({ store, peer }) {
    await atOnce(10, (n) => store.put(config(`r${n}`)))
    await atOnce(10, async (n) => {
      const one = n % 2 === 0 ? store : peer
      for (;;) {
        const row = (await one.get('acme', `r${n}`)) as ProviderConfigRow
        if (await one.put({ ...row, isActive: true, version: row.version + 1 })) return
      }
    })
    equal((await activeOf(peer)).length, 1, 'active rows')
  },

  async 'leaves no trace of a refused activation'({ store }) {
    await store.put(config('a', { isActive: true }))
    equal(await store.put(config('b', { isActive: true, version: 5 })), false, 'put')
    equal(await store.get('acme', 'a'), config('a', { isActive: true }), 'the active row')
  },

  async 'lists in the order of ids, narrowed and page by page'({ store }) {
    for (const id of ['c', 'a', 'B', 'd']) await store.put(config(id, { isActive: id === 'd' }))
    await store.put(config('e', { provider: 'groq' }))
    const ids = async (query: Parameters<ConfigStore['list']>[0]) => (await store.list(query)).map(({ id }) => id)
    equal(await ids({}), ['B', 'a', 'c', 'd', 'e'], 'all, by bytes')
    equal(await ids({ after: 'a', limit: 2 }), ['c', 'd'], 'a page')
    equal(await ids({ provider: 'groq' }), ['e'], 'one provider')
    equal(await ids({ isActive: false }), ['B', 'a', 'c', 'e'], 'inactive')
  },

  async 'deletes once'({ store, peer }) {
    await store.put(config('a', { isActive: true }))
    const results = await Promise.all([store.delete('acme', 'a'), peer.delete('acme', 'a')])
    equal(results.filter(Boolean).length, 1, 'deletions that counted')
    equal(await store.get('acme', 'a'), undefined, 'the row')
    equal(await store.put(config('a', { isActive: true })), true, 'the id is free again')
    equal(await activeOf(store), ['a'], 'active')
  },

  async 'never mixes tenants, however alike or hostile their names'({ store, peer }) {
    for (const [n, tenant] of hostileNames.entries()) {
      equal(await store.put(config(`r${n}`, { tenant, provider: tenant, isActive: true })), true, tenant.slice(0, 30))
    }
    for (const [n, tenant] of hostileNames.entries()) {
      equal(
        (await peer.list({ tenant })).map(({ id }) => id),
        [`r${n}`],
        `rows of ${tenant.slice(0, 30)}`,
      )
    }
  },

  async 'hands out metadata that cannot reach a prototype'({ store }) {
    await store.put(config('a', { metadata: JSON.parse('{"__proto__":{"polluted":true},"a":"b"}') }))
    Object.assign({}, (await store.get('acme', 'a'))?.metadata)
    holds(!('polluted' in {}), 'Object.prototype was polluted')
  },
}
