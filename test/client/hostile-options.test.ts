import { type ClientOptions, UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { fail, fakeProvider, virtualClock } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { verifies } from '../support/verifies.ts'

afterEach(() => vi.unstubAllEnvs())

describe('options of a client', verifies('F208'), () => {
  const providers = () => [fakeProvider('ok')]

  it('may be frozen, and without a prototype', async () => {
    const bare = Object.assign(Object.create(null), { providers: providers(), timeouts: { readMs: 5 } })
    const frozen = Object.freeze({ providers: Object.freeze(providers()), retry: Object.freeze({ retries: 0 }) })
    for (const options of [bare, frozen]) expect((await new UnifiedClient(options).chat('Hi')).text).toBe('ok')
  })

  it('that aim at prototypes are refused, and reach none', () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
      const hostile = JSON.parse(text)
      const wholes = [
        { ...base(), ...hostile },
        { ...base(), timeouts: hostile },
        { ...base(), errorRules: { billing: hostile } },
      ]
      Object.defineProperty(wholes[0], '__proto__', { value: { polluted: 1 }, enumerable: true })
      for (const options of wholes) {
        expect(() => new UnifiedClient(options)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
      }
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    function base(): ClientOptions {
      return { providers: providers() }
    }
  })

  it('whose getters throw are refused without a word of what was thrown', () => {
    const thrower = (name: string) =>
      Object.defineProperty({}, name, {
        enumerable: true,
        get: () => {
          throw new Error('sk-test-hidden')
        },
      })
    const wholes = [thrower('retry'), { timeouts: thrower('readMs') }, { allowedModels: thrower('openai') }]
    for (const hostile of wholes) {
      const options = Object.defineProperties({ providers: providers() }, Object.getOwnPropertyDescriptors(hostile))
      expect(() => new UnifiedClient(options as ClientOptions)).toThrow(
        expect.objectContaining({ code: 'config_invalid', message: expect.not.stringContaining('hidden') }),
      )
    }
  })

  it('are read once: what was checked is what counts', () => {
    let reads = 0
    const options = {
      providers: providers(),
      get maxAttempts() {
        reads++
        return reads === 1 ? 3 : -1
      },
    }
    new UnifiedClient(options)
    expect(reads).toBe(1)
  })

  it('that the caller changes later have no effect', async () => {
    const clock = virtualClock()
    const options = {
      providers: [
        fakeProvider({ name: 'fake', script: fail(400), clock }),
        fakeProvider({ name: 'other', script: 'ok', clock }),
      ],
      errorRules: { bad_request: { next: 'no' as 'no' | 'yes' } },
      retry: { retries: 0 },
      allowedModels: { fake: ['*'], other: ['*'] },
      clock,
    }
    const tenantModels = { fake: ['*'] }
    const llm = new UnifiedClient(options)
    const acme = llm.tenant('acme', { allowedModels: tenantModels })
    options.providers.reverse()
    options.errorRules.bad_request.next = 'yes'
    options.allowedModels.fake.length = 0
    tenantModels.fake.length = 0
    await expect(llm.chat('Hi')).rejects.toMatchObject({ code: 'bad_request', provider: 'fake' })
    await expect(acme.chat('Hi')).rejects.toMatchObject({ code: 'bad_request', provider: 'fake' })
  })

  it('of a provider that change later have none either', async () => {
    const server = await fakeProviderServer('ok')
    const options = {
      apiKey: ['sk-test-1'],
      baseUrl: server.url('openai'),
      model: 'gpt-4o',
      headers: { 'x-team': 'a' },
      quirks: [{ model: 'gpt-4o', refuses: [] as 'temperature'[] }],
    }
    const llm = new UnifiedClient({ providers: [openai(options)] })
    options.apiKey[0] = 'sk-test-2'
    options.headers['x-team'] = 'b'
    options.quirks[0]?.refuses.push('temperature')
    const { warnings } = await llm.chat({ prompt: 'Hi', temperature: 0.5 })
    expect(warnings).toEqual([])
    expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer sk-test-1', 'x-team': 'a' })
    await llm.close()
    await server.close()
  })
})

describe('values of the environment', verifies('F209'), () => {
  async function sent(env: Readonly<Record<string, string>>) {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    const server = await fakeProviderServer('ok')
    const llm = new UnifiedClient({ providers: [openai({ baseUrl: server.url('openai') })] })
    await llm.chat('Hi')
    await llm.close()
    await server.close()
    return { key: server.requests[0]?.headers.authorization, model: server.requests[0]?.model }
  }

  it.each([' sk-test-1 ', 'sk-test-1\r\n', '\ufeffsk-test-1', '\tsk-test-1\r'])('are trimmed: %j', async (value) => {
    expect(await sent({ OPENAI_API_KEY: value, OPENAI_MODEL: ' m\r' })).toEqual({ key: 'Bearer sk-test-1', model: 'm' })
  })

  it.each(['', '   ', '\r\n'])('that are empty are not set: %j', async (value) => {
    vi.stubEnv('OPENAI_API_KEY', value)
    expect(() => openai()).toThrow("No API key for provider 'openai': set OPENAI_API_KEY")
    expect((await sent({ OPENAI_API_KEY: 'sk-test-1', OPENAI_MODEL: value })).model).toBe('gpt-5.6-terra')
  })

  it.each([
    ['OPENAI_API_KEY', '"sk-test-hidden"', /OPENAI_API_KEY: got a text in quotes/],
    ['OPENAI_API_KEY', "'sk-test-hidden'", /OPENAI_API_KEY: got a text in quotes/],
    ['OPENAI_API_KEY', 'sk-test-hidden and more', /OPENAI_API_KEY of provider 'openai': got a text of 23 characters/],
    ['OPENAI_MODEL', '"gpt-4o"', /OPENAI_MODEL: got a text in quotes/],
    ['OPENAI_MODEL', 'a\nb', /OPENAI_MODEL: got/],
  ])('that are no values are refused by the name of the variable: %s=%s', (name, value, message) => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-test-1')
    vi.stubEnv(name, value)
    expect(() => openai()).toThrow(message)
    expect(() => openai()).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.not.stringContaining('hidden') }),
    )
  })
})
