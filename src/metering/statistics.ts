import type { UsageReportQuery } from '../types/meter.ts'
import type { StatisticsQuery } from '../types/store.ts'
import { type Check, checkOptions, invalid, ofType, oneOf, show } from '../utils/check.ts'
import type { Calendar } from './calendar.ts'
import { isEndpoint } from './endpoints.ts'

const hour = 3_600_000
const maxPeriods = 1_000
const farthest = 4e15

const moment: Check = (value) => (typeof value === 'number' && !Number.isNaN(value) ? undefined : 'a moment')
const beginning: Check = (value) =>
  oneOf('today', 'this-month')(value) && moment(value) && "a moment, 'today' or 'this-month'"
const groups = ['tenant', 'provider', 'model', 'endpoint']

const checks: Readonly<Record<keyof UsageReportQuery, Check>> = {
  kind: oneOf('attempt', 'call'),
  from: beginning,
  to: moment,
  every: oneOf('hour', 'day', 'month'),
  timeZone: ofType('string'),
  groupBy: (value) =>
    Array.isArray(value) && value.every((one) => groups.includes(one)) ? undefined : `some of ${groups.join(', ')}`,
  tenant: ofType('string'),
  provider: ofType('string'),
  model: ofType('string'),
  endpoint: (value) => (isEndpoint(value) ? undefined : 'an endpoint of the ledger'),
  requestId: ofType('string'),
}

/** A query in terms of people as one in terms of moments. */
export function statisticsQuery(
  query: UsageReportQuery,
  calendar: Calendar,
  zone: string,
  now: number,
): StatisticsQuery {
  checkOptions('statistics', query, checks)
  const { from: given, to: end, every, timeZone: _, ...rest } = query
  const from = whole(
    given === 'today'
      ? calendar.startOf('day', now, zone)
      : given === 'this-month'
        ? calendar.startOf('month', now, zone)
        : given,
  )
  const to = whole(end)
  const span = { ...rest, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  if (every === undefined) return span
  if (from === undefined) throw invalid('statistics.from', show(given), 'a moment, when `every` is given')
  return { ...span, from, boundaries: periods(every, from, to ?? now + 1, calendar, zone) }
}

/** Rows have whole moments, so a span begins and ends with the next one; and none lies before 1970 or as far off as `farthest`. */
function whole(at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.ceil(Math.min(Math.max(at, 0), farthest))
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
