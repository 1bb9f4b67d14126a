import type { FlowFilter, FlowOutcome, GuardBlock } from '../../types/guard.ts'
import { maxBlock } from './blocks.ts'
import type { DenyScanner } from './deny.ts'
import { JsonState, wholeNumber } from './json-state.ts'
import { type Found, type PiiFinding, Scanner, type ScanSettings } from './scan.ts'
import { maxSegment } from './segments.ts'

/** Text before what is still undecided that rules may want to look back at. */
const maxContext = 128

/** Most text that is ever held back. */
export const maxRedactHold = maxBlock + maxSegment

/** What becomes of a find in an answer: the text to put in its place, or a block. */
export type Replace = (value: string, finding: PiiFinding, offset: number) => string | GuardBlock

/** Redacts a text as it grows. */
export class RedactFlow implements FlowFilter {
  readonly #scanner: Scanner
  readonly #deny: DenyScanner
  readonly #replace: Replace
  readonly #json: JsonState | undefined
  readonly #found: Found[] = []
  /** Context, then what is not out yet. */
  #text: string
  /** Offsets in `#text`: what is out, what the scanners have judged. */
  #done: number
  #scanned = 0
  #denied = 0
  /** Where `#text` stands in the flow. */
  #base = 0

  constructor(settings: ScanSettings, deny: DenyScanner, isJson: boolean, before: string, replace: Replace) {
    this.#scanner = new Scanner(settings)
    this.#deny = deny
    this.#replace = replace
    this.#json = isJson ? new JsonState() : undefined
    this.#text = before
    this.#done = before.length
    this.#base = -before.length
  }

  get held(): number {
    return this.#text.length - this.#done
  }

  push(text: string): FlowOutcome {
    this.#text += text
    // Inside a word nothing can be decided, so a word that grows letter by letter is not read again for each.
    const isInWord = this.#text.length - text.length > this.#scanned && this.held < maxSegment
    return isInWord && /^[A-Za-z0-9]+$/.test(text) ? '' : this.#run(false)
  }

  end(): FlowOutcome {
    return this.#run(true)
  }

  #run(isEnd: boolean): FlowOutcome {
    const text = this.#text
    this.#scanned = this.#scanner.scan(text, this.#scanned, isEnd, this.#found)
    this.#denied = this.#deny.scan(text, this.#denied, isEnd, this.#found)
    const groups = merged(this.#found)
    const { open } = this.#scanner
    // A secret without end is handed out once it is as long as what may be held back.
    const isWaiting = open !== undefined && text.length - open.start < maxBlock
    let safe = Math.max(this.#done, Math.min(this.#scanned, this.#denied, isWaiting ? open.start : text.length))
    // What reaches over the border is decided when its end is.
    for (const group of groups) if (group.start < safe && group.end > safe) safe = Math.max(this.#done, group.start)
    let out = ''
    for (const group of groups) {
      if (group.end <= this.#done || group.end > safe) continue
      const replaced = this.#put(group)
      if (typeof replaced !== 'string') return replaced
      out += replaced
    }
    if (open !== undefined && open.end <= this.#done) this.#scanner.handOut()
    out += this.#plain(text.slice(this.#done, safe))
    this.#done = safe
    this.#forget()
    return out
  }

  /** The text up to a find and what takes its place. */
  #put(group: Found): string | GuardBlock {
    const text = this.#text
    const start = Math.max(this.#done, group.start)
    if (group.isRest) {
      const lead = this.#plain(text.slice(this.#done, start))
      this.#done = group.end
      return lead
    }
    const lead = this.#plain(text.slice(this.#done, start))
    const json = this.#json
    const [from, to] = json?.isBare ? wholeNumber(text, this.#done, start, group.end) : [start, group.end]
    const written = text.slice(from, to)
    const value = json?.read(written) ?? written
    const replacement = this.#replace(value, group, this.#base + group.start)
    if (typeof replacement !== 'string') return replacement
    this.#done = to
    return lead.slice(0, lead.length - (start - from)) + (json?.put(replacement, value) ?? replacement)
  }

  #plain(text: string): string {
    this.#json?.pass(text)
    return text
  }

  /** Drops what is out and too far back to matter. */
  #forget(): void {
    const drop = Math.min(this.#done, this.#scanned, this.#denied) - maxContext
    if (drop <= 0) return
    this.#text = this.#text.slice(drop)
    this.#base += drop
    this.#done -= drop
    this.#scanned -= drop
    this.#denied -= drop
    const kept = this.#found.filter((finding) => finding.end > drop)
    this.#found.length = 0
    for (const finding of kept) {
      // The scanner may still be at work on it.
      finding.start -= drop
      finding.end -= drop
      this.#found.push(finding)
    }
  }
}

/** Finds that overlap become one, named after the surest of them. */
export function merged(found: readonly Found[]): Found[] {
  const groups: Found[] = []
  for (const finding of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = groups.at(-1)
    if (last === undefined || finding.start >= last.end) groups.push(finding)
    else {
      const surest = finding.score > last.score ? finding : last
      groups[groups.length - 1] = { ...surest, start: last.start, end: Math.max(last.end, finding.end) }
    }
  }
  return groups
}
