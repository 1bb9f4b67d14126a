/** One process of a fleet that shares a circuit over SQLite: calls a crowd when it is told to, and says where they went. */
import { once } from 'node:events'
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { template } from 'holdfast/providers/template'
import { sqliteStores } from 'holdfast/stores/sqlite'

const [path = '', baseUrl = '', calls = '0'] = process.argv.slice(2)
const stores = sqliteStores(path)
const llm = new UnifiedClient({
  providers: [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'm' }), template('canned')],
  circuit: { threshold: 1, cooldownMs: 1_000, probes: 3, jitter: 0 },
  circuitStore: stores.circuits,
  retry: { retries: 0 },
})
const chat = async () => (await llm.chat('Hi')).provider
await chat()
console.log(JSON.stringify(llm.circuits().primary))
await once(process.stdin, 'data')
console.log(JSON.stringify(await Promise.all(Array.from({ length: Number(calls) }, chat))))
await llm.close()
await stores.close()
process.exit(0)
