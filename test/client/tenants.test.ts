import { UnifiedClient } from 'holdfast'
import { generateSecretKey, KeyRing, Vault } from 'holdfast/credentials'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { fail, fakeProvider, virtualClock } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { describe, expect, it } from 'vitest'
import { createMeter } from '../../src/metering/meter.ts'
import { verifies } from '../support/verifies.ts'

async function withVault() {
  const stores = memoryStores()
  const keyRing = new KeyRing({ current: generateSecretKey() })
  return { stores, vault: new Vault({ store: stores.configs, keyRing }) }
}

describe('a tenant', () => {
  it('uses its own key and model where it has saved them, the client key elsewhere', verifies('B1', 'B3'), async () => {
    const server = await fakeProviderServer('ok')
    const { vault } = await withVault()
    const provider = openai({ apiKey: 'sk-test-of-the-house', baseUrl: server.url('openai'), model: 'house-model' })
    const llm = new UnifiedClient({ providers: [provider], vault })
    const acme = llm.tenant('acme')
    const saved = await acme.saveConfig({ provider: 'openai', apiKey: 'sk-test-of-acme', defaultModel: 'acme-model' })
    await acme.chat('Hi')
    await llm.tenant('other').chat('Hi')
    await acme.deactivateConfig(saved.id)
    await acme.chat('Hi')
    const seen = server.requests.map(({ headers, body }) => [headers.authorization, (body as { model: string }).model])
    expect(seen).toEqual([
      ['Bearer sk-test-of-acme', 'acme-model'],
      ['Bearer sk-test-of-the-house', 'house-model'],
      ['Bearer sk-test-of-the-house', 'house-model'],
    ])
    expect(JSON.stringify(await acme.configs())).not.toContain('sk-test')
    expect(await llm.tenant('other').configs()).toEqual([])
    await llm.close()
    await server.close()
  })

  it('embeds with the model of the provider: the default it saved is one for chats', async () => {
    const { vault } = await withVault()
    const provider = fakeProvider({ name: 'fake', script: 'ok' })
    const llm = new UnifiedClient({ providers: [provider], vault })
    const acme = llm.tenant('acme')
    await acme.saveConfig({ provider: 'fake', apiKey: 'sk-test-1', defaultModel: 'chat-model' })
    await acme.embed('Hi')
    await acme.chat('Hi')
    expect(provider.calls.map(({ request }) => request && 'model' in request && request.model)).toEqual([
      false,
      'chat-model',
    ])
    await llm.close()
  })

  it('with a bad key closes only its own gate', verifies('F129'), async () => {
    const server = await fakeProviderServer({ script: 'ok', apiKey: 'sk-test-good' })
    const { vault } = await withVault()
    const llm = new UnifiedClient({
      providers: [openai({ apiKey: 'sk-test-good', baseUrl: server.url('openai') })],
      vault,
    })
    const acme = llm.tenant('acme')
    await acme.saveConfig({ provider: 'openai', apiKey: 'sk-test-wrong' })
    for (let i = 0; i < 5; i++) await expect(acme.chat('Hi')).rejects.toMatchObject({ code: 'auth_failed' })
    expect(server.requests).toHaveLength(1)
    expect((await llm.tenant('other').chat('Hi')).text).toBe('ok')
    expect((await llm.chat('Hi')).text).toBe('ok')
    expect(llm.circuits().openai?.state).toBe('closed')
    await llm.close()
    await server.close()
  })

  it('notes when a key was proven', verifies('B5'), async () => {
    const { vault } = await withVault()
    const provider = fakeProvider({ name: 'fake', script: 'ok' })
    const llm = new UnifiedClient({ providers: [provider], vault })
    const acme = llm.tenant('acme')
    await acme.saveConfig({ provider: 'fake', apiKey: 'sk-test-1' })
    expect(await acme.test()).toMatchObject([{ provider: 'fake', success: true }])
    const [config] = await acme.configs()
    expect(config?.lastTestedAt).toBeGreaterThan(0)
    provider.use(fail(401))
    expect(await acme.test()).toMatchObject([{ success: false, error: { code: 'auth_failed' } }])
  })

  it('has its own limits and usage, and sees nobody else', async () => {
    const clock = virtualClock()
    const meter = createMeter({
      stores: memoryStores({ clock }),
      limits: { perTenant: { requests: '2/minute' } },
      clock,
    })
    const llm = new UnifiedClient({ providers: [fakeProvider({ clock, script: 'ok' })], meter, clock })
    const [acme, other] = [llm.tenant('acme'), llm.tenant('other')]
    await acme.chat('Hi')
    await acme.chat('Hi')
    await expect(acme.chat('Hi')).rejects.toMatchObject({ code: 'limit_exceeded' })
    await other.chat('Hi')
    await llm.flush()
    const rows = async (tenant: typeof acme) => (await tenant.usage()).reduce((sum, row) => sum + row.rows, 0)
    expect([await rows(acme), await rows(other)]).toEqual([2, 1])
    expect((await acme.limits()).map(({ remaining }) => remaining)).toEqual([0])
    await clock.run(llm.close())
  })

  it('cannot be named by a malformed id, nor speak for another', verifies('F231', 'F232'), async () => {
    const llm = new UnifiedClient({ providers: [fakeProvider('ok')] })
    for (const id of ['', '../../x', "a' OR 1=1--", 'a\r\nb', 'Ⅰ', 'x'.repeat(10_000), '-x']) {
      expect(() => llm.tenant(id), id).toThrow(expect.objectContaining({ code: 'request_invalid' }))
      await expect(llm.chat({ prompt: 'Hi', tenant: id })).rejects.toMatchObject({ code: 'request_invalid' })
    }
    await expect(llm.tenant('acme').chat({ prompt: 'Hi', tenant: 'other' })).rejects.toMatchObject({ path: 'tenant' })
    expect((await llm.tenant('__proto__x'.slice(2, -1)).chat('Hi')).text).toBe('ok')
  })
})

describe('an allow-list', () => {
  const models = { fake: ['good-*'] }

  it('refuses models by name, byte for byte, and passes over defaults', verifies('A6', 'F234'), async () => {
    const first = fakeProvider({ name: 'fake', model: 'bad', script: 'no' })
    const second = fakeProvider({ name: 'second', model: 'any', script: 'ok' })
    const llm = new UnifiedClient({ providers: [first, second], allowedModels: models })
    expect((await llm.chat('Hi')).provider).toBe('second')
    expect((await llm.chat({ prompt: 'Hi', model: 'good-one' })).provider).toBe('fake')
    for (const model of ['bad', 'GOOD-one', ' good-one', 'not-good-one', 'fake/bad']) {
      await expect(llm.chat({ prompt: 'Hi', model })).rejects.toMatchObject({ code: 'model_not_allowed' })
    }
    const acme = llm.tenant('acme', { allowedModels: { fake: ['good-two'], second: [] } })
    await expect(acme.chat({ prompt: 'Hi', model: 'good-one' })).rejects.toMatchObject({ code: 'model_not_allowed' })
    await expect(acme.chat('Hi')).rejects.toMatchObject({ code: 'model_not_allowed' })
    expect((await acme.chat({ prompt: 'Hi', model: 'good-two' })).text).toBe('no')
  })
})
