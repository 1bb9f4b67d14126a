import { describe, expect, it } from 'vitest'
import { QuoteFinder, quotesIn } from '../../../src/guards/grounding/quotes.ts'
import { fc } from '../../support/property.ts'

const source =
  "The committee “strongly recommends” a 12% increase —  effective\nimme-\ndiately — for all café workers. It said: it's fine. Later, in May, nothing changed."
const finder = new QuoteFinder(source)
const found = (quote: string) => {
  const place = finder.find(quote, 'normalised')
  return place && source.slice(place.start, place.end)
}

describe('quotations', () => {
  it.each([
    ['other quotation marks', 'The committee "strongly recommends" a 12% increase'],
    ['other dashes and spaces', 'a 12% increase - effective'],
    ['a word cut at the end of a line', 'effective immediately - for all'],
    ['letters with separate marks', 'for all cafe\u0301 workers'],
    ['an omission', 'increase … for all café workers'],
    ['an omission in brackets', 'recommends” [...] a 12% increase'],
    ['an insertion', 'for all [poor] café workers'],
    ['a capital at its beginning', 'A 12% increase'],
    ['a changed letter in brackets', '[t]he committee “strongly'],
    ['other marks at its end', 'nothing changed!'],
    ['invisible characters', 'for\u200b all café\u00ad workers'],
  ])('are found in spite of %s', (_, quote) => {
    expect(found(quote)).toBeDefined()
    expect(new QuoteFinder(source).find(quote, 'exact')).toBeUndefined()
  })

  it.each([
    ['a number changed', 'a 13% increase'],
    ['a word changed', 'for all café owners'],
    ['a word put in', 'for all the café workers'],
    ['a word left out', 'for café workers'],
    ['a letter left out at the end', 'for all café worker'],
    ['a letter left out at the beginning', 'or all café workers'],
    ['another order', 'café all workers'],
    ['parts too far apart', 'The [committee] changed'],
    ['nothing in them', '…'],
  ])('are not found with %s', (_, quote) => {
    expect(found(quote)).toBeUndefined()
  })

  it('are told with their place in the source', () => {
    expect(found('for all cafe\u0301 workers')).toBe('for all café workers')
    expect(found('increase - effective immediately')).toBe('increase —  effective\nimme-\ndiately')
    expect(finder.find('a 12% increase', 'exact')).toEqual({ start: 36, end: 50 })
  })

  it('that are pieces of a source are always found, whatever the source', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 3 }),
        fc.nat(),
        (words, n) => {
          const text = words.join(' ')
          const from = n % (words.length - 1)
          const quote = words.slice(from, from + 3).join(' ')
          fc.pre(/[\p{L}\p{N}]/u.test(quote) && !/[[\]().…]/.test(quote))
          expect(new QuoteFinder(text).find(quote, 'normalised')).toBeDefined()
        },
      ),
      { numRuns: 200 },
    )
  })

  it('in answers are what stands between marks or in a block, from four words on', () => {
    const answer =
      'It says “one two three four”, "AI", and\n> a block of many words\n> in two lines\n«eins zwei drei vier» 「これは長い引用文です」'
    expect(quotesIn(answer).map(({ text }) => text)).toEqual([
      'a block of many words\nin two lines\n',
      'one two three four',
      'eins zwei drei vier',
      'これは長い引用文です',
    ])
    for (const { text, start, end } of quotesIn(answer).slice(1)) expect(answer.slice(start, end)).toBe(text)
  })
})
