import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { withoutNulls } from '../../src/utils/without-nulls.ts'

function mended(schema: z.ZodType, value: unknown): unknown {
  const { error } = schema.safeParse(value)
  return withoutNulls(value, error?.issues ?? [])
}

describe('nulls that a schema complains about', () => {
  const schema = z.object({
    name: z.string(),
    nick: z.string().optional(),
    born: z.number().nullable(),
    pets: z.array(z.object({ kind: z.string().optional(), age: z.number().nullable() })),
  })

  it('are left out, wherever they stand', () => {
    const value = {
      name: 'a',
      nick: null,
      born: null,
      pets: [
        { kind: null, age: null },
        { kind: 'cat', age: 1 },
      ],
    }
    expect(mended(schema, value)).toEqual({ name: 'a', born: null, pets: [{ age: null }, { kind: 'cat', age: 1 }] })
    expect(value.nick).toBeNull()
  })

  it('are left out below alternatives, whose complaints name only their top', () => {
    const either = z.object({ of: z.union([z.object({ a: z.string(), b: z.string().optional() }), z.number()]) })
    expect(mended(either, { of: { a: 'x', b: null } })).toEqual({ of: { a: 'x' } })
  })

  it('stay where nothing is said of them, as does everything else', () => {
    expect(mended(schema, { name: 7, nick: 'n', born: null, pets: [] })).toMatchObject({ name: 7, born: null })
    expect(mended(z.array(z.string()), [null, 'a'])).toEqual([null, 'a'])
    expect(withoutNulls(null, [{ message: 'x' }])).toBeNull()
    expect(withoutNulls({ a: null }, [])).toEqual({ a: null })
  })

  it('are found in values nested without end, without end of the stack', () => {
    let deep: unknown = null
    for (let level = 0; level < 5_000; level++) deep = { deep }
    expect(() => withoutNulls(deep, [{ message: 'x' }])).not.toThrow()
  })

  it('leave a key named __proto__ a key', () => {
    const value = JSON.parse('{"__proto__": {"a": null}, "b": null}')
    expect(JSON.stringify(withoutNulls(value, [{ message: 'x' }]))).toBe('{"__proto__":{}}')
  })
})
