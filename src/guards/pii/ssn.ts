import { isAfterWord, isBeforeWord } from './numbers.ts'
import type { Segment } from './segment.ts'

const cue = /\b(?:ssn|ss ?#|ss ?no|soc(?:ial)? ?sec\w*|security (?:number|no)|sin|tax ?id|taxpayer|identification)\b/

/** US social security numbers: `123-45-6789` by itself, other forms beside a telling word. */
export function findSocialSecurity(segment: Segment): void {
  if (segment.digitCount < 9) return
  const { groups, text } = segment
  for (let index = 0; index < groups.length; index++) {
    const { start, end } = groups[index] as { start: number; end: number }
    const size = end - start
    if ((size !== 3 && size !== 9) || isAfter(segment, start)) continue
    const third = groups[index + 2]
    const last = size === 9 ? end : third?.end
    if (last === undefined || isBeforeWord(segment, last)) continue
    const form = /^(\d{3})([- .]?)(\d{2})\2(\d{4})$/.exec(text.slice(start, last))
    if (form === null) continue
    const before = segment.context(start, 40)
    const hasCue = cue.test(before)
    if (!isIssued(form[1] as string, form[3] as string, form[4] as string)) {
      // Made-up numbers use the areas from 900 on; where the text calls it one, it is treated as one.
      if (form[1] !== undefined && form[1] >= '900' && form[2] !== '' && /\bssn|social security/.test(before)) {
        segment.add('US_SSN', 'pii.us-ssn', start, last, 0.6)
      }
      continue
    }
    const isRow = /\d[ .]$/.test(before) || /^ \d/.test(text.slice(last, last + 2))
    const score = hasCue ? 0.95 : form[2] === '-' ? 0.85 : form[2] === '' || isRow ? 0.2 : 0.62
    if (score >= 0.5) segment.add('US_SSN', 'pii.us-ssn', start, last, score)
  }
}

/** A number may directly follow a word when it is written in its own full form (`acme.com123-45-6789`). */
function isAfter(segment: Segment, start: number): boolean {
  if (!isAfterWord(segment, start)) return false
  return !(/[a-z]/i.test(segment.at(start - 1)) && /^\d{3}-\d{2}-\d{4}/.test(segment.text.slice(start, start + 11)))
}

/** Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never given out; nor is the number on a specimen card. */
function isIssued(area: string, group: string, serial: string): boolean {
  return (
    area !== '000' &&
    area !== '666' &&
    area < '900' &&
    group !== '00' &&
    serial !== '0000' &&
    !(area === '078' && group === '05' && serial === '1120') &&
    !(area === '219' && group === '09' && serial === '9999')
  )
}
