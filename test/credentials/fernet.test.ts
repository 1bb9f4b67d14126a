import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { decryptFernet, encryptFernet, generateSecretKey } from 'holdfast/credentials'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

const read = (name: string) => JSON.parse(readFileSync(`test/fixtures/fernet/${name}.json`, 'utf8'))
const spec = read('spec')
const python = read('python')
const at = (time: string | number) => ({ now: () => (typeof time === 'number' ? time : Date.parse(time)) })
const ttlMs = 60_000

describe('the acceptance tests of Fernet', verifies('A10'), () => {
  it('are met when making a token', async () => {
    const { token, made, iv, text } = spec.valid
    expect(await encryptFernet(spec.secret, text, { clock: at(made), iv: Uint8Array.from(iv as number[]) })).toBe(token)
  })

  it('are met when reading one', async () => {
    const { token, now, text } = spec.valid
    expect(await decryptFernet(spec.secret, token, { clock: at(now), ttlMs })).toBe(text)
  })

  it.each(spec.invalid as { why: string; now: string; token: string }[])(
    'refuse a token with $why',
    async ({ now, token }) => {
      await expect(decryptFernet(spec.secret, token, { clock: at(now), ttlMs })).rejects.toMatchObject({
        name: 'SecretError',
        code: 'secret_undecryptable',
        message: 'The token cannot be opened with any of the keys',
      })
    },
  )

  it('are not met by chance: what is out of time is read when no time is asked for', async () => {
    const [future, expired] = [spec.invalid[5], spec.invalid[6]]
    expect(await decryptFernet(spec.secret, expired.token)).toBe('')
    expect(await decryptFernet(spec.secret, future.token)).toBe('')
    const inTime = { clock: at('1985-10-26T01:21:01-07:00'), ttlMs }
    expect(await decryptFernet(spec.secret, expired.token, inTime)).toBe('')
  })
})

describe('tokens of Python', verifies('A10'), () => {
  it.each(python.tokens as { key: string; text: string; at: number; iv: number[]; token: string }[])(
    'are read and written byte for byte: $text',
    async ({ key, text, at: made, iv, token }) => {
      expect(await decryptFernet(key, token)).toBe(text)
      expect(await encryptFernet(key, text, { clock: at(made), iv: Uint8Array.from(iv) })).toBe(token)
    },
  )

  it('are read with whichever of several keys made them', async () => {
    const { keys, tokens, foreign } = python.multi
    for (const { text, token } of tokens) expect(await decryptFernet(keys, token)).toBe(text)
    await expect(decryptFernet(keys, foreign)).rejects.toMatchObject({ code: 'secret_undecryptable' })
  })

  it('and Python reads ours', async (context) => {
    const key = generateSecretKey()
    const token = await encryptFernet(key, 'sk-test-ключ-💡')
    const code =
      'import sys; from cryptography.fernet import Fernet; sys.stdout.buffer.write(Fernet(sys.argv[1]).decrypt(sys.argv[2].encode()))'
    try {
      execFileSync('python3', ['-c', 'import cryptography'], { stdio: 'ignore' })
    } catch {
      return context.skip('needs python3 with cryptography')
    }
    const text = execFileSync('python3', ['-c', code, key, token], { encoding: 'utf8' })
    expect(text).toBe('sk-test-ключ-💡')
  })
})

describe('a Fernet token', () => {
  it('differs each time and opens with its key alone', async () => {
    const [key, other] = [generateSecretKey(), generateSecretKey()]
    const [first, second] = [await encryptFernet(key, 'a'), await encryptFernet(key, 'a')]
    expect(first).not.toBe(second)
    expect(await decryptFernet([other, key], first)).toBe('a')
    await expect(decryptFernet(other, first)).rejects.toMatchObject({ code: 'secret_undecryptable' })
  })

  it('with any bit flipped, cut anywhere or empty is refused', verifies('F181'), async () => {
    const key = generateSecretKey()
    const token = await encryptFernet(key, 'sk-test-1234')
    const bytes = Buffer.from(token, 'base64url')
    const broken: string[] = ['', ' ', 'gAAAA', `${token}A`]
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const copy = Buffer.from(bytes)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      broken.push(copy.toString('base64url'))
    }
    for (let length = 0; length < bytes.length; length++) broken.push(bytes.subarray(0, length).toString('base64url'))
    for (const one of broken) {
      await expect(decryptFernet(key, one)).rejects.toMatchObject({ code: 'secret_undecryptable' })
    }
  })

  it('is judged by age only when that is asked, with a minute of skew', async () => {
    const key = generateSecretKey()
    const token = await encryptFernet(key, 'a', { clock: at(1_000_000_000) })
    const open = (now: number) =>
      decryptFernet(key, token, { clock: at(now), ttlMs: 10_000 }).then(
        () => true,
        () => false,
      )
    expect(await open(1_000_010_000)).toBe(true)
    expect(await open(1_000_011_000)).toBe(false)
    expect(await open(999_940_000)).toBe(true)
    expect(await open(999_939_000)).toBe(false)
  })

  it.each([16, 31, 33])('needs a key of 32 bytes, not %s', async (length) => {
    const key = Buffer.alloc(length, 7).toString('base64url')
    await expect(encryptFernet(key, 'a')).rejects.toMatchObject({ code: 'secret_invalid' })
  })
})
