/** A loop that runs the tools a model asks for, until it answers in words. */
import { type Message, UnifiedClient } from 'holdfast'
import { decide, fakeProvider, toolCall } from 'holdfast/testing'
import * as z from 'zod'

const city = z.object({ city: z.string() })
const temperatures: Readonly<Record<string, number>> = { Oslo: 4, Lisbon: 21 }

const llm = new UnifiedClient({
  // Asks for the weather, then says what it was told.
  providers: [
    fakeProvider(
      decide(({ last }) =>
        last?.role === 'tool' ? `It is ${last.text} in Oslo.` : toolCall('weather', { city: 'Oslo' }),
      ),
    ),
  ],
})

const messages: Message[] = [{ role: 'user', content: 'How warm is it in Oslo?' }]
for (let turn = 0; turn < 5; turn++) {
  const reply = await llm.chat({
    messages,
    tools: [{ name: 'weather', description: 'Temperature of a city now', parameters: city }],
  })
  messages.push(reply.message)
  if (reply.toolCalls.length === 0) {
    console.log(reply.text)
    break
  }
  for (const call of reply.toolCalls) {
    // Arguments are the model's words: check them before anything is done with them.
    const given = city.safeParse(call.arguments)
    const degrees = given.success ? temperatures[given.data.city] : undefined
    messages.push(
      degrees === undefined
        ? { role: 'tool', toolCallId: call.id, content: 'no such city', isError: true }
        : { role: 'tool', toolCallId: call.id, content: `${degrees} °C` },
    )
  }
}

await llm.close()
