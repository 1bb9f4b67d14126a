/** What an address in an answer is used for; an `image` is fetched without a click. */
type LinkKind = 'image' | 'link' | 'definition'

/** An address in an answer. */
export interface Link {
  readonly kind: LinkKind
  readonly address: string
  /** Name of a reference definition. */
  readonly label?: string
}

/** A stretch of text that holds addresses, or uses one by its name. */
export interface Construct {
  readonly end: number
  readonly links: readonly Link[]
  /** An image by the name of a definition. */
  readonly imageLabel?: string
  /** What may stand there instead when the address must go. */
  readonly stripped: string
}

/** Longest construct; what is longer is judged by its beginning. */
export const maxConstruct = 4_096
const maxLabel = 300
const maxBrackets = 32

const loads = /\s(src|srcset|poster|background|data|style|content|xlink:href)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi
const leads = /\s(href|action|formaction|cite|ping)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi
const fetching = /^<(?:link|base|use|image)\b/i
const inStyle = /url\s*\(\s*["']?([^"')]*)|url\s*=\s*([^;]*)/gi

/** Addresses in an HTML tag. */
function linksInTag(tag: string): Link[] {
  const auto = /^<((?:https?|ftp):[^\s>]*)>$/i.exec(tag)
  if (auto !== null) return [{ kind: 'link', address: auto[1] as string }]
  const leading = fetching.test(tag) ? 'image' : 'link'
  return [
    ...Array.from(tag.matchAll(loads), (match) => [match, 'image'] as const),
    ...Array.from(tag.matchAll(leads), (match) => [match, leading] as const),
  ].flatMap(([[, name = '', value = ''], kind]) =>
    addressesIn(name.toLowerCase(), value.replace(/^["']|["']$/g, '')).map((address) => ({ kind, address })),
  )
}

/** The one address, or those of `srcset`, of CSS and of a refreshing `content`. */
function addressesIn(name: string, value: string): string[] {
  if (name === 'srcset') return value.trim().split(/,?\s+/)
  const inner = Array.from(value.matchAll(inStyle), (match) => match[1] ?? match[2] ?? '')
  return inner.length > 0 ? inner : [value]
}

interface Bracket {
  readonly isImage: boolean
  readonly isAtStart: boolean
  readonly text: string
}

/**
 * Reads markdown and HTML from left to right, as far as addresses are concerned. `at` says what begins at a place:
 * `undefined` nothing, `wait` perhaps something. `pass` moves on by one character that begins nothing.
 */
export class LinkReader {
  private open: { isImage: boolean; isAtStart: boolean; text: string }[] = []
  private closed: Bracket | undefined
  private before = '\n'
  private isBlank = true
  private isFenced = false

  at(text: string, from: number, isEnd: boolean): Construct | 'wait' | undefined {
    const character = text[from] as string
    if (this.isBlank && (character === '`' || character === '~')) return this.fence(text, from, isEnd)
    if (this.isFenced) return undefined
    if (this.closed !== undefined) {
      if (character === '(') return this.target(text, from, isEnd)
      if (character === '[') return this.reference(text, from, isEnd)
      if (character === ':' && this.closed.isAtStart) return this.definition(text, from, isEnd)
    }
    if (character === ']' && this.open.at(-1)?.isImage) return this.shortcut(text, from, isEnd)
    if (character === '<') return this.tag(text, from, isEnd)
    return /[hw]/i.test(character) && !/\w/.test(this.before) ? this.bare(text, from, isEnd) : undefined
  }

  /** Moves on over text that holds nothing to judge. */
  pass(text: string): void {
    for (const character of text) this.step(character)
  }

  /** Moves on over a construct. */
  passConstruct(text: string): void {
    this.closed = undefined
    if (text === ']') this.open.pop()
    this.before = text[text.length - 1] ?? ''
    this.isBlank = this.before === '\n'
  }

  private step(character: string): void {
    this.closed = undefined
    if (character === '[') {
      this.note('[')
      this.open.push({ isImage: this.before === '!', isAtStart: this.isBlank, text: '' })
      if (this.open.length > maxBrackets) this.open.shift()
    } else if (character === ']') {
      this.closed = this.open.pop()
      this.note(']')
    } else if (character === '\n' && this.before === '\n') this.open = []
    else this.note(character)
    this.isBlank = character === '\n' || (this.isBlank && character === ' ')
    this.before = character
  }

  private note(character: string): void {
    for (const bracket of this.open) if (bracket.text.length < maxLabel) bracket.text += character
  }

  /** Three marks at the beginning of a line open or close a block of code, in which nothing is a link. */
  private fence(text: string, from: number, isEnd: boolean): Construct | 'wait' | undefined {
    const three = (text[from] as string).repeat(3)
    if (text.length < from + 3 && !isEnd && three.startsWith(text.slice(from))) return 'wait'
    if (!text.startsWith(three, from)) return undefined
    this.isFenced = !this.isFenced
    return { end: from + 3, links: [], stripped: three }
  }

  private target(text: string, from: number, isEnd: boolean): Construct | 'wait' {
    const kind = this.closed?.isImage ? 'image' : 'link'
    const limit = Math.min(text.length, from + maxConstruct)
    const found = targetIn(text, from, limit)
    if (found === undefined && !isEnd && limit - from < maxConstruct) return 'wait'
    const end = found?.end ?? limit
    const address = text.slice(found?.start ?? from + 1, end).replace(/^\s*<?/, '')
    return { end, links: [{ kind, address }], stripped: '(#' }
  }

  private reference(text: string, from: number, isEnd: boolean): Construct | 'wait' | undefined {
    const { isImage, text: own } = this.closed as Bracket
    const [all = '', name = '', last] = matchAt(/\[([^[\]]{0,300})([[\]])?/y, text, from) ?? []
    if (last === undefined && !isEnd && name.length < maxLabel) return 'wait'
    if (last !== ']') return undefined
    const imageLabel = labelOf(name || own)
    return { end: from + all.length, links: [], stripped: '', ...(isImage && { imageLabel }) }
  }

  private definition(text: string, from: number, isEnd: boolean): Construct | 'wait' {
    const label = labelOf((this.closed as Bracket).text)
    return this.upTo(/:\s*(?:<([^<>\n]*)>|([^\s<]\S*)(?=\s))/y, text, from, isEnd, (found) => {
      const address = found[1] ?? found[2] ?? ''
      return { end: from + found[0].length, links: [{ kind: 'definition', address, label }], stripped: ': #' }
    })
  }

  /** A picture by the name of its own text: only what follows tells. */
  private shortcut(text: string, from: number, isEnd: boolean): Construct | 'wait' | undefined {
    const next = text[from + 1]
    if (next === undefined && !isEnd) return 'wait'
    if (next === '(' || next === '[') return undefined
    return { end: from + 1, links: [], imageLabel: labelOf(this.open.at(-1)?.text ?? ''), stripped: '' }
  }

  private tag(text: string, from: number, isEnd: boolean): Construct | 'wait' | undefined {
    if (from + 1 < text.length && !/[a-z/!]/i.test(text[from + 1] as string)) return undefined
    return this.upTo(/<(?:[^>"']|"[^"]*"|'[^']*')*>/y, text, from, isEnd, ([tag]) => ({
      end: from + tag.length,
      links: linksInTag(tag),
      stripped: '',
    }))
  }

  private bare(text: string, from: number, isEnd: boolean): Construct | 'wait' | undefined {
    const rest = text
      .slice(from, from + 12)
      .toLowerCase()
      .replaceAll('\\', '')
    const begins = ['https://', 'http://', 'www.'].filter((start) => start.startsWith(rest) || rest.startsWith(start))
    if (begins.length === 0) return undefined
    return this.upTo(/[^\s<>"'`|\])}]+(?=[\s<>"'`|\])}])/y, text, from, isEnd, ([found]) => ({
      end: from + found.length,
      links: [{ kind: 'link', address: /^www/i.test(found) ? `https://${found}` : found.replace(/[.,;:!?]+$/, '') }],
      stripped: '[link removed]',
    }))
  }

  /** The construct when it is complete; at the end of the text, and beyond the limit, as far as it goes. */
  private upTo(
    pattern: RegExp,
    text: string,
    from: number,
    isEnd: boolean,
    read: (match: RegExpExecArray) => Construct,
  ): Construct | 'wait' {
    const match = matchAt(pattern, text, from)
    if (match !== null && match[0].length <= maxConstruct) return read(match)
    if (!isEnd && text.length - from < maxConstruct) return 'wait'
    // Never closed: quotes may have hidden its end.
    const piece = text.slice(from, from + maxConstruct)
    const close = closers[text[from] as string] ?? ' '
    const cut = matchAt(pattern, piece + close, 0) ?? matchAt(pattern, piece.replace(/["']/g, ' ') + close, 0)
    if (cut === null) return { end: from + 1, links: [], stripped: text[from] as string }
    const { end, ...construct } = read(cut)
    return { ...construct, end: Math.min(end, text.length) }
  }
}

/** The address after an open parenthesis: between angle brackets, else up to a space or the parenthesis that closes. */
function targetIn(text: string, from: number, limit: number): { start: number; end: number } | undefined {
  let start = from + 1
  while (start < limit && /\s/.test(text[start] as string)) start++
  const isAngled = text[start] === '<'
  let depth = 0
  for (let at = isAngled ? ++start : start; at < limit; at++) {
    const character = text[at] as string
    if (isAngled ? character === '>' || character === '\n' : /\s/.test(character)) return { start, end: at }
    if (character === '\\') at++
    else if (isAngled) continue
    else if (character === '(') depth++
    else if (character === ')' && depth-- === 0) return { start, end: at }
  }
  return undefined
}

const closers: Readonly<Record<string, string>> = { '(': ')', '<': '>', '[': ']' }

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Names of definitions are compared as markdown does. */
function labelOf(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase()
}
