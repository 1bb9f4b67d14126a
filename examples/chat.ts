/** One question, one answer, and what is known about it. */
import { UnifiedClient } from 'holdfast'
import { fakeProvider } from 'holdfast/testing'

// In your program: providers: [anthropic(), openai()]. A fake answers here, so that this runs without a key.
const llm = new UnifiedClient({ providers: [fakeProvider('Air scatters blue light the most.')] })

const reply = await llm.chat({
  system: 'Answer in one sentence.',
  prompt: 'Why is the sky blue?',
  maxTokens: 200,
})

console.log(reply.text)
console.log(`${reply.provider} / ${reply.model}, ${reply.finishReason}, ${reply.usage.totalTokens} tokens`)

// The reply is a message already: it goes into the next request as it is.
const next = await llm.chat({
  messages: [{ role: 'user', content: 'Why is the sky blue?' }, reply.message],
  prompt: 'And red in the evening?',
})
console.log(next.requestId !== reply.requestId)

await llm.close()
