/** What a chain does while its first provider is down, and what the caller learns of it. */
import { AllProvidersFailedError, LlmError, UnifiedClient } from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { openai } from 'holdfast/providers/openai'
import { fail } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'

// These two stand in for the real services; in your program anthropic() and openai() need no options.
const down = await fakeProviderServer(fail(503))
const up = await fakeProviderServer('Here I am.')

const llm = new UnifiedClient({
  providers: [
    anthropic({ baseUrl: down.url('anthropic'), apiKey: 'sk-test-1' }),
    openai({ baseUrl: up.url('openai'), apiKey: 'sk-test-2' }),
  ],
  retry: { baseMs: 20 },
})

const reply = await llm.chat('Is anybody there?')
console.log(`${reply.text} (${reply.provider}, ${reply.routing.strategy})`)
for (const { provider, outcome, code } of reply.routing.attempts) console.log(`  ${provider}: ${code ?? outcome}`)

// One provider only, this time: its own error is thrown.
try {
  await llm.chat({ prompt: 'Is anybody there?', providers: ['anthropic'] })
} catch (error) {
  if (LlmError.isInstance(error)) console.log(`alone: ${error.code}`)
}

// Everybody is down: one error with the last word of each.
up.use(fail(500))
try {
  await llm.chat('Is anybody there?')
} catch (error) {
  if (!AllProvidersFailedError.isInstance(error)) throw error
  console.log(error.message)
}

await llm.close()
await Promise.all([down.close(), up.close()])
