/**
 * Better phone numbers with libphonenumber, which you hand in:
 *
 *     import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
 *     import { redactPii } from 'holdfast/guards'
 *     import { phoneJudge } from 'holdfast/guards/phones'
 *
 *     redactPii({ phones: phoneJudge({ parsePhoneNumberFromString, regions: ['DE', 'AT', 'CH'] }) })
 */
import type { PhoneJudge } from './pii/phones.ts'

export type { PhoneJudge } from './pii/phones.ts'

/** The part of libphonenumber-js we call. */
export interface PhoneLibrary<Region extends string> {
  readonly parsePhoneNumberFromString: (
    text: string,
    options: { defaultCountry: Region; extract: false },
  ) => { isValid(): boolean; formatNational(): string } | undefined
}

/** What the judge needs. */
export interface PhoneJudgeOptions<Region extends string> extends PhoneLibrary<Region> {
  /** Countries (ISO codes) whose national numbers are known without a calling code. Default: twenty-four large ones. */
  readonly regions?: readonly Region[]
}

/** Regions looked at by default, and how many digits their numbers have as they are written: asking is dear. */
const digitCounts: Readonly<Record<string, readonly [number, number]>> = {
  US: [10, 11],
  GB: [10, 11],
  DE: [7, 13],
  FR: [10, 10],
  ES: [9, 9],
  IT: [8, 11],
  NL: [10, 10],
  BE: [9, 10],
  CH: [10, 10],
  AT: [7, 13],
  PL: [9, 9],
  CZ: [9, 9],
  SE: [8, 10],
  NO: [8, 8],
  DK: [8, 8],
  FI: [7, 12],
  PT: [9, 9],
  BR: [10, 12],
  MX: [10, 10],
  IN: [10, 11],
  JP: [10, 11],
  AU: [9, 10],
  TR: [10, 11],
  ZA: [10, 10],
}

/**
 * Makes a judge for `redactPii({ phones })`. A number that is valid in a region counts for more when it is grouped the
 * way that region groups it.
 */
export function phoneJudge<Region extends string>(options: PhoneJudgeOptions<Region>): PhoneJudge {
  const { parsePhoneNumberFromString, regions = Object.keys(digitCounts) as Region[] } = options
  return (candidate) => {
    const size = candidate.replace(/\D/g, '').length
    let isValid = false
    for (const defaultCountry of regions) {
      const [least, most] = digitCounts[defaultCountry] ?? [0, 15]
      if (size < least || size > most) continue
      const number = parsePhoneNumberFromString(candidate, { defaultCountry, extract: false })
      if (!number?.isValid()) continue
      isValid = true
      if (groupsOf(number.formatNational()) === groupsOf(candidate)) return 0.5
    }
    return isValid ? 0.35 : undefined
  }
}

/** `3-3-4` for `(555) 123-4567`. */
function groupsOf(text: string): string {
  return text
    .split(/\D+/)
    .filter(Boolean)
    .map((group) => group.length)
    .join('-')
}
