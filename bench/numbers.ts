/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const [low = Number.NaN, high = low] = Number.isInteger(half)
    ? sorted.slice(half - 1, half + 1)
    : sorted.slice(Math.floor(half), Math.floor(half) + 1)
  return (low + high) / 2
}

/** Median of the quotients of two series, pair by pair: what slows the machine in one round slows both. */
export function medianRatio(values: readonly number[], reference: readonly number[]): number {
  return median(values.map((value, index) => value / (reference[index] ?? Number.NaN)))
}
