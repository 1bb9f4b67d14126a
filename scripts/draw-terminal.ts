/**
 * Turns what a program printed on a terminal, read from the standard input, into SVG for light and dark pages:
 * `FORCE_COLOR=1 node examples/quickstart/main.ts --demo | node scripts/draw-terminal.ts > docs/images/quickstart.svg`
 */
import { text } from 'node:stream/consumers'

const fontSize = 13
const lineHeight = 19
const margin = 16
// Monospaced fonts are 0.6 em wide; every run is stretched to that, so that columns stand under each other anywhere.
const charWidth = fontSize * 0.6

interface Run {
  readonly text: string
  readonly column: number
  readonly classes: readonly string[]
}

const classOf: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  35: 'magenta',
  36: 'cyan',
}

/** Codes that end others. */
const ends: Readonly<Record<string, readonly string[]>> = {
  0: ['bold', 'dim', 'red', 'green', 'yellow', 'magenta', 'cyan'],
  22: ['bold', 'dim'],
  39: ['red', 'green', 'yellow', 'magenta', 'cyan'],
}

const lines = (await text(process.stdin)).trimEnd().split('\n').map(runsOf)
const columns = Math.max(...lines.flat().map((run) => run.column + run.text.length))
console.log(draw())

function runsOf(line: string): Run[] {
  const runs: Run[] = []
  const active = new Set<string>()
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what colours are made of.
  for (const [, code, words = ''] of line.matchAll(/\u001b\[(\d+)m|([^\u001b]+)/g)) {
    if (code !== undefined) {
      for (const name of ends[code] ?? []) active.delete(name)
      const name = classOf[code]
      if (name !== undefined) active.add(name)
    } else {
      // Blanks need no glyphs, and stretching them would only waste space.
      for (const { 0: piece, index } of words.matchAll(/\S+(?: \S+)*/g)) {
        runs.push({ text: piece, column: column + index, classes: [...active] })
      }
      column += words.length
    }
  }
  return runs
}

function draw(): string {
  const width = Math.ceil(columns * charWidth + 2 * margin)
  const height = lines.length * lineHeight + 2 * margin
  const rows = lines.flatMap((runs, row) => runs.map((run) => drawRun(run, margin + row * lineHeight + fontSize)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}">
  <title id="title">What the quickstart prints</title>
  <style>
    .page { fill: #f6f8fa; stroke: #d1d9e0 }
    text { fill: #1f2328 }
    .bold { font-weight: 700 }
    .dim { fill: #59636e }
    .red { fill: #cf222e }
    .green { fill: #1a7f37 }
    .yellow { fill: #9a6700 }
    .magenta { fill: #8250df }
    .cyan { fill: #0969da }
    @media (prefers-color-scheme: dark) {
      .page { fill: #151b23; stroke: #3d444d }
      text { fill: #e6edf3 }
      .dim { fill: #9198a1 }
      .red { fill: #f85149 }
      .green { fill: #3fb950 }
      .yellow { fill: #d29922 }
      .magenta { fill: #ab7df8 }
      .cyan { fill: #4493f8 }
    }
  </style>
  <rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows.join('\n')}
</svg>`
}

function drawRun({ text: words, column, classes }: Run, y: number): string {
  const x = (margin + column * charWidth).toFixed(1)
  const styled = classes.length > 0 ? ` class="${classes.join(' ')}"` : ''
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const length = (words.length * charWidth).toFixed(1)
  return `  <text${styled} x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped}</text>`
}
