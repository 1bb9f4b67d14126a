import { ConfigError } from '../errors/families.ts'
import { cleanText } from './clean-text.ts'

/** Answers what is allowed when a value is wrong, nothing when it is right. */
export type Check = (value: unknown) => string | undefined

/** A number from `min` to `max`; `Infinity` only where `max` is `Infinity`. */
export function numberIn(min: number, max: number, unit = ''): Check {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max
      ? undefined
      : `a number${unit && ` of ${unit}`} from ${min} to ${max}`
}

/** A whole number from `min` to `max`. */
export function integerIn(min: number, max: number): Check {
  return (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`
}

/** One of the words. */
export function oneOf(...words: readonly string[]): Check {
  return (value) => (words.includes(value as string) ? undefined : words.map((word) => `'${word}'`).join(' or '))
}

/** A value of a JavaScript type. */
export function ofType(type: 'string' | 'boolean' | 'function' | 'object'): Check {
  return (value) => (typeof value === type && value !== null ? undefined : `${type === 'object' ? 'an' : 'a'} ${type}`)
}

/** Whatever it is: who uses it looks at it. */
export const anything: Check = () => undefined

/** Somebody else's object: it must have the methods we call. */
export function withMethods(what: string, ...names: readonly string[]): Check {
  return (value) =>
    names.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function')
      ? undefined
      : `${what}, with ${names.join(', ')}`
}

/** What a client of this package is handed as time. */
export const clockLike = withMethods('a clock', 'now', 'monotonic', 'setTimeout', 'clearTimeout')

/** Durations: 0 to about 24 days, the longest a timer takes, or `Infinity`. */
export const duration: Check = (value) =>
  value === Number.POSITIVE_INFINITY
    ? undefined
    : numberIn(0, 2_147_483_647, 'ms')(value) && 'ms from 0 to 2147483647, or Infinity'

/**
 * Holds an options object against its checks; `undefined` values count as left out.
 *
 * @throws ConfigError `config_invalid` naming the option, what was given and what is allowed.
 */
export function checkOptions(where: string, options: unknown, checks: Readonly<Record<string, Check>>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(where || 'options', show(options), `an object with ${Object.keys(checks).join(', ')}`)
  }
  for (const key of Object.keys(options)) {
    const path = where ? `${where}.${key}` : key
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (check === undefined) throw unknownKey(path, key, Object.keys(checks))
    const value = (options as Record<string, unknown>)[key]
    const allowed = value === undefined ? undefined : check(value)
    if (allowed !== undefined) throw invalid(path, show(value), allowed)
  }
}

/**
 * A copy of an options object, each value read once, so that what was checked is what counts. Anything but an object is
 * left for the check to refuse.
 *
 * @throws ConfigError for a getter that throws.
 */
export function copyOptions<Options>(where: string, options: Options): Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options
  const entries = Object.keys(options).map((key) => [key, read(where ? `${where}.${key}` : key, options, key)] as const)
  return Object.fromEntries(entries) as Options
}

/** As `copyOptions`, with the plain objects and arrays inside. */
export function copyData<Data>(where: string, data: Data, depth = 0): Data {
  if (typeof data !== 'object' || data === null) return data
  if (depth > deepest) throw invalid(where, 'too many levels', `at most ${deepest}`)
  if (Array.isArray(data)) return data.map((item, index) => copyData(`${where}[${index}]`, item, depth + 1)) as Data
  const copy = copyOptions(where, data) as Record<string, unknown>
  for (const key of Object.keys(copy)) copy[key] = copyData(`${where}.${key}`, copy[key], depth + 1)
  return copy as Data
}

const deepest = 10

function read(path: string, options: object, key: string): unknown {
  try {
    return (options as Record<string, unknown>)[key]
  } catch {
    // What was thrown may hold anything.
    throw invalid(path, 'a getter that throws', 'a value')
  }
}

/** The error for one wrong option. */
export function invalid(path: string, given: string, allowed: string): ConfigError {
  return new ConfigError('config_invalid', `Option ${path}: got ${given}; allowed: ${allowed}`, { path })
}

/** A short, harmless picture of a value for messages. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${cleanText(value, [], 60)}'`
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value)
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
}

function unknownKey(path: string, key: string, known: readonly string[]): ConfigError {
  const nearest = known.find((name) => isNear(name.toLowerCase(), key.toLowerCase()))
  const hint = nearest === undefined ? `one of ${known.join(', ')}` : `did you mean '${nearest}'?`
  return new ConfigError('config_invalid', `Unknown option ${cleanText(path, [], 80)}; allowed: ${hint}`, { path })
}

/** One contains the other, or they differ in at most two places: enough for typos. */
function isNear(a: string, b: string): boolean {
  if (a.includes(b) || b.includes(a)) return true
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  let j = 0
  while (j < a.length - i && j < b.length - i && a[a.length - 1 - j] === b[b.length - 1 - j]) j++
  return Math.max(a.length, b.length) - i - j <= 2
}
