/** Several keys of one provider take turns; one that is refused or rate limited rests, and the next one is asked. */
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { decide, fail } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'

// Stands in for the real service. It knows no key 'sk-test-old'.
const server = await fakeProviderServer(
  decide(({ index }) =>
    String(server.requests[index]?.headers.authorization).endsWith('old') ? fail(401) : 'Good morning.',
  ),
)

const llm = new UnifiedClient({
  providers: [
    openai({
      // Names are for reports, limits and the ledger. An entry may also be a function that fetches its key.
      apiKey: [
        { id: 'team-a', apiKey: 'sk-test-old' },
        { id: 'team-b', apiKey: 'sk-test-new' },
      ],
      baseUrl: server.url('openai'),
    }),
  ],
  onEvent: (event) => {
    if (event.type !== 'gate-closed') return
    console.log(`${event.keyId} rests for ${Math.round(event.forMs / 1_000)} s: ${event.code}`)
  },
})

for (const prompt of ['Hello', 'Hello again']) {
  const reply = await llm.chat(prompt)
  const keys = reply.routing.attempts.map(({ keyId, outcome }) => `${keyId} ${outcome}`)
  console.log(`${reply.text} (${keys.join(', ')})`)
}

await llm.close()
await server.close()
