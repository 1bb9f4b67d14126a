import { type Stretch, sentences } from './sentences.ts'
import { contentWords, type Word } from './words.ts'

/** A statement of an answer, with the marks of its citations. */
export interface Claim extends Stretch {
  /** The sentence without its citation marks. */
  readonly text: string
  readonly words: readonly Word[]
  /** What stands in its citation marks: `1`, `doc-a`, `Annual report`. */
  readonly cited: readonly string[]
}

/** Whether a name in a mark belongs to a source. */
export type IsSource = (name: string) => boolean

const mark = /\[\^?([^\][\n]{1,120})\](?!\()|【([^】\n]{1,120})】|\(([^()\n]{2,120})\)/g
const prefix = /^(?:source|sources|see|ref|cf|quelle|siehe|vgl|doc|document)[.:]?\s+/i
const code = /```[\s\S]*?(?:```|$)/g
const heading = /^\s{0,3}(?:#{1,6}\s|\*\*[^*\n]+\*\*:?\s*$)|:\s*$/

/** Statements of an answer: not its headings, questions and code. A citation at the end of a paragraph's row covers it. */
export function claimsOf(answer: string, isSource: IsSource): Claim[] {
  const text = answer.replace(code, (block) => ' '.repeat(block.length))
  const claims: { claim: Claim; paragraph: number }[] = []
  let paragraph = 0
  for (const stretch of sentences(text)) {
    if (text[stretch.start - 1] === '\n') paragraph++
    const raw = text.slice(stretch.start, stretch.end)
    const { plain, cited } = withoutMarks(raw, isSource)
    const words = contentWords(plain.replace(/^\s*(?:[-*+]|\d{1,2}[.)])\s+/, ' '))
    if (words.length === 0) {
      moveBack(claims, cited, paragraph)
      continue
    }
    if (heading.test(raw) || /\?["”’)\s]*$/.test(plain)) continue
    claims.push({ claim: { ...stretch, text: plain.trim(), words, cited }, paragraph })
  }
  return inherit(claims)
}

/** Marks stand for themselves: numbers in brackets always, other words only when they name a source. */
function withoutMarks(raw: string, isSource: IsSource): { plain: string; cited: string[] } {
  const cited: string[] = []
  const plain = raw.replace(mark, (whole, square?: string, lenticular?: string, round?: string) => {
    const names = (square ?? lenticular ?? round ?? '')
      .split(/[,;]\s*/)
      .flatMap((name) => rangeOf(name.replace(prefix, '').replace(/†.*$/, '').trim()))
    const isMark = round === undefined && names.every((name) => /^\d{1,3}$/.test(name))
    if (!isMark && !names.every(isSource)) return whole
    cited.push(...names)
    return ' '
  })
  return { plain, cited }
}

function rangeOf(name: string): string[] {
  const [, from, to] = /^(\d{1,3})\s?[-–]\s?(\d{1,3})$/.exec(name) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (from === undefined || last < first || last - first > 20) return [name]
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i))
}

/** Marks after the full stop belong to the sentence before. */
function moveBack(claims: { claim: Claim; paragraph: number }[], cited: readonly string[], paragraph: number): void {
  const last = claims.at(-1)
  if (last === undefined || last.paragraph !== paragraph || cited.length === 0) return
  last.claim = { ...last.claim, cited: [...last.claim.cited, ...cited] }
}

/** A statement without a mark has the mark of the next one in its paragraph. */
function inherit(claims: readonly { claim: Claim; paragraph: number }[]): Claim[] {
  const out: Claim[] = []
  let next: { readonly cited: readonly string[]; readonly paragraph: number } | undefined
  for (const { claim, paragraph } of [...claims].reverse()) {
    const isCovered = claim.cited.length === 0 && next?.paragraph === paragraph
    const cited = isCovered ? (next?.cited ?? []) : claim.cited
    out.unshift({ ...claim, cited })
    next = { cited, paragraph }
  }
  return out
}
