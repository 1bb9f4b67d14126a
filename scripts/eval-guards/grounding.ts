/** Measures grounding: quotations that are there or were altered, and answers that are borne out or not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkGrounding } from '../../src/guards/grounding/check.ts'
import { QuoteFinder } from '../../src/guards/grounding/quotes.ts'
import { createRandom, type Random } from '../train-injection/random.ts'
import type { Line } from './metrics.ts'

interface Row {
  readonly context: string
  readonly question: string
  readonly answer: string
  readonly label: 'supported' | 'unsupported'
}

const quoteRounds = 4_000

/** All lines of the table for grounding. */
export async function evaluateGrounding(folder: string): Promise<Line[]> {
  const rows: Row[] = readFileSync(join(folder, 'grounding', 'dev-halueval-qa.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  return [...quoteLines(rows), ...(await answerLines(rows))]
}

function quoteLines(rows: readonly Row[]): Line[] {
  const random = createRandom(5)
  let accepted = 0
  let rejected = 0
  for (let round = 0; round < quoteRounds; round++) {
    const { context } = random.pick(rows)
    const finder = new QuoteFinder(context)
    const quote = excerpt(context, random)
    if (finder.find(rewritten(quote, random), 'normalised') !== undefined) accepted++
    const altered = alter(quote, random)
    if (context.includes(altered) || finder.find(altered, 'normalised') === undefined) rejected++
  }
  return [
    { name: 'true quotations accepted', value: (100 * accepted) / quoteRounds, unit: '%', least: 99.5 },
    { name: 'altered quotations refused', value: (100 * rejected) / quoteRounds, unit: '%', least: 100 },
  ]
}

/** Some words of a text, one after the other. */
function excerpt(text: string, random: Random): string {
  const words = [...text.matchAll(/\S+/g)]
  const count = Math.min(words.length, 5 + Math.floor(random.next() * 16))
  const from = Math.floor(random.next() * (words.length - count + 1))
  const [first, last] = [words[from], words[from + count - 1]]
  return first && last ? text.slice(first.index, last.index + last[0].length) : text
}

/** As people copy: other marks, spaces, dashes, an omission. */
function rewritten(quote: string, random: Random): string {
  const ways: readonly ((text: string) => string)[] = [
    (text) => text,
    (text) => text.replace(/"/g, '”').replace(/'/g, '’'),
    (text) => text.replace(/ /g, '\n'),
    (text) => text.replace(/-/g, '–').replace(/ /g, '\u00a0'),
    (text) => text.normalize('NFD'),
    (text) => text.replace(/^(\S+ \S+ )\S+( \S+ \S+)/, '$1…$2'),
    (text) => text.charAt(0).toLowerCase() + text.slice(1),
    (text) => `${text.replace(/[.,]$/, '')}.`,
  ]
  return random.pick(ways)(quote)
}

/** As answers go wrong: a word, a number, a letter or the order changed. */
function alter(quote: string, random: Random): string {
  const words = quote.split(/\s+/)
  const at = 1 + Math.floor(random.next() * (words.length - 2))
  const ways: readonly (() => string)[] = [
    () => words.toSpliced(at, 1, 'zebra').join(' '),
    () => words.toSpliced(at, 0, 'not').join(' '),
    () => words.toSpliced(at, 1).join(' '),
    () => quote.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
    () => words.toSpliced(at, 2, words[at + 1] as string, words[at] as string).join(' '),
    () => words.toSpliced(at, 1, `${words[at]}x`).join(' '),
  ]
  const altered = random.pick(ways)()
  const plain = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
  return plain(altered) === plain(quote) ? words.toSpliced(at, 1, 'zebra').join(' ') : altered
}

async function answerLines(rows: readonly Row[]): Promise<Line[]> {
  const scored: { isRight: boolean; score: number; isPassed: boolean }[] = []
  for (const { context, question, answer, label } of rows) {
    const report = await checkGrounding(answer, {
      sources: [{ id: '1', text: context }],
      question,
      requireCitations: false,
    })
    scored.push({ isRight: label === 'supported', score: report.score, isPassed: report.ratio >= 0.6 })
  }
  const right = scored.filter(({ isRight }) => isRight)
  const wrong = scored.filter(({ isRight }) => !isRight)
  let wins = 0
  for (const a of right) for (const b of wrong) wins += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0
  const passed = (list: typeof scored) => (100 * list.filter(({ isPassed }) => isPassed).length) / list.length
  return [
    { name: 'AUC of the grounding score, HaluEval', value: wins / right.length / wrong.length, unit: '', least: 0.92 },
    { name: 'right answers passed at ratio 0.6', value: passed(right), unit: '%' },
    { name: 'wrong answers passed at ratio 0.6', value: passed(wrong), unit: '%' },
  ]
}
