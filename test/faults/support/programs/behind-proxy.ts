/** One call to a provider that only a proxy can reach; says what became of it. */
import { type LlmError, UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'

const llm = new UnifiedClient({
  providers: [openai({ baseUrl: 'https://api.provider.invalid/v1', apiKey: process.env.TEST_KEY ?? '', model: 'm' })],
})
const error: LlmError = await llm.chat('Hi').catch((thrown) => thrown)
console.log(
  JSON.stringify({ codes: error.attempts.map(({ code }) => code), failures: llm.circuits().openai?.failures }),
)
await llm.close()
