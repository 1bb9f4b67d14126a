/** No tenant reads or changes what is another's, through any method there is. */
import { inspect } from 'node:util'
import { type TenantClient, UnifiedClient } from 'holdfast'
import { generateSecretKey, KeyRing, Vault } from 'holdfast/credentials'
import { createMeter } from 'holdfast/metering'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

/** Stands in everything of the victim's: key, model, notes, prompts. */
const mark = 'victims-own'
const victimKey = `sk-test-${mark}-key`

let server: FakeProviderServer
let llm: UnifiedClient
let vault: Vault
let victim: TenantClient
let thief: TenantClient
let victimConfig: string

beforeEach(async () => {
  server = await fakeProviderServer('ok')
  const stores = memoryStores()
  vault = new Vault({ store: stores.configs, keyRing: new KeyRing({ current: generateSecretKey() }) })
  const meter = createMeter({ stores, limits: { perTenant: { requests: '100/day' } } })
  const provider = openai({ apiKey: 'sk-test-house', baseUrl: server.url('openai'), model: 'house' })
  llm = new UnifiedClient({ providers: [provider], vault, meter })
  victim = llm.tenant('victim')
  thief = llm.tenant('thief')
  const { id } = await victim.saveConfig({
    provider: 'openai',
    apiKey: victimKey,
    defaultModel: `${mark}-model`,
    metadata: { note: `${mark}-note` },
  })
  victimConfig = id
  await victim.chat(`${mark}-prompt`)
  await llm.flush()
})

afterEach(async () => {
  await llm.close()
  await server.close()
})

const input = () => ({ provider: 'openai', id: victimConfig, apiKey: 'sk-test-thief' })
/** Another tenant named where a method takes anything at all; types forbid it, strangers do not read them. */
const forged = <T extends object>(value: T): T => ({ ...value, tenant: 'victim' })

/** Each method with the worst arguments that a thief can think of. */
const attempts: Readonly<Record<string, () => unknown>> = {
  chat: () => thief.chat(forged({ prompt: 'Hi' })),
  chatStream: () => thief.chatStream(forged({ prompt: 'Hi' })).final(),
  embed: () => thief.embed(forged({ input: 'Hi' })),
  models: () => thief.models('openai'),
  countTokens: () => thief.countTokens(forged({ prompt: 'Hi' })),
  test: () => thief.test('openai'),
  usage: () => thief.usage(forged({ groupBy: ['tenant', 'model'] as const })),
  limits: () => (thief.limits as (subject: object) => unknown)({ tenant: 'victim' }),
  saveConfig: () => thief.saveConfig(forged(input())),
  configs: () => thief.configs('openai'),
  activeConfig: () => thief.activeConfig('openai'),
  activateConfig: () => thief.activateConfig(victimConfig),
  deactivateConfig: () => thief.deactivateConfig(victimConfig),
  deleteConfig: () => thief.deleteConfig(victimConfig),
}

const vaultAttempts: Readonly<Record<string, () => unknown>> = {
  save: () => vault.save({ ...input(), tenant: 'thief' }),
  list: () => vault.list('thief'),
  active: () => vault.active('thief', 'openai'),
  activate: () => vault.activate('thief', victimConfig),
  deactivate: () => vault.deactivate('thief', victimConfig),
  recordTest: () => vault.recordTest('thief', victimConfig, { latencyMs: 1 }),
  delete: () => vault.delete('thief', victimConfig),
  key: () => vault.key('thief', 'openai'),
}
/** For operators, about everybody: counts only. */
const overall = ['rotate']

const methodsOf = (object: object) =>
  Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name)
    .sort()

async function outcomeOf(attempt: () => unknown): Promise<unknown> {
  try {
    return await attempt()
  } catch (error) {
    return error
  }
}

async function isUntouched(): Promise<void> {
  const opened = await vault.key('victim', 'openai')
  expect(opened?.key.reveal()).toBe(victimKey)
  expect(await victim.configs()).toMatchObject([
    { id: victimConfig, isActive: true, defaultModel: `${mark}-model`, metadata: { note: `${mark}-note` } },
  ])
}

describe("a tenant and what is another tenant's", verifies('F232', 'F182'), () => {
  it('meet in no method that was not looked at here', () => {
    expect(methodsOf(thief)).toEqual(Object.keys(attempts).sort())
    expect(methodsOf(vault)).toEqual([...Object.keys(vaultAttempts), ...overall].sort())
  })

  it.each(Object.keys(attempts))('%s shows and changes nothing', async (name) => {
    const outcome = await outcomeOf(() => attempts[name]?.())
    await isUntouched()
    expect(inspect(outcome, { depth: 12, showHidden: true })).not.toContain(mark)
    const sent = server.requests.slice(1)
    expect(JSON.stringify(sent)).not.toContain(mark)
    expect((await victim.usage()).reduce((sum, { rows }) => sum + rows, 0)).toBe(1)
    expect(await victim.limits()).toMatchObject([{ used: 1 }])
  })

  it.each(Object.keys(vaultAttempts))('%s of the vault neither', async (name) => {
    const outcome = await outcomeOf(() => vaultAttempts[name]?.())
    await isUntouched()
    expect(inspect(outcome, { depth: 12, showHidden: true })).not.toContain(mark)
  })

  it('are sums and states apart for the operator too', async () => {
    await thief.chat('Hi')
    await llm.flush()
    const sums = await llm.usage({ groupBy: ['tenant'] })
    expect(sums.map(({ tenant, rows }) => [tenant, rows]).sort()).toEqual([
      ['thief', 1],
      ['victim', 1],
    ])
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${victimKey}`,
      'Bearer sk-test-house',
    ])
  })
})

describe('the same question of two tenants', () => {
  it('is asked twice, each with its own key: no answer is kept for the other', verifies('F247'), async () => {
    await thief.saveConfig({ provider: 'openai', apiKey: 'sk-test-thief' })
    server.use(['for the victim', 'for the thief', 'streamed for the victim', 'streamed for the thief'])
    server.reset()
    const request = { prompt: 'The same', temperature: 0, cacheKey: 'same' }
    expect((await victim.chat(request)).text).toBe('for the victim')
    expect((await thief.chat(request)).text).toBe('for the thief')
    expect((await victim.chatStream(request).final()).text).toBe('streamed for the victim')
    expect((await thief.chatStream(request).final()).text).toBe('streamed for the thief')
    const keys = server.requests.map(({ headers }) => headers.authorization)
    expect(keys).toEqual([`Bearer ${victimKey}`, 'Bearer sk-test-thief', `Bearer ${victimKey}`, 'Bearer sk-test-thief'])
  })
})

describe('the address of a request', () => {
  const inward = [
    'http://127.0.0.1:1/',
    'http://localhost/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[fc00::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://0.0.0.0/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost./',
    'https://api.openai.com@10.0.0.1/',
    'https://xn--pi-7kc.openai.com/',
  ]

  it.each(inward)('cannot be set by a tenant: %s', verifies('F228'), async (baseUrl) => {
    for (const hostile of [{ baseUrl }, { base_url: baseUrl }, { endpoint: baseUrl }]) {
      const config = { provider: 'openai', apiKey: 'sk-test-thief', ...hostile }
      await expect(thief.saveConfig(config)).rejects.toMatchObject({ code: 'config_invalid' })
    }
    await thief.saveConfig({ provider: 'openai', apiKey: 'sk-test-thief', metadata: { baseUrl, endpoint: baseUrl } })
    server.reset()
    expect((await thief.chat('Hi')).text).toBe('ok')
    expect(server.requests).toHaveLength(1)
  })

  it('cannot be set by a call, so a stored key goes nowhere else', verifies('F230'), async () => {
    const elsewhere = await fakeProviderServer('ok')
    const baseUrl = elsewhere.url('openai')
    server.reset()
    for (const hostile of [{ baseUrl }, { url: baseUrl }, { headers: { host: 'x' } }, { apiKey: 'sk-test-other' }]) {
      await expect(victim.chat({ prompt: 'Hi', ...hostile })).rejects.toMatchObject({ code: 'request_invalid' })
    }
    for (const model of [`${baseUrl}/m`, '//127.0.0.1/m', '..//m', `@127.0.0.1:${elsewhere.port}`]) {
      await outcomeOf(() => victim.chat({ prompt: 'Hi', model: { openai: model } }))
    }
    await victim.chat({ prompt: 'Hi', providerOptions: { openai: { baseUrl, base_url: baseUrl, url: baseUrl } } })
    expect(elsewhere.connections).toBe(0)
    expect(server.requests.length).toBeGreaterThan(0)
    expect(server.requests.every(({ path }) => path === '/openai/v1/chat/completions')).toBe(true)
    await elsewhere.close()
  })

  it('of a provider with the same service elsewhere gets none of the keys of the first', verifies('F230'), async () => {
    const elsewhere = await fakeProviderServer('ok')
    const providers = [
      openai({ apiKey: 'sk-test-house', baseUrl: server.url('openai') }),
      openai({ name: 'elsewhere', apiKey: 'sk-test-there', baseUrl: elsewhere.url('openai') }),
    ]
    const both = new UnifiedClient({ providers, vault })
    await both.tenant('victim').chat({ prompt: 'Hi', providers: ['elsewhere'] })
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-test-there'])
    await both.close()
    await elsewhere.close()
  })
})

it('template syntax in whatever a caller writes is sent as it is', verifies('F246'), async () => {
  const hostile = [
    '{{constructor.constructor("return process")()}}',
    `$\{process.env.HOME} $(id) \`id\``,
    '{% include "/etc/passwd" %} <%= 7*7 %> #{7*7}',
  ].join(' ')
  server.reset()
  await victim.chat({
    system: hostile,
    messages: [
      { role: 'user', content: [{ type: 'text', text: hostile }] },
      { role: 'assistant', content: hostile },
    ],
    prompt: hostile,
    tools: [{ name: 'tool', description: hostile }],
    metadata: { note: hostile },
  })
  await victim.embed(hostile)
  const [chat, embed] = server.requests.map(({ body }) => body as Record<string, never>)
  const texts: string[] = []
  JSON.stringify([chat, embed], (_, value) => {
    if (typeof value === 'string' && value.includes('constructor')) texts.push(value)
    return value
  })
  expect(texts).toHaveLength(6)
  expect(new Set(texts)).toEqual(new Set([hostile]))
})
