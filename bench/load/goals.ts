/** Numbers against what we want of ourselves, as a terminal shows them. */
import { loadavg } from 'node:os'
import { styleText } from 'node:util'

/** One figure of ours; for comparison the same of bare fetch. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly atMost: number
  readonly unit: string
  readonly bare?: number
}

export function isMet({ value, atMost }: Figure): boolean {
  return value <= atMost
}

/** A title and its figures. */
export function show(title: string, figures: readonly Figure[]): string {
  return [styleText('bold', title), ...figures.map(line)].join('\n')
}

/** What the machine had to do besides. */
export function machine(): string {
  return `Node ${process.version}, load ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`
}

function line(figure: Figure): string {
  const { what, value, atMost, unit, bare } = figure
  const mark = isMet(figure) ? styleText('green', 'ok    ') : styleText('red', 'missed')
  const ratio = bare === undefined ? '' : `   fetch ${rounded(bare)}, × ${(value / bare).toFixed(2)}`
  return `  ${mark} ${what.padEnd(44)} ${rounded(value).padStart(8)}   goal ${rounded(atMost).padStart(6)} ${unit}${ratio}`
}

function rounded(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1)
}
