import { describe, expect, it } from 'vitest'
import { checkLengths } from '../../scripts/check-lengths.ts'

const lines = (count: number): string => 'void 0\n'.repeat(count)

describe('the length check', () => {
  it('accepts files of 400 lines and functions of 60', () => {
    const text = `${lines(340)}export function a() {\n${lines(58)}}\n`
    expect(checkLengths(new Map([['src/a.ts', text]]))).toEqual([])
  })

  it('refuses longer files', () => {
    expect(checkLengths(new Map([['src/a.ts', lines(401)]]))).toEqual(['src/a.ts has 401 lines; at most 400'])
  })

  it.each(['export function a() {', 'export const a = () => {', 'export class A { a() {'])(
    'refuses longer: %s',
    (start) => {
      const text = `void 0\n${start}\n${lines(59)}}${start.includes('class') ? '}' : ''}`
      expect(checkLengths(new Map([['src/a.ts', text]]))).toEqual(['src/a.ts:2 is a function of 61 lines; at most 60'])
    },
  )
})
