/** Reserves many times at once, on a sign, and says how often it was let through. */
import { createInterface } from 'node:readline'
import type { LimitDimension } from '../../../src/types/store.ts'
import { openStores } from './open-stores.ts'

const [address = '', count = '0', limit = '0'] = process.argv.slice(2)
const { stores, end } = await openStores(JSON.parse(address))
const dimensions: LimitDimension[] = [
  { key: 'hour', limit: Number(limit), amount: 1, keep: 1, window: { kind: 'sliding', ms: 3_600_000 } },
  { key: 'all', limit: 1_000_000, amount: 3, keep: 3, window: { kind: 'calendar', boundaries: [0] } },
]
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
console.log('ready')
await lines.next()
const results = await Promise.all(
  Array.from({ length: Number(count) }, (_, n) => stores.limits.reserve(`${process.pid}-${n}`, dimensions, 60_000)),
)
console.log(results.filter(({ isAllowed }) => isAllowed).length)
await end()
process.exit(0)
