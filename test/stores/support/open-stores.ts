/** Opens stores by what a test hands to its child processes: `{ kind, … }` as JSON. */
import type { Stores } from '../../../src/types/store.ts'

/** Which backend, and where. */
export type StoresAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string; readonly prefix: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string }

/** The stores, and a way to let go of the client behind them. */
export async function openStores(address: StoresAddress): Promise<{ stores: Stores; end(): Promise<void> }> {
  if (address.kind === 'sqlite') {
    const { sqliteStores } = await import('../../../src/stores/sqlite.ts')
    const stores = sqliteStores(address.path)
    return { stores, end: () => stores.close() }
  }
  if (address.kind === 'redis') {
    const [{ redisStores }, { createClient }] = await Promise.all([
      import('../../../src/stores/redis.ts'),
      import('redis'),
    ])
    const client = createClient({ url: address.url })
    await client.connect()
    return { stores: redisStores(client, { prefix: address.prefix }), end: async () => client.destroy() }
  }
  const [{ postgresStores }, { default: pg }] = await Promise.all([
    import('../../../src/stores/postgres.ts'),
    import('pg'),
  ])
  const pool = new pg.Pool({ connectionString: address.url })
  return { stores: postgresStores(pool, { schema: address.schema }), end: () => pool.end() }
}
