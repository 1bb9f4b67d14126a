import { isAfterWord, isBeforeWord } from './numbers.ts'
import type { Segment } from './segment.ts'

// Issuer ranges and lengths as the networks publish them: [first, last, lengths …]. A range covers prefixes of its width.
const issuers: readonly (readonly [string, string, ...number[]])[] = [
  ['4', '4', 13, 16, 19],
  ['51', '55', 16],
  ['2221', '2720', 16],
  ['34', '34', 15],
  ['37', '37', 15],
  ['300', '305', 14, 16, 19],
  ['3095', '3095', 14, 16, 19],
  ['36', '36', 14, 15, 16, 17, 18, 19],
  ['38', '39', 14, 16, 17, 18, 19],
  ['6011', '6011', 16, 17, 18, 19],
  ['644', '649', 16, 17, 18, 19],
  ['65', '65', 16, 17, 18, 19],
  ['3528', '3589', 16, 17, 18, 19],
  ['1800', '1800', 15],
  ['2131', '2131', 15],
  ['0604', '0604', 12, 13, 14, 15, 16, 17, 18, 19],
  ['50', '50', 12, 13, 14, 15, 16, 17, 18, 19],
  ['56', '59', 12, 13, 14, 15, 16, 17, 18, 19],
  ['60', '69', 12, 13, 14, 15, 16, 17, 18, 19],
  ['2014', '2014', 15],
  ['2149', '2149', 15],
  ['81', '82', 16, 17, 18, 19],
  ['353', '353', 16],
  ['2200', '2204', 16, 17, 18, 19],
  ['2205', '2205', 16],
  ['9792', '9792', 16],
  ['8600', '8600', 16],
  ['9860', '9860', 16],
  ['1', '1', 15],
]

/** Issuers whose range is so wide, or so rarely seen, that the number alone proves little. */
const weak = /^(?:1|5[06-9]\d{10,12}$|6[0-9]\d{10,12}$)/
const cue =
  /\b(?:card|cards|visa|master ?card|maestro|amex|american express|discover|diners|jcb|union ?pay|credit|debit|cc|ccn|pan|karte|kreditkarte|carte|tarjeta|carta|cart[aã]o|kort|kaart|karta|kart|payment|paid|pay|charge[ds]?|uatp)\b|カード|卡|카드/
const refusal =
  /\b(?:invalid|fake|wrong|not a|isn't|fails?|order|invoice|tracking|ticket|epoch|timestamp|isbn|ean|barcode|sku)\b/

/** How many numbers of a row are tried as the beginning of a card. */
const maxRow = 16

/** Payment cards: digits alone or in usual groups, issuer range, length, Luhn; without Luhn only beside a telling word. */
export function findCards(segment: Segment): void {
  if (segment.digitCount < 12) return
  const { groups, text } = segment
  let row = 0
  for (let first = 0; first < groups.length; first++) {
    const { start, end: groupEnd } = groups[first] as { start: number; end: number }
    row = first > 0 && start - (groups[first - 1] as { end: number }).end <= 1 ? row + 1 : 0
    if (groupEnd - start < 4 || row > maxRow || isAfterWord(segment, start) || segment.at(start - 1) === '+') continue
    // The middle of an account number that failed its own check.
    if (/[A-Z]{2}\d{2}[ -]$/.test(text.slice(Math.max(0, start - 5), start))) continue
    const match = cardFrom(segment, first)
    if (match === undefined) continue
    const { end } = match
    const score = scoreOf(match, segment.context(start, 44), text.slice(end, end + 24))
    if (score === 0) continue
    segment.add('CREDIT_CARD', 'pii.card', start, end, score)
    row = 0
    while ((groups[first + 1]?.start ?? end) < end) first++
  }
}

/** A number as it could be one of a card: by its sum, by its issuer alone, or by its groups alone. */
interface CardMatch {
  readonly end: number
  readonly digits: string
  readonly isGrouped: boolean
  /** Are its groups those that cards are printed in? */
  readonly isUsual: boolean
  readonly grade: 3 | 2 | 1
}

/** How sure a number is, 0 when it is none. */
function scoreOf({ digits, grade, isGrouped, isUsual }: CardMatch, before: string, after: string): number {
  const hasCue = cue.test(before)
  if (grade === 3) {
    if (hasCue) return 0.98
    if (!isUsual) return 0
    if (!weak.test(digits)) return 0.9
    // One stretch of a longer row of numbers.
    return /\d[ .-]$/.test(before) || /^[ .-]\d/.test(after) ? 0 : 0.6
  }
  // Made-up numbers have wrong sums. They are cards where the text says so, but not where it says that they are none.
  const isNamed = cue.test(before.slice(-20))
  const isLikely = isGrouped ? (grade === 2 ? hasCue : isNamed) : isNamed && digits.length >= 15
  return isLikely && !refusal.test(before) && !/fail|invalid/.test(after) ? 0.55 : 0
}

/** In one piece, in fours with a rest, and as American Express, Diners and older cards have it. */
const usual = /^(?:\d+|4(?:-4){2,3}(?:-[1-7])?|4-4-5|4-6-[45]|6-1[03]|4-(?:3-){2}3|4-5-6|4-7-4|8-8)$/

function sizesOf(groups: readonly { start: number; end: number }[], first: number, last: number): string {
  return groups
    .slice(first, last + 1)
    .map(({ start, end }) => end - start)
    .join('-')
}

/** The best number from a group on, and of equals the longest. */
function cardFrom(segment: Segment, first: number): CardMatch | undefined {
  const { groups, text } = segment
  let digits = ''
  let gap: string | undefined
  let best: CardMatch | undefined
  for (let index = first; index < groups.length && digits.length < 19; index++) {
    const group = groups[index] as { start: number; end: number }
    if (index > first) {
      const between = text.slice((groups[index - 1] as { end: number }).end, group.start)
      if (between !== ' ' && between !== '-' && between !== '.' && between !== '  ') break
      if (gap !== undefined && between !== gap) break
      gap = between
    }
    digits += text.slice(group.start, group.end)
    if (digits.length < 12 || isBeforeWord(segment, group.end) || !hasForm(groups, first, index)) continue
    const grade = isIssued(digits) ? (luhn(digits) ? 3 : 2) : digits.length === 16 ? 1 : undefined
    const isGrouped = index > first && digits.length >= 15
    const isUsual = usual.test(sizesOf(groups, first, index))
    if (grade !== undefined && grade >= (best?.grade ?? 0)) best = { end: group.end, digits, isGrouped, isUsual, grade }
  }
  return best
}

function isIssued(digits: string): boolean {
  return issuers.some(([low, high, ...lengths]) => {
    const prefix = digits.slice(0, low.length)
    return prefix >= low && prefix <= high && lengths.includes(digits.length)
  })
}

/** Cards are written in groups of four, or 4-6-5, 4-6-4, 6-13 and the like: few groups, the first of four or more. */
function hasForm(groups: readonly { start: number; end: number }[], first: number, last: number): boolean {
  if (last - first > 5) return false
  for (let index = first; index <= last; index++) {
    const { start, end } = groups[index] as { start: number; end: number }
    if (end - start < (index === last && index > first ? 1 : index === first ? 4 : 3)) return false
    if (last > first && end - start > 13) return false
  }
  return true
}

/** The check sum of payment cards and many other numbers. */
export function luhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const value = digits.charCodeAt(digits.length - 1 - index) - 48
    const weighted = index % 2 === 0 ? value : value * 2
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}
