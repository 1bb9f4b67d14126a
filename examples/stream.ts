/** The two views of a stream: its text alone, or everything that happens. A stream is read once, by one of them. */
import { UnifiedClient } from 'holdfast'
import { fakeProvider, stream } from 'holdfast/testing'

const llm = new UnifiedClient({ providers: [fakeProvider(stream(['Once', ' upon', ' a', ' time.']))] })

// Text only: append-only, and it throws when the answer was cut and nobody could go on with it.
const story = llm.chatStream('Tell me a story')
for await (const text of story.text) process.stdout.write(text)
const { usage } = await story.final()
console.log(`\n${usage.outputTokens} tokens`)

// Events: also reasoning, tool calls, and the change of provider in the middle of an answer.
for await (const event of llm.chatStream('Tell me another')) {
  if (event.type === 'text') process.stdout.write(event.text)
  else if (event.type === 'finish') console.log(`\nfinished by ${event.provider}: ${event.finishReason}`)
}

// Leaving the loop ends the request at the provider.
for await (const text of llm.chatStream('Tell me a long one').text) {
  console.log(`that will do:${text}`)
  break
}

await llm.close()
