import { describe, expect, it } from 'vitest'
import { orderedIds } from '../../src/utils/ordered-id.ts'

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('ordered ids', () => {
  it('are UUIDs of version 7 that hold the time', () => {
    const id = orderedIds({ now: () => Date.UTC(2026, 0, 1) })()
    expect(id).toMatch(form)
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 1))
  })

  it('are all different and in order, in one millisecond and while the clock runs back', () => {
    let now = Date.UTC(2026, 0, 1)
    const next = orderedIds({ now: () => now })
    const ids = Array.from({ length: 20_000 }, (_, n) => {
      if (n % 5_000 === 4_999) now -= 60_000
      return next()
    })
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
    expect(ids.every((id) => form.test(id))).toBe(true)
  })

  it('of different sources differ at the same moment', () => {
    const clock = { now: () => 0 }
    expect(orderedIds(clock)()).not.toBe(orderedIds(clock)())
  })
})
