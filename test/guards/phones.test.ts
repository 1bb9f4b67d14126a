import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { describe, expect, it } from 'vitest'
import { phoneJudge } from '../../src/guards/phones.ts'
import { piiFinder } from '../../src/guards/pii/find-pii.ts'
import { verifies } from '../support/verifies.ts'

const library = { parsePhoneNumberFromString }
const seen = (text: string, find: ReturnType<typeof piiFinder>) =>
  find(text).map(({ start, end }) => text.slice(start, end))

describe('with libphonenumber handed in', verifies('E6'), () => {
  const plain = piiFinder({ types: ['PHONE'] })
  const judged = piiFinder({ types: ['PHONE'], phones: phoneJudge(library) })

  it.each([
    ['Sam Doe 34 41 23 45 at night', '34 41 23 45'],
    ['Sam Doe 22 12 34 56 at night', '22 12 34 56'],
  ])('numbers written the way of their region need no word that says so: %s', (text, value) => {
    const regions = ['DK', 'NO'] as const
    const wide = piiFinder({ types: ['PHONE'], phones: phoneJudge({ ...library, regions }) })
    expect(seen(text, plain)).toEqual([])
    expect(seen(text, wide)).toEqual([value])
  })

  it('a judge is asked only about what may be a number', () => {
    const asked: string[] = []
    const find = piiFinder({
      types: ['PHONE'],
      phones: (candidate) => {
        asked.push(candidate)
        return undefined
      },
    })
    find('On 2026-01-31 we paid 1,234,567.89 for version 1.2.3.4 and 12 apples; ORD-34412345.')
    expect(asked).toEqual([])
    find('maybe 34 41 23 45 is one')
    expect(asked).toEqual(['34 41 23 45'])
  })

  it('a judge is not asked without end', () => {
    let count = 0
    const find = piiFinder({
      types: ['PHONE'],
      phones: () => {
        count++
        return undefined
      },
    })
    find('34 41 23 45 - '.repeat(1_000))
    expect(count).toBeLessThan(200)
  })

  it('what is no number stays none', () => {
    for (const text of ['2022-12-25', 'range 1000-5000', '0.6666666667', 'values 100 200 300']) {
      expect(seen(text, judged), text).toEqual([])
    }
  })
})
