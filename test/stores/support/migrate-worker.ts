/** Opens a store for the first time, on a sign, together with others; writes a row and says what it finds. */
import { createInterface } from 'node:readline'
import { row } from '../../../src/testing/conformance/usage-sample.ts'
import { openStores } from './open-stores.ts'

const [address = ''] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
console.log('ready')
await lines.next()
const { stores, end } = await openStores(JSON.parse(address))
await stores.usage.append([row(String(process.pid), { createdAt: Date.now() })])
const rows = await stores.usage.list({})
console.log(rows.some(({ id }) => id === String(process.pid)) ? 'migrated' : 'row lost')
await end()
process.exit(0)
