import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../../src/errors/families.ts'
import { type Preset, resolvePreset, variablePrefix } from '../../../src/providers/core/preset.ts'
import type { ProviderOptions } from '../../../src/types/provider-options.ts'
import { verifies } from '../../support/verifies.ts'

const preset: Preset = {
  name: 'acme',
  baseUrl: 'https://api.acme.test/v1',
  keyVariables: ['ACME_API_KEY', 'ACME_TOKEN'],
  model: 'acme-1',
  embeddingModel: 'acme-embed',
  headers: { 'x-client': 'preset' },
  timeouts: { firstTokenMs: 1_000 },
}
const key = 'sk-test-0123456789'

afterEach(() => vi.unstubAllEnvs())

function refusal(options: ProviderOptions, changed: Partial<Preset> = {}): string {
  try {
    resolvePreset({ ...preset, ...changed }, options)
  } catch (error) {
    expect(ConfigError.isInstance(error)).toBe(true)
    expect((error as ConfigError).code).toBe('config_invalid')
    return (error as ConfigError).message
  }
  throw new Error('nothing was refused')
}

describe('a preset with options laid over it', () => {
  it('has a default for everything but the key', () => {
    const resolved = resolvePreset(preset, { apiKey: key })
    expect(resolved).toMatchObject({
      name: 'acme',
      baseUrl: 'https://api.acme.test/v1',
      defaultModel: 'acme-1',
      embeddingModel: 'acme-embed',
      headers: { 'x-client': 'preset' },
      timeouts: { firstTokenMs: 1_000 },
    })
  })

  it('lets options win over the environment and the environment over the preset', verifies('D1'), async () => {
    vi.stubEnv('ACME_TOKEN', 'sk-test-from-environment')
    vi.stubEnv('ACME_MODEL', 'acme-2')
    const found = resolvePreset(preset, {})
    expect(found.defaultModel).toBe('acme-2')
    expect((await found.key(false))?.reveal()).toBe('sk-test-from-environment')
    const given = resolvePreset(preset, { apiKey: key, model: 'acme-3', headers: { 'x-client': 'mine' } })
    expect(given.defaultModel).toBe('acme-3')
    expect((await given.key(false))?.reveal()).toBe(key)
    expect(given.headers).toEqual({ 'x-client': 'mine' })
  })

  it('names the variables when there is no key', verifies('D1'), () => {
    expect(refusal({})).toBe("No API key for provider 'acme': set ACME_API_KEY or ACME_TOKEN, or give apiKey")
  })

  it('asks a function for the key, and again after a refusal', verifies('C10'), async () => {
    const asked: boolean[] = []
    const apiKey = ({ isRefresh }: { isRefresh: boolean }) => {
      asked.push(isRefresh)
      return isRefresh ? 'sk-test-fresh' : 'sk-test-old'
    }
    const { key: source } = resolvePreset(preset, { apiKey })
    expect(asked).toEqual([])
    expect((await source(false))?.reveal()).toBe('sk-test-old')
    expect((await source(true))?.reveal()).toBe('sk-test-fresh')
    expect(asked).toEqual([false, true])
  })

  it('works without a key where none is needed', async () => {
    expect(await resolvePreset({ ...preset, isKeyRequired: false }, {}).key(false)).toBeUndefined()
  })

  it.each([
    ['https://api.acme.test/v1/', 'https://api.acme.test/v1'],
    ['https://api.acme.test///', 'https://api.acme.test'],
    ['HTTPS://API.acme.test/V1', 'https://api.acme.test/V1'],
    ['http://localhost:1234/v1', 'http://localhost:1234/v1'],
    ['http://127.1:80', 'http://127.0.0.1'],
    ['http://[::1]:8080/v1', 'http://[::1]:8080/v1'],
    ['http://gpu.localhost/', 'http://gpu.localhost'],
  ])('takes the base URL %s', (baseUrl, taken) => {
    expect(resolvePreset(preset, { apiKey: key, baseUrl }).baseUrl).toBe(taken)
  })

  it('takes http to another host only when that is allowed', () => {
    const baseUrl = 'http://gpu.internal:8000/v1'
    expect(refusal({ apiKey: key, baseUrl })).toBe(
      "Option baseUrl: got 'http://gpu.internal:8000'; allowed: https, http to a loopback host, or allowHttp: true",
    )
    expect(resolvePreset(preset, { apiKey: key, baseUrl, allowHttp: true }).baseUrl).toBe(baseUrl)
  })

  it.each([
    ['api.acme.test/v1', 'a text that is no URL'],
    ['', 'a text that is no URL'],
    ['localhost:1234/v1', "a URL with scheme 'localhost:'"],
    ['ftp://acme.test', "a URL with scheme 'ftp:'"],
    ['https://me:sk-test-secret@acme.test', 'a URL with credentials'],
    ['https://acme.test?key=sk-test-secret', 'a URL with a query or fragment'],
    ['https://acme.test#sk-test-secret', 'a URL with a query or fragment'],
    [42, '42'],
    ['http://127.0.0.1.evil.test', "'http://127.0.0.1.evil.test'"],
    ['http://localhost.evil.test', "'http://localhost.evil.test'"],
  ])('refuses the base URL %s', verifies('F211'), (baseUrl, given) => {
    const message = refusal({ apiKey: key, baseUrl: baseUrl as string })
    expect(message).toContain(`Option baseUrl: got ${given}; allowed: `)
    expect(message).not.toContain('secret')
  })

  it.each([
    [{ nme: 'x' }, "Unknown option nme; allowed: did you mean 'name'?"],
    [{ name: 'a/b' }, "Option name: got 'a/b'; allowed: 1 to 64 letters"],
    [{ name: '__proto__' }, 'Option name'],
    [{ model: '' }, "Option model: got ''; allowed: 1 to 256 characters"],
    [{ model: 'a\nb' }, "Option model: got 'a\\u000ab'"],
    [{ model: ' gpt' }, 'Option model'],
    [{ embeddingModel: 3 }, 'Option embeddingModel: got 3'],
    [{ timeouts: { idleMs: -1 } }, 'Option timeouts.idleMs: got -1; allowed: ms from 0'],
    [{ timeouts: { idle: 1 } }, "Unknown option timeouts.idle; allowed: did you mean 'idleMs'?"],
    [{ headers: { 'x-a': 'b\r\nx-b: secret' } }, 'Option headers.x-a: got a text with other characters'],
    [{ headers: { 'x-a': 'a\0secret' } }, 'Option headers.x-a'],
    [{ headers: { 'x-a': 'π' } }, 'Option headers.x-a'],
    [{ headers: { 'x a': 'b' } }, "Option headers.'x a': got a malformed name"],
    [{ headers: { 'x-a': 3 } }, 'Option headers.x-a: got 3'],
    [{ headers: 'x' }, "Option headers: got 'x'; allowed: an object"],
    [{ allowHttp: 'yes' }, 'Option allowHttp'],
    [{ apiKey: '' }, "Option apiKey of provider 'acme': got an empty text"],
    [{ apiKey: 'sk-secret\n' }, "Option apiKey of provider 'acme': got a text of 10 characters"],
    [{ apiKey: 7 }, "Option apiKey of provider 'acme': got a number"],
    ['secret', "Option options: got 'secret'"],
  ])('refuses %j', verifies('F188', 'F206', 'F207'), (options, words) => {
    const message = refusal(typeof options === 'string' ? (options as never) : ({ apiKey: key, ...options } as never))
    expect(message).toContain(words.replace("got 'secret'", 'got '))
    if (typeof options !== 'string') expect(message).not.toContain('secret')
  })

  it('names the variable that holds a malformed model', () => {
    vi.stubEnv('ACME_MODEL', 'a\u0007b')
    expect(refusal({ apiKey: key })).toContain("Option ACME_MODEL: got 'a\\u0007b'")
  })

  it('asks for what neither preset nor options give', () => {
    const { model, baseUrl, ...bare } = preset
    expect(() => resolvePreset({ ...bare, baseUrl: 'https://a.test' }, { apiKey: key })).toThrow(
      'Option model: got none; allowed: a model name, here or in ACME_MODEL',
    )
    expect(() => resolvePreset({ ...bare, model: 'm' }, { apiKey: key })).toThrow('Option baseUrl: got undefined')
  })

  it('never writes to what it was given', () => {
    const options = Object.freeze({ apiKey: key, headers: Object.freeze({ a: 'b' }), timeouts: Object.freeze({}) })
    expect(resolvePreset(Object.freeze(preset), options).headers).toEqual({ 'x-client': 'preset', a: 'b' })
  })

  it('makes variable names of any provider name', () => {
    expect(variablePrefix('lmstudio-gpu.2')).toBe('LMSTUDIO_GPU_2')
  })
})
