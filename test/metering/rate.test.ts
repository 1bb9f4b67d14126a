import { describe, expect, it } from 'vitest'
import { parseRate } from '../../src/metering/rate.ts'

describe('a rate', () => {
  it.each([
    ['10/minute', { limit: 10, unit: 'minute', span: 60_000 }],
    ['1/second', { limit: 1, unit: 'second', span: 1_000 }],
    [' 1000 / hour ', { limit: 1_000, unit: 'hour', span: 3_600_000 }],
    ['1_000_000/day', { limit: 1_000_000, unit: 'day', span: 'day' }],
    ['0/day', { limit: 0, unit: 'day', span: 'day' }],
    ['5/month', { limit: 5, unit: 'month', span: 'month' }],
  ])('%s is read', (text, rate) => {
    expect(parseRate('requests', text, false)).toEqual({ text: text.trim(), ...rate })
  })

  it('of cost is counted in millionths of a dollar', () => {
    expect(parseRate('cost', '2.5/day', true).limit).toBe(2_500_000)
    expect(parseRate('cost', '0.000001/day', true).limit).toBe(1)
    expect(parseRate('cost', '0.1/day', true).limit).toBe(100_000)
  })

  it.each([
    '',
    '10',
    '10/',
    '/minute',
    '10/fortnight',
    '-1/day',
    '1.5/day',
    'ten/day',
    '1e3/day',
    '10/toString',
    '1/day/2',
    `${'9'.repeat(30)}/day`,
  ])('%s is refused', (text) => {
    expect(() => parseRate('limits.perTenant.requests', text, false)).toThrow(
      expect.objectContaining({ code: 'config_invalid', path: 'limits.perTenant.requests' }),
    )
  })

  it('that is no text is refused', () => {
    for (const value of [undefined, null, 10, {}, NaN])
      expect(() => parseRate('cost', value, true)).toThrow('dollars as')
  })
})
