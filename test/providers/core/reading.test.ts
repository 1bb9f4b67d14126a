import { describe, expect, test } from 'vitest'
import { lookUp, objectOf, objectsIn, overlaid, textOf } from '../../../src/providers/core/reading.ts'

test('what is not of the type read is empty', () => {
  for (const value of [undefined, null, 5, true]) {
    expect([textOf(value), objectOf(value), objectsIn(value)]).toEqual(['', {}, []])
  }
  expect([textOf({}), objectOf([]), objectsIn([1, null, [], { a: 1 }])]).toEqual(['', {}, [{ a: 1 }]])
})

test('a table knows its own keys only', () => {
  expect([lookUp({ a: 1 }, 'a'), lookUp({ a: 1 }, 'constructor'), lookUp({ a: 1 }, 5)]).toEqual([
    1,
    undefined,
    undefined,
  ])
})

describe('fields laid over a body', () => {
  test('join objects one level deep and replace the rest', () => {
    const body = { model: 'm', config: { a: 1, b: { c: 1 } }, list: [1] }
    expect(overlaid(body, { config: { b: { d: 2 } }, list: [2], extra: null })).toEqual({
      model: 'm',
      config: { a: 1, b: { d: 2 } },
      list: [2],
      extra: null,
    })
    expect(body.config.b).toEqual({ c: 1 })
    expect(overlaid(body, undefined)).toEqual(body)
  })

  test('add tools of the provider to those of the request', () => {
    expect(overlaid({ tools: [{ name: 'f' }] }, { tools: [{ type: 'web_search' }] })).toEqual({
      tools: [{ name: 'f' }, { type: 'web_search' }],
    })
    expect(overlaid({}, { tools: [{ type: 'web_search' }] })).toEqual({ tools: [{ type: 'web_search' }] })
  })

  test('reach no prototype', () => {
    overlaid({ a: 1 }, JSON.parse('{"__proto__":{"polluted":1}}'))
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
