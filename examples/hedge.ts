/** A slow provider is joined by the next one; the first content wins, the other is cancelled. */
import { UnifiedClient } from 'holdfast'
import { fakeProvider, reply } from 'holdfast/testing'

const llm = new UnifiedClient({
  providers: [
    fakeProvider({ name: 'slow', script: reply('At last.', { headersAfterMs: 30_000 }) }),
    fakeProvider({ name: 'quick', script: 'Here already.' }),
  ],
  // `'p95'` waits for as long as the first one usually takes. `budget` is a share of recent calls.
  hedge: { afterMs: 50, budget: 0.1 },
  onEvent: (event) => event.type === 'hedge-started' && console.log(`${event.from} is slow, ${event.to} joins in`),
})

const { text, provider, routing } = await llm.chat('Are you there?')
console.log(`${text} (${provider})`)
for (const { provider, outcome } of routing.attempts) console.log(`  ${provider}: ${outcome}`)

await llm.close()
