// What a value looks like: made by chance, made of words, or standing for another.

import { isPlain } from './characters.ts'

const filler =
  /^(?:[<{[*].*|[$%#@][\w.:{}()[\]-]*%?|null|none|undefined|true|false|nil|todo|string|str|bytes|object|number|int|any|value|secret|token|(?:my)?passw(?:or)?d|pass|test|demo|example|change_?me|redacted|hidden|masked|required|optional|env|default|abc|1234?5?6?|1111|user(?:name)?|key)$|\$\{|\$\(|\{\{|^%\w|x{4}|\*{3}|\.{3}|<[a-z]|your[_-]?|my[_-](?:secret|token|key|password|api)|example|placeholder|dummy|sample|fake|insert|replace|change[_-]?me|redacted|process\.env|os\.environ|getenv|env\[|secrets\.|vault:|ref\+|enter[_-]|here$|(.)\1{5}/i

/** Text that stands for a secret: variables, templates, advice, filler. */
export function isPlaceholder(value: string): boolean {
  return filler.test(value)
}

/** Letters of the alphabet in order, twelve and more: nobody draws those by chance. */
export function isAlphabet(value: string): boolean {
  let row = 1
  for (let at = 1; at < value.length && row < 12; at++) {
    const code = value.charCodeAt(at)
    row = (code | 32) > 0x61 && (code | 32) < 0x7b && code === value.charCodeAt(at - 1) + 1 ? row + 1 : 1
  }
  return row === 12
}

/** An expression, a path, a file, a host, a date rather than a value. */
export function isCode(value: string): boolean {
  return (
    /[()[\]{}<>;]|=>|::|\w\.\w+\(|^\.{0,2}\/|^[a-z]+:\/\//i.test(value) ||
    /\.(?:json|ya?ml|pem|key|crt|txt|ts|js|py|go|java|com|org|net|io|dev|html?|png|jpe?g|svg|css|md|xml|jar)(?:$|[/:?])/i.test(
      value,
    ) ||
    /^\d{4}-\d\d-\d\d|^v?\d+\.\d+\.\d+/.test(value)
  )
}

/** Made of words or names: `NEXUS-GPT4-API-KEY`, `keyPressed`, `sales-results-1.2`. */
export function isWords(value: string): boolean {
  let total = 0
  let wordy = 0
  let start = 0
  for (let at = 0; at <= value.length; at++) {
    const isInside = isPlain(value.charCodeAt(at))
    if (isInside && !isHump(value, at)) continue
    total += at - start
    if (isWord(value.slice(start, at))) wordy += at - start
    start = isInside ? at : at + 1
  }
  return wordy >= total * 0.7
}

/** Does a capital follow a small letter here? */
function isHump(value: string, at: number): boolean {
  const code = value.charCodeAt(at)
  return code > 0x40 && code < 0x5b && value.charCodeAt(at - 1) > 0x60 && value.charCodeAt(at - 1) < 0x7b
}

function isWord(part: string): boolean {
  return /^(?:[A-Z]?[a-z]{2,14}|[A-Z]{2,12}|[a-z]{15,60})\d{0,5}$|^\d{1,4}$/.test(part) && isPronounceable(part)
}

/** Vowels in about the share and the spacing that words have. */
function isPronounceable(word: string): boolean {
  const letters = word.replace(/\d+$/, '')
  if (letters.length <= 3) return true
  const vowels = letters.match(/[aeiouy]/gi)?.length ?? 0
  return (
    vowels >= letters.length * (letters.length > 14 ? 0.33 : 0.2) &&
    vowels <= letters.length * 0.75 &&
    !/[bcdfghjklmnpqrstvwxz]{5}/i.test(letters)
  )
}

/** Shannon entropy in bits per character; characters beyond ASCII share their counts. */
export function entropy(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) & 127
    counts[code] = (counts[code] as number) + 1
  }
  // Each place adds the logarithm of how often its character occurs: short texts are many, and have few places.
  let bits = 0
  for (let at = 0; at < text.length; at++) bits += log2(counts[text.charCodeAt(at) & 127] as number)
  for (let at = 0; at < text.length; at++) counts[text.charCodeAt(at) & 127] = 0
  return log2(text.length) - bits / text.length
}

/** Left at zero after each use: making one for each word would cost more than the counting. */
const counts = new Uint32Array(128)

const logarithms = Float64Array.from({ length: 257 }, (_, value) => Math.log2(value))

function log2(value: number): number {
  return value < 257 ? (logarithms[value] as number) : Math.log2(value)
}
