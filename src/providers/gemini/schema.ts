import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { JsonSchema } from '../../types/schema.ts'
import { isObject } from '../core/json-schema.ts'

/** Keys whose values are schemas by name. */
const maps = ['properties', '$defs', 'definitions', 'patternProperties']
/** Keys whose values are data. */
const data = ['enum', 'const', 'default', 'example', 'examples', 'required']

/**
 * A JSON Schema in the words Gemini's JSON Schema fields understand: a constant is an enumeration of one, `definitions`
 * are `$defs`, and nothing stands beside a reference.
 */
export function geminiSchema(schema: JsonSchema): JsonSchema {
  return lowered(schema) as JsonSchema
}

function lowered(node: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(node)) return node.map((item) => lowered(item) as JsonValue)
  if (!isObject(node)) return node
  if (typeof node.$ref === 'string') return withDefinitions({ $ref: renamed(node.$ref) }, node)
  const { const: constant, oneOf, definitions, ...rest } = node
  const out = mapped(rest)
  if (constant !== undefined) out.enum = [constant]
  if (oneOf !== undefined) out.anyOf ??= lowered(oneOf)
  return withDefinitions(out, node)
}

function withDefinitions(out: Record<string, JsonValue | undefined>, { definitions, $defs }: JsonObject): JsonObject {
  if (!isObject(definitions) && !isObject($defs)) return out
  return { ...out, $defs: byName({ ...(definitions as JsonObject), ...($defs as JsonObject) }) }
}

function mapped(node: JsonObject): Record<string, JsonValue | undefined> {
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (maps.includes(key) && isObject(value)) return [key, byName(value)]
      return [key, data.includes(key) ? value : lowered(value)]
    }),
  )
}

function byName(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, lowered(schema)]))
}

function renamed(reference: string): string {
  return reference.replace(/^#\/definitions\//, '#/$defs/')
}
