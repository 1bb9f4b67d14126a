import type { FilePart, ImagePart } from '../../types/message.ts'

/** Where the bytes of a picture or document are, in one normal form. */
export type Content =
  /** A `data:` URL never comes this way: it is `bytes`. */
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string | undefined }
  | { readonly kind: 'bytes'; readonly base64: string; readonly mediaType: string }
  /** An id in the provider's own file store. */
  | { readonly kind: 'id'; readonly id: string; readonly mediaType?: string | undefined }

/** `String.fromCharCode` takes its bytes as arguments; this many fit on any stack. */
const chunk = 0x2000

/** Bytes in base64, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += chunk) binary += String.fromCharCode(...bytes.subarray(i, i + chunk))
  return btoa(binary)
}

/** The bytes of a base64 text; the URL-safe alphabet and missing padding are taken too. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** A text in base64 of its UTF-8 bytes. */
export function textToBase64(text: string): string {
  return toBase64(new TextEncoder().encode(text))
}

/** The text whose UTF-8 bytes a base64 text holds; broken characters become U+FFFD. */
export function textOfBase64(base64: string): string {
  return new TextDecoder().decode(fromBase64(base64))
}

/** A `data:` URL of base64 bytes. */
export function dataUrl(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`
}

/**
 * Finds the bytes of a part. The media type is the part's own, else the one of its `data:` URL, else told from the first
 * bytes or the name's ending. Undefined when the part holds no bytes, URL or id at all.
 */
export function contentOf(part: ImagePart | FilePart): Content | undefined {
  const { url, data, mediaType } = part
  const name = 'filename' in part ? part.filename : undefined
  if (data !== undefined) {
    if (typeof data === 'string' && data.startsWith('data:')) return ofDataUrl(data, mediaType)
    const base64 = typeof data === 'string' ? data : toBase64(data)
    return { kind: 'bytes', base64, mediaType: mediaType ?? mediaTypeOf(base64, name) }
  }
  if (url?.startsWith('data:')) return ofDataUrl(url, mediaType)
  if (url !== undefined) return { kind: 'url', url, mediaType: mediaType ?? mediaTypeOfName(url) }
  if ('fileId' in part && part.fileId !== undefined) return { kind: 'id', id: part.fileId, mediaType }
  return undefined
}

/** RFC 2397: `data:[<media type>][;base64],<data>`. */
function ofDataUrl(url: string, given: string | undefined): Content {
  const [, told, isBase64, coded = ''] = /^data:([^,;]*)[^,]*?(;base64)?(?:,(.*))?$/is.exec(url) ?? []
  const data = percentDecoded(coded)
  const base64 = isBase64 ? data : textToBase64(data)
  return { kind: 'bytes', base64, mediaType: given || told || (isBase64 ? mediaTypeOf(base64) : 'text/plain') }
}

function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text // A bare percent sign: the text was not coded.
  }
}

/** Beginnings of base64 texts by what they hold; RIFF says what it is in bytes 8 to 11. */
const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^iVBORw0KGgo/, 'image/png'],
  [/^\/9j\//, 'image/jpeg'],
  [/^R0lGOD/, 'image/gif'],
  [/^UklGR.{7}RUJQ/, 'image/webp'],
  [/^UklGR.{7}QVZF/, 'audio/wav'],
  [/^JVBERi/, 'application/pdf'],
]

const endings: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
}

function mediaTypeOf(base64: string, name?: string): string {
  return beginnings.find(([start]) => start.test(base64))?.[1] ?? mediaTypeOfName(name) ?? 'application/octet-stream'
}

/** The media type a file name or URL ends in, where it is a common one. */
export function mediaTypeOfName(name: string | undefined): string | undefined {
  const ending = name?.split(/[?#]/)[0]?.match(/\.(\w{2,4})$/)?.[1]
  return ending && endings[ending.toLowerCase()]
}
