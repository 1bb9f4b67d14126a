import { numbersIn } from './numbers.ts'
import { type Stretch, sentences } from './sentences.ts'
import { contentWords, type Word } from './words.ts'

/** A source as it is compared with claims. */
export interface SourceIndex {
  readonly stretches: readonly Stretch[]
  /** For each stem its places among the content words. */
  readonly places: ReadonlyMap<string, readonly number[]>
  /** For each content word the number of its sentence. */
  readonly sentenceOf: Int32Array
  readonly stems: readonly string[]
  readonly numbers: ReadonlySet<string>
}

const nextSentenceWeight = 0.9
const runShare = 1 / 3
const maxPlaces = 200

/** Reads a source. */
export function indexSource(text: string): SourceIndex {
  const stretches = sentences(text)
  const words = contentWords(text)
  const places = new Map<string, number[]>()
  const sentenceOf = new Int32Array(words.length)
  let sentence = 0
  words.forEach(({ stem, start }, i) => {
    while (sentence < stretches.length - 1 && start >= (stretches[sentence] as Stretch).end) sentence++
    sentenceOf[i] = sentence
    const list = places.get(stem)
    if (list === undefined) places.set(stem, [i])
    else list.push(i)
  })
  return { stretches, places, sentenceOf, stems: words.map(({ stem }) => stem), numbers: new Set(numbersIn(text)) }
}

/** How well a source bears a claim, and which of its sentences bears it best. */
export interface Support {
  /** 0 to 1: two thirds for words found together in one sentence, one third for words in the same order. */
  readonly score: number
  /** Share of the claim's words found in the best sentence. */
  readonly coverage: number
  readonly stretch?: Stretch
}

/** Compares a claim's words with a source. Names and numbers count double. */
export function supportOf(words: readonly Word[], source: SourceIndex): Support {
  if (words.length === 0) return { score: 1, coverage: 1 }
  const weights = words.map(({ isCapital, stem }) => (isCapital || /^\d/.test(stem) ? 2 : 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const bySentence = new Map<number, number>()
  words.forEach(({ stem }, i) => {
    const found = new Set((source.places.get(stem) ?? []).map((place) => source.sentenceOf[place] as number))
    for (const sentence of found) bySentence.set(sentence, (bySentence.get(sentence) ?? 0) + (weights[i] as number))
  })
  let best = 0
  let bestAt: number | undefined
  for (const [sentence, weight] of bySentence) {
    const withNext = nextSentenceWeight * unionWith(sentence, words, weights, source)
    const covered = Math.max(weight, withNext)
    if (covered > best) [best, bestAt] = [covered, sentence]
  }
  // A number may be written in another way.
  const rewritten = words.reduce(
    (sum, { stem }, i) => sum + (isRewritten(stem, source) ? (weights[i] as number) : 0),
    0,
  )
  const coverage = (best + rewritten) / total
  const stretch = bestAt === undefined ? undefined : source.stretches[bestAt]
  const score = coverage * (1 - runShare) + runShare * runsOf(words, source)
  return { score, coverage, ...(stretch && { stretch }) }
}

function isRewritten(stem: string, { places, numbers }: SourceIndex): boolean {
  return /^\d/.test(stem) && !places.has(stem) && numbersIn(stem).some((number) => numbers.has(number))
}

/** Weight of the words found in a sentence or the one after it. */
function unionWith(sentence: number, words: readonly Word[], weights: readonly number[], source: SourceIndex): number {
  return words.reduce((sum, { stem }, i) => {
    const isThere = source.places.get(stem)?.some((place) => {
      const at = source.sentenceOf[place]
      return at === sentence || at === sentence + 1
    })
    return sum + (isThere ? (weights[i] as number) : 0)
  }, 0)
}

/** How much of the claim stands in the source in one piece: 1 when all of it does. */
function runsOf(words: readonly Word[], { places, stems }: SourceIndex): number {
  let squares = 0
  for (let i = 0; i < words.length; ) {
    let longest = 0
    for (const place of (places.get((words[i] as Word).stem) ?? []).slice(0, maxPlaces)) {
      let length = 1
      while (i + length < words.length && stems[place + length] === words[i + length]?.stem) length++
      longest = Math.max(longest, length)
    }
    squares += longest * longest
    i += Math.max(1, longest)
  }
  return squares / (words.length * words.length)
}
