import type { Segment } from './segment.ts'
import { hasUpper } from './segments.ts'

const ways =
  'street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|ter|highway|hwy|parkway|pkwy|close|crescent|cres|circle|cir|trail|trl|way|row|mews|grove|gardens|gate|alley|loop|plaza|pike'
const before =
  'rue|avenue|av|boulevard|via|viale|piazza|corso|calle|avenida|avda|plaza|rua|praça|travessa|ulica|ul|aleja|al|strada|carrer|impasse|chemin|allée|alameda|largo'
const after =
  'stra(?:ß|ss)e|str|weg|platz|gasse|allee|ring|damm|ufer|straat|laan|plein|gracht|gatan|vägen|väg|vej|gade|gata|gate|veien|katu|tie|utca|sokak|sk|caddesi|cad'
const unit = '(?:,? (?:apt|apartment|suite|ste|unit|flat|floor|fl|#|no)\\.? ?#?\\w{1,6})?'
const place =
  "(?:, (?:\\p{Lu}[\\p{L}'.-]{1,24} ?){1,4}(?:,? [A-Z]{2}(?= |,|$))?(?:,? (?:\\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d|\\d{3,5}(?: ?[A-Z]{2})?))?)?"
const city = "(?:,? (?:[A-Z]{1,2}-)?\\d{4,5}(?: ?[A-Z]{2})? \\p{Lu}[\\p{L}'-]{1,24}(?: \\p{Lu}[\\p{L}'-]{1,24}){0,2})?"

const forms = [
  // 221B Baker Street, London NW1 6XE
  `\\d{1,5}[A-Za-z]?(?:-\\d{1,4})?(?: (?:N|S|E|W|NE|NW|SE|SW)\\.?)? (?:[\\p{Lu}\\d][\\p{L}\\d'.-]{0,24} ){1,4}(?:${ways})(?![\\p{L}])\\.?${unit}${place}`,
  // Hauptstraße 12a, 10115 Berlin
  `\\p{Lu}[\\p{L}'.-]{0,30}(?:[ -]\\p{Lu}[\\p{L}'.-]{0,24}){0,2}(?:${after})\\.? \\d{1,4} ?[a-z]?(?![\\p{L}\\d])${city}`,
  // 12 rue Victor Hugo, 75001 Paris; Via Roma 8
  `(?:\\d{1,4},? )?(?:${before})\\.? (?:[\\p{L}'.-]{1,24} ){0,3}\\p{Lu}[\\p{L}'.-]{1,24}(?:,? (?:n[º°.]? ?)?\\d{1,4}[a-z]?(?!\\d))?${city}`,
  `p\\.? ?o\\.? ?box \\d{1,7}${place}`,
].map((source) => new RegExp(`(?<![\\p{L}\\d])(?:${source})`, 'iu'))
const cue =
  /(?:\baddress\b|\blives? (?:at|on)|\breside\w* (?:at|on)|\bship(?:ped|ping)? to|\bdeliver\w* to|\bstreet|adresse|dirección|indirizzo|endereço|adres|anschrift|wohnt|located at|home)[^.]{0,32}$/

const wayWords = new Set(`${ways}|${before}|${after}|strasse|box`.split('|'))
const suffix =
  /(?:stra(?:ß|ss)e|weg|platz|gasse|allee|straat|laan|plein|gracht|gatan|vägen|väg|vej|gade|gata|veien|katu)$/

// `12 rue ` ends a segment, for it is written small; what follows begins the next.
const lead = new RegExp(
  `(?:^|[^\\p{L}])(?:\\d{1,4},? )?(?:${before})\\.? (?:(?:de|des|du|la|le|les|del|della|di|da|do|dos) )*$`,
  'u',
)
const named = new RegExp(
  `^\\p{Lu}[\\p{L}'.-]{1,24}(?: \\p{Lu}[\\p{L}'.-]{1,24}){0,3}(?:,? \\d{1,4}[a-z]?(?!\\d))?${city}`,
  'u',
)

/** Postal addresses by their grammar: a number and a kind of street, in the order of the language. */
export function findPlaces(segment: Segment): void {
  if ((segment.flags & hasUpper) === 0 || segment.digitCount === 0 || segment.words.length < 2) return
  const text = segment.text.slice(0, 200)
  const rest = segment.digitCount > 3 && lead.test(segment.left) ? named.exec(text)?.[0] : undefined
  if (rest !== undefined && /\d/.test(rest)) {
    segment.add('ADDRESS', 'pii.address', 0, rest.length, 0.6)
    return
  }
  const words = text.toLowerCase().split(/[ ,.]+/)
  if (!words.some((word) => wayWords.has(word) || suffix.test(word))) return
  for (const [index, form] of forms.entries()) {
    const found = form.exec(text)
    if (found === null || !/\d/.test(found[0]) || !/\p{Lu}\p{L}{2}/u.test(found[0])) continue
    // The forms of other languages read like phrases of this one, so something must say that it is a place.
    const isSure = index % 3 === 0 || /\d{4,5} (?:[A-Z]{2} )?\p{Lu}|stra(?:ß|ss)e|straat|gasse|platz/u.test(found[0])
    const score = isSure || cue.test(segment.context(found.index)) ? 0.6 : 0.4
    const end = found.index + found[0].replace(/[ ,.]+$/, '').length
    segment.add('ADDRESS', 'pii.address', found.index, end, score)
    return
  }
}
