/** JSON Schemas in the forms Claude takes. */
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { JsonSchema } from '../../types/schema.ts'
import { isObject } from '../core/json-schema.ts'
import { objectOf, objectsIn } from '../core/reading.ts'

/** Words the constrained form knows; others only narrow values, and the answer is checked here anyway. */
const kept = ['type', 'title', 'description', 'enum', 'const', 'default', 'required', '$ref']
const formats = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']
const definitions = ['$defs', 'definitions']

/** The schema in the form answers can be held to; undefined when it cannot be put so (free keys, recursion, tuples …). */
export function constrainedSchema(schema: JsonSchema): JsonSchema | undefined {
  if (schema.type !== 'object' || isRecursive(schema)) return undefined
  try {
    return constrained(schema)
  } catch (error) {
    if (error === inexpressible) return undefined
    throw error
  }
}

/** The schema of a tool's input: an object at the top, alternatives there joined into one. */
export function inputSchema(schema: JsonSchema): JsonSchema {
  const { anyOf, oneOf, allOf, ...rest } = schema
  const branches = [...objectsIn(anyOf), ...objectsIn(oneOf), ...objectsIn(allOf)]
  if (branches.length === 0) return { ...rest, type: 'object' }
  const properties = Object.assign({}, ...[...branches, rest].map((branch) => branch.properties))
  return { ...rest, type: 'object', properties }
}

const inexpressible = new Error('inexpressible')

function constrained(node: JsonValue | undefined): JsonObject {
  if (!isObject(node)) throw inexpressible
  const out: Record<string, JsonValue | undefined> = {}
  for (const word of kept) if (node[word] !== undefined) out[word] = node[word]
  for (const word of definitions) if (isObject(node[word])) out[word] = eachValue(node[word])
  if (formats.includes(node.format as string)) out.format = node.format
  const alternatives = node.anyOf ?? node.oneOf
  if (Array.isArray(alternatives)) out.anyOf = alternatives.map(constrained)
  if (Array.isArray(node.allOf)) out.allOf = node.allOf.map(constrained)
  if ([node.type].flat().includes('object')) Object.assign(out, objectWords(node))
  if ([node.type].flat().includes('array')) Object.assign(out, arrayWords(node))
  return out
}

function objectWords({ properties, additionalProperties: more }: JsonObject): JsonObject {
  const isClosed = more === false
  if (!isClosed && Object.keys(objectOf(properties)).length === 0) throw inexpressible
  return { properties: eachValue(objectOf(properties)), additionalProperties: false }
}

function arrayWords({ items, minItems, prefixItems }: JsonObject): JsonObject {
  if (prefixItems !== undefined || Array.isArray(items)) throw inexpressible
  return { ...(items !== undefined && { items: constrained(items) }), ...(minItems === 1 && { minItems }) }
}

function eachValue(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, constrained(schema)]))
}

/** Does a definition come to itself again, or point out of the document? */
function isRecursive(schema: JsonSchema): boolean {
  const all: JsonObject = { ...objectOf(schema.definitions), ...objectOf(schema.$defs) }
  const open = new Set<string>()
  const done = new Set<string>()
  const visit = (node: JsonValue | undefined): boolean => {
    if (typeof node !== 'object' || node === null) return false
    const { $ref, ...rest } = node as JsonObject
    return (typeof $ref === 'string' && follow($ref)) || Object.values(rest).some(visit)
  }
  const follow = ($ref: string): boolean => {
    const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec($ref)?.[1]
    if (name === undefined || open.has(name)) return true
    if (done.has(name)) return false
    open.add(name)
    const isLoop = visit(all[name])
    open.delete(name)
    done.add(name)
    return isLoop
  }
  return visit(schema)
}
