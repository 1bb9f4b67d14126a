import { inspect } from 'node:util'
import { type ClientEvent, type ClientOptions, type Provider, UnifiedClient } from 'holdfast'
import { generateSecretKey, KeyPool, KeyRing, Vault, vaultKey } from 'holdfast/credentials'
import { createMeter } from 'holdfast/metering'
import { anthropic } from 'holdfast/providers/anthropic'
import { type OpenAIOptions, openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { decide, fail, reply, type ScriptInput, virtualClock } from 'holdfast/testing'
import { type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

const keys = ['sk-test-one', 'sk-test-two', 'sk-test-three']

let clock = virtualClock()
let server: FakeProviderServer
let backup: FakeProviderServer
let clients: UnifiedClient[] = []
let events: ClientEvent[] = []

beforeEach(async () => {
  clock = virtualClock()
  events = []
  clients = []
  server = await fakeProviderServer({ clock })
  backup = await fakeProviderServer({ clock })
})

afterEach(async () => {
  await Promise.all(clients.map((llm) => llm.close()))
  await Promise.all([server.close(), backup.close()])
  expect(inspect([events, clients], { depth: 12, showHidden: true })).not.toContain('sk-test')
})

/** Each key gets the answers of its own script; a key without one gets a good answer. */
function answersByKey(scripts: Readonly<Record<string, readonly ScriptInput[]>>): void {
  const used = new Map<string, number>()
  server.use(
    decide(({ index }) => {
      const key = keyOf(server.requests[index]?.headers ?? {})
      const count = used.get(key) ?? 0
      used.set(key, count + 1)
      return scripts[key]?.[count] ?? reply('ok')
    }),
  )
}

const keyOf = ({ authorization, 'x-api-key': key }: Readonly<Record<string, unknown>>) =>
  String(authorization ?? key).replace('Bearer ', '')
const asked = (from = server) => from.requests.map(({ headers }) => keyOf(headers))

function client(apiKey: OpenAIOptions['apiKey'], more: Partial<ClientOptions> = {}, others: Provider[] = []) {
  const first = openai({ ...(apiKey && { apiKey }), baseUrl: server.url('openai') })
  const llm = new UnifiedClient({
    providers: [first, ...others],
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event),
    ...more,
  })
  clients.push(llm)
  return llm
}

const second = () => anthropic({ apiKey: 'sk-test-backup', baseUrl: backup.url('anthropic') })

describe('several keys of a provider', () => {
  it('take turns', async () => {
    const llm = client(keys)
    for (let i = 0; i < 4; i++) await clock.run(llm.chat('Hi'))
    await clock.run(llm.chatStream('Hi').final())
    await clock.run(llm.embed('Hi'))
    expect(asked()).toEqual([...keys, ...keys])
  })

  it.each([
    [401, 'auth_failed'],
    [402, 'billing'],
    [403, 'forbidden'],
    [429, 'rate_limited'],
    ['quota_exhausted', 'quota_exhausted'],
  ] as const)('after %s the next one is asked at once, before any other provider', async (failure, code) => {
    answersByKey({ 'sk-test-one': [fail(failure)] })
    const llm = client(keys, {}, [second()])
    const reply = await clock.run(llm.chat('Hi'))
    expect(reply.provider).toBe('openai')
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two'])
    expect(asked(backup)).toEqual([])
    expect(reply.routing.attempts).toMatchObject([
      { attempt: 1, keyId: 'key-1', code },
      { attempt: 2, keyId: 'key-2', outcome: 'ok' },
    ])
    expect(reply.routing.strategy).toBe('capability-default')
    expect(events.filter(({ type }) => type === 'gate-closed')).toMatchObject([{ keyId: 'key-1', code }])
    expect(llm.circuits().openai?.state).toBe('closed')
    await clock.run(llm.chat('Hi'))
    await clock.run(llm.chat('Hi'))
    expect(asked().slice(2)).toEqual(['sk-test-three', 'sk-test-two'])
  })

  it('does the same for streams', async () => {
    answersByKey({ 'sk-test-one': [fail(401)] })
    const llm = client(keys, {}, [second()])
    expect((await clock.run(llm.chatStream('Hi').final())).text).toBe('ok')
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two'])
  })

  it('come back when their rest is over', async () => {
    answersByKey({ 'sk-test-one': [fail(429, { retryAfter: 20 })] })
    const llm = client(keys.slice(0, 2))
    await clock.run(llm.chat('Hi'))
    await clock.advance(19_000)
    await clock.run(llm.chat('Hi'))
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two', 'sk-test-two'])
    await clock.advance(1_000)
    await clock.run(llm.chat('Hi'))
    expect(asked().at(-1)).toBe('sk-test-one')
  })

  it('all at rest: the next provider, without a request', async () => {
    answersByKey({ 'sk-test-one': [fail(401)], 'sk-test-two': [fail(429, { retryAfter: 2 })] })
    const llm = client(keys.slice(0, 2), {}, [second()])
    await clock.run(llm.chat({ prompt: 'Load its code', providers: ['anthropic'] }))
    const before = clock.monotonic()
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('anthropic')
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('anthropic')
    expect(clock.monotonic() - before).toBeLessThan(2_000)
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two'])
    expect(asked(backup)).toHaveLength(3)
  })

  it('all at rest and nobody else: waits for the soonest, or says when it is back', async () => {
    answersByKey({ 'sk-test-one': [fail(401)], 'sk-test-two': [fail(429, { retryAfter: 2 })] })
    const llm = client(keys.slice(0, 2))
    const before = clock.monotonic()
    expect((await clock.run(llm.chat('Hi'))).text).toBe('ok')
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(2_000)
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two', 'sk-test-two'])

    answersByKey({ 'sk-test-two': [fail(429, { retryAfter: 50 })] })
    await expect(clock.run(llm.chat('Hi'))).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 50_000 })
    await expect(clock.run(llm.chat('Hi'))).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 50_000,
      message: expect.stringContaining('All 2 keys of openai rest'),
    })
  })

  it('leave the last attempt to the next provider', async () => {
    answersByKey(Object.fromEntries(keys.map((key) => [key, [fail(401)]])))
    const llm = client(keys, { maxAttempts: 2 }, [second()])
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('anthropic')
    expect(asked()).toEqual(['sk-test-one'])
  })

  it('stay in their turn for failures that are not theirs, and leave these their retries', async () => {
    answersByKey({ 'sk-test-one': [fail(401)], 'sk-test-two': [fail(503), fail(503), reply('late')] })
    const llm = client(keys)
    expect((await clock.run(llm.chat('Hi'))).text).toBe('late')
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two', 'sk-test-two', 'sk-test-two'])
  })

  it('that come from functions are fetched anew after a 401 before another is asked', async () => {
    answersByKey({ 'sk-test-old': [fail(401)] })
    const fetched: boolean[] = []
    const fetchKey = ({ isRefresh }: { isRefresh: boolean }) => {
      fetched.push(isRefresh)
      return isRefresh ? 'sk-test-new' : 'sk-test-old'
    }
    const llm = client([{ id: 'oauth', apiKey: fetchKey }, 'sk-test-two'], {}, [second()])
    const { routing } = await clock.run(llm.chat('Hi'))
    expect(asked()).toEqual(['sk-test-old', 'sk-test-new'])
    expect(fetched).toEqual([false, true])
    expect(routing.attempts.map(({ keyId }) => keyId)).toEqual(['oauth', 'oauth'])
  })

  it('that cannot be fetched hand over to the next', async () => {
    const broken = () => Promise.reject(new Error('the secret manager is down'))
    const llm = client([broken, 'sk-test-two'], {}, [second()])
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('openai')
    expect(asked()).toEqual(['sk-test-two'])
  })

  it('of a shared pool rest for every client that uses it', async () => {
    answersByKey({ 'sk-test-one': [fail(401)] })
    const pool = new KeyPool({ keys: ['sk-test-one', { id: 'eu', apiKey: 'sk-test-two' }], clock })
    await clock.run(client(pool).chat('Hi'))
    await clock.run(client(pool).chat('Hi'))
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two', 'sk-test-two'])
    expect(pool.status()).toMatchObject([{ id: 'key-1', isResting: true, code: 'auth_failed' }, { id: 'eu' }])
    clients[0]?.reset('openai')
    expect(pool.status()).toMatchObject([{ isResting: false }, { isResting: false }])
  })

  it('may lie in the vault', async () => {
    const vault = new Vault({
      store: memoryStores({ clock }).configs,
      keyRing: new KeyRing({ current: generateSecretKey() }),
      clock,
    })
    const llm = client([vaultKey(vault, 'house', 'openai'), 'sk-test-two'])
    await llm.chat('Hi')
    await vault.save({ tenant: 'house', provider: 'openai', apiKey: 'sk-test-one' })
    await clock.advance(60_000)
    await llm.chat('Hi')
    await llm.chat('Hi')
    expect(asked().sort()).toEqual(['sk-test-one', 'sk-test-two', 'sk-test-two'])
  })
})

describe('limits and ledger', () => {
  it('know keys by their names: a full key hands over to the next', async () => {
    const stores = memoryStores({ clock })
    const meter = createMeter({ stores, limits: { perKey: { requests: '1/minute' } }, clock })
    const llm = client([{ id: 'eu', apiKey: 'sk-test-one' }, 'sk-test-two'], { meter }, [second()])
    const providers = []
    for (let i = 0; i < 3; i++) providers.push((await clock.run(llm.chat('Hi'))).provider)
    expect(providers).toEqual(['openai', 'openai', 'anthropic'])
    expect(asked()).toEqual(['sk-test-one', 'sk-test-two'])
    await clock.run(llm.flush())
    const rows = await stores.usage.list({ kind: 'attempt', provider: 'openai' })
    expect(rows.map(({ metadata }) => metadata)).toEqual([{ keyId: 'key-2' }, { keyId: 'eu' }])
    expect(inspect(rows, { depth: 9 })).not.toContain('sk-test')
    expect(await llm.limits({ provider: 'openai', keyId: 'eu' })).toMatchObject([{ scope: 'key', remaining: 0 }])
  })

  it('limit the only key of a provider as well', async () => {
    const meter = createMeter({ stores: memoryStores({ clock }), limits: { perKey: { requests: '1/minute' } }, clock })
    const llm = client('sk-test-one', { meter }, [second()])
    const providers = []
    for (let i = 0; i < 2; i++) providers.push((await clock.run(llm.chat('Hi'))).provider)
    expect(providers).toEqual(['openai', 'anthropic'])
  })

  it('name the stored configuration of a tenant', async () => {
    const stores = memoryStores({ clock })
    const vault = new Vault({ store: stores.configs, keyRing: new KeyRing({ current: generateSecretKey() }), clock })
    const meter = createMeter({ stores, clock })
    const acme = client('sk-test-house', { meter, vault }).tenant('acme')
    const { id } = await acme.saveConfig({ provider: 'openai', apiKey: 'sk-test-acme' })
    const { routing } = await acme.chat('Hi')
    await meter.flush()
    expect(routing.attempts).toMatchObject([{ keyId: id }])
    expect(await stores.usage.list({ kind: 'attempt' })).toMatchObject([{ tenant: 'acme', providerConfigId: id }])
  })
})

it('a tenant that changes a refused key is not held up by its old rest', verifies('F189'), async () => {
  answersByKey({ 'sk-test-wrong': [fail(401)] })
  const vault = new Vault({
    store: memoryStores({ clock }).configs,
    keyRing: new KeyRing({ current: generateSecretKey() }),
    clock,
  })
  const acme = client('sk-test-house', { vault }).tenant('acme')
  const { id } = await acme.saveConfig({ provider: 'openai', apiKey: 'sk-test-wrong' })
  await expect(acme.chat('Hi')).rejects.toMatchObject({ code: 'auth_failed' })
  await expect(acme.chat('Hi')).rejects.toMatchObject({ code: 'auth_failed' })
  expect(asked()).toEqual(['sk-test-wrong'])
  await acme.saveConfig({ provider: 'openai', id, apiKey: 'sk-test-right' })
  expect((await acme.chat('Hi')).text).toBe('ok')
  expect(asked()).toEqual(['sk-test-wrong', 'sk-test-right'])
})

it('malformed lists are refused without showing a key', () => {
  const wrong: readonly unknown[][] = [
    [],
    ['sk-test-a', 'sk-test a b'],
    ['sk-test-a', 5],
    [{ id: '', apiKey: 'sk-test-a' }],
    [
      { id: 'x', apiKey: 'sk-test-a' },
      { id: 'x', apiKey: 'sk-test-b' },
    ],
  ]
  for (const apiKey of wrong) {
    expect
      .soft(() => openai({ apiKey: apiKey as string[] }))
      .toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.not.stringContaining('sk-test') }))
  }
})
