import { checkOptions, invalid, numberIn, ofType, show } from '../../utils/check.ts'
import { findPlaces } from './addresses.ts'
import { findCards } from './cards.ts'
import { findCoins } from './crypto.ts'
import { findEmails } from './email.ts'
import { findIbans } from './iban.ts'
import { type IdForm, idFinder, idPacks } from './ids.ts'
import { findNames } from './names.ts'
import { findAddresses } from './network.ts'
import { type PhoneJudge, phoneFinder } from './phones.ts'
import type { PiiFinding, ScanSettings } from './scan.ts'
import { findSecrets } from './secrets.ts'
import type { PiiType } from './segment.ts'
import { findSocialSecurity } from './ssn.ts'

/** All types, in the order options list them. */
export const piiTypes = [
  'EMAIL',
  'PHONE',
  'CREDIT_CARD',
  'IBAN',
  'US_SSN',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'CRYPTO',
  'SECRET',
  'NATIONAL_ID',
  'PERSON',
  'ADDRESS',
  'CUSTOM',
] as const satisfies readonly PiiType[]

/** A find of a recognizer: UTF-16 offsets, `end` exclusive. */
export interface RecognizedSpan {
  readonly start: number
  readonly end: number
  /** Default `CUSTOM`. */
  readonly type?: PiiType
  /** 0 to 1. Default 1. */
  readonly score?: number
}

/** Finds more in a whole text: a model, a service, a dictionary. Called once for each text of a request. */
export type Recognizer = (
  text: string,
  context: { readonly signal: AbortSignal },
) => readonly RecognizedSpan[] | Promise<readonly RecognizedSpan[]>

/** What finding personal data takes. */
export interface FindPiiOptions {
  /** Types to look for. Default: all. */
  readonly types?: readonly PiiType[]
  /** Least score, 0 to 1, by type. Default 0.5. Lower finds more, and more that is none. */
  readonly thresholds?: Partial<Readonly<Record<PiiType, number>>>
  /**
   * What stays as it is: literal values (any case), patterns that match the whole value, and domains written `@acme.com`
   * (its subdomains too).
   */
  readonly allow?: readonly (string | RegExp)[]
  /** Words and phrases that are always found (any case), as type `CUSTOM`. */
  readonly deny?: readonly string[]
  /** A judge of phone numbers from `holdfast/guards/phones`. Default: by their writing alone. */
  readonly phones?: PhoneJudge
  /** Countries whose identity numbers are known, as ISO codes in lower case, with `eu` for VAT numbers. Default: all. */
  readonly idCountries?: readonly string[]
}

/** Checks shared by everything that finds. */
export const findChecks = {
  types: listOf((value) => piiTypes.includes(value as PiiType), `an array of ${piiTypes.join(', ')}`),
  thresholds: (value: unknown) => recordOf(value, (each) => numberIn(0, 1)(each) === undefined, 'numbers from 0 to 1'),
  allow: listOf((value) => typeof value === 'string' || value instanceof RegExp, 'an array of strings and patterns'),
  deny: listOf((value) => typeof value === 'string' && value.trim() !== '', 'an array of strings that are not empty'),
  phones: ofType('function'),
  idCountries: listOf(
    (value) => countries().includes(value as string),
    'an array of known country codes in lower case',
  ),
}

function listOf(isGood: (value: unknown) => boolean, allowed: string) {
  return (value: unknown) => (Array.isArray(value) && value.every(isGood) ? undefined : allowed)
}

/** Refuses an object with unknown types or wrong values; answers what is allowed. */
export function recordOf(value: unknown, isGood: (value: unknown) => boolean, allowed: string): string | undefined {
  const isRecord = typeof value === 'object' && value !== null
  const isRight =
    isRecord && Object.entries(value).every(([type, each]) => piiTypes.includes(type as PiiType) && isGood(each))
  return isRight ? undefined : `an object of ${allowed} by type`
}

const allForms: readonly IdForm[] = Object.values(idPacks).flat()

function countries(): string[] {
  return allForms.map(({ id }) => id.slice(0, id.indexOf('-')))
}

/** Holds options against their checks. @throws ConfigError */
export function checkFind(where: string, options: FindPiiOptions): void {
  checkOptions(where, options, findChecks)
}

/** What the scanner needs to know. */
export function settingsOf(options: FindPiiOptions): ScanSettings {
  const { types = piiTypes, thresholds = {}, allow = [], phones, idCountries } = options
  const wanted = new Set<PiiType>(types)
  const has = (...any: PiiType[]) => any.some((type) => wanted.has(type))
  const forms = idCountries ? allForms.filter(({ id }) => idCountries.includes(id.slice(0, id.indexOf('-')))) : allForms
  return {
    rules: [
      ...(has('SECRET') ? [findSecrets] : []),
      ...(has('EMAIL') ? [findEmails] : []),
      ...(has('IP_ADDRESS', 'MAC_ADDRESS') ? [findAddresses] : []),
      // These know each other's numbers, so they run even where only one of them is wanted.
      ...(has('CREDIT_CARD', 'PHONE', 'NATIONAL_ID') ? [findCards] : []),
      ...(has('IBAN', 'PHONE', 'CREDIT_CARD', 'NATIONAL_ID') ? [findIbans] : []),
      ...(has('US_SSN', 'PHONE', 'NATIONAL_ID') ? [findSocialSecurity] : []),
      ...(has('PHONE', 'NATIONAL_ID') ? [phoneFinder(phones)] : []),
      ...(has('CRYPTO') ? [findCoins] : []),
      ...(has('NATIONAL_ID') ? [idFinder(forms)] : []),
      ...(has('PERSON') ? [findNames] : []),
      ...(has('ADDRESS') ? [findPlaces] : []),
    ],
    thresholds: new Map(types.map((type) => [type, thresholds[type] ?? 0.5])),
    keeps: allowance(allow),
  }
}

/** True for values that are to be found, false for what the allow-list lets stay. */
function allowance(allow: readonly (string | RegExp)[]): (value: string) => boolean {
  const domains: string[] = []
  const literals = new Set<string>()
  const patterns: RegExp[] = []
  for (const entry of allow) {
    if (typeof entry !== 'string') patterns.push(new RegExp(`^(?:${entry.source})$`, entry.flags.replace(/[gy]/g, '')))
    else if (entry.startsWith('@')) domains.push(entry.slice(1).toLowerCase())
    else literals.add(entry.toLowerCase())
  }
  if (allow.length === 0) return () => true
  return (value) => {
    const plain = value.toLowerCase()
    const host = plain.slice(plain.lastIndexOf('@') + 1)
    const isOurs = plain.includes('@') && domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
    return !isOurs && !literals.has(plain) && !patterns.some((pattern) => pattern.test(value))
  }
}

/** Finds of a recognizer as findings; what is out of place is an error of the recognizer. */
export function findingsOf(spans: readonly RecognizedSpan[], text: string, settings: ScanSettings): PiiFinding[] {
  return spans
    .map(({ start, end, type = 'CUSTOM', score = 1 }) => {
      const isPlaced =
        Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= text.length && start < end
      if (!isPlaced) throw invalid('recognizers', show(spans), 'spans inside the text, with start before end')
      return { type, rule: 'pii.recognizer', start, end, score }
    })
    .filter(({ type, score, start, end }) => {
      const threshold = settings.thresholds.get(type)
      return threshold !== undefined && score >= threshold && settings.keeps(text.slice(start, end), type)
    })
}
