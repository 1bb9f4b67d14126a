/** What a tenant may use and what was used; the ledger is written before the process ends. */
import { LimitExceededError, UnifiedClient } from 'holdfast'
import { createMeter } from 'holdfast/metering'
import { memoryStores } from 'holdfast/stores/memory'
import { fakeProvider, reply } from 'holdfast/testing'

// In your program: sqliteStores('llm.db'), redisStores(…) or postgresStores(…).
const stores = memoryStores()
const meter = createMeter({
  stores,
  limits: { perTenant: { requests: '2/minute' } },
})
const llm = new UnifiedClient({ providers: [fakeProvider(reply('Yes.', { headersAfterMs: 50 }))], meter })

process.once('SIGTERM', async () => {
  await llm.close({ drainMs: 10_000 })
  const rows = await stores.usage.list({ kind: 'attempt' })
  console.log(
    `written: ${rows.length} attempts, ${rows.reduce((sum, { totalTokens = 0 }) => sum + totalTokens, 0)} tokens`,
  )
})

const acme = llm.tenant('acme')
for (const prompt of ['May I?', 'And now?', 'Once more?']) {
  try {
    console.log((await acme.chat(prompt)).text)
  } catch (error) {
    if (!LimitExceededError.isInstance(error)) throw error
    console.log(`refused: ${error.limit?.rate} ${error.limit?.measure} for each ${error.limit?.scope}`)
  }
}
const [left] = await acme.limits()
console.log(`left: ${left?.remaining} of ${left?.limit}`)

// What is under way when the process is asked to end is still answered and booked.
const underWay = llm.tenant('other').chat('Hurry up')
process.kill(process.pid, 'SIGTERM')
console.log(`still ${(await underWay).text}`)
