/**
 * Fernet on WebCrypto: tokens that Python's `cryptography` reads and writes.
 * @see https://github.com/fernet/spec
 */
import { SecretError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'
import { systemClock } from '../utils/clock.ts'
import { type Bytes, fromBase64, toBase64 } from './base64.ts'
import { parseKeyForm } from './secret-key.ts'

const version = 0x80
/** Version, time, vector. */
const headerBytes = 1 + 8 + 16
const macBytes = 32
const blockBytes = 16
/** With `ttlMs`, a token may come from this far in the future. */
const maxSkewSeconds = 60

/** How a token is made. */
export interface FernetOptions {
  /** Default: the machine's own time. */
  readonly clock?: Pick<Clock, 'now'>
  /** The 16 bytes of the vector; only for tests. Default: random. */
  readonly iv?: Uint8Array
}

/** How a token is judged. */
export interface FernetLimits {
  /** Oldest token that is taken, in ms; one from more than 60 s ahead is refused then too. Default: any age. */
  readonly ttlMs?: number
  /** Default: the machine's own time. */
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * Seals a text as a Fernet token.
 *
 * @throws SecretError `secret_invalid` for a malformed key.
 */
export async function encryptFernet(secretKey: string, text: string, options: FernetOptions = {}): Promise<string> {
  return sealFernet(parseKeyForm('secretKey', secretKey), text, options)
}

/**
 * Opens a Fernet token with the first of the keys that fits.
 *
 * @throws SecretError `secret_undecryptable`, whatever the reason; `secret_invalid` for a malformed key.
 */
export async function decryptFernet(
  secretKeys: string | readonly string[],
  token: string,
  limits: FernetLimits = {},
): Promise<string> {
  for (const key of [secretKeys].flat()) {
    const text = await openFernet(parseKeyForm('secretKey', key), token, limits)
    if (text !== undefined) return text
  }
  throw new SecretError('secret_undecryptable', 'The token cannot be opened with any of the keys')
}

/** Seals with the bytes of a key. */
export async function sealFernet(key: Bytes, text: string, options: FernetOptions = {}): Promise<string> {
  const { clock = systemClock } = options
  const iv = options.iv === undefined ? crypto.getRandomValues(new Uint8Array(16)) : new Uint8Array(options.iv)
  const cipher = await crypto.subtle.importKey('raw', key.slice(16), 'AES-CBC', false, ['encrypt'])
  const body = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, cipher, new TextEncoder().encode(text)),
  )
  const token = new Uint8Array(headerBytes + body.length + macBytes)
  token[0] = version
  new DataView(token.buffer).setBigUint64(1, BigInt(Math.floor(clock.now() / 1_000)))
  token.set(iv, 9)
  token.set(body, headerBytes)
  const signed = token.subarray(0, headerBytes + body.length)
  token.set(new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(key, 'sign'), signed)), signed.length)
  return toBase64(token)
}

/** Opens with the bytes of a key: `undefined` when the token is not what it should be, for whatever reason. */
export async function openFernet(key: Bytes, token: string, limits: FernetLimits = {}): Promise<string | undefined> {
  const bytes = fromBase64(token.trim())
  if (bytes === undefined || bytes[0] !== version) return undefined
  const bodyBytes = bytes.length - headerBytes - macBytes
  if (bodyBytes < blockBytes || bodyBytes % blockBytes !== 0) return undefined
  if (!isInTime(Number(new DataView(bytes.buffer).getBigUint64(1)), limits)) return undefined
  const signed = bytes.subarray(0, headerBytes + bodyBytes)
  const mac = bytes.subarray(headerBytes + bodyBytes)
  // Verified before anything is decrypted, in constant time.
  if (!(await crypto.subtle.verify('HMAC', await macKey(key, 'verify'), mac, signed))) return undefined
  const cipher = await crypto.subtle.importKey('raw', key.slice(16), 'AES-CBC', false, ['decrypt'])
  const algorithm = { name: 'AES-CBC', iv: bytes.subarray(9, headerBytes) }
  try {
    const text = await crypto.subtle.decrypt(algorithm, cipher, bytes.subarray(headerBytes, headerBytes + bodyBytes))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch {
    return undefined // Wrong padding or no text: not what it should be.
  }
}

function isInTime(seconds: number, { ttlMs, clock = systemClock }: FernetLimits): boolean {
  if (ttlMs === undefined) return true
  const now = Math.floor(clock.now() / 1_000)
  return seconds + ttlMs / 1_000 >= now && seconds <= now + maxSkewSeconds
}

function macKey(key: Bytes, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', key.slice(0, 16), { name: 'HMAC', hash: 'SHA-256' }, false, [usage])
}
