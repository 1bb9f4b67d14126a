import { inspect } from 'node:util'
import { encryptFernet, generateSecretKey, KeyRing, Vault } from 'holdfast/credentials'
import { memoryStores } from 'holdfast/stores/memory'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import type { ConfigStore, ProviderConfigRow } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'

function stand(cacheMs = 0) {
  const clock = virtualClock()
  const store = memoryStores({ clock }).configs
  const current = generateSecretKey()
  const vault = new Vault({ store, keyRing: new KeyRing({ current }), cacheMs, clock })
  return { clock, store, current, vault }
}

const revealed = async (vault: Vault, tenant = 'acme', provider = 'openai') =>
  (await vault.key(tenant, provider))?.key.reveal()
const input = { tenant: 'acme', provider: 'openai', apiKey: 'sk-test-canary-6f3a9c' }

describe('provider configurations of a tenant', verifies('B1'), () => {
  it('are saved, listed without keys, and opened for use', async () => {
    const { vault, store, clock } = stand()
    const config = await vault.save({ ...input, defaultModel: 'gpt-5', metadata: { region: 'eu' } })
    expect(config).toEqual({
      id: expect.any(String),
      tenant: 'acme',
      provider: 'openai',
      keyVersion: 1,
      defaultModel: 'gpt-5',
      isActive: true,
      createdAt: clock.now(),
      updatedAt: clock.now(),
      metadata: { region: 'eu' },
    })
    expect(await vault.list('acme')).toEqual([config])
    expect(await vault.active('acme', 'openai')).toEqual(config)
    expect(await revealed(vault)).toBe(input.apiKey)
    const [row] = await store.list({})
    expect(row?.apiKeySealed).toMatch(/^hf1\.[\w-]+$/)
    expect(JSON.stringify(row)).not.toContain('canary')
  })

  it('have one active for each provider, which can be switched and switched off', async () => {
    const { vault } = stand()
    const first = await vault.save(input)
    const second = await vault.save({ ...input, apiKey: 'sk-test-second' })
    await vault.save({ ...input, provider: 'groq', apiKey: 'gsk-test-groq' })
    expect(await revealed(vault)).toBe('sk-test-second')
    await vault.activate('acme', first.id)
    expect(await revealed(vault)).toBe(input.apiKey)
    expect((await vault.list('acme', 'openai')).map(({ id, isActive }) => [id, isActive])).toEqual([
      [first.id, true],
      [second.id, false],
    ])
    await vault.deactivate('acme', first.id)
    expect(await revealed(vault)).toBeUndefined()
    expect(await revealed(vault, 'acme', 'groq')).toBe('gsk-test-groq')
  })

  it('are changed in part, and a new key forgets the test of the old one', verifies('B5'), async () => {
    const { vault, clock } = stand()
    const { id } = await vault.save(input)
    await clock.advance(1_000)
    await vault.recordTest('acme', id, { latencyMs: 321 })
    expect(await vault.active('acme', 'openai')).toMatchObject({ lastTestedAt: clock.now(), testLatencyMs: 321 })
    const renamed = await vault.save({ tenant: 'acme', provider: 'openai', id, defaultModel: 'gpt-5-mini' })
    expect(renamed).toMatchObject({ id, keyVersion: 1, defaultModel: 'gpt-5-mini', testLatencyMs: 321 })
    expect(await revealed(vault)).toBe(input.apiKey)
    const rekeyed = await vault.save({ ...input, id, apiKey: 'sk-test-new' })
    expect(rekeyed).toMatchObject({ keyVersion: 2, defaultModel: 'gpt-5-mini' })
    expect(rekeyed).not.toHaveProperty('testLatencyMs')
    expect(await revealed(vault)).toBe('sk-test-new')
  })

  it('are deleted once', async () => {
    const { vault } = stand()
    const { id } = await vault.save(input)
    expect(await vault.delete('umbra', id)).toBe(false)
    expect(await vault.delete('acme', id)).toBe(true)
    expect(await vault.delete('acme', id)).toBe(false)
    expect(await revealed(vault)).toBeUndefined()
  })

  it('never reach another tenant', verifies('F232'), async () => {
    const { vault } = stand()
    const { id } = await vault.save(input)
    expect(await vault.list('umbra')).toEqual([])
    expect(await revealed(vault, 'umbra')).toBeUndefined()
    await expect(vault.activate('umbra', id)).rejects.toMatchObject({ code: 'config_invalid' })
    await expect(vault.save({ ...input, tenant: 'umbra', id })).rejects.toMatchObject({ name: 'StoreError' })
    await expect(vault.save({ ...input, provider: 'groq', id })).rejects.toMatchObject({
      code: 'config_invalid',
      path: 'id',
    })
    for (const tenant of ['', '../x', '__proto__', "a' OR 1=1--", 'x'.repeat(129), 'caf\u00e9', 'a\n']) {
      await expect(vault.save({ ...input, tenant })).rejects.toMatchObject({ code: 'request_invalid', path: 'tenant' })
      await expect(vault.key(tenant, 'openai')).rejects.toMatchObject({ code: 'request_invalid' })
      await expect(vault.list(tenant)).rejects.toMatchObject({ code: 'request_invalid' })
    }
  })

  it.each(['', 'sk test', 'sk-test\n', 'sk-test\u0000', 'sk-tést', 'x'.repeat(5_000), undefined, 7, {}])(
    'refuse a key that no header may carry, without showing it: %j',
    verifies('F188'),
    async (apiKey) => {
      const { vault } = stand()
      const error = await vault.save({ ...input, apiKey: apiKey as string }).catch((thrown) => thrown)
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid', path: 'apiKey' })
      expect(error.message).toContain("'openai'")
      if (typeof apiKey === 'string' && apiKey.length > 3) expect(inspect(error)).not.toContain(apiKey)
    },
  )
})

describe('a key at rest', () => {
  it('copied to another tenant, provider or configuration opens nothing', verifies('F182'), async () => {
    const { vault, store } = stand()
    await vault.save(input)
    await vault.save({ ...input, tenant: 'umbra', apiKey: 'sk-test-umbra' })
    const [theirs] = (await store.list({ tenant: 'acme' })) as [ProviderConfigRow]
    const [mine] = (await store.list({ tenant: 'umbra' })) as [ProviderConfigRow]
    await store.put({ ...mine, apiKeySealed: theirs.apiKeySealed, version: mine.version + 1 })
    await expect(vault.key('umbra', 'openai')).rejects.toMatchObject({
      name: 'SecretError',
      code: 'secret_undecryptable',
      provider: 'openai',
    })
    expect(await revealed(vault)).toBe(input.apiKey)
  })

  it('put back after the API key was changed opens nothing', verifies('F183'), async () => {
    const { vault, store } = stand()
    const { id } = await vault.save(input)
    const [old] = (await store.list({})) as [ProviderConfigRow]
    await vault.save({ ...input, id, apiKey: 'sk-test-new' })
    const [row] = (await store.list({})) as [ProviderConfigRow]
    await store.put({ ...row, apiKeySealed: old.apiKeySealed, version: row.version + 1 })
    await expect(vault.key('acme', 'openai')).rejects.toMatchObject({ code: 'secret_undecryptable' })
  })

  it('sealed under a lost secret says so, and leaves the others alone', verifies('F178'), async () => {
    const { vault, store, clock } = stand()
    await vault.save(input)
    const other = new Vault({ store, keyRing: new KeyRing({ current: generateSecretKey() }), clock })
    await other.save({ ...input, provider: 'groq', apiKey: 'gsk-test' })
    const error = await other.key('acme', 'openai').catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'secret_undecryptable', provider: 'openai' })
    expect(error.message).not.toMatch(/hf1\./)
    expect(await revealed(other, 'acme', 'groq')).toBe('gsk-test')
  })

  it('written by Python as Fernet is read, and sealed anew for its place', verifies('A10', 'F179'), async () => {
    const { vault, store, current } = stand()
    const { id } = await vault.save(input)
    const [row] = (await store.list({})) as [ProviderConfigRow]
    await store.put({ ...row, apiKeySealed: await encryptFernet(current, 'sk-test-from-python'), version: 2 })
    expect(await revealed(vault)).toBe('sk-test-from-python')
    const [after] = (await store.list({})) as [ProviderConfigRow]
    expect(after).toMatchObject({ id, version: 3, keyVersion: 1, apiKeySealed: expect.stringMatching(/^hf1\./) })
    expect(await revealed(vault)).toBe('sk-test-from-python')
    expect((await store.list({}))[0]?.version).toBe(3)
  })

  it('is opened although it cannot be sealed anew just now', verifies('F179'), async () => {
    const { store, current, clock } = stand()
    const next = generateSecretKey()
    await new Vault({ store, keyRing: new KeyRing({ current }), clock }).save(input)
    const readOnly: ConfigStore = { ...store, put: () => Promise.reject(new Error('read-only')) }
    const vault = new Vault({ store: readOnly, keyRing: new KeyRing({ current: next, previous: [current] }), clock })
    expect(await revealed(vault)).toBe(input.apiKey)
  })

  it('changed elsewhere is used by the next call after cacheMs', verifies('F189'), async () => {
    const { vault, store, current, clock } = stand(5_000)
    const { id } = await vault.save(input)
    expect(await revealed(vault)).toBe(input.apiKey)
    const elsewhere = new Vault({ store, keyRing: new KeyRing({ current }), clock })
    await elsewhere.save({ ...input, id, apiKey: 'sk-test-changed' })
    expect(await revealed(vault)).toBe(input.apiKey)
    await clock.advance(5_000)
    expect(await revealed(vault)).toBe('sk-test-changed')
    await vault.save({ ...input, id, apiKey: 'sk-test-changed-here' })
    expect(await revealed(vault)).toBe('sk-test-changed-here')
  })

  it('is kept open nowhere', verifies('F191', 'F184', 'F185'), async () => {
    const { vault, store } = stand(60_000)
    await vault.save(input)
    const opened = await vault.key('acme', 'openai')
    const shown = [vault, store, opened, await vault.list('acme')].map((value) =>
      [inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value), String(value)].join(),
    )
    expect(shown.join()).not.toContain('canary')
    expect(opened?.key.reveal()).toBe(input.apiKey)
  })
})

describe('rotation', verifies('F179'), () => {
  const many = async (count: number) => {
    const room = stand()
    for (let n = 0; n < count; n++) await room.vault.save({ ...input, tenant: `t${n}`, apiKey: `sk-test-${n}` })
    const next = generateSecretKey()
    const keyRing = new KeyRing({ current: next, previous: [room.current] })
    return { ...room, next, rotated: new Vault({ store: room.store, keyRing, clock: room.clock, cacheMs: 0 }) }
  }

  it('seals everything anew, once, and tells how far it is', async () => {
    const { rotated, next, store, clock } = await many(25)
    const seen: number[] = []
    const result = await rotated.rotate({ batchSize: 10, onProgress: ({ checked }) => seen.push(checked) })
    expect(result).toMatchObject({ checked: 25, resealed: 25, failed: [], isDone: true })
    expect(seen).toEqual([10, 20, 25])
    expect(await rotated.rotate()).toMatchObject({ checked: 25, resealed: 0, isDone: true })
    const withoutOld = new Vault({ store, keyRing: new KeyRing({ current: next, acceptFernet: false }), clock })
    for (let n = 0; n < 25; n++) expect(await revealed(withoutOld, `t${n}`)).toBe(`sk-test-${n}`)
  })

  it('goes on where it was stopped', async () => {
    const { rotated } = await many(9)
    const controller = new AbortController()
    const first = await rotated.rotate({
      batchSize: 4,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(first).toMatchObject({ checked: 4, resealed: 4, isDone: false })
    const second = await rotated.rotate({ ...(first.after !== undefined && { after: first.after }) })
    expect(second).toMatchObject({ checked: 5, resealed: 5, isDone: true })
  })

  it('by two at once, with writers between, loses and spoils nothing', async () => {
    const { rotated, store, next, current, clock } = await many(40)
    const twin = new Vault({ store, keyRing: new KeyRing({ current: next, previous: [current] }), clock })
    const configs = await store.list({ limit: 100 })
    const writes = configs
      .slice(0, 20)
      .map(({ tenant, id }, n) => twin.save({ tenant, provider: 'openai', id, apiKey: `sk-test-rewritten-${n}` }))
    const [one, two] = await Promise.all([rotated.rotate({ batchSize: 7 }), twin.rotate({ batchSize: 3 }), ...writes])
    expect([...(one?.failed ?? []), ...(two?.failed ?? [])]).toEqual([])
    const withoutOld = new Vault({ store, keyRing: new KeyRing({ current: next }), clock })
    for (const [n, { tenant }] of configs.entries()) {
      expect(await revealed(withoutOld, tenant)).toBe(n < 20 ? `sk-test-rewritten-${n}` : `sk-test-${tenant.slice(1)}`)
    }
  })

  it('begins again with a row that a process with the old secret wrote meanwhile', async () => {
    const { rotated: _, store, current, next, clock, vault: old } = await many(1)
    const [config] = await old.list('t0')
    let puts = 0
    const racing: ConfigStore = {
      ...store,
      async put(row) {
        if (puts++ === 0)
          await old.save({ ...input, tenant: 't0', id: config?.id as string, apiKey: 'sk-test-meanwhile' })
        return store.put(row)
      },
    }
    const keyRing = new KeyRing({ current: next, previous: [current] })
    const result = await new Vault({ store: racing, keyRing, clock }).rotate()
    expect(result).toMatchObject({ checked: 1, resealed: 1, failed: [] })
    expect(await revealed(new Vault({ store, keyRing: new KeyRing({ current: next }), clock }), 't0')).toBe(
      'sk-test-meanwhile',
    )
  })

  it('lists what no key opens, and goes on', async () => {
    const { rotated, store, clock } = await many(3)
    const stranger = new Vault({ store, keyRing: new KeyRing({ current: generateSecretKey() }), clock })
    const { id } = await stranger.save({ ...input, tenant: 'stranger' })
    expect(await rotated.rotate()).toMatchObject({
      checked: 4,
      resealed: 3,
      failed: [{ tenant: 'stranger', provider: 'openai', id }],
      isDone: true,
    })
  })
})
