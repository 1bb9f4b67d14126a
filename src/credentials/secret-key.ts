import { SecretError } from '../errors/families.ts'
import { type Bytes, fromBase64, toBase64 } from './base64.ts'

const keyBytes = 32
const howTo = "make one with 'npx holdfast generate-key' (or generateSecretKey()) and set LLM_SECRET_KEY to it"

/** Keys that stand in documents for everybody to read. */
const published: readonly string[] = [
  'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
  'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
]

/**
 * A fresh secret key for `LLM_SECRET_KEY`: 32 random bytes in url-safe base64, the form Fernet uses as well.
 *
 * @example
 * console.log(generateSecretKey())
 */
export function generateSecretKey(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(keyBytes)))
}

/**
 * Reads a secret key. `source` names the variable or option it came from, `advice` what to do about a wrong
 * one; no message ever shows the value.
 *
 * @throws SecretError `secret_invalid` saying what is wrong with it.
 */
export function parseSecretKey(source: string, value: unknown, advice = howTo): Bytes {
  const bytes = parseKeyForm(source, value, advice)
  const isRepeated = bytes.every((byte) => byte === bytes[0])
  const fault = isRepeated
    ? 'repeats one byte'
    : published.includes(toBase64(bytes))
      ? 'is a published example'
      : undefined
  if (fault !== undefined) throw invalidKey(source, fault, advice)
  return bytes
}

/** As `parseSecretKey`, for a key of any strength. */
export function parseKeyForm(source: string, value: unknown, advice = howTo): Bytes {
  const text = typeof value === 'string' ? value.trim() : ''
  const bytes = fromBase64(text)
  const fault = faultOf(value, text, bytes)
  if (fault !== undefined || bytes === undefined) throw invalidKey(source, fault, advice)
  return bytes
}

/** The error for a key that is needed and not there. */
export function missingKey(source: string): SecretError {
  return new SecretError('secret_missing', `${source} is not set; ${howTo}`, { path: source })
}

function invalidKey(source: string, fault: string | undefined, advice: string): SecretError {
  return new SecretError('secret_invalid', `${source} ${fault}; ${advice}`, { path: source })
}

function faultOf(value: unknown, text: string, bytes: Bytes | undefined): string | undefined {
  if (typeof value !== 'string') return 'is not a text'
  if (text === '') return 'is empty'
  if (/^["'`]|["'`]$/.test(text)) return 'stands in quotes; leave them out'
  if (bytes === undefined) return 'is not url-safe base64'
  return bytes.length === keyBytes ? undefined : `has ${bytes.length} bytes; it must have ${keyBytes}`
}
