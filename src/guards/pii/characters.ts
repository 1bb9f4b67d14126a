// Every rule reads folded text: one alphabet, one kind of digit, one kind of dash. What is folded is listed in docs/guards.md.

/** What a character means to the cutting of text into segments. */
export const separator = 0
export const space = 1
export const lower = 2
export const upper = 3
export const digit = 4
export const mark = 5
/** Invisible: passed over inside a segment. */
export const skip = 6

/** First code points of ten digits in a row, in scripts beside ASCII that are in everyday use. */
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
  0x1040, 0x17e0, 0x1810, 0x1946, 0x19d0, 0xa620, 0xa9d0, 0xaa50, 0xabf0,
]

let classes: Uint8Array | undefined

/** The class of every UTF-16 unit; made on first use. */
export function characterClasses(): Uint8Array {
  if (classes === undefined) classes = makeClasses()
  return classes
}

function makeClasses(): Uint8Array {
  const table = new Uint8Array(0x10000)
  const fill = (value: number, ...ranges: readonly (readonly [number, number])[]) => {
    for (const [first, last] of ranges) table.fill(value, first, last + 1)
  }
  // Letters of scripts that put spaces between words. The others (Han, Kana, Hangul, Thai …) separate.
  fill(lower, [0xc0, 0x24f], [0x250, 0x2ff], [0x370, 0xdff], [0x10a0, 0x10ff], [0x1200, 0x137f], [0x1c80, 0x1fff])
  for (let code = 0xc0; code < 0x2000; code++) {
    if (table[code] !== lower || code === 0x588) continue
    const character = String.fromCharCode(code)
    if (character.toLowerCase() !== character) table[code] = upper
  }
  fill(
    separator,
    [0xd7, 0xd7],
    [0xf7, 0xf7],
    [0x37e, 0x37e],
    [0x589, 0x58a],
    [0x60c, 0x60c],
    [0x61b, 0x61f],
    [0x6d4, 0x6d4],
  )
  for (const zero of zeros) fill(digit, [zero, zero + 9])
  fill(lower, [0xaa, 0xaa], [0xb5, 0xb5], [0xba, 0xba], [0x2c60, 0x2c7f], [0xa720, 0xa7ff])
  fill(mark, [0xb7, 0xb7], [0x2010, 0x2015], [0x2024, 0x2027], [0x2044, 0x2044], [0x2070, 0x209c], [0x2100, 0x214f])
  fill(mark, [0x2212, 0x2212], [0x2215, 0x2215], [0x2460, 0x24ff], [0xd800, 0xdfff], [0xfe50, 0xfe6b])
  fill(space, [0xa0, 0xa0], [0x2000, 0x200a], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000])
  fill(
    skip,
    [0xad, 0xad],
    [0x300, 0x36f],
    [0x483, 0x489],
    [0x61c, 0x61c],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x202a, 0x202e],
  )
  fill(skip, [0x2060, 0x206f], [0x20d0, 0x20ff], [0xfe00, 0xfe0f], [0xfe20, 0xfe2f], [0xfeff, 0xfeff])
  for (let code = 0x21; code < 0x7f; code++) table[code] = classOfAscii(String.fromCharCode(code))
  table[0x20] = space
  // Full-width forms are their ASCII selves.
  for (let code = 0x21; code < 0x7f; code++) table[0xfee0 + code] = table[code] ?? separator
  return table
}

/** An ASCII letter or digit. */
export function isPlain(code: number): boolean {
  return (code > 47 && code < 58) || (code > 96 && code < 123) || (code > 64 && code < 91)
}

function classOfAscii(character: string): number {
  if (character >= '0' && character <= '9') return digit
  if (character >= 'a' && character <= 'z') return lower
  if (character >= 'A' && character <= 'Z') return upper
  return '"<>{}|;`[]\\'.includes(character) ? separator : mark
}

/** Characters whose folded form NFKC does not give. */
const folds: Readonly<Record<string, string>> = {
  '\u00b7': '.',
  '\u2024': '.',
  '\u2027': '.',
  '\u2212': '-',
  '\u2215': '/',
  '\u2044': '/',
}

/** One code point in folded form: `''` when it is invisible. ASCII stays itself. */
function foldCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return character
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0)
  const kind = code < 0x10000 ? characterClasses()[code] : undefined
  if (code < 0x2000 && (kind === lower || kind === upper)) return character
  if (kind === skip || (code >= 0xe0000 && code <= 0xe0fff)) return ''
  if (code >= 0x2010 && code <= 0x2015) return '-'
  const fixed = folds[character]
  if (fixed !== undefined) return fixed
  if (kind === space) return ' '
  const zero = zeros.find((first) => code >= first && code < first + 10)
  if (zero !== undefined) return String(code - zero)
  const folded = character.normalize('NFKC')
  // A ligature or an abbreviation in one character stays; only one-to-one forms are of use.
  return folded.length <= 2 ? folded : character
}

/** Text with its invisible parts taken out and its forms folded, and where each unit came from. */
export interface Folded {
  readonly text: string
  /** Offset in the original of each unit of `text`, and one more for its end; absent when nothing was changed. */
  readonly offsets: readonly number[] | undefined
}

// Percent-coded bytes, numeric and the few named HTML references that stand for characters of our patterns, JSON escapes.
const coded =
  /%[0-9a-f]{2}|&#(?:\d{1,6}|x[0-9a-f]{1,5});?|&(?:commat|period|plus|lpar|rpar|hyphen|dash|colon|amp|nbsp);|(?<!\\)\\{1,7}u[0-9a-f]{4}/gi
const named: Readonly<Record<string, string>> = {
  commat: '@',
  period: '.',
  plus: '+',
  lpar: '(',
  rpar: ')',
  hyphen: '-',
  dash: '-',
  colon: ':',
  amp: '&',
  nbsp: ' ',
}

/** Folds a text; cheap when there is nothing to fold. */
export function foldText(text: string, hasForeign: boolean, hasCoded: boolean): Folded {
  if (!hasForeign && !hasCoded) return { text, offsets: undefined }
  const codedAt = hasCoded ? decodedAt(text) : undefined
  if (!hasForeign && codedAt === undefined) return { text, offsets: undefined }
  let folded = ''
  const offsets: number[] = []
  for (let at = 0; at < text.length; ) {
    const decoded = codedAt?.get(at)
    const character = decoded?.character ?? String.fromCodePoint(text.codePointAt(at) ?? 0)
    const form = foldCharacter(character)
    for (let unit = 0; unit < form.length; unit++) offsets.push(at)
    folded += form
    at += decoded?.length ?? character.length
  }
  offsets.push(text.length)
  return { text: folded, offsets }
}

type Decoded = Map<number, { character: string; length: number }>

function decodedAt(text: string): Decoded | undefined {
  let found: Decoded | undefined
  coded.lastIndex = 0
  for (let match = coded.exec(text); match !== null; match = coded.exec(text)) {
    const [form] = match
    const character = decode(form)
    if (character === undefined) continue
    found ??= new Map()
    found.set(match.index, { character, length: form.length })
  }
  return found
}

function decode(form: string): string | undefined {
  if (form[0] === '&' && form[1] !== '#') return named[form.slice(1, -1).toLowerCase()]
  const isHex = form[0] !== '&' || /x/i.test(form)
  const code = Number.parseInt(form.replace(/^(?:%|&#x?|\\+u)/i, ''), isHex ? 16 : 10)
  // Bytes of longer UTF-8 sequences and control characters stay as they are written.
  return code >= 0x20 && code < (form[0] === '%' ? 0x7f : 0x10000) ? String.fromCharCode(code) : undefined
}
