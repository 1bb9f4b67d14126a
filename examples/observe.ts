/** Everything the client does is told to observers: the one source for logs, metrics and alarms. */
import { UnifiedClient } from 'holdfast'
import { fail, fakeProvider } from 'holdfast/testing'

const counts = new Map<string, number>()

const llm = new UnifiedClient({
  providers: [fakeProvider({ name: 'first', script: fail(500) }), fakeProvider({ name: 'second', script: 'Fine.' })],
  circuit: { threshold: 2 },
  retry: { baseMs: 5 },
  onEvent: (event) => {
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
    // Events hold no prompt, no answer and no key: they may be logged as they are.
    if (event.type === 'circuit-opened') {
      console.log(`ALARM: ${event.provider} is off for about ${Math.round(event.cooldownMs / 60_000)} min`)
    }
  },
})

await llm.chat('How are you?')
await llm.chat('And now?')
console.log(Object.fromEntries(counts))

// Observers can come and go while the client runs.
const stop = llm.observe((event) => event.type === 'call-end' && console.log(`${event.provider}: ${event.outcome}`))
await llm.chat('Still well?')
stop()

await llm.close()
