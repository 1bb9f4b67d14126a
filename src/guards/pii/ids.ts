import { americas } from './ids/americas.ts'
import type { IdForm } from './ids/checks.ts'
import { eastSouth } from './ids/east-south.ts'
import { lengthsOf } from './ids/lengths.ts'
import { northEast } from './ids/north-east.ts'
import { west } from './ids/west.ts'
import { isAfterWord, isBeforeWord } from './numbers.ts'
import { isolation } from './phones.ts'
import type { Segment } from './segment.ts'

export type { IdForm } from './ids/checks.ts'

/** Every form we know, by region. */
export const idPacks = { americas, west, northEast, eastSouth } as const

/** Most candidates looked at in one segment, and most pieces a number is written in. */
const maxCandidates = 40
const maxPieces = 5
const maxLength = 20
/** How many pieces of a row are tried as the beginning of a number. */
const maxRow = 16

// Words that announce some number of a person without naming its kind; the first set is sure of it.
const sureId =
  /\b(?:(?:national|personal|tax(?:payer)?|citizen(?:ship)?|identity|identification|resident|residence|social|fiscal|health|insurance|medical|patient|military|student|employee|voter|visa|travel|foreign\w*) ?(?:id|card|number|no|nr|code|registration|document|security|insurance|permit|record)|passports?|licen[cs]e(?= (?:number|no|nr|#|plate))|tin|ssn|mrn|ausweis\w*|c[eé]dula|matr[ií]cul\w*|personnummer|permit)(?: (?:number|no|nr|#|is|was))?[ .:#=is'"]{0,6}$/
const anyId =
  /\b(?:id(?:entity|entification)?(?: (?:card|number|no|nr|code))?|vat|document(?:o)?|dokument|pass|carte|tessera|plate|registration|code|nummer|number)(?: (?:number|no|nr|#|is|was))?[ .:#=is'"]{0,6}$/
/** The name of every second field, which says little. */
const bareId = /(?:^|[^a-z ] ?)["']?(?:id|code|number)["']? ?[:=] ?["']?$/
const refusal =
  /\b(?:invalid|not an?|isn't|order|invoice|tracking|ticket|isbn|issue|commit|build|sku|part|model|serial|epoch|timestamp)\b[^.]{0,12}$/

/** Makes the rule for a set of forms. */
export function idFinder(forms: readonly IdForm[]): (segment: Segment) => void {
  let groups: LengthGroup[] | undefined
  return (segment) => {
    if (segment.digitCount < 2 || segment.text.length < 5) return
    groups ??= groupsOf(forms)
    for (const candidate of candidates(segment)) {
      const group = groups[candidate.compact.length]
      if (group !== undefined) judge(segment, candidate, group)
    }
  }
}

/** Forms of one length, and all their cues in one: mostly none of them is there. */
interface LengthGroup {
  readonly forms: readonly IdForm[]
  readonly cues: RegExp
}

function groupsOf(forms: readonly IdForm[]): LengthGroup[] {
  return Array.from({ length: maxLength + 1 }, (_, length) => {
    const fitting = forms.filter(({ form }) => {
      const [least, most] = lengthsOf(form.source)
      return length >= least && length <= most
    })
    return { forms: fitting, cues: new RegExp(fitting.map(({ cue }) => cue.source).join('|') || '(?!)') }
  })
}

interface Candidate {
  readonly start: number
  readonly end: number
  readonly written: string
  readonly compact: string
}

/** Runs of letters and digits, alone and joined over single spaces, dots, dashes and slashes. */
function candidates(segment: Segment): Candidate[] {
  const { text } = segment
  const pieces = piecesOf(text)
  const found: Candidate[] = []
  let row = 0
  for (let first = 0; first < pieces.length && found.length < maxCandidates; first++) {
    const { start } = pieces[first] as Piece
    row = first > 0 && isGap(text, pieces[first - 1] as Piece, pieces[first] as Piece) ? row + 1 : 0
    if (row > maxRow || isAfterWord(segment, start)) continue
    let last = first
    while (
      last + 1 < pieces.length &&
      last - first + 1 < maxPieces &&
      isGap(text, pieces[last] as Piece, pieces[last + 1] as Piece)
    )
      last++
    for (; last >= first; last--) {
      const end = closed(text, start, (pieces[last] as Piece).end)
      if (end - start > maxLength + 6 || end - start < 5 || isBeforeWord(segment, end)) continue
      const written = text.slice(start, end)
      // What something else is surely found in is no number of this kind, the less where small letters stand among capitals.
      if (segment.isTaken(start, end, isMixed(written) ? 0.7 : 0.85)) continue
      if (!/\d.*\d/.test(written)) continue
      const compact = first === last ? written.toUpperCase() : written.replace(/[ .\-/()]/g, '').toUpperCase()
      if (
        compact.length < 5 ||
        compact.length > maxLength ||
        isVersion(written) ||
        /^\d+\.\d{3,}(?:e[-+]?\d*)?$/i.test(written)
      )
        continue
      found.push({ start, end, written, compact })
    }
  }
  return found
}

function isMixed(written: string): boolean {
  return /[a-z]/.test(written) && /[A-Z]/.test(written)
}

/** Four numbers and more with points between them: software, or an address. The Swiss number of that form begins with 756. */
function isVersion(written: string): boolean {
  return /^[vV]?\d+(?:\.\d+){3,}/.test(written) && !/^756\.\d{4}\.\d{4}\.\d\d$/.test(written)
}

interface Piece {
  readonly start: number
  readonly end: number
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let start = -1
  for (let at = 0; at <= text.length; at++) {
    const unit = text.charCodeAt(at) | 32
    const isIn = (unit >= 0x30 && unit <= 0x39 && text.charCodeAt(at) >= 0x30) || (unit >= 0x61 && unit <= 0x7a)
    if (isIn && start < 0) start = at
    else if (!isIn && start >= 0) {
      pieces.push({ start, end: at })
      start = -1
    }
  }
  return pieces
}

function isGap(text: string, left: Piece, right: Piece): boolean {
  // Longer words are words: `Street 12` is no number.
  if (left.end - left.start > 3 && isLetter(text, left.start) && isLetter(text, left.end - 1)) return false
  return right.start - left.end === 1 && isJoint(text.charCodeAt(left.end))
}

/** A space, or one of `.-/(+`. */
function isJoint(code: number): boolean {
  return code === 0x20 || (code > 0x2c && code < 0x30) || code === 0x28 || code === 0x2b
}

function isLetter(text: string, at: number): boolean {
  return text.charCodeAt(at) > 0x39
}

/** `A123456(7)` ends behind its bracket. */
function closed(text: string, start: number, end: number): number {
  return text[end] === ')' && text.slice(start, end).includes('(') ? end + 1 : end
}

function judge(segment: Segment, candidate: Candidate, { forms, cues }: LengthGroup): void {
  const { start, end, written, compact } = candidate
  const facts = factsOf(segment, start, end)
  const hasCue = cues.test(facts.before)
  const most = hasCue ? 0.45 + Math.max(0, facts.bonus) : facts.bonus
  let best: { id: string; score: number; isNamed: boolean } | undefined
  for (const { id, form, strength, cue, check, written: usual } of forms) {
    if (strength + most + (usual ? 0.22 : 0) < 0.5 || !form.test(compact)) continue
    const isNamed = hasCue && cue.test(facts.before)
    const isUsual = usual?.test(written) ?? false
    const extra = (isUsual ? 0.22 : 0) + (isNamed ? 0.45 + Math.max(0, facts.bonus) : facts.bonus)
    // Sums are worked out only where they can turn the scale.
    if (strength + extra < Math.max(0.5, best?.score ?? 0)) continue
    const isSound = check === undefined || check(compact)
    // A wrong check digit beside its own name is more likely a slip than another number.
    if (!isSound && !(isNamed && (usual === undefined || isUsual))) continue
    const score = (isSound ? strength : 0.1) + extra
    if (best === undefined || score > best.score) best = { id, score, isNamed }
  }
  if (best !== undefined && best.score >= 0.5) {
    segment.add('NATIONAL_ID', `pii.id.${best.id}`, start, end, Math.min(best.isNamed ? 0.92 : 0.54, best.score))
  } else if (facts.isSure && /^(?=.*\d.*\d.*\d)(?!.*[A-Z]{6})[A-Z0-9]{5,18}$/.test(compact)) {
    segment.add('NATIONAL_ID', 'pii.id.named', start, end, 0.5)
  }
}

/** Seconds and milliseconds since 1970, and numbers in thousands. */
function isOdd(written: string): boolean {
  return /^1[4-9](?:\d{8}|\d{11})$|^\d{1,3}(?: \d{3})+$/.test(written)
}

interface Facts {
  readonly before: string
  /** Some number of a person is announced for sure. */
  readonly isSure: boolean
  /** What the surroundings add or take away when they do not name the form. */
  readonly bonus: number
}

function factsOf(segment: Segment, start: number, end: number): Facts {
  const before = segment.context(start, 48)
  const isSure = sureId.test(before)
  const announced = isSure ? 0.35 : anyId.test(before) ? (bareId.test(before) ? 0.1 : 0.25) : 0
  const alone = isolation(segment, start, end)
  // One stretch of a longer row of numbers.
  const isRow = /\d[ -]$/.test(before) || /^[ -]\d/.test(segment.text.slice(end, end + 2))
  const odd = isOdd(segment.text.slice(start, end)) ? 0.25 : 0
  const bonus = announced - odd + (alone > 0.2 ? 0.37 : alone) - (isRow ? 0.4 : 0) - (refusal.test(before) ? 0.4 : 0)
  return { before: before.slice(-40), isSure, bonus }
}
