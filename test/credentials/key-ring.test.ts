import { inspect } from 'node:util'
import { encryptFernet, generateSecretKey, KeyRing } from 'holdfast/credentials'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { verifies } from '../support/verifies.ts'

const context = { tenant: 'acme', provider: 'openai', id: 'c1', keyVersion: 1 }
const apiKey = 'sk-test-canary-6f3a9c'
afterEach(() => vi.unstubAllEnvs())

function env(values: Record<string, string | undefined>) {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value)
}

describe('a fresh secret key', verifies('A2'), () => {
  it('is 32 random bytes in url-safe base64', () => {
    const keys = Array.from({ length: 100 }, generateSecretKey)
    expect(keys.every((key) => /^[\w-]{43}=$/.test(key))).toBe(true)
    expect(new Set(keys).size).toBe(100)
  })
})

describe('the key ring', () => {
  it('says which variable is missing and how to make a key', verifies('F176', 'A1'), () => {
    env({ LLM_SECRET_KEY: undefined, LLM_PREVIOUS_KEYS: undefined })
    expect(() => new KeyRing()).toThrow(
      expect.objectContaining({ name: 'SecretError', code: 'secret_missing', path: 'LLM_SECRET_KEY' }),
    )
    expect(() => new KeyRing()).toThrow(/LLM_SECRET_KEY .*npx holdfast generate-key.*generateSecretKey\(\)/)
    env({ LLM_SECRET_KEY: '   ' })
    expect(() => new KeyRing()).toThrow(expect.objectContaining({ code: 'secret_missing' }))
  })

  it.each([
    ['too short', Buffer.alloc(16, 'ab').toString('base64url'), '16 bytes'],
    ['too long', Buffer.alloc(48, 'ab').toString('base64url'), '48 bytes'],
    ['no base64', 'this is not a key at all, but it is long enough', 'base64'],
    ['the other base64', 'ab+/ab+/ab+/ab+/ab+/ab+/ab+/ab+/ab+/ab+/ab+=', 'base64'],
    ['all zero', Buffer.alloc(32).toString('base64url'), 'repeats'],
    ['one byte over and over', Buffer.alloc(32, 'x').toString('base64url'), 'repeats'],
    ['the published example', 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'example'],
    ['in quotes', `"${generateSecretKey()}"`, 'quotes'],
    ['with a space inside', `${generateSecretKey().slice(0, 20)} ${generateSecretKey().slice(20)}`, 'base64'],
  ])('refuses a key that is %s, without showing it', verifies('F177', 'A1'), (_, key, why) => {
    env({ LLM_SECRET_KEY: key })
    const error = (() => {
      try {
        return new KeyRing()
      } catch (thrown) {
        return thrown as Error
      }
    })()
    expect(error).toMatchObject({ name: 'SecretError', code: 'secret_invalid', path: 'LLM_SECRET_KEY' })
    expect((error as Error).message).toContain(why)
    expect((error as Error).message).toMatch(/^LLM_SECRET_KEY .*npx holdfast generate-key/)
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(key.replaceAll('"', '').slice(4, 20))
  })

  it('names the variable for a wrong option too', verifies('A1'), () => {
    expect(() => new KeyRing({ current: 'short' })).toThrow(/^keyRing.current .*generate-key.*LLM_SECRET_KEY/)
  })

  it('takes a key with white space around it', verifies('F177'), async () => {
    const key = generateSecretKey()
    env({ LLM_SECRET_KEY: ` ${key}\r\n` })
    const sealed = await new KeyRing().seal(apiKey, context)
    expect((await new KeyRing({ current: key }).open(sealed, context)).secret.reveal()).toBe(apiKey)
  })

  it('reads previous keys as an array, as one key, or as none', verifies('F180', 'A1'), async () => {
    const [now, before, earlier] = [generateSecretKey(), generateSecretKey(), generateSecretKey()]
    const old = await new KeyRing({ current: earlier }).seal(apiKey, context)
    env({ LLM_SECRET_KEY: now, LLM_PREVIOUS_KEYS: JSON.stringify([before, earlier]) })
    expect((await new KeyRing().open(old, context)).isStale).toBe(true)
    env({ LLM_PREVIOUS_KEYS: earlier })
    expect((await new KeyRing().open(old, context)).secret.reveal()).toBe(apiKey)
    env({ LLM_PREVIOUS_KEYS: '' })
    await expect(new KeyRing().open(old, context)).rejects.toMatchObject({ code: 'secret_undecryptable' })
  })

  it.each([
    ['broken JSON', `["${generateSecretKey()}"`],
    ['an object', '{"a":1}'],
    ['a list with something else', `["${generateSecretKey()}", 7]`],
    ['too many keys', JSON.stringify(Array.from({ length: 101 }, generateSecretKey))],
  ])('refuses previous keys that are %s, without showing them', verifies('F180'), (_, list) => {
    env({ LLM_SECRET_KEY: generateSecretKey(), LLM_PREVIOUS_KEYS: list })
    try {
      new KeyRing()
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'secret_invalid', path: expect.stringMatching(/^LLM_PREVIOUS_KEYS/) })
      expect((error as Error).message).not.toContain('generate-key')
      expect(inspect(error)).not.toContain(list.slice(4, 24))
    }
  })

  it('tries fifty previous keys in their order', verifies('F180'), async () => {
    const keys = Array.from({ length: 50 }, generateSecretKey)
    const sealed = await Promise.all([keys[0], keys[49]].map((key) => encryptFernet(key as string, apiKey)))
    const ring = new KeyRing({ current: generateSecretKey(), previous: keys })
    for (const one of sealed) expect((await ring.open(one, context)).secret.reveal()).toBe(apiKey)
  })

  it('opens only what stands where it was sealed', verifies('F182', 'F183'), async () => {
    const ring = new KeyRing({ current: generateSecretKey() })
    const sealed = await ring.seal(apiKey, context)
    expect((await ring.open(sealed, context)).secret.reveal()).toBe(apiKey)
    const elsewhere = [
      { ...context, tenant: 'umbra' },
      { ...context, provider: 'groq' },
      { ...context, id: 'c2' },
      { ...context, keyVersion: 2 },
      { ...context, tenant: 'acme","openai', provider: '' },
    ]
    for (const place of elsewhere) {
      await expect(ring.open(sealed, place)).rejects.toMatchObject({
        name: 'SecretError',
        code: 'secret_undecryptable',
      })
    }
  })

  it('opens nothing that was changed, cut or sealed by others', verifies('F178', 'F181'), async () => {
    const ring = new KeyRing({ current: generateSecretKey() })
    const sealed = await ring.seal(apiKey, context)
    const bytes = Buffer.from(sealed.slice(4), 'base64url')
    const broken = ['', 'hf1.', 'hf2.abc', apiKey, `${sealed}A`, ` ${sealed}`]
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const copy = Buffer.from(bytes)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      broken.push(`hf1.${copy.toString('base64url')}`)
    }
    for (let length = 0; length < bytes.length; length++)
      broken.push(`hf1.${bytes.subarray(0, length).toString('base64url')}`)
    broken.push(await new KeyRing({ current: generateSecretKey() }).seal(apiKey, context))
    for (const one of broken) {
      await expect(ring.open(one, context)).rejects.toMatchObject({ code: 'secret_undecryptable' })
    }
  })

  it('reads Fernet tokens beside its own, unless that is switched off', verifies('A10'), async () => {
    const current = generateSecretKey()
    const token = await encryptFernet(current, apiKey)
    expect(await new KeyRing({ current }).open(token, context)).toMatchObject({ isStale: true })
    await expect(new KeyRing({ current, acceptFernet: false }).open(token, context)).rejects.toMatchObject({
      code: 'secret_undecryptable',
    })
    const fernet = new KeyRing({ current, seal: 'fernet' })
    const own = await fernet.seal(apiKey, context)
    expect(own).toMatch(/^gAAAA/)
    expect(await fernet.open(own, context)).toMatchObject({ isStale: false })
  })

  it('shows nothing of its keys or of what it opened', verifies('F184', 'F185'), async () => {
    const current = generateSecretKey()
    const ring = new KeyRing({ current })
    const opened = await ring.open(await ring.seal(apiKey, context), context)
    const error = await ring.open('hf1.AAAA', context).catch((thrown) => thrown)
    const bytes = Buffer.from(current, 'base64url')
    for (const value of [ring, opened, error, { nested: [ring, opened] }]) {
      const shown = [
        inspect(value, { depth: 20, showHidden: true }),
        JSON.stringify(value),
        String(value),
        `${value}`,
      ].join()
      expect(shown).not.toContain(apiKey)
      expect(shown).not.toContain(current.slice(0, 12))
      expect(shown).not.toContain(bytes.toString('hex').slice(0, 16))
      expect(shown).not.toContain([...bytes.subarray(0, 4)].join(', '))
    }
    expect(inspect(structuredClone({ secret: opened.secret }))).not.toContain(apiKey)
  })
})
