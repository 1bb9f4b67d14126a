/** A service under load that is told to end: it drains, closes its ledger and goes by itself. */
import { UnifiedClient } from 'holdfast'
import { createMeter } from 'holdfast/metering'
import { openai } from 'holdfast/providers/openai'
import { sqliteStores } from 'holdfast/stores/sqlite'

const [baseUrl = '', path = '', drainMs = '0'] = process.argv.slice(2)
const stores = sqliteStores(path)
const meter = createMeter({ stores })
const llm = new UnifiedClient({
  providers: [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'quick' })],
  meter,
  retry: { retries: 0 },
})
const ends: Record<string, number> = {}
const count = (how: string) => {
  ends[how] = (ends[how] ?? 0) + 1
}
const chat = (model: string) =>
  llm.chat({ prompt: 'Hi', model }).then(
    () => count('ok'),
    (error) => count(error.code),
  )
const running = Array.from({ length: 30 }, (_, index) => chat(index % 3 === 0 ? 'never' : 'quick'))

process.once('SIGTERM', async () => {
  const closing = llm.close({ drainMs: Number(drainMs) })
  await chat('quick')
  await closing
  await Promise.all(running)
  const left = await meter.close()
  await stores.close()
  console.log(JSON.stringify({ ends, left }))
})
