import { RequestError } from '../errors/families.ts'
import { type Check, show } from '../utils/check.ts'

/** The fields an object may have, each with its check. */
export type Fields = Readonly<Record<string, Check>>

/** A text that says something. */
export const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a text that is not empty'

/**
 * Holds an object of a request against its fields; `undefined` counts as left out.
 *
 * @throws RequestError `request_invalid` with the path of what is wrong, what was given and what is allowed.
 */
export function checkFields(where: string, given: object, fields: Fields, required: readonly string[] = []): void {
  for (const key of Object.keys(given)) {
    const value: unknown = given[key as keyof typeof given]
    if (value === undefined) continue
    const path = where === '' ? nameOf(key) : `${where}.${nameOf(key)}`
    const check = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (check === undefined) {
      const allowed = Object.keys(fields).join(', ')
      throw new RequestError('request_invalid', `Unknown field ${path}; allowed: ${allowed}`, { path })
    }
    const allowed = check(value)
    if (allowed !== undefined) throw wrong(path, value, allowed)
  }
  for (const key of required) {
    if (given[key as keyof typeof given] !== undefined) continue
    throw wrong(`${where}.${key}`, undefined, (fields[key] as Check)(undefined) ?? 'a value')
  }
}

/** The values of an object with free names, all of one kind. */
export function checkValues(where: string, given: object, check: Check): void {
  for (const [key, value] of Object.entries(given)) {
    const allowed = check(value)
    if (allowed !== undefined) throw wrong(`${where}.${nameOf(key)}`, value, allowed)
  }
}

/** An object with keys: neither null nor an array. */
export const plainObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object'

/** What was given, without a prompt's words: short identifiers as they are, other texts by their length. */
function harmless(value: unknown): string {
  if (typeof value !== 'string' || /^[\w-]{1,20}$/.test(value)) return show(value)
  return `a text of ${value.length} characters`
}

/** A name of a field, as far as it looks like one. */
function nameOf(key: string): string {
  return /^[\w.@/-]{1,64}$/.test(key) ? key : harmless(key)
}

/** The error for one wrong field. */
export function wrong(path: string, given: unknown, allowed: string): RequestError {
  return new RequestError('request_invalid', `${path}: got ${harmless(given)}; allowed: ${allowed}`, { path })
}
