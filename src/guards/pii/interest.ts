import { type Cut, hasAssignment, hasAt, hasCoded, hasLong, hasUpper, isBlock } from './segments.ts'

// Most segments are plain words and small numbers. They are told apart here, without making a string of anything.

/** Flags of segments that are worth a look without digits in them. */
const worthy = hasAt | hasAssignment | hasLong | isBlock | hasCoded

/** Words after which a value follows: `my password is …`, `Bearer …`, `--user …`. */
const announcements = hashes(
  'is was bearer basic token key apikey password passwd secret user u p -u -p --user --token --password',
)

/** Words before a name. */
const introductions = hashes(
  "is am i'm 's me named dear mr mrs ms miss mx dr prof professor herr herrn frau monsieur madame mme señor señora sr sra to " +
    "signor signora sig dott heiße ist m'appelle suis llamo es chiamo é chamo heet heter hedder się se adım зовут attn by from " +
    'sincerely regards patient customer client employee cardholder holder beneficiary recipient payee tenant applicant spouse',
)

/** Greetings and titles, which begin a segment themselves. */
const openings = hashes(
  'dear lieber liebe sehr cher chère estimado estimada querido querida gentile caro cara beste kære hei hej mr mrs ms mx dr ' +
    'prof professor herr herrn frau monsieur madame mme señor señora sr sra signor signora sig don doña',
)

/** There is something in it. The kinds of interest are added up. */
const isWorthLooking = 1
/** The text before ends as if a value were to follow. */
export const isAnnounced = 2
/** A name may begin here. */
export const isIntroduced = 4

/** What there is for the rules in a segment; 0 for nothing. */
export function interestOf(text: string, { start, end, flags, digits }: Cut): number {
  const isUpper = (flags & hasUpper) !== 0
  const length = end - start
  const look = (flags & worthy) !== 0 || isNumberLike(length, digits, isUpper) ? isWorthLooking : 0
  if (length < 6 && !isUpper) return look
  let at = start - 1
  for (const first = at - 5; at > first && isBetween(text.charCodeAt(at)); at--);
  let code = text.charCodeAt(at)
  if (code === 0x3a || code === 0x3d || code === 0x3e) return look | isAnnounced | (isUpper ? isIntroduced : 0)
  if (code === 0x2e || code === 0x2c) code = text.charCodeAt(--at)
  let hash = 0
  for (const first = at - 14; at > first && code > 0x22 && code !== 0x28; code = text.charCodeAt(--at))
    hash = hashed(hash, code)
  const isName = isUpper && (introductions.has(hash) || isOpening(text, start, end))
  return look | (announcements.has(hash) ? isAnnounced : 0) | (isName ? isIntroduced : 0)
}

/** Years, times and prices are not. */
function isNumberLike(length: number, digits: number, isUpper: boolean): boolean {
  if (digits < 2 || length < 5) return false
  return isUpper || digits > 4 || (digits === 4 && length > 6)
}

function isOpening(text: string, start: number, end: number): boolean {
  let at = start
  while (at - start < 10 && at < end && (text.charCodeAt(at) | 32) > 0x60) at++
  let hash = 0
  if (at < end) for (let back = at - 1; back >= start; back--) hash = hashed(hash, text.charCodeAt(back))
  return openings.has(hash)
}

/** Spaces, quotes, brackets and marks of emphasis. */
function isBetween(code: number): boolean {
  return (
    (code <= 0x28 && (code === 0x20 || code === 0x22 || code === 0x27 || code === 0x28 || code === 0x0a)) ||
    (code >= 0x5b && code <= 0x60 && code !== 0x5d && code !== 0x5e) ||
    code === 0x2a
  )
}

// Hashes of words, made from their end: looking a word up this way costs no string.
function hashes(words: string): ReadonlySet<number> {
  return new Set(
    words.split(' ').map((word) => [...word].reduceRight((hash, unit) => hashed(hash, unit.charCodeAt(0)), 0)),
  )
}

function hashed(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code | 32)) | 0
}
