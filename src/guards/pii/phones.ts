import { isAfterWord, isBeforeWord, isWordUnit } from './numbers.ts'
import { callingCode, formScore } from './phone-plans.ts'
import type { Digits, Segment } from './segment.ts'

/**
 * Judges a number as it is written (`(020) 7946-0958`): from 0, no phone number, to 1. `undefined`: no opinion.
 * `holdfast/guards/phones` makes one from libphonenumber.
 */
export type PhoneJudge = (candidate: string) => number | undefined

const maxGroups = 6
/** How many numbers of a row are tried as the beginning of a telephone number. */
const maxRow = 16
/** How often the judge is asked within one segment. */
const maxQuestions = 6
const gaps = /^(?:[ .\-/]|[ -]?\(|\)[ -]?|\) ?-|\)[/.]|\(0\) ?|[ -]\(0\)[ -]?| {2}| [-/] )$/
const cue =
  /\b(?:tel\w*|phones?|ph|mobile?|mobil\w*|m[oó]vil|cell\w*|celular|call\w*|fax|whats ?app|sms|text(?:ed|ing)?|contact\w*|reach\w*|dial\w*|ring|hotline|helpline|handy\w*|portable|appele\w*|appelle\w*|joindre|puh\w*|tlf|telf|ruf\w*|anruf\w*|chiam\w*|cellulare|lig[au]\w*|bel(?:len)?|gsm|landline|voicemail|extension|ext|pager|viber|signal|n[uú]mero|num[ée]ro|(?:my|your|his|her|their|our|this) number|nummer|line|desk|switchboard|ring(?:e|en)?|zadzwo\w*|dzwo\w*|kom[oó]rk\w*|volejte|zavolej\w*|ara\w*|cep|iletişim|contacto|kontakt\w*)\b|тел|телефон|звони|моб|電話|携帯|連絡|电话|電話|手机|手機|전화|연락|هاتف|جوال|טלפון|נייד|फ़ोन|फोन|मोबाइल|โทร|điện thoại|τηλ|κινητ/
const other =
  /(?:\b(?:order|invoice|ref(?:erence)?|ticket|case|tracking|account|acct|isbn|issn|sku|zip|postal|postcode|version|port|pin|code|room|page|rfc|section|model|part|serial|batch|lot|id|ids|range|pages|years?|lat\w*|lon\w*|coordinates?|epoch|timestamp|population|total|price|usd|eur|amount|routing|passport|licen[cs]e|policy|claim|member|employee|customer|patient|student|case|flight|step|chapter|figure|fig|table|bytes|size|ssn|vat|tax|iban|imei|vin|npi|card)\b[\w .:#]{0,9}|[#№§$€£=<>*^~×÷]\s?)$/
const dates = /^(?:\d{1,2}[./ -]\d{1,2}[./ -](?:19|20)\d\d|(?:19|20)\d\d[./ -](?:0?[1-9]|1[0-2])[./ -]\d{1,2})(?!\d)/
const extension =
  /^(?:[ ,;]{0,2}(?:ext\.?|extension|x|poste|durchwahl|dw)[ .:]{0,2}\d{1,6}|[ ]?#\d{1,5})(?![A-Za-z0-9])/i

/** Phone numbers: with a calling code by the length of their plan, others by the way they are grouped and what is said of them. */
export function phoneFinder(judge?: PhoneJudge): (segment: Segment) => void {
  return (segment) => {
    if (segment.digitCount < 7) return
    const { groups } = segment
    let row = 0
    for (let first = 0; first < groups.length; first++) {
      const group = groups[first] as Digits
      // Far inside a row of numbers that held no telephone there will be none, and rows can be very long.
      row = first > 0 && group.start - (groups[first - 1] as Digits).end <= 1 ? row + 1 : 0
      if (row > maxRow && segment.at(group.start - 1) !== '+') continue
      const end = phoneFrom(segment, first, judge)
      if (end > 0) row = 0
      while ((groups[first + 1]?.start ?? end) < end) first++
    }
  }
}

/** Takes the number that begins with a group, if one does; answers where it ends, else 0. */
function phoneFrom(segment: Segment, first: number, judge: PhoneJudge | undefined): number {
  const { text, groups } = segment
  const { start, end: groupEnd } = groups[first] as Digits
  if (((groups[first + maxGroups + 1] ?? groups.at(-1)) as Digits).end - start < 7) return 0
  // Too short, and nothing goes on from it.
  const next = groups[first + 1]
  if (groupEnd - start < 7 && (next === undefined || !isGap(text.slice(groupEnd, next.start)))) return 0
  const lead = leadOf(segment, start)
  if (lead === undefined) return 0
  const { from, kind } = lead
  if (kind === 'national') return nationalEnd(segment, first, from, judge)
  const { end, isPlanned, last } = internationalEnd(segment, first, kind)
  if (end === 0) return kind === 'exit' ? nationalEnd(segment, first, from, judge) : 0
  const written = text.slice(from, end)
  const base = kind === 'exit' ? 0.5 : isPlanned ? 0.9 : last > first ? 0.55 : 0.3
  const score =
    base >= 0.9 ? base : base + circumstances(segment, from, end, written.replace(/^\(?\+ ?/, ''), first, last)
  return score >= 0.5 ? addPhone(segment, from, end, Math.min(0.9, Math.max(0.6, score))) : 0
}

/** How a number begins: with a plus sign, with the digits dialled for one (00, 011), or without. */
type Lead = 'plus' | 'exit' | 'national'

/** Where the number's writing begins: at its plus sign or bracket; `undefined` when it cannot begin here. */
function leadOf(segment: Segment, start: number): { from: number; kind: Lead } | undefined {
  const { text } = segment
  const isBracket = segment.at(start - 1) === '(' && /^\d{1,6}\)/.test(text.slice(start, start + 7))
  const head = isBracket ? start - 1 : start
  const plus = segment.at(head - 1) === '+' ? head - 1 : text.startsWith('+ ', head - 2) && head > 1 ? head - 2 : -1
  if (plus >= 0) {
    const before = segment.at(plus - 1)
    if (isWordUnit(before) || before === '+') return undefined
    // A sum, not a number: `839 + 2697`.
    if (text[plus + 1] === ' ' && /\d\s?$/.test(segment.context(plus, 2))) return undefined
    return { from: before === '(' ? plus - 1 : plus, kind: 'plus' }
  }
  if (isAfterWord(segment, head)) return undefined
  const isExit = /^0(?:0|11)[ -]?[1-9]/.test(text.slice(start, start + 5))
  return { from: head, kind: isExit ? 'exit' : 'national' }
}

interface International {
  readonly end: number
  /** Is its length that of the plan of its calling code? */
  readonly isPlanned: boolean
  readonly last: number
}

function internationalEnd(segment: Segment, first: number, kind: Lead): International {
  const { text, groups } = segment
  let digits = ''
  let best: International = { end: 0, isPlanned: false, last: first }
  for (let index = first; index < groups.length && index < first + maxGroups + 2; index++) {
    const { start, end } = groups[index] as Digits
    if (index > first && !isGap(text.slice((groups[index - 1] as Digits).end, start))) break
    // The trunk prefix in brackets is written but not dialled.
    if (text.slice(start - 1, end + 1) !== '(0)') digits += text.slice(start, end)
    const number = kind === 'exit' ? digits.replace(/^0(?:0|11)/, '') : digits
    if (number.length > 15) break
    if (number.length < 7 || goesOn(segment, end)) continue
    const isPlanned = hasPlannedLength(number)
    const isMade =
      number.length >= 8 && kind === 'plus' && !/^\d{1,3}(?:[ .]\d{3})+$/.test(text.slice(groups[first]?.start, end))
    if (isPlanned || (isMade && !best.isPlanned)) best = { end, isPlanned, last: index }
  }
  return best
}

function hasPlannedLength(number: string): boolean {
  const plan = callingCode(number)
  if (plan === undefined) return false
  const [least, most] = plan.lengths
  const national = number.slice(plan.code.length)
  // A trunk prefix after the code is wrong, and common.
  return national.length >= least && national.length - (national[0] === '0' ? 1 : 0) <= most
}

function isGap(text: string): boolean {
  return text.length <= 5 && gaps.test(text)
}

function nationalEnd(segment: Segment, first: number, from: number, judge: PhoneJudge | undefined): number {
  const { text, groups } = segment
  const candidates: { end: number; sizes: string; digits: string; last: number }[] = []
  let sizes = ''
  let digits = ''
  for (let index = first; index < groups.length && index < first + maxGroups; index++) {
    const { start, end } = groups[index] as Digits
    const gap = index > first ? text.slice((groups[index - 1] as Digits).end, start) : ''
    if (index > first && !isGap(gap)) break
    digits += text.slice(start, end)
    if (digits.length > 15) break
    sizes += `${index > first ? '-' : ''}${end - start}`
    if (digits.length >= 7) candidates.push({ end, sizes, digits, last: index })
  }
  if (candidates.length === 0) return 0
  if (dates.test(text.slice(groups[first]?.start, (groups[first]?.start ?? 0) + 12))) return 0
  for (const candidate of candidates.reverse()) {
    const written = text.slice(from, candidate.end)
    if (goesOn(segment, candidate.end) || isOther(written)) continue
    const form = formScore(candidate.sizes, candidate.digits)
    if (form === 0 && judge === undefined) continue
    const more = circumstances(segment, from, candidate.end, written, first, candidate.last)
    // The judge is dear, so it is asked only where its word can turn the scale, and not for ever.
    const bonus = candidate.last > first ? more : more - 0.35
    const isOpen = form + more < 0.5 && 0.5 + bonus >= 0.5
    const judged = isOpen && judge !== undefined && segment.questions++ < maxQuestions ? (judge(written) ?? 0) : 0
    const score = Math.max(form + more, judged + bonus)
    if (score >= 0.5) return addPhone(segment, from, candidate.end, Math.min(0.9, score))
  }
  return 0
}

/** Does the number go on? An extension written right behind it (`x12`) is part of it. */
function goesOn(segment: Segment, end: number): boolean {
  return isBeforeWord(segment, end) && !/^x\d{1,6}(?![A-Za-z0-9])/.test(segment.text.slice(end, end + 8))
}

/** Spans of years, bit patterns, brackets around something else. */
function isOther(written: string): boolean {
  if (/^(?:(?:19|20)\d\d\D+)+(?:19|20)\d\d$/.test(written) || /^[01\D]{8,}$|0{5}$/.test(written)) return true
  return /\d{3}.*[ .]\(|\.\d+ \(/.test(written)
}

/** Decimals, and groups as thousands have them. */
function numberLike(written: string): number {
  if (/^\d+\.\d+$/.test(written)) return 0.5
  return /^\d{1,3}(?:[. ]\d{3})+$/.test(written) ? 0.1 : 0
}

/** What the writing and the words around it add or take away. */
function circumstances(
  segment: Segment,
  from: number,
  end: number,
  written: string,
  first: number,
  last = first,
): number {
  const { text, groups } = segment
  const before = segment.context(from, 60)
  let score = 0
  const hasCue = cue.test(before) || extension.test(text.slice(end, end + 24))
  if (hasCue) score += cue.test(before.slice(-36)) ? 0.35 : 0.25
  if (other.test(before)) score -= hasCue ? 0.1 : 0.4
  if (written[0] === '(') score += 0.2
  else if (/^[\d-]+$/.test(written)) score += 0.12
  if (/ - | {2}/.test(written) && !hasCue) score -= 0.4
  if (!hasCue) score -= numberLike(written)
  if (/^555(?!\d)|^\(555/.test(written)) score += 0.2
  score += isolation(segment, from, end)
  // One stretch of a longer row of numbers.
  const previous = groups[first - 1]
  const next = groups[last + 1]
  const isRow =
    (previous !== undefined && /^ ?[ -]$/.test(text.slice(previous.end, from))) ||
    (next !== undefined && /^[ -] ?$/.test(text.slice(end, next.start)))
  if (isRow && !hasCue) score -= 0.3
  if (isCounting(written) || segment.at(from - 1) === '[') score -= 0.4
  if (!hasCue && /(?:^|[^A-Za-z0-9])[A-Z]{2}\d{2}[A-Z0-9 ]{0,30}[ -]$/.test(text.slice(Math.max(0, from - 40), from)))
    score -= 0.4
  if (
    /^ ?(?:[+*=/×÷<>]|- )/.test(text.slice(end, end + 3)) ||
    /[=*×÷<>^] ?$/.test(text.slice(Math.max(0, from - 2), from))
  )
    score -= 0.4
  return score
}

/** A number alone in its text, or alone on its line, in its quotes or its field, is more likely meant as one. */
export function isolation(segment: Segment, from: number, end: number): number {
  const before = segment.at(from - 1)
  const after = segment.at(end)
  if (before === '') return after === '' ? 0.3 : 0
  const isOpened = '"\'`>|;,\t\n'.includes(before)
  return isOpened && /^(?:["'`<|;,\t\r\n]|$)/.test(after) && segment.at(end + 1) !== ' ' ? 0.15 : 0
}

/** `01 02 03 04 05`, `100 200 300`: each group a step from the last. */
function isCounting(written: string): boolean {
  const numbers = written.split(/\D+/).filter(Boolean).map(Number)
  if (numbers.length < 3) return false
  const step = (numbers[1] as number) - (numbers[0] as number)
  return numbers.every((value, index) => index === 0 || value - (numbers[index - 1] as number) === step)
}

function addPhone(segment: Segment, from: number, end: number, score: number): number {
  const rest = extension.exec(segment.text.slice(end, end + 24))
  const to = end + (rest?.[0].length ?? 0)
  if (!segment.isTaken(from, to, score)) segment.add('PHONE', 'pii.phone', from, to, score)
  return to
}
