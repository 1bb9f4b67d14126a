/**
 * Trains the linear model of `blockInjection()` and writes it, with its thresholds, to the library.
 *
 * GUARD_DATA=<folder> node scripts/train-injection/index.ts [--estimate]
 *
 * Thresholds come from texts of sources that had no part in the training: each fold leaves out whole sources. With
 * `--estimate` only the estimate of the folds is printed.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { balance } from './balance.ts'
import { generate, isLearnable, ownTexts, type Row, readRows } from './data.ts'
import { estimate, thresholdAt } from './estimate.ts'
import { createReader, quantise, train } from './learn.ts'

const steps = 4
const target = 'src/guards/injection/data.ts'

const folder = process.env.GUARD_DATA
if (folder === undefined) throw new Error('Set GUARD_DATA to the folder of the development data')
const rows = readRows(folder).filter(isLearnable)
const carriers = rows.filter((row) => !row.isAttack)
const read = createReader()
const documents = [...rows, ...generate(ownTexts, 7, carriers)].map(read)

const scored = estimate(documents)
const harmless = scored.filter(({ row }) => !row.isAttack).map(({ score }) => score)
const thresholds = {
  low: thresholdAt(harmless, 0.001),
  medium: thresholdAt(harmless, 0.01),
  high: thresholdAt(harmless, 0.05),
}
print(scored, [thresholds.high, thresholds.medium, thresholds.low])
if (!process.argv.includes('--estimate')) write()

function write(): void {
  const { weights, level, bias, rules } = quantise(train(documents, balance(documents), 1), steps)
  const text = `// Written by scripts/train-injection: do not edit.
import type { ModelData } from './model.ts'

/** Weights of the linear model, one character each. */
export const modelData: ModelData = {
  level: ${level.toPrecision(6)},
  bias: ${bias.toPrecision(6)},
  // biome-ignore format: one line
  rules: [${rules.join(', ')}],
  thresholds: { low: ${thresholds.low.toFixed(3)}, medium: ${thresholds.medium.toFixed(3)}, high: ${thresholds.high.toFixed(3)} },
  weights:
    ${quoted(weights)},
}
`
  writeFileSync(join(process.cwd(), target), text)
  console.log(`${target}: ${text.length} characters, ${gzipSync(text, { level: 9 }).length} bytes after gzip`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}

function print(all: readonly { readonly row: Row; readonly score: number }[], cuts: readonly number[]): void {
  const groups = new Map<string, number[]>()
  for (const { row, score } of all) {
    const key = `${row.isAttack ? 'attack  ' : 'harmless'} ${row.source}`
    groups.set(key, [...(groups.get(key) ?? []), score])
  }
  console.log('share found at false alarms of 5 %, 1 %, 0.1 % (pooled over sources left out of training)')
  for (const [key, scores] of [...groups].sort()) {
    const shares = cuts.map((cut) => `${((100 * scores.filter((s) => s > cut).length) / scores.length).toFixed(1)} %`)
    console.log(key.padEnd(32), String(scores.length).padStart(6), ...shares.map((share) => share.padStart(8)))
  }
}
