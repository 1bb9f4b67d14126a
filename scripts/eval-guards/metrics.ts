/** How guard data is read and counted. See the README beside the data for the meaning of rows and offsets. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Span {
  readonly start: number
  readonly end: number
  readonly label: string
  readonly sub?: string
  readonly min_score?: number
}

export interface Row {
  readonly id: string
  readonly text: string
  readonly spans: readonly Span[]
  readonly source: string
  readonly entity?: string
  readonly label?: number
}

/** Reads one file of rows; texts that look like secrets are kept in base64. */
export function readRows(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line)
      const text = row.text ?? Buffer.from(row.text_b64 ?? '', 'base64').toString('utf8')
      return { ...row, text, spans: row.spans ?? [] }
    })
}

/** The `.jsonl` files of a folder, sorted. */
export function filesIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .sort()
        .map((name) => join(folder, name))
    : []
}

export const structured = ['EMAIL', 'PHONE', 'CREDIT_CARD', 'IBAN', 'US_SSN', 'IP_ADDRESS'] as const

/** Counts of right and wrong spans. */
export class Score {
  gold = 0
  found = 0
  predicted = 0
  right = 0

  get precision(): number {
    return this.predicted === 0 ? 1 : this.right / this.predicted
  }

  get recall(): number {
    return this.gold === 0 ? 1 : this.found / this.gold
  }

  get f1(): number {
    const { precision, recall } = this
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  }
}

/** A gold span is found when one span of its label covers half of it; a predicted one is right when half of it is gold. */
export function count(score: Score, gold: readonly Span[], predicted: readonly Span[], label: string): void {
  const wanted = gold.filter((span) => span.label === label)
  const given = predicted.filter((span) => span.label === label)
  score.gold += wanted.length
  score.predicted += given.length
  score.found += wanted.filter((span) =>
    given.some((other) => overlap(span, other) * 2 >= span.end - span.start),
  ).length
  score.right += given.filter((span) =>
    wanted.some((other) => overlap(span, other) * 2 >= span.end - span.start),
  ).length
}

/** Is at least 99 % of the span inside predicted spans of any label? */
export function isCovered(span: Span, predicted: readonly Span[]): boolean {
  let covered = 0
  for (let at = span.start; at < span.end; at++)
    if (predicted.some((other) => other.start <= at && at < other.end)) covered++
  return covered >= 0.99 * (span.end - span.start)
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start))
}

/** One line of the table. */
export interface Line {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly least?: number | undefined
  readonly most?: number | undefined
  readonly note?: string
}

/** Prints lines with their goals; answers how many miss theirs. */
export function printLines(lines: readonly Line[]): number {
  let missed = 0
  for (const { name, value, unit, least, most, note } of lines) {
    const isMissed = (least !== undefined && value < least) || (most !== undefined && value > most)
    if (isMissed) missed++
    const goal = least !== undefined ? `≥ ${least}` : most !== undefined ? `≤ ${most}` : ''
    const mark = goal === '' ? '  ' : isMissed ? '✗ ' : '✓ '
    console.log(
      `${mark}${name.padEnd(64)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(10)} ${goal.padEnd(8)} ${note ?? ''}`,
    )
  }
  return missed
}
