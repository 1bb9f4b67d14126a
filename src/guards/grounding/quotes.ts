/** How closely a quote must match its source. */
export type QuoteMatching = 'exact' | 'normalised'

/** Words that an answer puts in quotation marks. */
export interface Quote {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Where a quote stands in its source, UTF-16 offsets. */
export interface QuotePlace {
  readonly start: number
  readonly end: number
}

const pairs = ['“”', '""', '„“', '„”', '«»', '»«', '「」', '『』', '‹›']
const marked = new RegExp(pairs.map(([open, close]) => `${open}([^${open}${close}]{1,4000})${close}`).join('|'), 'gu')
const blockQuote = /^(?:>[ \t]?[^\n]+\n?)+/gm
const fewestWords = 4
const fewestIdeographs = 8

/** Quotations in an answer: what stands between marks or in a block quote. Words and names in marks are none. */
export function quotesIn(text: string): Quote[] {
  const found: Quote[] = []
  const note = (quote: string, start: number) => {
    const words = quote.match(/[\p{L}\p{N}]+/gu) ?? []
    const ideographs = quote.match(/[\u3040-\u30ff\u3400-\u9fff]/g) ?? []
    if (words.length < fewestWords && ideographs.length < fewestIdeographs) return
    found.push({ text: quote, start, end: start + quote.length })
  }
  for (const { 0: block, index } of text.matchAll(blockQuote)) note(block.replace(/^>[ \t]?/gm, ''), index)
  for (const match of text.matchAll(marked)) {
    note(match.slice(1).find((group) => group !== undefined) ?? '', match.index + 1)
  }
  return found
}

/** Looks quotes up in one source, which is brought into one form only once. */
export class QuoteFinder {
  private readonly source: string
  private readonly forms = new Map<boolean, Normal>()

  constructor(source: string) {
    this.source = source
  }

  find(quote: string, matching: QuoteMatching): QuotePlace | undefined {
    if (matching === 'exact') {
      const at = quote === '' ? -1 : this.source.indexOf(quote)
      return at < 0 ? undefined : { start: at, end: at + quote.length }
    }
    const parts = partsOf(quote)
    return (
      findParts(parts, this.form(false)) ??
      (/-[ \t]*\r?\n/.test(this.source) ? findParts(parts, this.form(true)) : undefined)
    )
  }

  private form(isJoined: boolean): Normal {
    const form = this.forms.get(isJoined) ?? normalise(this.source, isJoined)
    this.forms.set(isJoined, form)
    return form
  }
}

interface Normal {
  readonly text: string
  /** For each character its place in the original; one more for the end. */
  readonly places: readonly number[]
}

// How far apart the parts around an ellipsis, or an insertion in brackets, may stand.
const longestOmission = 400
const longestInsertion = 80
const omission = /\s*(?:\[\s*(?:\.{3,}|…)\s*\]|\(\s*(?:\.{3,}|…)\s*\)|\.{3,}|…)\s*/u
const insertion = /\s*\[[^\]]{0,80}\]\s*/u
const maxTries = 500
const edges = /^[\s.,;:!?'"]+|[\s.,;:!?'"]+$/g

interface Part {
  readonly text: string
  /** Most characters between the part before and this one. */
  readonly gap: number
}

/** The pieces of a quote between its omissions and insertions; `[T]he` is `The`. */
function partsOf(quote: string): Part[] {
  return quote
    .replace(/\[(\p{L})\](?=\p{L})/gu, '$1')
    .split(omission)
    .flatMap((piece) =>
      piece.split(insertion).map((part, index) => ({
        text: normalise(part, false).text.replace(edges, ''),
        gap: index === 0 ? longestOmission : longestInsertion,
      })),
    )
    .filter(({ text }) => text !== '')
}

/** The parts in their order, not too far from each other, at the borders of words. */
function findParts(parts: readonly Part[], { text, places }: Normal): QuotePlace | undefined {
  const [first, ...others] = parts
  if (first === undefined) return undefined
  let from = indexOfPart(text, first.text, 0, true)
  for (let tries = 0; from >= 0 && tries < maxTries; tries++) {
    let end = from + first.text.length
    const isWhole = others.every(({ text: part, gap }) => {
      const next = indexOfPart(text, part, end, false)
      const isNear = next >= 0 && next - end <= gap
      end = next + part.length
      return isNear
    })
    if (isWhole) return { start: places[from] as number, end: (places[end - 1] as number) + 1 }
    from = indexOfPart(text, first.text, from + 1, true)
  }
  return undefined
}

/** A quote may begin with a capital where its source does not, and the other way round. */
function indexOfPart(text: string, part: string, from: number, isFirst: boolean): number {
  const other = (part[0] as string) === part[0]?.toUpperCase() ? part[0]?.toLowerCase() : part[0]?.toUpperCase()
  const forms = isFirst ? [part, other + part.slice(1)] : [part]
  const found = forms.map((form) => indexOfWhole(text, form, from)).filter((at) => at >= 0)
  return found.length === 0 ? -1 : Math.min(...found)
}

function indexOfWhole(text: string, part: string, from: number): number {
  for (let at = text.indexOf(part, from); at >= 0; at = text.indexOf(part, at + 1)) {
    if (!isInWord(text, at, part[0] as string) && !isInWord(text, at + part.length, part.at(-1) as string)) return at
  }
  return -1
}

/** Does the place cut a word in two? Ideographs have no such borders. */
function isInWord(text: string, at: number, inner: string): boolean {
  const letter = /[\p{L}\p{N}]/u
  if (!letter.test(inner) || /[\u3040-\u30ff\u3400-\u9fff]/.test(inner)) return false
  return letter.test(text[at - 1] ?? '') && letter.test(text[at] ?? '')
}

const same: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '‛': "'",
  '′': "'",
  '`': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '″': '"',
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '–': '-',
  '—': '-',
  '―': '-',
  '−': '-',
}
const unseen = /[\u00ad\u200b-\u200f\u2060\ufeff]/

/** One form for spaces, marks and letters. `isJoined` also joins words that a line break cut at a hyphen. */
function normalise(text: string, isJoined: boolean): Normal {
  const places: number[] = []
  let out = ''
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at) as number)
    const next = at + character.length
    const cut = isJoined && character === '-' ? /^-[ \t]*\r?\n\s*/.exec(text.slice(at, at + 40)) : null
    if (cut !== null) {
      at += cut[0].length
      continue
    }
    for (const letter of unseen.test(character) ? '' : plain(character)) {
      if (letter === ' ' && (out === '' || out.endsWith(' '))) continue
      for (let i = 0; i < letter.length; i++) places.push(at)
      out += letter
    }
    at = next
  }
  places.push(text.length)
  return compose(out, places)
}

function plain(character: string): string {
  if (/\s/.test(character)) return ' '
  return same[character] ?? character.normalize('NFKC').replace(/\s+/g, ' ')
}

/** Letters written as letter and mark become one, so that both spellings are equal. */
function compose(text: string, places: readonly number[]): Normal {
  if (!/\p{M}/u.test(text)) return { text, places }
  const out: number[] = []
  let composed = ''
  for (const { 0: cluster, index } of text.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
    const one = cluster.normalize('NFC')
    for (let i = 0; i < one.length; i++) out.push(places[index] as number)
    composed += one
  }
  out.push(places.at(-1) as number)
  return { text: composed, places: out }
}
