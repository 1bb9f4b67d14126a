import { describe, expect, it } from 'vitest'
import { plainObject } from '../../src/stores/columns.ts'
import { verifies } from '../support/verifies.ts'

describe('stored JSON', () => {
  it('never names a prototype, however it is spelt', verifies('F245'), () => {
    for (const name of ['__proto__', '\\u005f_proto__', '__pr\\u006fto__', '__proto_\\u005F']) {
      const read = plainObject(`{"a":{"${name}":{"polluted":1},"b":"\\u00e9"}}`)
      expect(Object.getOwnPropertyNames(read?.a)).toEqual(['b'])
      expect(read).toEqual({ a: { b: 'é' } })
    }
  })

  it('that is no object is none', () => {
    for (const text of ['', '[1]', '"a"', 'null', '{', undefined, 7]) expect(plainObject(text)).toBeUndefined()
  })
})
