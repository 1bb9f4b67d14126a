/** What codes are written in, by character code. */
const inRun = Array.from({ length: 128 }, (_, code) => /[\w+/=%&#;\\-]/.test(String.fromCharCode(code)))
const shortestRun = 16
const longestRun = 4_096
const maxRuns = 200
const fewestLetters = 8
const fewestCodes = 3

/** A text found inside another one, in code. */
export interface Decoded {
  readonly text: string
  readonly name: 'base64' | 'hex' | 'percent' | 'entities' | 'escapes'
  /** Place of the code in the text it was found in. */
  readonly start: number
  readonly end: number
}

/** Reads what long runs without spaces say in the usual codes, and rows of two-digit hexadecimal numbers. */
export function decodeRuns(text: string): Decoded[] {
  const found: Decoded[] = []
  let count = 0
  for (let start = 0; start < text.length; ) {
    const end = runEnd(text, start)
    if (end - start >= shortestRun) {
      if (++count > maxRuns) break
      const code = text.slice(start, end)
      for (const [name, read] of readers) {
        const plain = read(code)
        if (plain !== undefined && looksLikeText(plain)) {
          found.push({ text: plain, name, start, end })
          break
        }
      }
    }
    start = Math.max(end, start + 1)
  }
  return found
}

function runEnd(text: string, start: number): number {
  const last = Math.min(text.length, start + longestRun)
  let end = start
  while (end < last && inRun[text.charCodeAt(end)]) end++
  return end
}

/** Rows of two-digit hexadecimal numbers with something between them. */
export function decodePairs(text: string): Decoded[] {
  return Array.from(
    text.matchAll(/\b(?:(?:0x|\\x)?[\da-f]{2}[\s,:]{1,2}){7,2000}(?:0x|\\x)?[\da-f]{2}\b/gi),
    (match) => ({
      text: fromHex(match[0].replace(/0x|\\x|[\s,:]/gi, '')) ?? '',
      name: 'hex' as const,
      start: match.index,
      end: match.index + match[0].length,
    }),
  ).filter(({ text: plain }) => looksLikeText(plain))
}

const readers: readonly (readonly [Decoded['name'], (code: string) => string | undefined])[] = [
  ['percent', fromPercent],
  ['entities', (code) => replaced(code, /&#(\d{2,6});/g, 10) ?? replaced(code, /&#x([\da-f]{2,5});/gi, 16)],
  ['escapes', (code) => replaced(code, /\\u\{?([\da-f]{2,5})\}?/gi, 16) ?? replaced(code, /\\x([\da-f]{2})/gi, 16)],
  ['hex', (code) => fromHex(code.replace(/^0x/i, ''))],
  ['base64', fromBase64],
]

/** Puts characters for their codes when there are at least three. */
function replaced(code: string, pattern: RegExp, base: number): string | undefined {
  let count = 0
  const plain = code.replace(pattern, (whole, digits: string) => {
    count++
    const value = Number.parseInt(digits, base)
    return value <= 0x10ffff ? String.fromCodePoint(value) : whole
  })
  return count >= fewestCodes ? plain : undefined
}

function fromPercent(code: string): string | undefined {
  if ((code.match(/%[\da-f]{2}/gi)?.length ?? 0) < fewestCodes) return undefined
  return code.replace(/(?:%[\da-f]{2})+/gi, (codes) => fromHex(codes.replaceAll('%', '')) ?? codes)
}

function fromHex(code: string): string | undefined {
  if (code.length % 2 !== 0 || !/^[\da-f]+$/i.test(code)) return undefined
  return fromBytes(Array.from({ length: code.length / 2 }, (_, i) => Number.parseInt(code.slice(2 * i, 2 * i + 2), 16)))
}

function fromBase64(code: string): string | undefined {
  const plain = code.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '')
  // Any text in base64 has small and capital letters; words of a language mostly have not.
  if (!/^[A-Za-z\d+/]+$/.test(plain) || !/[a-z]/.test(plain) || !/.[A-Z]/.test(plain)) return undefined
  try {
    const binary = atob(plain.slice(0, plain.length - (plain.length % 4 === 1 ? 1 : 0)))
    return fromBytes(Array.from(binary, (byte) => byte.charCodeAt(0)))
  } catch {
    return undefined // Not base64 after all.
  }
}

function fromBytes(bytes: number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes))
  } catch {
    return undefined // Bytes of something else.
  }
}

/** Mostly letters and spaces, nothing unprintable. */
function looksLikeText(text: string): boolean {
  const letters = text.match(/[\p{L}\s]/gu)?.length ?? 0
  return letters >= fewestLetters && letters >= text.length * 0.7 && !/[^\P{Cc}\s]/u.test(text)
}
