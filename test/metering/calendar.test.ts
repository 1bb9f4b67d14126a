import { describe, expect, it } from 'vitest'
import { Calendar } from '../../src/metering/calendar.ts'
import { verifies } from '../support/verifies.ts'

const calendar = new Calendar()
const at = (text: string) => Date.parse(text)
const text = (ms: number) => new Date(ms).toISOString()
const hours = (boundaries: readonly number[]) =>
  boundaries.slice(1).map((boundary, n) => (boundary - (boundaries[n] as number)) / 3_600_000)

describe('local days', verifies('F151'), () => {
  it('are 23 and 25 hours long where clocks change', () => {
    expect(hours(calendar.around('day', at('2026-03-29T10:00:00Z'), 'Europe/Berlin'))).toEqual([24, 23, 24])
    expect(hours(calendar.around('day', at('2026-10-25T10:00:00Z'), 'Europe/Berlin'))).toEqual([24, 25, 24])
    expect(calendar.around('day', at('2026-03-29T10:00:00Z'), 'Europe/Berlin').map(text)).toEqual([
      '2026-03-27T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
      '2026-03-30T22:00:00.000Z',
    ])
  })

  it('change by half an hour on Lord Howe Island', () => {
    expect(hours(calendar.around('day', at('2026-04-04T20:00:00Z'), 'Australia/Lord_Howe'))).toEqual([24, 24.5, 24])
  })

  it.each([
    ['UTC', '2026-06-01T00:00:00.000Z'],
    ['Asia/Kathmandu', '2026-05-31T18:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-06-01T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-05-31T11:00:00.000Z'],
    ['Asia/Kolkata', '2026-05-31T18:30:00.000Z'],
    ['America/St_Johns', '2026-06-01T02:30:00.000Z'],
  ])('begin at midnight in %s', (zone, start) => {
    expect(text(calendar.startOf('day', at('2026-06-01T10:30:00Z'), zone))).toBe(start)
    expect(calendar.startOf('day', at(start), zone)).toBe(at(start))
    expect(calendar.startOf('day', at(start) - 1, zone)).toBe(at(start) - 86_400_000)
  })

  it('begin at one in the morning where midnight is skipped', () => {
    // Beirut went from 23:59:59 to 01:00 on 2022-03-27.
    expect(text(calendar.startOf('day', at('2022-03-27T12:00:00Z'), 'Asia/Beirut'))).toBe('2022-03-26T22:00:00.000Z')
    expect(hours(calendar.around('day', at('2022-03-27T12:00:00Z'), 'Asia/Beirut'))[1]).toBe(23)
  })

  it('have a leap day', () => {
    expect(calendar.around('day', at('2028-02-29T12:00:00Z'), 'UTC').map(text)).toEqual([
      '2028-02-28T00:00:00.000Z',
      '2028-02-29T00:00:00.000Z',
      '2028-03-01T00:00:00.000Z',
      '2028-03-02T00:00:00.000Z',
    ])
  })

  it('may be missing altogether', () => {
    // Samoa had no 30 December 2011.
    const boundaries = calendar.around('day', at('2011-12-30T11:00:00Z'), 'Pacific/Apia')
    expect(boundaries.map(text)).toEqual([
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
      '2012-01-01T10:00:00.000Z',
    ])
  })

  it('are found anew when the day has passed, and months likewise', () => {
    const own = new Calendar()
    own.around('day', at('2026-01-15T12:00:00Z'), 'UTC')
    expect(text(own.around('day', at('2026-01-16T00:00:00Z'), 'UTC')[1] as number)).toBe('2026-01-16T00:00:00.000Z')
    expect(own.around('month', at('2026-01-31T23:30:00Z'), 'Europe/Berlin').map(text)).toEqual([
      '2025-12-31T23:00:00.000Z',
      '2026-01-31T23:00:00.000Z',
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
    ])
  })

  it('agree with the local date at every hour of two years', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati']) {
      const own = new Calendar()
      const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone })
      for (let now = at('2027-01-01T00:00:00Z'); now < at('2029-01-01T00:00:00Z'); now += 3 * 3_600_000) {
        const [before, start, end] = own.around('day', now, zone) as [number, number, number, number]
        expect(start <= now && now < end).toBe(true)
        if (format.format(start) !== format.format(now)) throw new Error(`${zone} ${text(now)}`)
        if (format.format(start - 1) !== format.format(before)) throw new Error(`${zone} ${text(now)}: the day before`)
        if (format.format(end) === format.format(now)) throw new Error(`${zone} ${text(now)}: the day after`)
      }
    }
  })

  it('need a zone that exists', () => {
    expect(() => calendar.startOf('day', 0, 'Europe/Atlantis')).toThrow("Option limits.timeZone: got 'Europe/Atlantis'")
  })
})
