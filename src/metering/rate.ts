import { invalid, show } from '../utils/check.ts'
import type { CalendarUnit } from './calendar.ts'

/** A limit as it is counted. */
export interface Rate {
  /** As it was written. */
  readonly text: string
  /** Whole units; cost in millionths of a dollar. */
  readonly limit: number
  readonly unit: string
  /** A span that slides, or one of the calendar. */
  readonly span: number | CalendarUnit
}

const spans: Readonly<Record<string, number | CalendarUnit>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 'day',
  month: 'month',
}

/** Millionths of a dollar in a dollar: the unit in which cost is counted. */
export const microDollars = 1_000_000

/**
 * Reads `'10/minute'`, `'1_000_000/day'`, and for cost `'2.50/day'` in US dollars.
 *
 * @throws ConfigError naming the option.
 */
export function parseRate(path: string, text: unknown, isCost: boolean): Rate {
  const match = typeof text === 'string' ? /^\s*(\d[\d_]{0,20}(?:\.\d{1,6})?)\s*\/\s*([a-z]+)\s*$/.exec(text) : null
  const [, digits = '', unit = ''] = match ?? []
  const span = Object.hasOwn(spans, unit) ? spans[unit] : undefined
  const limit = Math.round(Number(digits.replaceAll('_', '')) * (isCost ? microDollars : 1) * 1e6) / 1e6
  if (match === null || span === undefined || !Number.isSafeInteger(limit)) {
    const example = isCost ? "dollars as '5/day'" : "a whole number as '10/minute'"
    throw invalid(path, show(text), `${example}, per ${Object.keys(spans).join(', ')}`)
  }
  return { text: String(text).trim(), limit, unit, span }
}
