/**
 * Writes the tables of docs/benchmarks.md and the plot beside it from docs/benchmark.json, which a full run of the
 * benchmark has written: `npm run bench -- --json docs/benchmark.json && node scripts/write-benchmarks.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Results } from '../bench/results.ts'
import { drawPanels, type Panel } from './draw-panels.ts'
import { root } from './entries.ts'

/** What is written, and from what. */
export const benchmarkFiles = {
  results: join(root, 'docs', 'benchmark.json'),
  page: join(root, 'docs', 'benchmarks.md'),
  plot: join(root, 'docs', 'images', 'benchmark.svg'),
}

/** The results of the run that the page shows. */
export function readResults(): Results {
  return JSON.parse(readFileSync(benchmarkFiles.results, 'utf8'))
}

/** The page with its tables renewed. */
export function withResults(page: string, results: Results): string {
  const mark = /(<!-- results: begin -->\n)[\s\S]*(\n<!-- results: end -->)/
  if (!mark.test(page)) throw new Error('docs/benchmarks.md lacks the marks of its results')
  return page.replace(mark, (_, begin, end) => `${begin}${tables(results)}${end}`)
}

/** The plot as SVG. */
export function plotOf({ rows, importMs, bundles }: Results): string {
  const ratios = (id: keyof Results['rows']) =>
    rows[id].filter(({ name }) => name !== 'fetch again').map(({ name, timesFetch }) => [name, timesFetch] as const)
  const times = (value: number) => value.toFixed(value < 10 ? 2 : 1)
  const panels: Panel[] = [
    { title: 'chat, one at a time', unit: '× fetch', bars: ratios('chat'), show: times },
    { title: 'chat, 64 at once', unit: '× fetch', bars: ratios('chat64'), show: times },
    { title: 'stream, each chunk', unit: '× fetch', bars: ratios('stream'), show: times },
    {
      title: 'import',
      unit: 'ms CPU',
      bars: Object.entries(importMs),
      show: (value) => value.toFixed(0),
    },
    {
      title: 'smallest program',
      unit: 'kB gzip',
      bars: Object.entries(bundles).map(([name, { all }]) => [name, all / 1_000] as const),
      show: (value) => value.toFixed(1),
    },
  ]
  return drawPanels('CPU time and size of clients; lower is better', panels)
}

function tables(results: Results): string {
  const { machine, peers, rounds, rows, importMs, bundles, parts, goals } = results
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  const ratio = rows.chat.map(({ name }, index) => [
    name,
    ...[rows.chat, rows.chat64, rows.stream].map((row) => row[index]?.timesFetch.toFixed(2) ?? ''),
  ])
  const plain = Object.keys({ ...importMs, ...bundles }).map((name) => [
    name,
    importMs[name]?.toFixed(0) ?? '',
    kilobytes(bundles[name]?.initial),
    kilobytes(bundles[name]?.all),
  ])
  return [
    `Node ${machine.node}, ${machine.cores} × ${machine.cpu}, load ${machine.load.toFixed(1)}, ${rounds} rounds; ${versions.join(', ')}.`,
    table(['× raw fetch', 'chat, one at a time', 'chat, 64 at once', 'stream, each chunk'], ratio),
    table(['', 'import, CPU ms', 'smallest program at its start, kB gzip', 'all of it'], plain),
    table(
      ['without a network', 'CPU µs'],
      [
        ['circuit and retry around a no-op', parts.breakerAndRetryUs.toFixed(2)],
        ['passing over an open circuit', parts.openBreakerUs.toFixed(3)],
        ['a whole chat call', parts.callUs.toFixed(1)],
      ],
    ),
    table(
      ['what we want', 'at most', 'is'],
      goals.map(({ what, atMost, unit, value }) => [what, `${atMost} ${unit}`, value.toFixed(2)]),
    ),
  ].join('\n\n')
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1_000).toFixed(1)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = readResults()
  writeFileSync(benchmarkFiles.page, withResults(readFileSync(benchmarkFiles.page, 'utf8'), results))
  writeFileSync(benchmarkFiles.plot, plotOf(results))
}
