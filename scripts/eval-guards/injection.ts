/** Measures the injection guard and the structure around it. `GUARD_DATA` names the folder of the data. */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { createInjectionScanner } from '../../src/guards/injection/load.ts'
import type { InjectionScanner } from '../../src/guards/injection/scan.ts'
import { generate, isLearnable, ownTexts, type Row, readRows } from '../train-injection/data.ts'
import { estimate, thresholdAt } from '../train-injection/estimate.ts'
import { createReader } from '../train-injection/learn.ts'
import { evasions } from './evasion.ts'
import type { Line } from './metrics.ts'
import { moreAttackProbes, moreHarmlessProbes } from './more-probes.ts'
import { attackProbes, harmlessProbes } from './probes.ts'
import { structureLines } from './structure.ts'

/** Texts for measuring over-defence come from a seed the training never used. */
const freshSeed = 4_242

/** All lines of the table for injection. */
export async function evaluateInjection(folder: string): Promise<Line[]> {
  const full = await createInjectionScanner()
  const rules = await createInjectionScanner('rules')
  const rows = readRows(folder)
  return [
    ...leftOutLines(rows),
    ...shippedLines(rows, full),
    ...probeLines(full, 'rules and model'),
    ...probeLines(rules, 'rules alone'),
    ...evasionLines(full),
    ...speedLines(rows, full, rules),
    ...linearLines(full),
    ...(await sizeLines()),
    ...(await structureLines()),
  ]
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole
}

/** What a model finds in sources it never saw, at thresholds from other sources it never saw. */
function leftOutLines(rows: readonly Row[]): Line[] {
  const known = rows.filter(isLearnable)
  const own = generate(
    ownTexts,
    7,
    known.filter((row) => !row.isAttack),
  )
  const scored = estimate([...known, ...own].map(createReader()))
  const harmless = scored.filter(({ row }) => !row.isAttack).map(({ score }) => score)
  return [0.01, 0.001].flatMap((share) => {
    const cut = thresholdAt(harmless, share)
    const sources = [...new Set(scored.filter(({ row }) => row.isAttack).map(({ row }) => row.source))]
    const bySource = sources.map((source) => {
      const own = scored.filter(({ row }) => row.isAttack && row.source === source)
      return { source, found: own.filter(({ score }) => score > cut).length, count: own.length }
    })
    const name = `attacks found, source left out, at ${share * 100} % false alarms`
    const total = bySource.reduce((sum, { found, count }) => ({ found: sum.found + found, count: sum.count + count }), {
      found: 0,
      count: 0,
    })
    const note = bySource.map(({ source, found, count }) => `${source} ${percent(found, count).toFixed(0)}`).join(', ')
    return [{ name, value: percent(total.found, total.count), unit: '%', least: share === 0.01 ? 80 : 65, note }]
  })
}

/** The shipped guard at its shipped thresholds. The attacks and harmless rows were part of the training. */
function shippedLines(rows: readonly Row[], scanner: InjectionScanner): Line[] {
  const { medium, low } = scanner.thresholds
  const scored = rows.filter(isLearnable).map((row) => ({ row, score: scanner.scan(row.text).logOdds }))
  const share = (isAttack: boolean, cut: number) => {
    const some = scored.filter(({ row }) => row.isAttack === isAttack)
    return percent(some.filter(({ score }) => score > cut).length, some.length)
  }
  const fresh = generate(4_000, freshSeed, [])
    .filter((row) => !row.isAttack)
    .map((row) => scanner.scan(row.text).logOdds)
  return [
    { name: 'harmless rows flagged, shipped, medium', value: share(false, medium), unit: '%', most: 1 },
    { name: 'harmless rows flagged, shipped, low', value: share(false, low), unit: '%', most: 0.1 },
    { name: 'attacks found, shipped, medium (seen in training)', value: share(true, medium), unit: '%' },
    { name: 'attacks found, shipped, low (seen in training)', value: share(true, low), unit: '%' },
    {
      name: 'trigger-word sentences let pass, medium (own, fresh seed)',
      value: percent(fresh.filter((score) => score <= medium).length, fresh.length),
      unit: '%',
      least: 98.5,
    },
  ]
}

/** Hand-written texts the training has not seen. */
function probeLines(scanner: InjectionScanner, name: string): Line[] {
  const share = (texts: readonly string[], cut: number) =>
    percent(texts.filter((text) => scanner.scan(text).logOdds > cut).length, texts.length)
  const sets = [
    { set: 'probes', attacks: attackProbes, harmless: harmlessProbes },
    { set: 'more probes', attacks: moreAttackProbes, harmless: moreHarmlessProbes },
  ]
  return sets.flatMap(({ set, attacks, harmless }) =>
    (['medium', 'low'] as const).flatMap((level) => {
      const cut = scanner.thresholds[level]
      return [
        { name: `${set}, attacks found, ${level}, ${name}`, value: share(attacks, cut), unit: '%' },
        { name: `${set}, harmless flagged, ${level}, ${name}`, value: share(harmless, cut), unit: '%' },
      ]
    }),
  )
}

function evasionLines(scanner: InjectionScanner): Line[] {
  const shares = evasions().map(([form, texts]) => {
    const found = texts.filter((text) => scanner.scan(text).logOdds > scanner.thresholds.medium).length
    return { form, value: percent(found, texts.length) }
  })
  const mean = shares.reduce((sum, { value }) => sum + value, 0) / shares.length
  const worst = shares.reduce((a, b) => (b.value < a.value ? b : a))
  return [
    { name: `evasion, mean of ${shares.length} forms`, value: mean, unit: '%', least: 95 },
    { name: 'evasion, worst form', value: worst.value, unit: '%', least: 80, note: worst.form },
  ]
}

/** Fastest of some rounds over ordinary ASCII messages of 2,000 characters. */
function speedLines(rows: readonly Row[], full: InjectionScanner, rules: InjectionScanner): Line[] {
  const text = rows
    .filter(({ isAttack }) => !isAttack)
    .map((row) => row.text)
    .join('\n')
    .replace(/[^\0-\x7f]/g, '')
    .slice(0, 2_000_000)
  const messages = Array.from({ length: Math.floor(text.length / 2_000) }, (_, i) =>
    text.slice(i * 2_000, (i + 1) * 2_000),
  )
  const speed = (scanner: InjectionScanner) => {
    let best = 0
    for (let round = 0; round < 8; round++) {
      const start = performance.now()
      for (const message of messages) scanner.scan(message)
      best = Math.max(best, text.length / (performance.now() - start) / 1_000)
    }
    return best
  }
  return [
    { name: 'speed, rules alone', value: speed(rules), unit: 'M chars/s', least: 30 },
    { name: 'speed, rules and model', value: speed(full), unit: 'M chars/s', least: 5 },
  ]
}

const units = [
  'a',
  'ignore ',
  'i ',
  '<a',
  '<!--',
  '%20',
  '&#65;',
  'QUJD',
  '1gn0re ',
  '0x41 ',
  '指',
  'ｉ',
  '\u200b',
  'erongi ',
  '@a$',
  '.\n',
]

function linearLines(scanner: InjectionScanner): Line[] {
  const timed = (text: string) => {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 4; round++) {
      const start = performance.now()
      scanner.scan(text)
      best = Math.min(best, performance.now() - start)
    }
    return best
  }
  const all = units.map((unit) => {
    const [short, long] = [10_000, 100_000].map((length) => timed(unit.repeat(length / unit.length)))
    return { unit, long: long as number, ratio: (long as number) / Math.max(0.05, short as number) }
  })
  const worst = all.reduce((a, b) => (b.ratio > a.ratio ? b : a))
  const slowest = all.reduce((a, b) => (b.long > a.long ? b : a))
  return [
    {
      name: 't(100 kB) / t(10 kB), worst repeated pattern',
      value: worst.ratio,
      unit: '',
      most: 15,
      note: JSON.stringify(worst.unit),
    },
    {
      name: 'slowest repeated pattern at 100 kB',
      value: slowest.long,
      unit: 'ms',
      most: 50,
      note: JSON.stringify(slowest.unit),
    },
  ]
}

async function sizeLines(): Promise<Line[]> {
  const size = async (contents: string, external: string[] = []) => {
    const stdin = { contents, resolveDir: 'src/guards/injection', loader: 'ts' } as const
    const { outputFiles } = await build({
      stdin,
      bundle: true,
      minify: true,
      format: 'esm',
      charset: 'utf8',
      write: false,
      external,
    })
    return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length / 1_000
  }
  const data = await size("export * from './vocabulary.ts'; export * from './data.ts'")
  const code = await size("export * from './scan.ts'")
  return [
    { name: 'size of the code (gzip)', value: code, unit: 'kB', most: 8 },
    { name: 'size of words, rules and weights, loaded when needed (gzip)', value: data, unit: 'kB', most: 60 },
  ]
}
