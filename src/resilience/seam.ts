/** Longest piece of text looked at for an overlap, and the shortest that is no accident (UTF-16 units). */
const longest = 200
const shortest = 16

/** Whether a fresh answer goes along with what was delivered: still short of it, beyond it, or another text. */
function compare(fresh: string, delivered: string): 'shorter' | 'covers' | 'differs' {
  if (fresh.length < delivered.length) return delivered.startsWith(fresh) ? 'shorter' : 'differs'
  return fresh.startsWith(delivered) ? 'covers' : 'differs'
}

/**
 * Length of the beginning of a continuation that only repeats delivered text; `undefined` while more of the
 * continuation must be seen to know.
 */
export function overlapLength(continuation: string, delivered: string): number | undefined {
  if (delivered.length >= shortest) {
    const whole = compare(continuation, delivered)
    if (whole === 'covers') return delivered.length
    if (whole === 'shorter' && continuation.length < longest) return undefined
  }
  const tail = delivered.slice(-longest)
  for (let size = Math.min(tail.length, continuation.length); size >= shortest; size--) {
    if (continuation.startsWith(tail.slice(-size))) return size
  }
  // A longer overlap could still be on its way.
  for (let size = tail.length; size > continuation.length && size >= shortest; size--) {
    if (tail.slice(-size).startsWith(continuation)) return undefined
  }
  return 0
}
