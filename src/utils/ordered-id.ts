import type { Clock } from '../types/clock.ts'

/**
 * Makes ids that sort by creation, also when the wall clock is set back: UUIDs of version 7, whose time never falls and
 * is counted on within a millisecond. The rest is the mark of the source, drawn once.
 */
export function orderedIds(clock: Pick<Clock, 'now'>): () => string {
  const mark = crypto.randomUUID().slice(18)
  let last = 0
  let count = 0
  let told = -1
  let time = ''
  return () => {
    const now = Math.max(0, Math.floor(clock.now()))
    if (now > last) {
      last = now
      count = 0
    } else if (++count > 0xfff) {
      last++
      count = 0
    }
    if (last !== told) {
      told = last
      const digits = last.toString(16).padStart(12, '0')
      time = `${digits.slice(0, 8)}-${digits.slice(8)}-7`
    }
    return `${time}${hex(count >> 8)}${hex((count >> 4) & 15)}${hex(count & 15)}${mark}`
  }
}

function hex(digit: number): string {
  return '0123456789abcdef'.charAt(digit)
}
