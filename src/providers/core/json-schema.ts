import { RequestError } from '../../errors/families.ts'
import type { JsonObject } from '../../types/json.ts'
import type { AnySchema, JsonSchema, StandardSchema } from '../../types/schema.ts'
import type { Tool } from '../../types/tool.ts'
import { cleanText } from '../../utils/clean-text.ts'

/** Levels a schema may be nested, and values it may hold: far above any real one, far below what hurts. */
const maxDepth = 100
const maxValues = 20_000

/** Is it a schema that can validate, rather than a plain JSON Schema? arktype's are functions. */
export function isStandardSchema(schema: unknown): schema is StandardSchema {
  return (
    ((typeof schema === 'object' && schema !== null) || typeof schema === 'function') &&
    typeof (schema as Partial<StandardSchema>)['~standard'] === 'object'
  )
}

/**
 * The JSON Schema of either form of schema: a fresh plain tree of bounded depth, without `$schema`.
 *
 * @param path where the schema stands in the request, for the message.
 * @throws RequestError `request_invalid` when there is none to be had.
 */
export function toJsonSchema(schema: AnySchema, path = 'schema'): JsonSchema {
  const tree = isStandardSchema(schema) ? fromStandard(schema, path) : schema
  if (!isObject(tree)) throw refused(path, `${path} is neither a Standard Schema nor a JSON Schema object`)
  const { $schema: _, ...plain } = copy(tree, path, 0, { values: 0 }) as JsonObject
  return plain
}

/**
 * The JSON Schema of a tool's arguments; an object without properties when it takes none. Services take nothing but an
 * object there, and no alternatives at its top: their properties are put together, and none of theirs is required.
 */
export function toolSchema(tool: Tool): JsonSchema {
  if (tool.parameters === undefined) return { type: 'object', properties: {} }
  const schema = toJsonSchema(tool.parameters, `tools.${tool.name}.parameters`)
  const { anyOf, oneOf, allOf, not: _not, enum: _enum, const: _const, ...rest } = schema
  const branches = [anyOf, oneOf, allOf, rest].flat().filter(isObject)
  // fromEntries again: a key `__proto__` stays a key.
  const properties = Object.fromEntries(branches.flatMap((branch) => Object.entries(branch.properties ?? {})))
  const required = [rest, ...(Array.isArray(allOf) ? allOf.filter(isObject) : [])].flatMap(
    (branch) => (branch.required ?? []) as string[],
  )
  return { ...rest, type: 'object', properties, ...(required.length > 0 && { required: [...new Set(required)] }) }
}

/** Is it an object with keys: neither null nor an array? */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fromStandard({ '~standard': standard }: StandardSchema, path: string): unknown {
  const vendor = cleanText(String(standard.vendor), [], 40)
  if (typeof standard.jsonSchema?.input !== 'function') {
    const remedy = remedies[vendor] ?? 'give a JSON Schema object instead'
    throw refused(path, `The ${vendor} schema at ${path} cannot describe itself as JSON Schema: ${remedy}`)
  }
  try {
    return standard.jsonSchema.input({ target: 'draft-2020-12' })
  } catch (cause) {
    const reason = cleanText(cause instanceof Error ? cause.message : String(cause), [], 200)
    throw refused(path, `The ${vendor} schema at ${path} has no JSON Schema form: ${reason}`, cause)
  }
}

const remedies: Readonly<Record<string, string>> = {
  zod: 'use zod 4.2 or later',
  valibot: 'wrap it in toStandardJsonSchema() of @valibot/to-json-schema',
  arktype: 'use arktype 2.1.28 or later',
}

function copy(value: unknown, path: string, depth: number, seen: { values: number }): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) throw refused(path, `The schema at ${path} is nested deeper than ${maxDepth} levels`)
  seen.values += 1
  if (seen.values > maxValues) throw refused(path, `The schema at ${path} holds more than ${maxValues} values`)
  if (Array.isArray(value)) return value.map((item) => copy(item, path, depth + 1, seen))
  // fromEntries defines own properties, so a key `__proto__` stays a key.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined && typeof item !== 'function')
      .map(([key, item]) => [key, copy(item, path, depth + 1, seen)]),
  )
}

function refused(path: string, message: string, cause?: unknown): RequestError {
  return new RequestError('request_invalid', message, { path, cause })
}
