import { inspect } from 'node:util'
import { type ClientEvent, type Provider, UnifiedClient } from 'holdfast'
import { generateSecretKey, KeyRing, Vault } from 'holdfast/credentials'
import { anthropic } from 'holdfast/providers/anthropic'
import { deepseek } from 'holdfast/providers/deepseek'
import { gemini } from 'holdfast/providers/gemini'
import { groq } from 'holdfast/providers/groq'
import { openai } from 'holdfast/providers/openai'
import { openrouter } from 'holdfast/providers/openrouter'
import { memoryStores } from 'holdfast/stores/memory'
import { fail } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { describe, expect, it } from 'vitest'
import { verifies } from '../../support/verifies.ts'

const secret = 'test-Zq7Wx2'

/** What a client of these providers tells when it is made. */
function told(...providers: Provider[]): ClientEvent[] {
  const events: ClientEvent[] = []
  new UnifiedClient({ providers, onEvent: (event) => events.push(event) })
  return events
}

describe('a key that looks like one of another service', verifies('F190'), () => {
  it.each([
    [openai, `sk-ant-${secret}`, 'anthropic'],
    [openai, `sk-or-${secret}`, 'openrouter'],
    [anthropic, `sk-proj-${secret}`, 'openai'],
    [anthropic, `gsk_${secret}`, 'groq'],
    [groq, `AIza${secret}`, 'gemini'],
    [gemini, `sk-ant-${secret}`, 'anthropic'],
    [deepseek, `gsk_${secret}`, 'groq'],
    [openrouter, `xai-${secret}`, 'xai'],
  ])('is told before any call (%#)', (make, apiKey, owner) => {
    const provider = make({ apiKey })
    const events = told(provider)
    expect(events).toMatchObject([
      {
        type: 'warning',
        provider: provider.name,
        code: 'key-of-another-service',
        message: `The key of provider '${provider.name}' may be the wrong one: it looks like a key of ${owner}`,
      },
    ])
    expect(inspect([events, provider], { depth: 12, showHidden: true })).not.toContain(secret)
  })

  it('is told by its name where there are several', () => {
    const events = told(openai({ apiKey: [`sk-${secret}`, { id: 'eu', apiKey: `sk-ant-${secret}` }] }))
    expect(events).toMatchObject([{ message: expect.stringContaining("Key 'eu' of provider 'openai'") }])
  })

  it('is not told where nothing is wrong, or nobody can know', () => {
    const server = 'https://gateway.example.com/v1'
    const fetched = () => Promise.reject(new Error('is not called'))
    expect(
      told(
        openai({ apiKey: `sk-proj-${secret}` }),
        openai({ name: 'old', apiKey: `sk-${secret}` }),
        deepseek({ apiKey: `sk-${secret}` }),
        openai({ name: 'gateway', apiKey: `sk-or-${secret}`, baseUrl: server }),
        anthropic({ apiKey: fetched }),
      ),
    ).toEqual([])
  })

  it("is named in the refusal, also when it is a tenant's or was fetched", async () => {
    const server = await fakeProviderServer(fail(401))
    const vault = new Vault({
      store: memoryStores().configs,
      keyRing: new KeyRing({ current: generateSecretKey() }),
    })
    const provider = openai({ apiKey: () => `gsk_${secret}`, baseUrl: server.url('openai') })
    const llm = new UnifiedClient({ providers: [provider], vault })
    const refusal = async (work: Promise<unknown>) => (await work.catch((error: unknown) => error)) as Error
    const own = await refusal(llm.chat('Hi'))
    expect(own).toMatchObject({
      code: 'auth_failed',
      message: expect.stringMatching(/\(it looks like a key of groq\)$/),
    })
    const acme = llm.tenant('acme')
    await acme.saveConfig({ provider: 'openai', apiKey: `sk-ant-${secret}` })
    const theirs = await refusal(acme.chat('Hi'))
    expect(theirs.message).toMatch(/\(it looks like a key of anthropic\)$/)
    expect(inspect([own, theirs], { depth: 9, showHidden: true })).not.toContain(secret)
    await llm.close()
    await server.close()
  })
})
