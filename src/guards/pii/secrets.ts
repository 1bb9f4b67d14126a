import { findAssigned } from './assigned.ts'
import { isPlain } from './characters.ts'
import { privateKey } from './rest.ts'
import { keyForms } from './secret-table.ts'
import type { Segment } from './segment.ts'
import { hasAssignment, hasAt, hasLong, isBlock, isCut } from './segments.ts'
import { entropy, isAlphabet, isPlaceholder, isWords } from './values.ts'

/** Key-like beginnings that may come to nothing in one segment before we stop trying. */
const maxFailures = 8

/** Keys of services, tokens, passwords and armoured keys. */
export function findSecrets(segment: Segment): void {
  if ((segment.flags & isBlock) !== 0) {
    findBlock(segment)
    return
  }
  if ((segment.flags & hasLong) !== 0) {
    findKeys(segment)
    findTokens(segment)
  }
  if ((segment.flags & (hasAt | hasAssignment)) === (hasAt | hasAssignment)) findUrls(segment)
  findAssigned(segment)
}

/** `-----BEGIN … PRIVATE KEY-----` with something in it. */
function findBlock(segment: Segment): void {
  const { text } = segment
  if (!/^-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY/.test(text)) return
  const body = text
    .replace(/-----[^-]{5,80}-----|[A-Z][A-Za-z-]{2,19}: [^\n\r\\]{0,100}/g, '')
    .replace(/\\[rn]|[^A-Za-z0-9+/=]/g, '')
  if (body.length >= 40) segment.add('SECRET', privateKey, 0, text.length, 1)
}

/** Keys by their first characters, wherever they stand: people glue names to them. */
function findKeys(segment: Segment): void {
  const { text } = segment
  let failures = 0
  for (let at = 0; at + 1 < text.length && failures < maxFailures; at++) {
    const forms = keyForms(text.charCodeAt(at), text.charCodeAt(at + 1))
    if (forms === undefined) continue
    for (const { rule, prefix, last, rest } of forms) {
      const from = at + prefix.length
      if (text.charCodeAt(from - 1) !== last || !text.startsWith(prefix, at) || !isVaried(text, from)) continue
      rest.lastIndex = from
      const found = rest.exec(text)
      if (found === null || goesOn(segment, rest.lastIndex)) continue
      const end = trimmed(segment, rest.lastIndex)
      const body = text.slice(from, end)
      if ((isAfterLetter(segment, at) && !isTelling(prefix)) || !isKeyBody(body, prefix)) {
        failures++
        continue
      }
      segment.add('SECRET', rule, at, end, 0.95)
      at = end - 1
      break
    }
  }
}

/** A key that is longer than its kind is something else, unless it was cut by force. */
function goesOn(segment: Segment, end: number): boolean {
  return !isForced(segment, end) && /[A-Za-z0-9]/.test(segment.at(end))
}

/** Is this beginning so particular that it needs no boundary before it? */
function isTelling(prefix: string): boolean {
  return prefix.length > 4 && /[-_.:]/.test(prefix)
}

function isAfterLetter(segment: Segment, at: number): boolean {
  return /[A-Za-z0-9+/.]/.test(segment.at(at - 1))
}

/** Real keys are made by chance: many different characters, digits among them, no filler, no words. */
function isKeyBody(body: string, prefix: string): boolean {
  const start = body.slice(0, 160)
  if (/EXAMPLE|x{6}|X{6}|\*{3}|\.{3}|(.)\1{7}/.test(start) || entropy(start) < 2.9) return false
  if (!/[A-Za-z]/.test(start) || isAlphabet(start)) return false
  return prefix.length > 2 ? !isWords(start) : /\d/.test(start)
}

/** Are there seven different characters among the next two dozen? */
function isVaried(text: string, from: number): boolean {
  let count = 0
  let low = 0
  let high = 0
  for (let at = from; at < from + 24 && count < 7; at++) {
    const code = text.charCodeAt(at)
    const bit = 1 << (code & 31)
    // Letters share bits with each other's case, digits with marks: near enough.
    if (code < 64 ? low & bit : high & bit) continue
    if (code < 64) low |= bit
    else high |= bit
    count++
  }
  return count >= 7
}

/** Is this where the segment was cut by force? */
function isForced(segment: Segment, end: number): boolean {
  return end === segment.text.length && (segment.flags & isCut) !== 0
}

/** A full stop or bracket after a key is not part of it. */
function trimmed(segment: Segment, end: number): number {
  if (isForced(segment, end)) return end
  const { text } = segment
  let last = end
  while ('.-~'.includes(text[last - 1] ?? ' ')) last--
  return last
}

/** JSON web tokens: three parts, the first two begin like a coded `{"`. */
function findTokens(segment: Segment): void {
  const { text } = segment
  if ((segment.flags & isCut) !== 0) findCutToken(segment)
  if (!text.includes('.')) return
  // The last form is a token of a chat bot: an id, a time and a signature.
  const form =
    /(?<![A-Za-z0-9])(?:ey[\w-]{14,}\.ey[\w/\\-]{14,}(?:\.[\w/\\=-]*){0,3}|[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,40}(?![\w-]))/g
  for (const match of text.matchAll(form)) {
    if (entropy(match[0]) < 3) continue
    segment.add('SECRET', 'pii.secret.jwt', match.index, trimmed(segment, match.index + match[0].length), 0.95)
  }
}

/** A token whose head alone is longer than the segment: told by the names that heads of tokens have. */
function findCutToken(segment: Segment): void {
  const { text } = segment
  let start = text.length
  while (start > 0 && isTokenUnit(text.charCodeAt(start - 1))) start--
  start = text.indexOf('ey', start)
  if (start < 0 || text.length - start < 64 || isAfterLetter(segment, start)) return
  const head = decodedStart(text.slice(start, start + 64))
  if (/^\{\s*"(?:alg|typ|kid|x5[cut]|x5t#S256|enc|zip|cty|crit|jku|jwk|epk|apu|apv|iv|tag|iss|aud|sub)"/.test(head))
    segment.add('SECRET', 'pii.secret.jwt', start, text.length, 0.95)
}

/** A letter, a digit, `_`, `.` or `-`. */
function isTokenUnit(code: number): boolean {
  return isPlain(code) || code === 0x5f || code === 0x2e || code === 0x2d
}

/** What base64 (also for URLs) begins to say. */
function decodedStart(coded: string): string {
  try {
    return atob(coded.replace(/-/g, '+').replace(/_/g, '/'))
  } catch {
    return '' // It is not base64.
  }
}

/** `scheme://user:password@host…`: all of it, for the rest of such an address is as telling as the password. */
function findUrls(segment: Segment): void {
  const { text } = segment
  const form =
    /\b[a-z][a-z0-9+.-]{1,30}:\/\/([^\s/:@'"]{0,128}):([^\s/@'"]{1,256})@[^\s/@:]{1,253}(?::\d{1,5})?[^\s()]{0,512}/gi
  for (const match of text.matchAll(form)) {
    const [all, user = '', password = ''] = match
    if (isFiller(password) || user === password) continue
    const last = match.index + all.length
    const end = isForced(segment, last) ? last : match.index + all.replace(/[.,;!?\])]+$/, '').length
    segment.add('SECRET', 'pii.secret.url', match.index, end, 0.97)
  }
}

/** As a placeholder, but `pass` itself may be the password of a URL. */
function isFiller(password: string): boolean {
  return password !== 'pass' && isPlaceholder(password)
}
