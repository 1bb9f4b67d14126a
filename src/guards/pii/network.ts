import type { Segment } from './segment.ts'
import { hasAssignment } from './segments.ts'

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const v4 = new RegExp(`${octet}(?:\\.${octet}){3}`, 'y')
const versionWords =
  /(?:\bv|versions?|ver|release|build|firmware|upgrade|update|section|chapter|§|rev|revision|tag|[=~^<>]{2}|[~^]|oid|\w-)\.?[ :]?$/
const versionNear = /\b(?:version|release|build|chapter|section|upgrade|firmware|changelog|drift|oid)\b/
const addressNear =
  /\b(?:ip|ipv4|host|addr(?:ess)?|server|subnet|gateway|dns|ping|from|client|remote|proxy|peer|src|dst|bind|listen|ipv6|unspecified|loopback|route)\b/

/** IP addresses of both versions, and hardware addresses. */
export function findAddresses(segment: Segment): void {
  const { text } = segment
  if (segment.digitCount >= 4 && has(text, '.', 3)) {
    let from = 0
    for (const { start } of segment.groups) {
      if (start < from) continue
      const end = v4At(segment, start)
      if (end > 0) from = end
    }
  }
  // Two colons at least; most words with one are addresses of pages or times.
  if ((segment.flags & hasAssignment) !== 0 && has(text, ':', 2)) findColons(segment)
  if (text.length >= 17 && has(text, '-', 5)) findMac(segment, /[0-9a-f]{2}(?:-[0-9a-f]{2}){5}/gi)
}

function has(text: string, unit: string, count: number): boolean {
  let at = -1
  for (let left = count; left > 0; left--) {
    at = text.indexOf(unit, at + 1)
    if (at < 0) return false
  }
  return true
}

function v4At(segment: Segment, start: number): number {
  const { text } = segment
  v4.lastIndex = start
  const end = v4.test(text) ? v4.lastIndex : -1
  if (end < 0 || /[\w.]/.test(segment.at(start - 1)) || /\w/.test(segment.at(end))) return -1
  // More parts make it something else: an object id, a long version.
  if (segment.at(end) === '.' && /[\w]/.test(segment.at(end + 1))) return -1
  if (segment.at(end) === '-' && /[a-z]/i.test(segment.at(end + 1))) return -1
  const before = segment.context(start, 32)
  const isNamed = addressNear.test(before)
  if (!isNamed && (versionWords.test(before) || versionNear.test(before))) return -1
  const cidr = /^\/(?:3[0-2]|[12]?\d)(?![\w.])/.exec(text.slice(end, end + 4))
  segment.add('IP_ADDRESS', 'pii.ip', start, end + (cidr?.[0].length ?? 0), 0.9)
  return end
}

const run = /[0-9a-f:]*:[0-9a-f:.]*/gi

/** Runs of hexadecimal groups between colons. */
function findColons(segment: Segment): void {
  const { text } = segment
  run.lastIndex = 0
  for (let match = run.exec(text); match !== null; match = run.exec(text)) {
    const start = match.index
    const found = match[0].replace(/\.+$/, '')
    if (found.indexOf(':', found.indexOf(':') + 1) < 0) continue
    const isBounded = !/[\w.:]/.test(segment.at(start - 1)) && !/[g-z_]/i.test(segment.at(start + found.length))
    if (!isBounded || found.length > 60) continue
    if (/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(found)) {
      segment.add('MAC_ADDRESS', 'pii.mac', start, start + found.length, 0.9)
      continue
    }
    const address =
      v6In(found) ??
      (found === '::' && (addressNear.test(segment.context(start, 32)) || segment.at(start + 2) === '/')
        ? found
        : undefined)
    if (address === undefined) continue
    const from = start + found.indexOf(address)
    const rest = /^(?:%[\w.-]{1,16})?(?:\/(?:12[0-8]|1[01]\d|\d?\d)(?!\w))?/.exec(text.slice(from + address.length))
    segment.add('IP_ADDRESS', 'pii.ip', from, from + address.length + (rest?.[0].length ?? 0), 0.9)
  }
}

/** The address in a run, which may have a colon or a port around it. */
function v6In(run: string): string | undefined {
  const candidates = [run, run.replace(/:$/, ''), run.replace(/^:(?!:)/, ''), run.replace(/^:(?!:)|(?<!:):$/g, '')]
  return candidates.find(isV6)
}

function isV6(text: string): boolean {
  const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)
  if (tail !== null) {
    const parts = (tail[2] ?? '').split('.')
    return parts.every((part) => Number(part) < 256) && isV6(`${tail[1]}0:1`)
  }
  if (!/^[0-9a-f:]+$/i.test(text) || text.includes(':::')) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = text.split(':').filter((group) => group !== '')
  if (groups.some((group) => group.length > 4)) return false
  if (halves.length === 1) return groups.length === 8 && text.split(':').length === 8
  if (groups.length > 7 || groups.length === 0) return false
  // `a::b` is also a name in many languages: one of the groups must look like a number.
  return text === '::1' || (groups.length >= 2 && /\d/.test(text)) || /^[23fF][0-9a-f]{3}::$/.test(text)
}

function findMac(segment: Segment, form: RegExp): void {
  for (const match of segment.text.matchAll(form)) {
    const end = match.index + match[0].length
    if (/[\w-]/.test(segment.at(match.index - 1)) || /[\w-]/.test(segment.at(end))) continue
    // Six pairs of plain digits may be a date with a time.
    if (/[a-f]/i.test(match[0]) || /\bmac\b/.test(segment.context(match.index))) {
      segment.add('MAC_ADDRESS', 'pii.mac', match.index, end, 0.9)
    }
  }
}
