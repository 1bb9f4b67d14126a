import { invalid, show } from '../utils/check.ts'

/** A span of the local calendar. */
export type CalendarUnit = 'day' | 'month'

const hour = 3_600_000

/** Local days and months of time zones, whatever their offset and however long they are. */
export class Calendar {
  readonly #formats = new Map<string, Intl.DateTimeFormat>()
  readonly #known = new Map<string, { boundaries: readonly number[]; from: number; to: number }>()

  /** Starts of the span before, the current one and the next two. */
  around(unit: CalendarUnit, now: number, timeZone: string): readonly number[] {
    const key = `${unit} ${timeZone}`
    const known = this.#known.get(key)
    if (known !== undefined && now >= known.from && now < known.to) return known.boundaries
    const [before, from, to, after] = [-1, 0, 1, 2].map((offset) => this.#startOf(unit, now, timeZone, offset)) as [
      number,
      number,
      number,
      number,
    ]
    // Where a zone skipped a day, two of them are the same moment.
    const boundaries = [...new Set([before, from, to, after])]
    this.#known.set(key, { boundaries, from, to })
    return boundaries
  }

  /** Start of the span in which `at` lies. */
  startOf(unit: CalendarUnit, at: number, timeZone: string): number {
    return this.#startOf(unit, at, timeZone, 0)
  }

  #startOf(unit: CalendarUnit, at: number, timeZone: string, offset: number): number {
    const [year, month, day] = this.#dateOf(at, timeZone)
    // Days and months out of range roll over, as the calendar does.
    const midnight = unit === 'day' ? Date.UTC(year, month - 1, day + offset) : Date.UTC(year, month - 1 + offset, 1)
    const wanted = new Date(midnight)
    const target = numberOf([wanted.getUTCFullYear(), wanted.getUTCMonth() + 1, wanted.getUTCDate()])
    // The local date only ever grows, so its first moment can be searched for; zones lie within 14 hours of UTC.
    let low = midnight - 16 * hour
    let high = midnight + 16 * hour
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (numberOf(this.#dateOf(middle, timeZone)) >= target) high = middle
      else low = middle
    }
    return high
  }

  #dateOf(at: number, timeZone: string): readonly [number, number, number] {
    const parts = this.#formatOf(timeZone).formatToParts(at)
    const read = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    return [read('year'), read('month'), read('day')]
  }

  #formatOf(timeZone: string): Intl.DateTimeFormat {
    const known = this.#formats.get(timeZone)
    if (known !== undefined) return known
    const format = formatFor(timeZone)
    this.#formats.set(timeZone, format)
    return format
  }
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', numberingSystem: 'latn', ...fields })
  } catch {
    throw invalid('limits.timeZone', show(timeZone), "a name of the time zone database, as 'Europe/Berlin'")
  }
}

function numberOf([year, month, day]: readonly [number, number, number]): number {
  return year * 10_000 + month * 100 + day
}
