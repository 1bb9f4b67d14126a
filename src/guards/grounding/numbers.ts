import { numberWords } from './number-words.ts'

const magnitudes: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  mio: 1e6,
  billion: 1e9,
  bn: 1e9,
  trillion: 1e12,
  k: 1e3,
  m: 1e6,
}
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const monthName =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?'
const dayMonth = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?(?:\\s+of)?\\s+(${monthName})\\b\\.?`, 'giu')
const monthDay = new RegExp(`\\b(${monthName})\\b\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?\\b`, 'giu')
const isoDate = /\b(\d{4})-(\d{2})-(\d{2})\b/g
const number =
  /(?<![\w.])[-−]?(\d{1,3}(?:[,'’\u00a0\u202f ]\d{3})+(?![\d])(?:\.\d+)?|\d+(?:[.,]\d+)*)(?:st|nd|rd|th)?(?:\s?(thousand|million|mio|billion|bn|trillion|k|m)\b)?(?!\w)/giu
/** Numbers in words up to this one are too common to hold anybody to: `one of`, `the two`. */
const commonWords = 12

/**
 * Numbers and dates of a text in one form each: `1,200` and `1200` are the same, as are `3 May` and `May 3rd`.
 */
export function numbersIn(text: string): string[] {
  const found: string[] = []
  const note = (value: number) => found.push(String(Number(value.toPrecision(12))))
  const rest = text
    .replace(isoDate, (_, year: string, month: string, day: string) => {
      found.push(year, dateOf(Number(day), Number(month)))
      return ' '
    })
    .replace(dayMonth, (_, day: string, month: string) => {
      found.push(dateOf(Number(day), monthOf(month)))
      return ' '
    })
    .replace(monthDay, (_, month: string, day: string) => {
      found.push(dateOf(Number(day), monthOf(month)))
      return ' '
    })
  for (const [, digits = '', magnitude = ''] of rest.matchAll(number)) {
    for (const value of readings(digits)) note(value * (magnitudes[magnitude.toLowerCase()] ?? 1))
  }
  for (const { value } of numberWords(rest)) note(value)
  return found
}

/** Numbers a claim states: what must be in a source. */
export function statedNumbers(text: string): string[][] {
  const found: string[][] = []
  const dates = [...text.matchAll(dayMonth), ...text.matchAll(monthDay)]
  let rest = text
  for (const { 0: whole } of dates) {
    found.push(numbersIn(whole))
    rest = rest.replace(whole, ' ')
  }
  for (const { 0: whole } of rest.matchAll(isoDate)) {
    for (const part of numbersIn(whole)) found.push([part])
    rest = rest.replace(whole, ' ')
  }
  for (const { 0: whole } of rest.matchAll(number)) found.push(numbersIn(whole))
  for (const { value } of numberWords(rest)) if (value > commonWords) found.push([String(value)])
  return found.filter((readings) => readings.length > 0)
}

function dateOf(day: number, month: number): string {
  return `${month}/${day}`
}

function monthOf(name: string): number {
  return months.indexOf(name.slice(0, 3).toLowerCase()) + 1
}

/** `1.234` may be a thousand or one and a bit: both readings count. The last of two different signs is the point. */
function readings(digits: string): number[] {
  const plain = digits.replace(/['’\u00a0\u202f ]/g, '')
  const signs = plain.replace(/\d/g, '')
  const point = /^([.,])\1+$/.test(signs) ? '' : signs.slice(-1)
  const asPoint = Number(
    plain.replace(/[.,]/g, (sign, at: number) => (sign === point && at === plain.lastIndexOf(sign) ? '.' : '')),
  )
  const isGrouped = /^\d{1,3}(?:[.,]\d{3})+$/.test(plain) && signs.length === 1
  return isGrouped ? [Number(plain.replace(/[.,]/g, '')), asPoint] : [asPoint]
}
