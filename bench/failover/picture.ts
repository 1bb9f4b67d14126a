/**
 * node bench/failover/picture.ts [scorecard.json] [picture.svg]
 *
 * Draws a scorecard: a row for each situation, a column for each way to ask.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gapText } from './checks.ts'
import { type Scorecard, tally } from './scorecard.ts'
import type { ScenarioResult, SuiteResult } from './suite.ts'
import { type Verdict, verdicts } from './verdict.ts'

const left = 436
const columnWidth = 138
const rowHeight = 24
const top = 66

/** The scorecard as SVG, for light and dark pages. */
export function draw({ suites, timeScale }: Scorecard): string {
  const rows = suites[0]?.scenarios ?? []
  const width = left + suites.length * columnWidth + 14
  const height = top + rows.length * rowHeight + 58
  const footer = timeScale === 1 ? 'real time' : `time ${timeScale} times as fast`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="failover-title" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">
  <title id="failover-title">${escaped(`Sixteen situations of the Failover Bench: ${suites.map(summary).join('; ')}`)}</title>
${style}
  <text class="name" x="12" y="28">Situation of the Failover Bench</text>
  <text class="soft small" x="12" y="46">one fallback, library defaults, ${footer}</text>
${suites.map(columnHead).join('\n')}
${rows.map((row, place) => rowLabel(row, place)).join('\n')}
${suites.flatMap((suite, column) => suite.scenarios.map((one, place) => cell(one, place, column))).join('\n')}
  <text class="soft small" x="12" y="${height - 34}">Beside the mark: attempts on the primary + on the fallback, time of the call (S15: of twenty calls).</text>
  <text class="soft small" x="12" y="${height - 16}">S13 passes with a clean error: a refused prompt is not shopped around.</text>
</svg>
`
}

const style = `  <style>
    .pass { fill: #dafbe1; stroke: #1a7f37 }
    .partial { fill: #fff8c5; stroke: #9a6700 }
    .safe { fill: #ddf4ff; stroke: #0969da }
    .fail { fill: #ffebe9; stroke: #cf222e }
    .rule { stroke: #d1d9e0; stroke-width: 1 }
    text { fill: #1f2328 }
    .soft { fill: #57606a }
    .small { font-size: 11.5px }
    .name { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .pass { fill: #12261e; stroke: #3fb950 }
      .partial { fill: #272115; stroke: #d29922 }
      .safe { fill: #121d2f; stroke: #4493f8 }
      .fail { fill: #2d1417; stroke: #f85149 }
      .rule { stroke: #3d444d }
      text { fill: #e6edf3 }
      .soft { fill: #9198a1 }
    }
  </style>`

function summary(suite: SuiteResult): string {
  const counts = tally(suite)
  const said = verdicts.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${verdict}`)
  return `${suite.adapter} ${said.join(', ')}`
}

function columnHead(suite: SuiteResult, column: number): string {
  const x = left + column * columnWidth
  const said = summary(suite).slice(suite.adapter.length + 1)
  return `  <text class="name" x="${x}" y="28">${escaped(suite.adapter)}</text>
  <text class="soft small" x="${x}" y="46">${escaped(said)}</text>`
}

function rowLabel({ id, title }: ScenarioResult, place: number): string {
  const y = top + place * rowHeight
  return `  <line class="rule" x1="12" x2="${left + 3 * columnWidth}" y1="${y - 6}" y2="${y - 6}"/>
  <text class="soft" x="12" y="${y + 11}">${id}</text>
  <text x="48" y="${y + 11}">${escaped(title)}</text>`
}

function cell({ verdict, measures }: ScenarioResult, place: number, column: number): string {
  const x = left + column * columnWidth
  const y = top + place * rowHeight
  const { primaryAt, fallbackCount, elapsedMs } = measures
  const figures = `${primaryAt.length} + ${fallbackCount}, ${(elapsedMs / 1_000).toFixed(1)} s`
  const gap = gapText(measures)
  const hint = gap === '–' ? '' : `<title>first gap ${gap}</title>`
  return `  <g>${hint}<rect class="${verdict}" x="${x}" y="${y}" width="14" height="14" rx="3"/>${mark(verdict, x, y)}
  <text class="small" x="${x + 21}" y="${y + 11}">${figures}</text></g>`
}

/** A letter beside the colour, for those who do not see it. */
function mark(verdict: Verdict, x: number, y: number): string {
  const letters: Readonly<Record<Verdict, string>> = { pass: '✓', partial: '~', safe: 's', fail: '✗' }
  return `<text x="${x + 7}" y="${y + 11.5}" text-anchor="middle" font-size="11">${letters[verdict]}</text>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

if (import.meta.main) {
  const source = process.argv[2] ?? join(import.meta.dirname, 'scorecard.json')
  const target = process.argv[3] ?? join(import.meta.dirname, '..', '..', 'docs', 'images', 'failover.svg')
  writeFileSync(target, draw(JSON.parse(readFileSync(source, 'utf8'))))
}
