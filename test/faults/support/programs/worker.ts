/** One worker of several, with a client of its own and limits of all. */
import { parentPort, workerData } from 'node:worker_threads'
import { UnifiedClient } from 'holdfast'
import { createMeter } from 'holdfast/metering'
import { openai } from 'holdfast/providers/openai'
import { sqliteStores } from 'holdfast/stores/sqlite'

const { path, baseUrl, calls } = workerData as { path: string; baseUrl: string; calls: number }
const stores = sqliteStores(path)
const meter = createMeter({ stores, limits: { perClient: { requests: '10/hour' } } })
const llm = new UnifiedClient({
  providers: [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'm' })],
  meter,
})
const ends = await Promise.all(
  Array.from({ length: calls }, () =>
    llm.chat('Hi').then(
      () => 'ok',
      (error) => error.code,
    ),
  ),
)
await llm.close()
await meter.close()
await stores.close()
parentPort?.postMessage(ends)
