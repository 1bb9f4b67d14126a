import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { JsonSchema } from '../../types/schema.ts'
import { isObject } from './json-schema.ts'

/** Levels of nested objects the strict form takes. */
const maxLevels = 10

/** A schema in OpenAI's strict form, or why there is none. */
export type StrictSchema =
  | { readonly schema: JsonSchema; readonly reason?: undefined }
  | { readonly schema?: undefined; readonly reason: string }

/**
 * Rewrites a JSON Schema into OpenAI's strict form: no additional properties, every property required, optional ones
 * nullable. Words that only narrow values (`minLength`, `default`, an unknown `format` …) are left out, as the answer is
 * checked here anyway; a schema that would come to mean something else is not rewritten, and `reason` says why.
 */
export function strictSchema(schema: JsonSchema): StrictSchema {
  try {
    if (schema.type !== 'object' && !isObject(schema.properties)) fail('', 'the top must be an object')
    const { $defs, definitions } = schema
    const strict = { ...strictNode(schema, '', 1), ...definitionsOf({ $defs, definitions }) }
    return { schema: strict }
  } catch (error) {
    if (error instanceof NotStrict) return { reason: error.message }
    throw error
  }
}

class NotStrict extends Error {}

function fail(path: string, reason: string): never {
  throw new NotStrict(path === '' ? reason : `${path}: ${reason}`)
}

/** Words that say something the strict form cannot, with a value that says nothing. */
const structural = [
  'patternProperties',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  '$dynamicRef',
]
const kept = [
  'type',
  'title',
  'description',
  'enum',
  'const',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
]
const formats = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid']

function strictNode(node: JsonValue | undefined, path: string, level: number): JsonObject {
  if (!isObject(node) || Object.keys(node).length === 0) fail(path, 'any value is allowed here')
  if (level > maxLevels) fail(path, `objects nested deeper than ${maxLevels} levels`)
  const word = structural.find((name) => Object.hasOwn(node, name))
  if (word !== undefined) fail(path, `'${word}' has no strict form`)
  if (node.$ref !== undefined) return reference(node.$ref, path)
  const alternatives = node.anyOf ?? node.oneOf
  if (Array.isArray(alternatives) && path !== '') {
    if (node.properties !== undefined) fail(path, 'properties beside alternatives')
    const anyOf = alternatives.map((item, index) => strictNode(item, `${path}|${index}`, level))
    return { ...(node.description !== undefined && { description: node.description }), anyOf }
  }
  if (alternatives !== undefined) fail(path, 'alternatives at the top')
  const parts = node.allOf
  if (Array.isArray(parts)) {
    const [only] = parts
    if (parts.length !== 1 || !isObject(only)) fail(path, "'allOf' has no strict form")
    const { allOf: _, ...rest } = node
    return strictNode({ ...only, ...rest }, path, level)
  }
  return { ...plainWords(node, path), ...objectWords(node, path, level), ...arrayWords(node, path, level) }
}

function reference($ref: JsonValue, path: string): JsonObject {
  if (typeof $ref !== 'string' || !$ref.startsWith('#')) fail(path, 'a reference to another document')
  return { $ref }
}

function plainWords(node: JsonObject, path: string): JsonObject {
  const out = Object.fromEntries(kept.filter((word) => node[word] !== undefined).map((word) => [word, node[word]]))
  const { pattern, format } = node
  const type = node.type ?? inferredType(node)
  if (type === undefined) fail(path, 'no type')
  return {
    ...out,
    type,
    // Look-around is refused.
    ...(typeof pattern === 'string' && !/\(\?(?!:)/.test(pattern) && { pattern }),
    ...(typeof format === 'string' && formats.includes(format) && { format }),
  }
}

function inferredType(node: JsonObject): JsonValue | undefined {
  if (isObject(node.properties)) return 'object'
  if (node.items !== undefined) return 'array'
  const values = Array.isArray(node.enum) ? node.enum : node.const !== undefined ? [node.const] : []
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))]
  return types.length > 1 ? types : types[0]
}

function hasType(node: JsonObject, type: string): boolean {
  const given = node.type ?? inferredType(node)
  return given === type || (Array.isArray(given) && given.includes(type))
}

function objectWords(node: JsonObject, path: string, level: number): JsonObject {
  if (!hasType(node, 'object')) return {}
  const { properties, additionalProperties: more, unevaluatedProperties } = node
  if ((more !== undefined && more !== false) || unevaluatedProperties === true) fail(path, 'free property names')
  if (!isObject(properties)) fail(path, 'an object of any shape')
  const required = Array.isArray(node.required) ? node.required : []
  const strict = Object.entries(properties).map(([name, child]) => {
    const inner = strictNode(child, path === '' ? name : `${path}.${name}`, level + 1)
    return [name, required.includes(name) ? inner : nullable(inner)] as const
  })
  return {
    properties: Object.fromEntries(strict),
    required: strict.map(([name]) => name),
    additionalProperties: false,
  }
}

function arrayWords(node: JsonObject, path: string, level: number): JsonObject {
  if (!hasType(node, 'array')) return {}
  return { items: strictNode(Array.isArray(node.items) ? undefined : node.items, `${path}[]`, level) }
}

function nullable(node: JsonObject): JsonObject {
  const { type, anyOf, enum: values } = node
  if (Array.isArray(anyOf)) {
    const hasNull = anyOf.some((item) => isObject(item) && item.type === 'null')
    return hasNull ? node : { ...node, anyOf: [...anyOf, { type: 'null' }] }
  }
  if (type === undefined || node.const !== undefined) return { anyOf: [node, { type: 'null' }] }
  const types = Array.isArray(type) ? type : [type]
  if (types.includes('null')) return node
  return {
    ...node,
    type: [...types, 'null'],
    ...(Array.isArray(values) && { enum: [...values, null] }),
  }
}

function definitionsOf(groups: JsonObject): JsonObject {
  const out: Record<string, JsonObject> = {}
  for (const [group, entries] of Object.entries(groups)) {
    if (!isObject(entries)) continue
    out[group] = Object.fromEntries(
      Object.entries(entries).map(([name, node]) => [name, strictNode(node, `${group}.${name}`, 1)]),
    )
  }
  return out
}
