import { isWordUnit } from './numbers.ts'
import type { Segment } from './segment.ts'

// Lengths of the IBAN registry, and of countries that use the form without being in it.
const lengths = new Map(
  (
    'AD24 AE23 AL28 AO25 AT20 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28 BR29 BY28 CF27 CG27 CH21 CI28 CM27 CR22 CV25 ' +
    'CY28 CZ24 DE22 DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GA27 GB22 GE22 GI23 GL18 GQ27 GR27 GT28 ' +
    'GW25 HN28 HR21 HU28 IE22 IL23 IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MA28 ' +
    'MC27 MD24 ME22 MG27 MK19 ML28 MN20 MR27 MT31 MU30 MZ25 NE28 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25 SV28 TD27 TG28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

const opening = /[A-Z]{2}\d{2}/gi
const cue =
  /\b(?:iban|account|acct|bank|konto\w*|compte|cuenta|conto|rekening\w*|conta|wire|transfer\w*|deposit\w*|payout|sepa|bic|swift|tili\w*|hesap|virement|überweis\w*)\b/

/** International bank account numbers: country, length, mod 97; beside a telling word also those whose sum is wrong. */
export function findIbans(segment: Segment): void {
  const { text } = segment
  if (segment.digitCount < 4 || text.length < 15) return
  let from = 0
  opening.lastIndex = 0
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    if (match.index < from || !isBoundary(segment, match.index)) continue
    const end = ibanEnd(segment, match.index)
    if (end < 0) continue
    from = end
  }
}

function isBoundary(segment: Segment, start: number): boolean {
  return !isWordUnit(segment.at(start - 1)) || /iban$/.test(segment.context(start, 4))
}

function ibanEnd(segment: Segment, start: number): number {
  const { text } = segment
  const expected = lengths.get(text.slice(start, start + 2).toUpperCase())
  if (expected !== undefined) {
    const end = gather(text, start, expected)
    if (end > 0 && !isWordUnit(segment.at(end)) && mod97(text.slice(start, end)) === 1) {
      segment.add('IBAN', 'pii.iban', start, end, 0.99)
      return end
    }
  }
  return looseEnd(segment, start, expected)
}

/** A number of the right form and a wrong sum: only where the text says what it is. */
function looseEnd(segment: Segment, start: number, expected: number | undefined): number {
  const { text } = segment
  const before = segment.context(start, 44)
  if (!cue.test(before) || /\b(?:invalid|not an?)\b/.test(before) || !/^[A-Z]{2}/.test(text.slice(start))) return -1
  const exact = expected === undefined ? -1 : gather(text, start, expected)
  if (exact > 0 && !isWordUnit(segment.at(exact))) {
    segment.add('IBAN', 'pii.iban', start, exact, 0.7)
    return exact
  }
  if (expected === undefined && !before.includes('iban')) return -1
  const loose =
    /^[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{3,5}(?![A-Za-z0-9])){2,8}(?:[ -]?[A-Z0-9]{1,3}(?![A-Za-z0-9]))?|^[A-Z]{2}\d{2}[A-Z0-9]{11,30}(?![A-Za-z0-9])/.exec(
      text.slice(start, start + 48),
    )
  if (loose === null || loose[0].replace(/[^A-Z0-9]/g, '').length < 15) return -1
  const end = start + loose[0].length
  segment.add('IBAN', 'pii.iban', start, end, 0.6)
  return end
}

/** Where the given number of letters and digits ends, single spaces and dashes aside; -1 when there are not enough. */
function gather(text: string, start: number, count: number): number {
  let left = count
  let gap = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const letter = code | 32
    if ((code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x7a && code < 0x80)) {
      gap = 0
      if (--left === 0) return at + 1
    } else if ((code !== 0x20 && code !== 0x2d) || ++gap > 1) return -1
  }
  return -1
}

/** The remainder of ISO 7064 over letters and digits, the first four moved to the end. */
function mod97(iban: string): number {
  const plain = iban.replace(/[^A-Za-z0-9]/g, '').toUpperCase()
  let rest = 0
  for (const unit of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(unit, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}
