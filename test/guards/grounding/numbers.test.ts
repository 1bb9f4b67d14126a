import { describe, expect, it } from 'vitest'
import { numbersIn, statedNumbers } from '../../../src/guards/grounding/numbers.ts'

describe('numbers', () => {
  it.each([
    ['1,200 units', '1200 units'],
    ['1 200', '1,200'],
    ["1'200", '1.200'],
    ['3 million', '3,000,000'],
    ['2.5 billion', '2500000000'],
    ['12.50 %', '12.5%'],
    ['May 3rd', '3 May'],
    ['3rd of May', 'May 3'],
    ['2024-05-03', 'May 3, 2024'],
    ['the 20th', 'twenty'],
    ['ninety-nine', '99'],
    ['two hundred and five', '205'],
    ['a million', '1,000,000'],
    ['three hundred thousand and twenty', '300,020'],
    ['3 million people', 'three million'],
    ['a hundred', '100'],
    ['1.234,5', '1,234.5'],
  ])('%j and %j are the same', (a, b) => {
    const known = new Set(numbersIn(b))
    for (const readings of statedNumbers(a)) expect(readings.some((reading) => known.has(reading))).toBe(true)
  })

  it.each([
    ['12.5 %', '125'],
    ['1,200', '12000'],
    ['3 million', '3 thousand'],
    ['3 May', '3 March'],
    ['2024', '2023'],
    ['1.5', '15'],
    ['ninety days', 'thirty days'],
    ['two hundred', '2 and 100'],
    ['a thousand', '1'],
  ])('%j and %j are not', (a, b) => {
    const known = new Set(numbersIn(b))
    expect(statedNumbers(a).every((readings) => readings.some((reading) => known.has(reading)))).toBe(false)
  })

  it('of words like "one of" need no source', () => {
    expect(statedNumbers('one of the two')).toEqual([])
  })
})

describe('numbers in words', () => {
  it.each([
    ['one of the two of them', []],
    ['twelve', []],
    ['thirteen or fourteen', ['13', '14']],
    ['nineteen ninety', ['19', '90']],
    ['hundreds of millions, a hundred percent', ['100']],
    ['5 thousand', ['5000']],
  ])('%j states %j', (text, numbers) => {
    expect(statedNumbers(text).map(([value]) => value)).toEqual(numbers)
  })
})
