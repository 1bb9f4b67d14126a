import type { Row } from './data.ts'
import type { Document } from './learn.ts'

const fullCount = 3_000
const ownAttacks = 1.5
const ownHarmless = 3

/** Weighs texts so that no source outweighs the others by its size. */
export function balance(documents: readonly Document[]): (row: Row) => number {
  const counts = new Map<string, number>()
  const keyOf = ({ source, isAttack }: Row) => `${source} ${isAttack}`
  for (const { row } of documents) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
  return (row) => {
    const share = Math.min(1, fullCount / (counts.get(keyOf(row)) ?? fullCount))
    return row.source.startsWith('own-') ? share * (row.isAttack ? ownAttacks : ownHarmless) : share
  }
}
