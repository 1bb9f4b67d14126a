/** Lenient reading of what providers send: any field may be missing or of another type. */
import type { JsonObject } from '../../types/json.ts'
import { isObject } from './json-schema.ts'

/** A text, or `''`. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** An object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** An array's objects; nothing for anything else. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The value of an own key of a table; words from outside may be `constructor`. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, key: unknown): Value | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined
}

/**
 * Lays the caller's own fields over an encoded body: objects are joined field by field, one level deep, `tools` go behind
 * the encoded ones (they are the provider's own tools, such as a web search), everything else is replaced.
 */
export function overlaid(body: JsonObject, fields: JsonObject | undefined): JsonObject {
  const joined: Record<string, JsonObject[string]> = { ...body }
  for (const [key, value] of Object.entries(fields ?? {})) {
    const own = Object.hasOwn(joined, key) ? joined[key] : undefined
    const areTools = key === 'tools' && Array.isArray(own) && Array.isArray(value)
    joined[key] = areTools ? [...own, ...value] : isObject(own) && isObject(value) ? { ...own, ...value } : value
  }
  return joined
}
