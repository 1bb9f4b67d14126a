/** The sealed form of our own: AES-256-GCM that is bound to the row it stands in. */
import { type Bytes, fromBase64, toBase64 } from './base64.ts'

/** What a sealed key belongs to; it opens nowhere else. */
export interface SealContext {
  readonly tenant: string
  readonly provider: string
  readonly id: string
  readonly keyVersion: number
}

const prefix = 'hf1.'
const idBytes = 8
const ivBytes = 12
const tagBytes = 16

/** A secret key as this form uses it. */
export interface AeadKey {
  /** Names the key inside a token without telling anything about it. */
  readonly id: Bytes
  readonly key: CryptoKey
}

/** Derives the key of this form, so that no key serves two ciphers. */
export async function aeadKey(secretKey: Bytes): Promise<AeadKey> {
  const source = await crypto.subtle.importKey('raw', secretKey, 'HKDF', false, ['deriveBits'])
  const derive = (purpose: string, bytes: number) => {
    const info = new TextEncoder().encode(`holdfast ${prefix} ${purpose}`)
    return crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, source, bytes * 8)
  }
  const key = await crypto.subtle.importKey('raw', await derive('key', 32), 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { id: new Uint8Array(await derive('id', idBytes)), key }
}

/** Was it sealed in this form? */
export function isAead(sealed: string): boolean {
  return sealed.startsWith(prefix)
}

/** Seals a text for one place. */
export async function sealAead({ id, key }: AeadKey, text: string, context: SealContext): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
  const body = await crypto.subtle.encrypt(algorithm(iv, context), key, new TextEncoder().encode(text))
  const bytes = new Uint8Array(idBytes + ivBytes + body.byteLength)
  bytes.set(id)
  bytes.set(iv, idBytes)
  bytes.set(new Uint8Array(body), idBytes + ivBytes)
  return prefix + toBase64(bytes, false)
}

/** Opens what this key sealed for this place; `undefined` for everything else. */
export async function openAead(
  { id, key }: AeadKey,
  sealed: string,
  context: SealContext,
): Promise<string | undefined> {
  const bytes = fromBase64(sealed.slice(prefix.length))
  if (bytes === undefined || bytes.length < idBytes + ivBytes + tagBytes) return undefined
  // The id is public; it only saves trying every key.
  if (id.some((byte, at) => byte !== bytes[at])) return undefined
  const iv = bytes.subarray(idBytes, idBytes + ivBytes)
  try {
    const text = await crypto.subtle.decrypt(algorithm(iv, context), key, bytes.subarray(idBytes + ivBytes))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch {
    return undefined // Changed, or moved from elsewhere.
  }
}

function algorithm(iv: Bytes, { tenant, provider, id, keyVersion }: SealContext): AesGcmParams {
  // As JSON, so that no two places are written alike.
  const place = JSON.stringify([prefix, tenant, provider, id, keyVersion])
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) }
}
