/** Small bar charts side by side, as SVG that reads well on light and on dark pages. */

/** One chart; the longest bar fills it. */
export interface Panel {
  readonly title: string
  readonly unit: string
  readonly bars: readonly (readonly [name: string, value: number])[]
  readonly show: (value: number) => string
}

const columns = 2
const width = 370
const labelWidth = 82
const barsWidth = 218
const rowHeight = 22
const gap = 20

const style = `
    .bar { fill: #afb8c1 }
    .ours { fill: #0969da }
    text { fill: #1f2328 }
    .soft { fill: #57606a }
    .title { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .bar { fill: #656c76 }
      .ours { fill: #4493f8 }
      text { fill: #e6edf3 }
      .soft { fill: #9198a1 }
    }`

/** The whole picture. */
export function drawPanels(title: string, panels: readonly Panel[]): string {
  const heights = panels.map(({ bars }) => 30 + bars.length * rowHeight + gap)
  const rows = Array.from({ length: Math.ceil(panels.length / columns) }, (_, row) =>
    Math.max(...heights.slice(row * columns, (row + 1) * columns)),
  )
  const top = (index: number) =>
    40 + rows.slice(0, Math.floor(index / columns)).reduce((sum, height) => sum + height, 0)
  const height = top(rows.length * columns)
  const drawn = panels.map((panel, index) => drawPanel(panel, (index % columns) * (width + gap), top(index)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${columns * (width + gap) - gap} ${height}" width="${columns * (width + gap) - gap}" height="${height}" role="img" aria-labelledby="title" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">
  <title id="title">${title}</title>
  <style>${style}
  </style>
  <text class="soft" x="0" y="16">${title}</text>
${drawn.join('\n')}
</svg>
`
}

function drawPanel({ title, unit, bars, show }: Panel, x: number, y: number): string {
  const longest = Math.max(...bars.map(([, value]) => value))
  const lines = bars.map(([name, value], index) => {
    const at = y + 24 + index * rowHeight
    const length = Math.max(2, (value / longest) * barsWidth).toFixed(1)
    const kind = name === 'holdfast' ? 'bar ours' : 'bar'
    return `  <text x="${x + labelWidth - 8}" y="${at + 12}" text-anchor="end">${name}</text>
  <rect class="${kind}" x="${x + labelWidth}" y="${at}" width="${length}" height="15" rx="2"/>
  <text class="soft" x="${(x + labelWidth + Number(length) + 6).toFixed(1)}" y="${at + 12}">${show(value)}</text>`
  })
  return `  <text class="title" x="${x}" y="${y + 10}">${title}</text>
  <text class="soft" x="${x + width - 16}" y="${y + 10}" text-anchor="end">${unit}</text>
${lines.join('\n')}`
}
