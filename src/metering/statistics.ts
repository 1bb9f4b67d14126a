import type { UsageReportQuery } from '../types/meter.ts'
import type { StatisticsQuery } from '../types/store.ts'
import { invalid, show } from '../utils/check.ts'
import type { Calendar } from './calendar.ts'

const hour = 3_600_000
const maxPeriods = 1_000

/** A query in terms of people as one in terms of moments. */
export function statisticsQuery(
  query: UsageReportQuery,
  calendar: Calendar,
  zone: string,
  now: number,
): StatisticsQuery {
  const { from: given, every, timeZone: _, ...rest } = query
  const from =
    given === 'today'
      ? calendar.startOf('day', now, zone)
      : given === 'this-month'
        ? calendar.startOf('month', now, zone)
        : given
  if (every === undefined) return { ...rest, ...(from !== undefined && { from }) }
  if (from === undefined) throw invalid('statistics.from', show(from), 'a moment, when `every` is given')
  return { ...rest, from, boundaries: periods(every, from, query.to ?? now + 1, calendar, zone) }
}

function periods(
  every: NonNullable<UsageReportQuery['every']>,
  from: number,
  to: number,
  calendar: Calendar,
  zone: string,
): number[] {
  const boundaries = [every === 'hour' ? Math.floor(from / hour) * hour : calendar.startOf(every, from, zone)]
  for (;;) {
    const last = boundaries.at(-1) as number
    const next = every === 'hour' ? last + hour : calendar.around(every, last, zone).find((at) => at > last)
    if (next === undefined || next >= to) return boundaries
    if (boundaries.length >= maxPeriods) throw invalid('statistics.every', show(every), `at most ${maxPeriods} periods`)
    boundaries.push(next)
  }
}
