/** Results as a terminal shows them. */
import { styleText } from 'node:util'
import type { Goal, Results, Row } from './results.ts'

const titles: Readonly<Record<keyof Results['rows'], string>> = {
  chat: 'chat, one at a time, CPU µs a call',
  chat64: 'chat, 64 at once, CPU µs a call',
  stream: 'stream, CPU µs a chunk (1 000 chunks, one at a time)',
}

/** The whole report. */
export function report(results: Results): string {
  const { machine, peers, rounds, rows, importMs, bundles, parts, goals } = results
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  return [
    `Node ${machine.node}, ${machine.cores} × ${machine.cpu}, load ${machine.load.toFixed(1)}, ${rounds} rounds`,
    versions.join(', '),
    ...Object.entries(titles).flatMap(([id, title]) => section(title, ratioLines(rows[id as keyof typeof titles]))),
    ...section(
      'import, CPU ms of the process',
      plainLines(importMs, (ms) => ms.toFixed(0).padStart(8)),
    ),
    ...section(
      'bundle of the smallest chat, kB gzip: before the first call, all of it',
      plainLines(bundles, ({ initial, all }) => `${kilobytes(initial)}  ${kilobytes(all)}`),
    ),
    ...section('without a network, CPU µs', [
      `  ${'circuit + retry around a no-op'.padEnd(32)} ${parts.breakerAndRetryUs.toFixed(2).padStart(8)}`,
      `  ${'passing over an open circuit'.padEnd(32)} ${parts.openBreakerUs.toFixed(3).padStart(8)}`,
      `  ${'a whole chat call'.padEnd(32)} ${parts.callUs.toFixed(2).padStart(8)}`,
    ]),
    ...section('metering, CPU µs', [
      `  ${'limits in memory, a call'.padEnd(32)} ${parts.metering.limitsUs.toFixed(2).padStart(8)}`,
      `  ${'limits and ledger, a call'.padEnd(32)} ${parts.metering.limitsAndLedgerUs.toFixed(2).padStart(8)}`,
      `  ${'rows of a call to the queue'.padEnd(32)} ${parts.metering.queueUs.toFixed(2).padStart(8)}`,
      `  ${'a row from there into SQLite'.padEnd(32)} ${parts.metering.sqliteRowUs.toFixed(2).padStart(8)}`,
    ]),
    ...section('goals', goals.map(goalLine)),
  ].join('\n')
}

/** Whether a goal is reached. */
export function isMet({ value, atMost }: Goal): boolean {
  return value <= atMost
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', styleText('bold', title), ...lines]
}

function ratioLines(rows: readonly Row[]): string[] {
  return rows.map(({ name, cpuUs, timesFetch }) => {
    const line = `  ${name.padEnd(14)} ${cpuUs.toFixed(cpuUs < 100 ? 2 : 0).padStart(8)}  ${timesFetch.toFixed(2).padStart(6)} × fetch`
    return name === 'holdfast' ? styleText('cyan', line) : line
  })
}

function plainLines<T>(values: Readonly<Record<string, T>>, show: (value: T) => string): string[] {
  return Object.entries(values).map(([name, value]) => {
    const line = `  ${name.padEnd(14)} ${show(value)}`
    return name === 'holdfast' ? styleText('cyan', line) : line
  })
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1).padStart(8)
}

function goalLine(goal: Goal): string {
  const { what, value, atMost, unit } = goal
  const mark = isMet(goal) ? styleText('green', 'ok    ') : styleText('red', 'missed')
  return `  ${mark} ${what.padEnd(32)} ${value.toFixed(2).padStart(8)}   goal ${String(atMost).padStart(5)} ${unit}`
}
