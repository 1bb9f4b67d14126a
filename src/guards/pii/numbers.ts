import { characterClasses, digit, lower, upper } from './characters.ts'
import type { Segment } from './segment.ts'

/** A letter, digit or underscore of a script that puts spaces between words; Han, Kana and the like stand by themselves. */
export function isWordUnit(unit: string): boolean {
  if (unit === '' || unit === '_') return unit !== ''
  const kind = characterClasses()[unit.charCodeAt(0)]
  return kind === lower || kind === upper || kind === digit
}

function isDigit(unit: string): boolean {
  return unit >= '0' && unit <= '9'
}

/** Is what starts here the rest of a longer word, an amount or a decimal? */
export function isAfterWord(segment: Segment, start: number): boolean {
  const before = segment.at(start - 1)
  if (before === '') return false
  if (isWordUnit(before) || '$€£¥₹₩'.includes(before)) return true
  const ahead = segment.at(start - 2)
  if (before === '-') return isWordUnit(ahead)
  // `3,141` goes on, `a,4111111111111111` is the next field.
  if (before === ',') return isDigit(ahead) && /^\d{3}(?!\d)/.test(segment.text.slice(start, start + 4))
  return (before === '.' || before === ':') && isDigit(ahead)
}

/** Does what ends here go on as a longer word, a decimal, a time or a range? */
export function isBeforeWord(segment: Segment, end: number): boolean {
  const after = segment.at(end)
  if (after === '') return false
  if (isWordUnit(after) || after === '%') return true
  const beyond = segment.at(end + 1)
  if (after === '-') return isWordUnit(beyond)
  if (after === ',') return /^,\d{3}(?!\d)/.test(segment.text.slice(end, end + 5))
  return (after === '.' || after === ':') && isDigit(beyond)
}
