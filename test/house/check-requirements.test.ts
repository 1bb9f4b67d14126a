import { describe, expect, it } from 'vitest'
import { checkRequirements } from '../../scripts/check-requirements.ts'

const promises = {
  X1: { group: 'open', title: 'first' },
  X2: { group: 'complete', title: 'second' },
}
const check = (text: string, required: string[] = []) =>
  checkRequirements(new Map([['test/a.test.ts', text]]), promises, required)

describe('the requirements check', () => {
  it('finds citations in options, among other options and in tables', () => {
    const text = `it('a', verifies('X1'), () => {}); const rows = [{ options: { timeout: 1, ...verifies('X2') } }]`
    expect(check(text, ['open', 'complete'])).toEqual({ problems: [], cited: new Set(['X1', 'X2']) })
  })

  it('refuses a citation of what nobody promised', () => {
    expect(check("\nit('a', verifies('X3'), () => {})").problems).toEqual([
      'test/a.test.ts:2 cites X3, which nobody promised',
    ])
  })

  it('refuses a citation it cannot read', () => {
    expect(check('verifies(id)').problems).toEqual(['test/a.test.ts:1 cites something that is not a string'])
  })

  it.each(["it.skip('a', verifies('X2'), f)", "describe.todo('a', () => { it('b', verifies('X2')) })"])(
    'does not count %s',
    (text) => expect(check(text).cited).toEqual(new Set()),
  )

  it('misses promises of required groups only', () => {
    expect(check('', ['complete']).problems).toEqual(['X2 (complete): no test for "second"'])
  })
})
