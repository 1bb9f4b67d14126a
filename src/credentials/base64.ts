/** Bytes with a buffer of their own, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>

/** Url-safe base64, padded as Fernet has it. */
export function toBase64(bytes: Bytes, isPadded = true): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const text = btoa(binary).replaceAll('+', '-').replaceAll('/', '_')
  return isPadded ? text : text.replaceAll('=', '')
}

/** The bytes of url-safe base64, with or without its padding; `undefined` for anything else. */
export function fromBase64(text: string): Bytes | undefined {
  const bare = text.replace(/={1,2}$/, '')
  if (!/^[\w-]*$/.test(bare) || bare.length % 4 === 1) return undefined
  if (bare !== text && text.length % 4 !== 0) return undefined
  return Uint8Array.from(atob(bare.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}
