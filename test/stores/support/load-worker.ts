/** Makes metered calls to a server as fast as it can until it is killed. */
import { createMeter } from '../../../src/metering/meter.ts'
import { openStores } from './open-stores.ts'

const [address = '', url = '', perTenant = '1000000/day'] = process.argv.slice(2)
const { stores } = await openStores(JSON.parse(address))
// Rows are flushed at odd moments, so that a kill meets every step: reserving, opening, sending, closing, settling.
const meter = createMeter({
  stores,
  limits: { perTenant: { requests: perTenant, tokens: '1000000000/day', concurrent: 1_000 } },
  ledger: { flushMs: 5, batchSize: 7 },
})
let count = 0

async function calls(): Promise<void> {
  for (;;) {
    const requestId = `${process.pid}-${count++}`
    const call = await meter.reserve({
      requestId,
      endpoint: 'chat',
      inputTokens: 10,
      maxOutputTokens: 20,
      timeoutMs: 5_000,
    })
    const attempt = await call.openAttempt({ provider: 'loopback', model: 'm', attempt: 1 })
    const response = await fetch(url, { headers: { 'x-attempt': attempt.id } })
    await response.text()
    const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15, input: {}, output: {} }
    attempt.settle({ outcome: 'ok', ms: 1, usage })
    call.settle({ outcome: 'ok', ms: 1 })
  }
}

console.log('ready')
await Promise.all(Array.from({ length: 8 }, calls))
