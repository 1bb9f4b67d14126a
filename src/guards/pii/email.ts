import { isPlain } from './characters.ts'
import type { Segment } from './segment.ts'

const maxLocal = 64
const localMarks = "._%+'!#$&*^~?-"
const foreignLocal = /[\p{L}\p{N}]/u
const label = /[\p{L}\p{N}-]{1,63}/uy

/** Addresses: outwards from each `@`, at most 64 units to the left and 253 to the right. */
export function findEmails(segment: Segment): void {
  const { text } = segment
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (!mayHaveDomain(text, at + 1)) continue
    const start = localStart(text, at)
    if (start === at || isUserInfo(text, start)) continue
    const end = domainEnd(text, at + 1)
    if (end < 0) continue
    // `git@host:path` names a repository, not a person.
    if (text[end] === ':' && text.slice(start, at) === 'git') continue
    segment.add('EMAIL', 'pii.email', start, end, 0.95)
  }
}

/** Whether a label and a dot may follow: a cheap look before the patterns. Letters beyond ASCII are left to them. */
function mayHaveDomain(text: string, from: number): boolean {
  let at = from
  while (at < text.length && isPlainLabel(text.charCodeAt(at))) at++
  const code = text.charCodeAt(at)
  return code > 127 || (code === 46 && at > from)
}

function isPlainLabel(code: number): boolean {
  return isPlain(code) || code === 45
}

function localStart(text: string, at: number): number {
  let start = at
  while (start > 0 && at - start < maxLocal && isLocal(text, start - 1)) start--
  if (text[at - 1] === '.') return at
  if (isPlain(text.charCodeAt(start)) && text[start + 1] !== "'") return start
  // Quotes, list marks and string prefixes (`f'…`) in front are not part of it.
  const lead = /^(?:[bfru]?')?[^\p{L}\p{N}_]*/u.exec(text.slice(start, at))
  return start + (lead?.[0].length ?? 0)
}

function isLocal(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  const unit = text[at] as string
  return isPlain(code) || (code < 128 ? localMarks.includes(unit) : foreignLocal.test(unit))
}

/** Is this the `user:password@` of a URL? */
function isUserInfo(text: string, start: number): boolean {
  if (start < 2) return false
  const near = text.slice(Math.max(0, start - 130), start)
  const slashes = near.lastIndexOf('//')
  return slashes >= 0 && !/[\s/?#]/.test(near.slice(slashes + 2))
}

/** Ends of files, which `logo@2x.png` has for a domain. */
const files =
  /^(?:png|jpe?g|gif|svg|webp|avif|bmp|ico|css|scss|less|json|html?|[cm]?js|tsx?|jsx|ya?ml|toml|xml|txt|pdf|log|lock|exe|dll|t?gz|woff2?|ttf|mp[34])$/i

/** End of a host name with a plausible last label, or -1. */
function domainEnd(text: string, from: number): number {
  let end = -1
  let at = from
  let last = ''
  while (at - from < 253) {
    const found = labelAt(text, at)
    if (found === undefined) break
    const clean = found.endsWith('-') ? found.replace(/-+$/, '') : found
    // A new sentence without a space: `…@acme.com.Please`.
    if (end > 0 && last === last.toLowerCase() && /^\p{Lu}\p{Ll}+$/u.test(clean)) break
    if (at > from) end = topEnd(clean, at, end)
    last = clean
    at += found.length
    if (text[at] !== '.') break
    at++
  }
  return files.test(text.slice(text.lastIndexOf('.', end) + 1, end)) ? -1 : end
}

function labelAt(text: string, from: number): string | undefined {
  let at = from
  while (at - from < 63 && isPlainLabel(text.charCodeAt(at))) at++
  if (at > from && !(text.charCodeAt(at) > 127)) return text.slice(from, at)
  label.lastIndex = from
  return label.exec(text)?.[0]
}

/** Where the name ends if this label is its last, else where it ended before. */
function topEnd(clean: string, at: number, end: number): number {
  if (/^[a-z]{2,24}$/.test(clean)) return at + clean.length
  const top = /^(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})/iu.exec(clean)?.[0]
  // A word may be glued to it: `…@acme.comHello`.
  const plain = /^\p{Ll}{2,24}(?=\p{Lu}\p{Ll})/u.exec(clean)?.[0] ?? top
  return plain !== undefined && (plain.length === clean.length || plain !== top || end < 0) ? at + plain.length : end
}
