const units = numbered(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  (place) => place,
)
const tens = numbered('twenty thirty forty fifty sixty seventy eighty ninety', (place) => (place + 2) * 10)
const magnitudes: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6, billion: 1e9, trillion: 1e12 }
const word = [...Object.keys(units), ...Object.keys(tens), 'hundred'].join('|')
const large = Object.keys(magnitudes).join('|')
const phrase = new RegExp(
  `\\b(?:an?\\s+(?=hundred|${large}))?(?:${word}|${large})(?:(?:[\\s-]+(?:and\\s+)?)(?:${word}|${large})){0,11}\\b`,
  'giu',
)

/** A number written in words: `ninety`, `two hundred and five`, `a million`. */
export interface NumberInWords {
  readonly text: string
  readonly value: number
}

/** The numbers in words of an English text, in order. A run of words that is no one number counts word by word. */
export function numberWords(text: string): NumberInWords[] {
  return [...text.matchAll(phrase)].flatMap(({ 0: whole }) => {
    const words = whole.toLowerCase().split(/[\s-]+/)
    const named = words.filter((each) => each !== 'and' && each !== 'a' && each !== 'an')
    // `3 million` and `hundred percent` say their number otherwise, or none.
    if (words.every(isScale)) return []
    const value = worthOf(named)
    return value === undefined
      ? named.map((each) => ({ text: each, value: worthOf([each]) ?? 0 }))
      : [{ text: whole, value }]
  })
}

function isScale(word: string): boolean {
  return word === 'hundred' || magnitudes[word] !== undefined
}

/** The value of words in their usual order; `undefined` for any other (`two three`, `twenty nineteen`). */
function worthOf(words: readonly string[]): number | undefined {
  let total = 0
  let group = 0
  let last = Number.POSITIVE_INFINITY
  let lastMagnitude = Number.POSITIVE_INFINITY
  for (const each of words) {
    const magnitude = magnitudes[each]
    if (magnitude !== undefined) {
      if (magnitude >= lastMagnitude) return undefined
      total += (group || 1) * magnitude
      group = 0
      last = Number.POSITIVE_INFINITY
      lastMagnitude = magnitude
    } else if (each === 'hundred') {
      if (group > 19 || last === 100) return undefined
      group = (group || 1) * 100
      last = 100
    } else {
      const value = tens[each] ?? units[each] ?? 0
      const room = last === Number.POSITIVE_INFINITY || last === 100 ? 100 : last >= 20 ? 10 : 0
      if (value >= room) return undefined
      group += value
      last = value
    }
  }
  return total + group
}

function numbered(words: string, valueAt: (place: number) => number): Readonly<Record<string, number>> {
  return Object.fromEntries(words.split(' ').map((each, place) => [each, valueAt(place)]))
}
