import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RequestError } from '../../../src/errors/families.ts'
import { isStandardSchema, toJsonSchema, toolSchema } from '../../../src/providers/core/json-schema.ts'
import type { JsonSchema } from '../../../src/types/schema.ts'
import { fc } from '../../support/property.ts'

const expected = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'number' } },
  required: ['city'],
}

function refusal(action: () => unknown): RequestError {
  try {
    action()
  } catch (error) {
    if (RequestError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the JSON Schema of a schema', () => {
  it.each([
    ['zod', z.object({ city: z.string(), days: z.number().optional() })],
    ['arktype', type({ city: 'string', 'days?': 'number' })],
    ['valibot, wrapped', toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number()) }))],
    ['plain JSON Schema', { $schema: 'http://json-schema.org/draft-07/schema#', ...expected }],
  ])('is the same for %s', (_, schema) => {
    expect(toJsonSchema(schema)).toEqual(expected)
  })

  it('describes what goes into the schema, not what comes out of its transforms', () => {
    const schema = z.object({ at: z.string().transform((text) => new Date(text)), tries: z.number().default(3) })
    expect(toJsonSchema(schema)).toMatchObject({ properties: { at: { type: 'string' } }, required: ['at'] })
  })

  it('names the vendor and the remedy when a schema cannot describe itself', () => {
    const error = refusal(() => toJsonSchema(v.object({ city: v.string() }), 'tools.weather.parameters'))
    expect(error).toMatchObject({ code: 'request_invalid', path: 'tools.weather.parameters' })
    expect(error.message).toContain('valibot')
    expect(error.message).toContain('toStandardJsonSchema() of @valibot/to-json-schema')
  })

  it('names the vendor and the reason when a type has no JSON Schema form', () => {
    const error = refusal(() => toJsonSchema(z.object({ born: z.date() })))
    expect(error.code).toBe('request_invalid')
    expect(error.message).toMatch(/zod schema at schema has no JSON Schema form: .*Date/)
  })

  it.each([[null], ['object'], [[{ type: 'object' }]], [7], [undefined]])('refuses %j', (given) => {
    expect(refusal(() => toJsonSchema(given as unknown as JsonSchema)).code).toBe('request_invalid')
  })

  it('refuses a schema that contains itself, one nested too deep, and one that unfolds without end', () => {
    const loop: Record<string, unknown> = { type: 'object' }
    loop.properties = { self: loop }
    expect(refusal(() => toJsonSchema(loop as JsonSchema)).message).toContain('nested deeper than 100 levels')
    let wide: Record<string, unknown> = { type: 'string' }
    for (let i = 0; i < 40; i++) wide = { anyOf: [wide, wide] }
    expect(refusal(() => toJsonSchema(wide as JsonSchema)).message).toContain('more than 20000 values')
  })

  it('keeps a key named __proto__ as a key and shares nothing with the given object', () => {
    const given = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}') as JsonSchema
    const schema = toJsonSchema(given)
    expect(JSON.stringify(schema)).toBe('{"type":"object","properties":{"__proto__":{"type":"string"}}}')
    expect(schema.properties).not.toBe(given.properties)
    expect(({} as { type?: unknown }).type).toBeUndefined()
  })

  it('is any plain JSON unchanged', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6 })), (given) => {
        const { $schema: _, ...rest } = given
        expect(JSON.stringify(toJsonSchema(given as JsonSchema))).toBe(JSON.stringify(rest))
      }),
    )
  })

  it('of a tool without parameters, or with an empty schema, takes no arguments', () => {
    const none = { type: 'object', properties: {} }
    expect(toolSchema({ name: 'now' })).toEqual(none)
    expect(toolSchema({ name: 'now', parameters: {} })).toEqual(none)
    expect(toolSchema({ name: 'now', parameters: z.object({}) })).toMatchObject(none)
  })

  it('of a tool has no alternatives at its top, which services refuse', () => {
    const parameters = {
      description: 'Either way',
      properties: { c: { type: 'null' } },
      required: ['c'],
      anyOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { type: 'object', properties: JSON.parse('{"__proto__":{"type":"number"}}') },
      ],
      allOf: [{ properties: { d: true }, required: ['d'] }],
    }
    expect(JSON.stringify(toolSchema({ name: 'pick', parameters }))).toBe(
      '{"description":"Either way","properties":{"a":{"type":"string"},"__proto__":{"type":"number"},' +
        '"d":true,"c":{"type":"null"}},"required":["c","d"],"type":"object"}',
    )
  })

  it('knows schemas that validate from plain ones', () => {
    expect(isStandardSchema(z.string())).toBe(true)
    expect(isStandardSchema(type('string'))).toBe(true)
    expect(isStandardSchema({ type: 'string' })).toBe(false)
    expect(isStandardSchema(null)).toBe(false)
  })
})
