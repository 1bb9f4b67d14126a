import { interestOf } from './interest.ts'
import { restOf } from './rest.ts'
import { type Hit, type PiiType, Segment } from './segment.ts'
import { borderOf, type Cut, isCut, nextSegment } from './segments.ts'

/** Something found in a text: UTF-16 offsets in the text itself. */
export interface PiiFinding {
  readonly type: PiiType
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly score: number
}

/** How a text is scanned. */
export interface ScanSettings {
  /** Rules to run, in order. */
  readonly rules: readonly ((segment: Segment) => void)[]
  /** Least score by type; types that are not there are off. */
  readonly thresholds: ReadonlyMap<PiiType, number>
  /** False for what must stay (allow-list). */
  readonly keeps: (value: string, type: PiiType) => boolean
}

/** A find while its text is still on the way. */
export interface Found extends PiiFinding {
  start: number
  end: number
  /** What is left of a find whose beginning was handed out already. */
  readonly isRest?: boolean
}

/**
 * Goes through one text, whole or as it grows, segment by segment. What it finds in a segment depends on that segment
 * and what is before it, so it does not matter in how many pieces the text came.
 */
export class Scanner {
  readonly #settings: ScanSettings
  readonly #cut: Cut = { start: 0, end: 0, flags: 0, digits: 0 }
  /** A secret that reached the end of a segment cut by force and goes on behind it, however long it is. */
  #open: Found | undefined
  #isOpenOut = false

  constructor(settings: ScanSettings) {
    this.#settings = settings
  }

  /** The find whose end is not known yet, unless its beginning was handed out. */
  get open(): Found | undefined {
    return this.#isOpenOut ? undefined : this.#open
  }

  /** The open find was handed out: the rest of it becomes a find of its own. */
  handOut(): void {
    this.#isOpenOut = true
  }

  /**
   * Looks at `text` from `from` on and adds what is certain to `found`. Answers where it stopped: everything before is
   * judged for good, but for the end of what is `open`; the rest waits for more text, unless `isEnd`. Text before `from`
   * is context and must be kept, 64 units of it.
   */
  scan(text: string, from: number, isEnd: boolean, found: Found[]): number {
    const cut = this.#cut
    let at = from
    for (;;) {
      if (this.#open !== undefined) {
        const end = this.#goOn(text, at, isEnd, found)
        const isStuck = end === at || end === text.length
        at = end
        if (this.#open !== undefined) {
          if (isStuck) return at
          continue
        }
      }
      if (!nextSegment(text, at, isEnd, cut) || cut.end < 0) return cut.start
      const count = found.length
      judge(text, cut, this.#settings, found)
      at = (cut.flags & isCut) === 0 ? cut.end : this.#afterCut(text, found, count)
    }
  }

  /** Keeps what began far enough before a cut by force, for the rest will be seen again; answers where to read on. */
  #afterCut(text: string, found: Found[], count: number): number {
    const cut = this.#cut
    const border = borderOf(text, cut)
    while (found.length > count && (found.at(-1) as Found).start >= border) found.pop()
    const last = found.length > count ? found.at(-1) : undefined
    if (last?.end === cut.end && last.type === 'SECRET') {
      this.#open = last
      this.#isOpenOut = false
      return cut.end
    }
    return Math.max(border, last?.end ?? 0)
  }

  /** Follows the open find to where its text ends; answers how far that is. */
  #goOn(text: string, from: number, isEnd: boolean, found: Found[]): number {
    const open = this.#open as Found
    const { end, isOver } = restOf(open.rule, text, from, isEnd)
    if (!this.#isOpenOut) open.end = end
    else if (end > from) found.push({ ...open, start: from, end, isRest: true })
    if (isOver) this.#open = undefined
    return end
  }
}

/** Everything in a whole text. */
export function scanWhole(text: string, settings: ScanSettings): PiiFinding[] {
  const found: Found[] = []
  new Scanner(settings).scan(text, 0, true, found)
  return found
}

function judge(text: string, cut: Cut, settings: ScanSettings, found: Found[]): void {
  const interest = interestOf(text, cut)
  if (interest === 0) return
  const segment = new Segment(text, cut, interest)
  for (const rule of settings.rules) rule(segment)
  if (segment.hits.length === 0) return
  const { offsets } = segment
  for (const { type, rule, score, start: first, end: last } of resolve(segment.hits, settings)) {
    const start = cut.start + (offsets?.[first] ?? first)
    const end = cut.start + (offsets?.[last] ?? last)
    if (settings.keeps(text.slice(start, end), type)) found.push({ type, rule, start, end, score })
  }
}

/** Of hits that overlap the surest stays, then the longest. */
function resolve(hits: readonly Hit[], settings: ScanSettings): Hit[] {
  const sure = hits.filter((hit) => hit.score >= (settings.thresholds.get(hit.type) ?? 2))
  if (sure.every(({ start }, index) => index === 0 || start >= (sure[index - 1] as Hit).end)) return sure
  const ranked = sure.sort((a, b) => b.score - a.score || b.end - b.start - (a.end - a.start))
  const kept: Hit[] = []
  for (const hit of ranked) {
    if (!kept.some((other) => other.start < hit.end && hit.start < other.end)) kept.push(hit)
  }
  return kept.sort((a, b) => a.start - b.start)
}
