// Text is cut into segments before any rule looks at it: runs of words that could belong to one match. No match crosses
// a cut, and a cut never depends on what comes after the next character, so a stream can be judged segment by segment
// and comes out like the whole text. Rules may look back across cuts (for words that tell what follows), never ahead.
// Very long runs are cut by force; there the next segment begins some way before the cut.

import { blockEnd, blockStart, maxBlock } from './blocks.ts'
import { characterClasses, digit, lower, mark, separator, skip, space, upper } from './characters.ts'

/** Longest segment, in UTF-16 units. Longer runs are cut here by force. */
export const maxSegment = 2_048
/** What is read again behind a cut by force: the longest match there is, secrets aside. */
const overlap = 512

/** What is in a segment. */
export const hasAt = 1
export const hasForeign = 2
export const hasCoded = 4
export const hasUpper = 8
/** `:` or `=` inside a word. */
export const hasAssignment = 16
/** A word of `longWord` units or more. */
export const hasLong = 32
/** An armoured block (`-----BEGIN …`). */
export const isBlock = 64
/** It was cut by force. */
export const isCut = 128

/** Where the next segment is. `end` is -1 when more text is needed to tell. */
export interface Cut {
  start: number
  end: number
  flags: number
  digits: number
}

const particles = /^(?:d[aeiou]|de[lrns]|d[ao]s|van|von|la|le|bin|ben)$/
const maxSpaces = 3
const longWord = 16

/**
 * Finds the next segment at or after `from`; false when there is none. When the text ends before the segment's end is
 * certain, `end` is -1 and everything from `start` on has to wait, unless `isEnd` says that this is all there will be.
 */
export function nextSegment(text: string, from: number, isEnd: boolean, cut: Cut): boolean {
  const table = characterClasses()
  const { length } = text
  // Short words of small letters between spaces and separators are passed over here: no rule has a use for them, and
  // they are most of a text.
  let word = -1
  let at = from
  for (; at < length; at++) {
    const code = text.charCodeAt(at)
    const kind = table[code] as number
    if (kind === lower) {
      if (word < 0) word = at
      else if (at - word >= longWord) break
    } else if (kind === space || (kind === separator && code !== backslash)) {
      word = -1
    } else if (word >= 0) break
    else if (kind === separator) {
      const after = afterEscape(text, at, table)
      if (after > length && !isEnd) return stop(cut, at, -1)
      if (after === at) break
      at = after - 1
    } else if (kind !== skip && code !== apostrophe) break
  }
  if (word >= 0) at = word
  cut.flags = cut.digits = 0
  if (at >= length) {
    stop(cut, length, length)
    return false
  }
  if (text.startsWith(blockStart, at)) {
    const end = blockEnd(text, at, isEnd)
    cut.flags = end === at + maxBlock ? isBlock | isCut : isBlock
    return stop(cut, at, end)
  }
  return stop(cut, at, segmentEnd(text, at, isEnd, cut, table))
}

/** Where to read on behind a segment cut by force: what a match that goes over the cut can begin with is read again. */
export function borderOf(text: string, { start, end, flags }: Cut): number {
  if ((flags & isBlock) !== 0) return end
  const border = Math.max(start + 1, end - overlap)
  // Not between the halves of a character.
  return (text.charCodeAt(border) & 0xfc00) === 0xdc00 ? border + 1 : border
}

const backslash = 0x5c
const apostrophe = 0x27
const semicolon = 0x3b

function stop(cut: Cut, start: number, end: number): true {
  cut.start = start
  cut.end = end
  return true
}

/** Most backslashes before a coded character: three levels of JSON in JSON. */
const maxSlashes = 7

/**
 * Where backslashes and what they escape end, beyond the text's length when that cannot be told yet; `at` itself when they
 * begin a coded character (`\\u0040`) that belongs to a word.
 */
function afterEscape(text: string, at: number, table: Uint8Array): number {
  const after = afterSlashes(text, at)
  const letter = text[after]
  if (letter === undefined) return after + 1
  if ('nrtbfv"\'/'.includes(letter)) return after + 1
  if (letter !== 'u') return after
  if (after + 5 > text.length) return after + 5
  const hex = text.slice(after + 1, after + 5)
  if (!/^[0-9a-f]{4}$/i.test(hex)) return after
  const kind = table[Number.parseInt(hex, 16)] as number
  return kind === separator || kind === space || after - at > maxSlashes ? after + 5 : at
}

function afterSlashes(text: string, at: number): number {
  let after = at + 1
  while (text.charCodeAt(after) === backslash) after++
  return after
}

function segmentEnd(text: string, start: number, isEnd: boolean, cut: Cut, table: Uint8Array): number {
  const { length } = text
  const last = Math.min(length, start + maxSegment)
  let flags = 0
  let digits = 0
  let word = start
  let wordDigits = 0
  let at = start
  let end = -1
  while (at < last) {
    const code = text.charCodeAt(at)
    const kind = table[code] as number
    if (code > 0x7f) flags |= hasForeign
    if (kind === lower) {
      while (++at < last && code < 0x80 && text.charCodeAt(at) >= 0x61 && text.charCodeAt(at) <= 0x7a);
    } else if (kind === digit) {
      wordDigits++
      at++
    } else if (kind === upper) {
      flags |= hasUpper
      at++
    } else if (kind === mark || kind === skip) {
      const found = markAt(text, at, start, isEnd, table)
      if (found === waits) return -1
      if (found === ends) break
      flags |= found
      at++
    } else if (kind === separator) {
      const size = sizeInside(text, at, word, isEnd, table)
      if (size === waits) return -1
      if (size === 0) break
      if (size > 1) flags |= hasCoded
      at += size
    } else {
      if (at - word >= longWord) flags |= hasLong
      const next = joined(text, { word, at, wordDigits, digits, isInner: word > start, isEnd }, table)
      if (next === -1 && !isEnd) return -1
      if (next <= 0) {
        end = at
        break
      }
      digits += wordDigits
      wordDigits = 0
      at = word = next
    }
  }
  // The text stopped before the segment did.
  if (end < 0 && at >= length && !isEnd) return -1
  if (end < 0 && at >= start + maxSegment && at < length) flags |= isCut
  if (at - word >= longWord) flags |= hasLong
  cut.flags = flags
  cut.digits = digits + wordDigits
  return end < 0 ? Math.min(at, length) : end
}

const waits = -1
const ends = -2

/** What a mark or an invisible character adds to the flags of its segment, unless it ends it or the next unit must be seen. */
function markAt(text: string, at: number, start: number, isEnd: boolean, table: Uint8Array): number {
  const code = text.charCodeAt(at)
  const next = table[text.charCodeAt(at + 1)]
  switch (code) {
    case 0x2d:
      return at > start && text.startsWith(blockStart, at) ? ends : 0
    case apostrophe: {
      // Between letters it belongs to a word; any other is a quote.
      if (next === undefined && !isEnd) return waits
      const before = table[text.charCodeAt(at - 1)]
      return (before === lower || before === upper) && (next === lower || next === upper) ? 0 : ends
    }
    case 0x40:
    case 0xff20:
    case 0xfe6b:
      return hasAt
    case 0x3a:
    case 0x3d:
    case 0xff1a:
    case 0xff1d:
      // One that ends a word assigns nothing.
      return next !== undefined && next !== space && next !== separator ? hasAssignment : 0
    default:
      return code === 0x25 || code === 0x26 ? hasCoded : 0
  }
}

/** How many units a separator takes that is inside a word after all (`&#64;`, `\\u0040`); 0 when it is not. */
function sizeInside(text: string, at: number, word: number, isEnd: boolean, table: Uint8Array): number {
  const code = text.charCodeAt(at)
  if (code === backslash) {
    const after = afterEscape(text, at, table)
    if (after > text.length && !isEnd) return waits
    return after === at ? afterSlashes(text, at) + 5 - at : 0
  }
  if (code !== semicolon) return 0
  const near = text.slice(Math.max(word, at - 8), at)
  return near.lastIndexOf('&') >= 0 && near.length - near.lastIndexOf('&') > 2 ? 1 : 0
}

/**
 * Does the word after the spaces at `at` belong to the same segment? Answers where it begins, 0 for no, and -1 when the
 * text ends too early to tell. Numbers go on with numbers, names with names, codes of capitals and digits with both.
 */
function joined(text: string, place: Place, table: Uint8Array): number {
  const { word, at, wordDigits, digits, isInner, isEnd } = place
  const first = table[text.charCodeAt(word)]
  const final = text.charCodeAt(at - 1)
  // A word of small letters inside a segment is a particle of a name: `de la`.
  const isName = first === upper || (first === lower && isInner)
  const isNumber = wordDigits > 0 || (digits > 0 && at - word <= 2 && first === mark)
  if (!isName && !isNumber && !(first === mark && at - word === 1)) return 0
  // A colon, a question or the end of a sentence: what follows is another matter.
  if (final === 0x3a || final === 0x21 || final === 0x3f) return 0
  if (final === 0x2e && at - word >= 5 && wordDigits === 0) return 0
  let next = at
  while (next < text.length && (table[text.charCodeAt(next)] === space || table[text.charCodeAt(next)] === skip)) next++
  if (next - at > maxSpaces) return 0
  if (next >= text.length) return -1
  const kind = table[text.charCodeAt(next)]
  if (kind === digit) return next
  if (kind === upper) return isName || isNumber ? next : 0
  if (kind === mark) return isNumber || (isName && '(+&'.includes(text[next] ?? ' ')) ? next : 0
  if (kind !== lower) return 0
  if (isNumber && (text[next] === 'x' || text[next] === 'e'))
    return nextWord(text, next, isEnd, /^(?:x|ext(?:ension)?)\.?\d*(?![a-z\d])/)
  return isName && 'dvlb'.includes(text[next] ?? ' ') ? nextWord(text, next, isEnd, particles) : 0
}

/** `next` when the word there is of the given form, else 0; -1 when it is cut off. */
function nextWord(text: string, next: number, isEnd: boolean, form: RegExp): number {
  const most = 9
  const found = text.slice(next, next + most)
  const stop = found.search(/[\s"'<>{}|;,]/)
  const word = stop < 0 ? found : found.slice(0, stop)
  if (stop < 0 && found.length < most && !isEnd) return -1
  return form.test(word) ? next : 0
}

/** Where a word stands that the next one may be joined to. */
interface Place {
  readonly word: number
  /** Its end. */
  readonly at: number
  readonly wordDigits: number
  readonly digits: number
  readonly isInner: boolean
  readonly isEnd: boolean
}
