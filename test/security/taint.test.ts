/** Marked keys and prompts through everything there is, and a search of everything that comes out. */
import { inspect } from 'node:util'
import { type ClientEvent, type LlmError, UnifiedClient } from 'holdfast'
import { generateSecretKey, KeyPool, KeyRing, Vault, vaultKey } from 'holdfast/credentials'
import { redactPii } from 'holdfast/guards'
import { createMeter } from 'holdfast/metering'
import { anthropic } from 'holdfast/providers/anthropic'
import { gemini } from 'holdfast/providers/gemini'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { cut, fail, fault, type ScriptInput } from 'holdfast/testing'
import { type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { verifies } from '../support/verifies.ts'

const secretKey = generateSecretKey()
/** What nobody may ever see: keys of every origin, and what seals them. */
const keys = {
  alone: 'sk-test-taint-alone-51c7',
  listed: 'sk-test-taint-listed-88ae',
  pooled: 'sk-test-taint-pooled-03bd',
  fetched: 'sk-test-taint-fetched-6f19',
  house: 'sk-test-taint-house-77d2',
  tenant: 'sk-test-taint-tenant-e0c4',
}
/** What only the caller and the provider may see. */
const prompt = 'taint-prompt-9a41'

const written: string[] = []
let servers: FakeProviderServer[] = []
let events: ClientEvent[] = []

beforeEach(async () => {
  written.length = 0
  events = []
  servers = await Promise.all([1, 2, 3].map(() => fakeProviderServer()))
  const channels = [process.stdout, process.stderr]
  for (const channel of channels) {
    vi.spyOn(channel, 'write').mockImplementation((chunk) => {
      written.push(String(chunk))
      return true
    })
  }
})

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(servers.map((server) => server.close()))
})

/** Everything that can be seen of a value: printed, serialised, and as text. */
function picture(value: unknown): string {
  const seen = new Set<unknown>()
  const texts = [inspect(value, { depth: 20, showHidden: true, maxArrayLength: 1_000, maxStringLength: 100_000 })]
  const queue: unknown[] = [value]
  while (queue.length > 0) {
    const one = queue.pop()
    if (typeof one === 'string') texts.push(one)
    if ((typeof one !== 'object' && typeof one !== 'function') || one === null || seen.has(one)) continue
    seen.add(one)
    if (one instanceof Error) texts.push(one.message, one.stack ?? '', String(one))
    try {
      texts.push(JSON.stringify(one) ?? '')
    } catch {
      // Holds itself: the walk sees it all the same.
    }
    for (const key of Reflect.ownKeys(one)) {
      texts.push(String(key))
      const property = Object.getOwnPropertyDescriptor(one, key)
      if (property !== undefined && 'value' in property) queue.push(property.value)
    }
  }
  return texts.join('\n')
}

function hides(what: string, value: unknown, marks: readonly string[]): void {
  const text = picture(value)
  for (const mark of marks) {
    const at = text.indexOf(mark)
    if (at !== -1) expect.fail(`${mark} shows in ${what}: …${text.slice(Math.max(0, at - 100), at + 60)}…`)
  }
}

async function house() {
  const stores = memoryStores()
  const vault = new Vault({ store: stores.configs, keyRing: new KeyRing({ current: secretKey }), cacheMs: 60_000 })
  const meter = createMeter({ stores, limits: { perKey: { requests: '1000/day' } } })
  const pool = new KeyPool({ keys: [keys.pooled] })
  const [first, second, third] = servers as [FakeProviderServer, FakeProviderServer, FakeProviderServer]
  await vault.save({ tenant: 'house', provider: 'openai', apiKey: keys.house })
  await vault.save({ tenant: 'acme', provider: 'openai', apiKey: keys.tenant, metadata: { note: 'ours' } })
  const providers = [
    openai({ apiKey: [keys.listed, vaultKey(vault, 'house', 'openai')], baseUrl: first.url('openai') }),
    openai({ name: 'pooled', apiKey: pool, baseUrl: first.url('openai') }),
    anthropic({ apiKey: keys.alone, baseUrl: second.url('anthropic') }),
    gemini({ apiKey: async () => keys.fetched, baseUrl: third.url('gemini') }),
  ]
  const llm = new UnifiedClient({
    providers,
    vault,
    meter,
    guards: [redactPii()],
    retry: { retries: 1, baseMs: 1, maxWaitMs: 5 },
    timeouts: { firstTokenMs: 400, idleMs: 400, readMs: 400 },
    maxAttempts: 12,
    onEvent: (event) => events.push(event),
  })
  return { stores, vault, meter, pool, providers, llm, acme: llm.tenant('acme') }
}

/** What the servers do, one trouble after the other. */
const troubles: Readonly<Record<string, ScriptInput>> = {
  'all goes well': 'Fine.',
  'the key is refused': fail(401),
  'the key is repeated': fault('http-401-echo'),
  'all keys are repeated': fail(400, { message: `no: ${Object.values(keys).join(' ')}` }),
  'rate limits': fail(429),
  'the server fails': fail(500),
  'the connection breaks': fault('rst-before-headers'),
  'the stream breaks': cut({ afterTokens: 3 }),
  'the answer is no JSON': fault('html-200'),
  'a redirect elsewhere': fault('redirect-loopback'),
  silence: fault('hang-before-headers'),
}

describe('no key and no prompt is anywhere it does not belong', () => {
  it('search finds what there is to find', () => {
    const cause = Object.defineProperty(new Error('x'), 'cause', { value: { deep: [keys.alone] } })
    for (const value of [cause, { [keys.alone]: 1 }, `a ${keys.alone}`, [() => 1, { [Symbol(keys.alone)]: 1 }]])
      expect(() => hides('it', value, [keys.alone])).toThrow('shows in it')
  })

  it.each(Object.entries(troubles))(
    'when: %s',
    { timeout: 60_000, ...verifies('F184', 'F185', 'F191') },
    async (_, script) => {
      const { stores, llm, acme, ...parts } = await house()
      for (const server of servers) server.use(script)
      const marks = [...Object.values(keys), secretKey, secretKey.slice(0, 20)]
      const outcomes: unknown[] = []
      const asked = (work: Promise<unknown>) => work.then(outcomes.push.bind(outcomes), outcomes.push.bind(outcomes))
      for (const one of [llm, acme]) {
        await asked(one.chat({ prompt, metadata: { note: 'n' } }))
        await asked(one.chatStream(prompt).final())
        await asked(one.embed(prompt))
        await asked(one.models())
        await asked(one.test())
      }
      await llm.flush()
      const rows = [...(await stores.usage.list({ kind: 'attempt' })), ...(await stores.usage.list({ kind: 'call' }))]
      const reports = [
        await llm.usage({ groupBy: ['tenant', 'model'] }),
        await llm.limits({ provider: 'openai', keyId: 'key-1' }),
      ]
      const errors = outcomes.filter((one): one is LlmError => one instanceof Error)
      for (const error of errors) hides('an error', error, [...marks, prompt])
      hides('an answer', outcomes, marks)
      hides('the events', events, [...marks, prompt])
      hides('the ledger', rows, [...marks, prompt])
      hides('the reports', reports, [...marks, prompt])
      hides('the client and its parts', [llm, acme, parts, llm.circuits(), parts.pool.status()], [...marks, prompt])
      hides('what the vault keeps', await stores.configs.list({}), marks)
      hides('the configurations', [await acme.configs(), await acme.activeConfig('openai')], marks)
      hides('what was written', written, [...marks, prompt])
      expect(rows.length).toBeGreaterThan(0)
      expect(events.length).toBeGreaterThan(0)
      const sent = servers.flatMap(({ requests }) => requests)
      expect(JSON.stringify(sent.map(({ headers }) => headers))).toContain('sk-test-taint')
      hides(
        'a URL or a body',
        sent.map(({ path, body }) => [path, body]),
        Object.values(keys),
      )
      await llm.close()
    },
  )
})
