import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { toJsonSchema } from '../../../src/providers/core/json-schema.ts'
import { strictSchema } from '../../../src/providers/core/strict-schema.ts'
import type { JsonSchema } from '../../../src/types/schema.ts'

const strictOf = (schema: Parameters<typeof toJsonSchema>[0]) => strictSchema(toJsonSchema(schema))
const property = (node: JsonSchema) => strictSchema({ type: 'object', properties: { p: node }, required: ['p'] })

describe('the strict form of a schema', () => {
  it('closes every object and requires every property, optional ones as nullable', () => {
    const schema = z.object({
      city: z.string(),
      unit: z.enum(['c', 'f']).optional(),
      near: z.array(z.object({ km: z.number().optional() })),
      kind: z.literal('now').optional(),
      note: z.string().nullable().optional(),
    })
    expect(strictOf(schema).schema).toEqual({
      type: 'object',
      properties: {
        city: { type: 'string' },
        unit: { type: ['string', 'null'], enum: ['c', 'f', null] },
        near: {
          type: 'array',
          items: {
            type: 'object',
            properties: { km: { type: ['number', 'null'] } },
            required: ['km'],
            additionalProperties: false,
          },
        },
        kind: { anyOf: [{ type: 'string', const: 'now' }, { type: 'null' }] },
        note: { type: ['string', 'null'] },
      },
      required: ['city', 'unit', 'near', 'kind', 'note'],
      additionalProperties: false,
    })
  })

  it('leaves out words that only narrow values and turns oneOf into anyOf', () => {
    const schema = z.object({
      mail: z.email(),
      site: z.url().min(3),
      word: z.string().regex(/^(?!no)\w+$/),
      at: z.iso.datetime(),
      tries: z.int().min(1).default(3),
      shape: z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
    })
    const { properties } = strictOf(schema).schema as { properties: Record<string, Record<string, unknown>> }
    expect(properties.mail).toMatchObject({ type: 'string', format: 'email' })
    expect(properties.site).toEqual({ type: 'string' })
    expect(properties.word).toEqual({ type: 'string' })
    expect(properties.at).toMatchObject({ type: 'string', format: 'date-time' })
    expect(properties.tries).toMatchObject({ type: ['integer', 'null'], minimum: 1 })
    expect(properties.tries).not.toHaveProperty('default')
    expect(properties.shape?.anyOf).toHaveLength(2)
  })

  it('keeps references, to the whole and to definitions', () => {
    const node: z.ZodType = z.object({
      get next() {
        return node.optional()
      },
    })
    expect(strictOf(node).schema).toMatchObject({ properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } } })
    const defined = strictSchema({
      type: 'object',
      properties: { pet: { $ref: '#/$defs/pet', description: 'siblings are refused' } },
      required: ['pet'],
      $defs: { pet: { type: 'object', properties: { name: { type: 'string' } } } },
    })
    expect(defined.schema).toMatchObject({
      properties: { pet: { $ref: '#/$defs/pet' } },
      $defs: { pet: { required: ['name'], additionalProperties: false } },
    })
    expect(JSON.stringify(defined.schema)).not.toContain('siblings')
  })

  it('gives types to nodes that only imply one', () => {
    expect(property({ enum: ['a', 1] }).schema).toMatchObject({
      properties: { p: { type: ['string', 'number'], enum: ['a', 1] } },
    })
    expect(property({ properties: {} }).schema).toMatchObject({ properties: { p: { type: 'object' } } })
    expect(property({ allOf: [{ type: 'string' }], description: 'd' }).schema).toMatchObject({
      properties: { p: { type: 'string', description: 'd' } },
    })
  })

  it.each<[string, JsonSchema]>([
    ['p: any value is allowed here', {}],
    ['p: free property names', { type: 'object', additionalProperties: { type: 'string' }, properties: {} }],
    ['p: an object of any shape', { type: 'object' }],
    ["p: 'patternProperties' has no strict form", { type: 'object', patternProperties: {} }],
    ["p: 'prefixItems' has no strict form", { type: 'array', prefixItems: [{ type: 'string' }] }],
    ["p: 'allOf' has no strict form", { allOf: [{ type: 'string' }, { type: 'number' }] }],
    ['p: a reference to another document', { $ref: 'https://example.com/schema' }],
    ['p[]: any value is allowed here', { type: 'array' }],
    ['p: no type', { description: 'anything' }],
  ])('says why there is none: %s', (reason, node) => {
    expect(property(node)).toEqual({ reason })
  })

  it('says so for a top that is no object and for objects nested too deep', () => {
    expect(strictSchema({ type: 'string' }).reason).toBe('the top must be an object')
    expect(strictSchema({ type: 'object', properties: {}, anyOf: [] }).reason).toBe('alternatives at the top')
    let deep: JsonSchema = { type: 'object', properties: {} }
    for (let i = 0; i < 9; i++) deep = { type: 'object', properties: { p: deep } }
    expect(strictSchema(deep).reason).toBeUndefined()
    expect(strictSchema({ type: 'object', properties: { p: deep } }).reason).toContain('nested deeper than 10 levels')
  })

  it('keeps a property named __proto__', () => {
    const schema = toJsonSchema(JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'))
    expect(JSON.stringify(strictSchema(schema).schema)).toContain('"__proto__":{"type":["string","null"]}')
  })
})
