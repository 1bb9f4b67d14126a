import type { Segment } from './segment.ts'
import { hasAssignment, isCut } from './segments.ts'
import { entropy, isAlphabet, isCode, isPlaceholder, isWords } from './values.ts'

// What a name must hold to be the name of a secret, and what makes it something else after all.
const secretName =
  /passw|passphrase|passcode|passkey|\bpass\b|_pass\b|pwd\b|\bpw\b|secret|token|api[_.-]?key|\bkey$|[a-z0-9_.-]key$|credential|\bauth\b|_auth\b|auth$|bearer|license|account_?key|access_?id|dsn|webhook|authorization|cookie|session_?id/
const otherName =
  /public|pub_?key|gpg|pgp|fingerprint|ssh-|key_?(?:id|name|code|words?|board|frame|up|down|press|store|size|len\w*|type|map|path|file|select\w*|vault|chain|space|pair|value)|monkey|turkey|hockey|jockey|(?:primary|foreign|sort|cache|partition|object|hot|short|registry|bucket|sub|row|group|index|i18n|translation|lang|map|dict|config|hash|unique|composite|natural|surrogate)[_-]?key$|csrf|xsrf|authenticity|max_?(?:new_)?tokens?|tokeni[sz]|tokens$|token_?(?:type|count|limit|url|uri|endpoint|budget|name|id)|(?:next|page|continuation|sync|cancel\w*|start|end|input|output|prompt|completion|total|bos|eos|pad|mask|stop|special)_?tokens?|authors?\b|authority|author_|-results|secrets?_?(?:name|id|ref|arn|santa)|(?:url|uri|path|file|dir|_id|_name|type|length|count|label|title|text|field|column|expir\w*|date|version|regex|pattern|hint|policy|reset|input|provider|manager|service|class|format|checksum|chksum|hash|digest)$|secretary|compass|bypass|passenger|passage|passport|password_?(?:hash|field|reset|confirm\w*|again|strength|min|max)|credentials?_?id/
const spoken =
  /\b(password|passwd|pwd|passphrase|passcode|pin code|secret|token|api key|access key|secret key|private key|my key|the key|key|credentials?)(?: (?:for|to|of) [a-z0-9.' -]{1,24})?(?: (?:is|was|are|=|to be|to))? ?[:=]? ?["'`]{0,2}$/
/** What of a value is read to tell what it is. */
const maxRead = 256
const scheme = /\b(?:bearer|basic|token|apikey|(?:^| )(?:-u|--user|--token|--password|--api-key|-p)(?:=| ))["' ]{0,3}$/

/** Values of names that say they are secret, after `=`, `:`, `is`, `Bearer` and the like. */
export function findAssigned(segment: Segment): void {
  const { text } = segment
  const hasOperators = (segment.flags & hasAssignment) !== 0
  if (!segment.isAnnounced && !hasOperators && !text.includes('=')) return
  let isNamed = segment.isAnnounced
  let tries = 0
  for (const { start, end } of segment.words) {
    if (isNamed && judge(segment, start, end)) return
    isNamed = '=:>'.includes(text[end - 1] as string)
    if (!hasOperators || end - start < 8) continue
    // `NAME=value` in one word: look behind the operators.
    for (const found of text.slice(start, end).matchAll(/[=:]+/g)) {
      const from = start + found.index + found[0].length
      if (end - from < 6 || ++tries > 12) break
      if (judge(segment, from, end)) break
    }
  }
}

function judge(segment: Segment, start: number, wordEnd: number): boolean {
  const { text } = segment
  let from = start
  while (from < start + 8 && '("\'`=:'.includes(text[from] ?? '\0')) from++
  const end = valueEnd(segment, from, wordEnd)
  const value = text.slice(from, Math.min(end, from + maxRead))
  // What is shortened is shown on purpose.
  if (value.length < 6 || text.startsWith('...', end) || text[end] === '…') return false
  const kind = kindBefore(segment, from)
  if (kind === undefined || !isSecretValue(value, kind)) return false
  segment.add('SECRET', `pii.secret.${kind}`, from, end, kind === 'spoken' ? 0.7 : 0.75)
  return true
}

/** Where a value ends: brackets, commas and full stops after it belong to the sentence. */
function valueEnd(segment: Segment, from: number, wordEnd: number): number {
  const { text } = segment
  const stop = text.slice(from, wordEnd).search(/[,)]|&(?=\w+=)/)
  let end = stop < 0 ? wordEnd : from + stop
  // It goes on behind a cut by force.
  if (end === text.length && (segment.flags & isCut) !== 0) return end
  while (end > from && '.,:?!)*_'.includes(text[end - 1] as string)) end--
  return end
}

type Kind = 'password' | 'assigned' | 'spoken' | 'header'

/** What the text before a value says of it. */
function kindBefore(segment: Segment, from: number): Kind | undefined {
  if (!':=>"\'`( '.includes(segment.at(from - 1) || '\0')) return undefined
  const before = segment.context(from, 64)
  const named = nameBefore(before)
  if (named !== '') {
    const name = named.replace(/^.*[ .](?=\S)/, '')
    if (/passw|passphrase|\bpass\b|_pass\b|pwd\b|\bpw\b/.test(name))
      return otherName.test(name) ? undefined : 'password'
    if (secretName.test(name) || secretName.test(named)) return otherName.test(named) ? undefined : 'assigned'
    return undefined
  }
  if (scheme.test(before)) return 'header'
  const said = spoken.exec(before)?.[1]
  if (said === undefined || otherName.test(said)) return undefined
  return /pass|pwd/.test(said) ? 'password' : 'spoken'
}

/** The name an operator in front of a value stands behind: `api_key` of `"api_key": "`; `''` when there is none. */
function nameBefore(text: string): string {
  let at = text.length
  const back = (units: string, most: number) => {
    for (const first = at - most; at > first && units.includes(text[at - 1] ?? '\0'); at--);
  }
  back('"\'`( ', 6)
  const operator = at
  back('=:>-', 3)
  if (at === operator || !/[=:>]/.test(text.slice(at, operator))) return ''
  back('"\'`]) ', 6)
  const end = at
  while (at > 0 && end - at < 48 && isNameUnit(text.charCodeAt(at - 1))) at--
  return text.slice(at, end).trim()
}

/** Small letters, digits, and `_`, `$`, `.`, `-`, space and square brackets. */
function isNameUnit(code: number): boolean {
  if (code >= 0x61) return code <= 0x7a
  return (code >= 0x30 && code <= 0x39) || '_$.- []'.includes(String.fromCharCode(code))
}

function isSecretValue(value: string, kind: Kind): boolean {
  if (isPlaceholder(value) || isCode(value) || isAlphabet(value)) return false
  const hasDigit = /\d/.test(value)
  if (kind === 'password') {
    const kinds =
      Number(hasDigit) + Number(/[a-z]/.test(value)) + Number(/[A-Z]/.test(value)) + Number(/[^A-Za-z0-9]/.test(value))
    return kinds >= 2 && (hasDigit || !isWords(value))
  }
  if (value.length < (kind === 'header' ? 16 : 10) || !/^[\w+/=.~:@!$%^&*#?-]+$/.test(value)) return false
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return kind !== 'spoken'
  return (hasDigit || value.length >= 24) && entropy(value) >= (value.length < 20 ? 2.8 : 3) && !isWords(value)
}
