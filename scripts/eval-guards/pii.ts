/** Measures redaction against annotated data and prints a table. `GUARD_DATA` names the folder of the data. */
import { basename, join } from 'node:path'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { phoneJudge } from '../../src/guards/phones.ts'
import { piiFinder } from '../../src/guards/pii/find-pii.ts'
import { redactPii } from '../../src/guards/pii/redact-pii.ts'
import { Vault } from '../../src/guards/pii/vault.ts'
import type { FlowFilter, FlowGuard } from '../../src/types/guard.ts'
import { hostilePatterns } from './hostile.ts'
import { count, filesIn, isCovered, type Line, type Row, readRows, Score, type Span, structured } from './metrics.ts'

type Find = (text: string) => readonly Span[]

/** F1 and coverage wanted of sets whose file names hold these words. */
const goals: readonly (readonly [RegExp, number, number])[] = [
  [/synth/, 97, 97],
  [/tmpl|templ/, 99, 99],
  [/rec/, 98, 95],
  [/llm/, 92, 93],
]

/** All lines of the table for personal data. */
export function evaluatePii(folder: string): Line[] {
  const files = filesIn(join(folder, 'pii')).map((file) => ({ name: basename(file, '.jsonl'), rows: readRows(file) }))
  const benign = filesIn(join(folder, 'injection'))
    .flatMap(readRows)
    .filter((row) => row.label === 0)
  const core = finder(piiFinder())
  const withLibrary = finder(piiFinder({ phones: phoneJudge({ parsePhoneNumberFromString }) }))
  const secrets = files.filter(({ rows }) => rows.some(({ spans }) => spans.some(({ label }) => label === 'SECRET')))
  const ids = files.filter(({ rows }) => rows.some(({ spans }) => spans.some(({ label }) => label === 'NATIONAL_ID')))
  return [
    ...files.flatMap(({ name, rows }) => structuredLines(name, rows, core, withLibrary)),
    ...secrets.flatMap(({ name, rows }) => secretLines(name, rows, core)),
    ...ids.flatMap(({ name, rows }) => idLines(name, rows, core)),
    ...cleanLines(benign, core, withLibrary),
    ...speedLine('speed on ordinary messages of 2 kB', benign, core, 25),
    ...speedLine(
      'speed on messages full of personal data',
      files.flatMap(({ rows }) => rows),
      core,
    ),
    ...hostileLines(core),
    ...identityLines([...files.flatMap(({ rows }) => rows), ...benign.slice(0, 2_000)]),
  ]
}

function finder(find: ReturnType<typeof piiFinder>): Find {
  return (text) => find(text).map(({ start, end, type }) => ({ start, end, label: type }))
}

/** Some rows have only one kind annotated; others in them say nothing. */
const kinds: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: 'EMAIL',
  IBAN_CODE: 'IBAN',
  PHONE_NUMBER: 'PHONE',
}

function structuredLines(name: string, rows: readonly Row[], core: Find, withLibrary: Find): Line[] {
  const gold = rows.flatMap(({ spans }) => spans).filter(({ label }) => isStructured(label))
  if (gold.length === 0) return []
  const [, f1, coverage] = goals.find(([pattern]) => pattern.test(name)) ?? []
  return [
    ['', core],
    [' + libphonenumber', withLibrary],
  ].flatMap(([suffix, find]) => {
    const result = scoreOf(rows, find as Find)
    const parts = [...result.byLabel].map(
      ([label, score]) => `${label} ${percent(score.precision)}/${percent(score.recall)}`,
    )
    return [
      { name: `F1 ${name}${suffix}`, value: result.all.f1 * 100, unit: '%', least: f1, note: parts.join(' ') },
      { name: `coverage ${name}${suffix}`, value: result.coverage * 100, unit: '%', least: coverage },
    ]
  })
}

function scoreOf(rows: readonly Row[], find: Find) {
  const byLabel = new Map(structured.map((label) => [label as string, new Score()]))
  const all = new Score()
  let covered = 0
  let total = 0
  for (const row of rows) {
    const only = row.entity === undefined ? undefined : (kinds[row.entity] ?? row.entity)
    const predicted = find(row.text)
    for (const [label, score] of byLabel) {
      if (only !== undefined && only !== label) continue
      count(score, row.spans, predicted, label)
      count(all, row.spans, predicted, label)
    }
    for (const span of row.spans.filter(({ label }) => isStructured(label))) {
      total++
      if (isCovered(span, predicted)) covered++
    }
  }
  return { byLabel, all, coverage: covered / Math.max(1, total) }
}

function isStructured(label: string): boolean {
  return (structured as readonly string[]).includes(label)
}

function secretLines(name: string, rows: readonly Row[], find: Find): Line[] {
  const score = new Score()
  let alike = 0
  let flagged = 0
  for (const row of rows) {
    const predicted = find(row.text)
    count(score, row.spans, predicted, 'SECRET')
    if (row.spans.length > 0) continue
    alike++
    if (predicted.some(({ label }) => label === 'SECRET')) flagged++
  }
  return [
    { name: `secrets found ${name}`, value: score.recall * 100, unit: '%', least: 80, note: `of ${score.gold}` },
    ...(alike > 0
      ? [
          {
            name: `rows without secrets flagged ${name}`,
            value: (flagged / alike) * 100,
            unit: '%',
            most: 10,
            note: `of ${alike}`,
          },
        ]
      : []),
  ]
}

function idLines(name: string, rows: readonly Row[], find: Find): Line[] {
  const spans = rows.flatMap((row) => {
    const wanted = row.spans.filter(({ label }) => label === 'NATIONAL_ID')
    return wanted.length === 0 ? [] : wanted.map((span) => isCovered(span, find(row.text)))
  })
  const covered = spans.filter(Boolean).length
  return [
    {
      name: `identity numbers covered ${name}`,
      value: (covered / spans.length) * 100,
      unit: '%',
      least: 85,
      note: `of ${spans.length}`,
    },
  ]
}

function cleanLines(rows: readonly Row[], core: Find, withLibrary: Find): Line[] {
  if (rows.length === 0) return []
  const characters = rows.reduce((sum, { text }) => sum + text.length, 0)
  return [
    ['', core],
    [' + libphonenumber', withLibrary],
  ].map(([suffix, find]) => {
    const labels = new Map<string, number>()
    for (const row of rows) {
      for (const { label } of (find as Find)(row.text))
        if (isStructured(label)) labels.set(label, (labels.get(label) ?? 0) + 1)
    }
    const hits = [...labels.values()].reduce((sum, value) => sum + value, 0)
    return {
      name: `hits per 100,000 characters of benign text${suffix}`,
      value: (hits / characters) * 100_000,
      unit: '',
      most: 1.5,
      note: `${JSON.stringify(Object.fromEntries(labels))}; real addresses in it count too`,
    }
  })
}

/** Processor time, so that neighbours on the machine do not count. */
function cpuMs(work: () => void): number {
  const start = process.cpuUsage().user
  work()
  return (process.cpuUsage().user - start) / 1_000
}

/** Messages of 2 kB, parsed so that each is a string of its own, as messages are. */
function messagesOf(rows: readonly Row[]): string[] {
  const joined = rows
    .map(({ text }) => text)
    .join('\n')
    .slice(0, 4_000_000)
  return JSON.parse(JSON.stringify(joined.match(/[\s\S]{1,2000}/g) ?? []))
}

function speedLine(name: string, rows: readonly Row[], find: Find, least?: number): Line[] {
  const messages = messagesOf(rows)
  if (messages.length === 0) return []
  const bytes = messages.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  let hits = 0
  const run = () => {
    hits = 0
    for (const text of messages) hits += find(text).length
  }
  const rounds = Math.max(6, Math.ceil(12_000_000 / bytes))
  const best = Math.min(...Array.from({ length: rounds }, () => cpuMs(run)))
  const note = `${messages.length} messages, a find every ${Math.round(bytes / Math.max(1, hits))} bytes`
  return [{ name, value: bytes / 1_000 / best, unit: 'MB/s', least, note }]
}

function hostileLines(find: Find): Line[] {
  const times = hostilePatterns.map((pattern) => {
    const time = (size: number) => {
      const text = pattern.repeat(Math.ceil(size / pattern.length)).slice(0, size)
      find(text)
      return Math.min(...[1, 2, 3].map(() => cpuMs(() => find(text))))
    }
    return { pattern, large: time(1_000_000), growth: time(100_000) / Math.max(2, time(10_000)) }
  })
  const slowest = times.reduce((a, b) => (a.large > b.large ? a : b))
  const steepest = times.reduce((a, b) => (a.growth > b.growth ? a : b))
  return [
    {
      name: 'slowest 1 MB of a repeated pattern',
      value: slowest.large,
      unit: 'ms',
      most: 300,
      note: `${JSON.stringify(slowest.pattern)} of ${times.length}`,
    },
    {
      name: 'largest growth from 10 to 100 kB',
      value: steepest.growth,
      unit: '×',
      most: 15,
      note: JSON.stringify(steepest.pattern),
    },
  ]
}

/** Streams cut at random against whole texts, and vaults against each other. */
function identityLines(rows: readonly Row[]): Line[] {
  const texts = rows.map(({ text }) => text).filter((text) => text.length > 0 && text.length < 4_000)
  const guard = redactPii().output as FlowGuard<Vault>
  const state = new Vault()
  state.open([])
  const through = (text: string, cuts: readonly number[]) => {
    const call = { state, report() {} } as unknown as Parameters<typeof guard.open>[1]
    const filter = guard.open({ kind: 'text', isJson: false, where: 'text' }, call) as FlowFilter
    let out = ''
    cuts.forEach((cut, index) => {
      out += filter.push(text.slice(cuts[index - 1] ?? 0, cut))
    })
    return out + filter.push(text.slice(cuts.at(-1) ?? 0)) + filter.end()
  }
  const wholes = new Map<string, string>()
  const splits = 100_000
  let different = 0
  for (let index = 0; index < splits; index++) {
    const text = texts[index % texts.length] as string
    const whole = wholes.get(text) ?? through(text, [])
    wholes.set(text, whole)
    const cuts = Array.from({ length: 1 + (index % 5) }, () => Math.floor(Math.random() * text.length)).sort(
      (a, b) => a - b,
    )
    if (through(text, cuts) !== whole) different++
  }
  const marks = new Set<string>()
  const vaults = 20_000
  for (let index = 0; index < vaults; index++) {
    const vault = new Vault()
    vault.open([])
    marks.add(vault.nonce)
  }
  return [
    { name: 'streams that differ from the whole text', value: different, unit: `of ${splits}`, most: 0 },
    { name: 'calls with the same mark', value: vaults - marks.size, unit: `of ${vaults}`, most: 0 },
  ]
}

function percent(value: number): string {
  return (value * 100).toFixed(0)
}
