import { decodePairs, decodeRuns } from './decode.ts'
import type { Folded } from './fold.ts'
import { enoughCodes, unleet } from './tokeniser.ts'
import type { Hints, Tokens } from './tokens.ts'
import { rot13 } from './words.ts'

/** Ways to hide a text in another one. */
export type ViewName =
  | 'plain'
  | 'invisible'
  | 'leet'
  | 'spaced'
  | 'reversed'
  | 'rot13'
  | 'tags'
  | 'base64'
  | 'hex'
  | 'percent'
  | 'entities'
  | 'escapes'

/** Another reading of a text. */
export interface View {
  readonly name: ViewName
  readonly text: string
  /** Where a stretch of this reading stands: in the folded text, or in the original when `isOriginal`. */
  place(start: number, end: number): readonly [start: number, end: number]
  readonly isOriginal?: boolean
}

/** What is known of a text before its other readings are looked for. */
export interface Reading {
  readonly original: string
  readonly folded: Folded
  readonly tokens: Tokens
}

const minSingles = 6
const minPairs = 8
const tagInWord = /[a-z](?:<[/!a-z][^<>]{0,200}>){1,4}[a-z]/
const unseen = /[\u{e0000}-\u{e01ef}]/gu

/** The other readings that a text gives reason to look at. Their number is limited, their length at most the text's. */
export function viewsOf({ original, folded, tokens }: Reading): View[] {
  const { hints } = tokens
  const { text } = folded
  const views: View[] = []
  if (folded.invisible.length > 3) views.push(invisibleView(original, folded.invisible))
  if (hints.leet > 0) views.push(...leetViews(text))
  if (hints.singles >= minSingles) views.push(spacedView(text, tokens))
  if (hints.mirrored > 1) views.push(...reversedViews(text))
  if (hints.rotated > 1) views.push({ name: 'rot13', text: rot13(text), place: same })
  if (text.includes('<') && tagInWord.test(text)) views.push(tagView(text))
  for (const { text: plain, name, start, end } of decoded(original, hints)) {
    views.push({ name, text: plain, place: () => [start, end], isOriginal: true })
  }
  return views
}

/** The characters that show nothing, from the first to the last. */
function invisibleView(original: string, text: string): View {
  const places = Array.from(original.matchAll(unseen), ({ index }) => index)
  const [first = 0, last = first] = [places[0], places.at(-1)]
  return { name: 'invisible', text, place: () => [first, last + 2], isOriginal: true }
}

function same(start: number, end: number): readonly [number, number] {
  return [start, end]
}

function decoded(original: string, hints: Hints) {
  const isPaired = hints.pairs >= minPairs
  return [
    ...(isPaired || hints.codes >= enoughCodes ? decodeRuns(original) : []),
    ...(isPaired ? decodePairs(original) : []),
  ]
}

function leetViews(text: string): View[] {
  const readings = /[1|]/.test(text) ? ['i', 'l'] : ['i']
  return readings.map((one) => ({ name: 'leet', text: unleet(text, one), place: same }))
}

/** Turned round as a whole, and word by word. */
function reversedViews(text: string): View[] {
  const { length } = text
  const letters = Array.from({ length }, (_, i) => text[length - 1 - i])
  return [
    { name: 'reversed', text: letters.join(''), place: (start, end) => [length - end, length - start] },
    { name: 'reversed', text: text.replace(/\w{2,64}/g, turned), place: same },
  ]
}

function turned(word: string): string {
  return [...word].reverse().join('')
}

/** Words of one letter in a row, joined; a wider gap than usual ends a word. */
function spacedView(text: string, { count, start, end }: Tokens): View {
  const places: number[] = []
  let out = ''
  const copy = (from: number, to: number) => {
    for (let i = from; i < to; i++) places.push(i)
    out += text.slice(from, to)
  }
  const isSingle = (i: number) => i < count && (end[i] as number) - (start[i] as number) === 1
  const gapAfter = (i: number) => (start[i + 1] as number) - (end[i] as number)
  let done = 0
  for (let i = 0; i < count; i++) {
    let last = i
    let usual = Number.POSITIVE_INFINITY
    while (isSingle(last) && isSingle(last + 1)) usual = Math.min(usual, gapAfter(last++))
    if (last - i < minSingles - 1) continue
    copy(done, start[i] as number)
    for (; i <= last; i++) {
      copy(start[i] as number, end[i] as number)
      if (i < last && gapAfter(i) > usual) copy(end[i] as number, (end[i] as number) + 1)
    }
    done = end[last] as number
    i = last
  }
  copy(done, text.length)
  places.push(text.length)
  return { name: 'spaced', text: out, place: (from, to) => [places[from] as number, (places[to - 1] as number) + 1] }
}

/** Without the tags that cut words into pieces. */
function tagView(text: string): View {
  const places: number[] = []
  let out = ''
  let done = 0
  for (const { 0: tag, index } of text.matchAll(/<[/!a-z][^<>]{0,200}>/g)) {
    for (let i = done; i < index; i++) places.push(i)
    out += text.slice(done, index)
    done = index + tag.length
  }
  for (let i = done; i < text.length; i++) places.push(i)
  out += text.slice(done)
  return { name: 'tags', text: out, place: (from, to) => [places[from] as number, (places[to - 1] as number) + 1] }
}
