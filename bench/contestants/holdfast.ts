import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { apiKey, model, prompt } from '../wire.ts'
import type { Contestant } from './contestant.ts'

/** Ours as it is meant to be used: circuits, retries, a fallback that stands ready, and somebody who watches. */
export function makeHoldfast(baseUrl: string): Contestant {
  let events = 0
  const client = new UnifiedClient({
    providers: [openai({ baseUrl, apiKey, model }), openai({ name: 'second', baseUrl, apiKey, model })],
    onEvent: () => {
      events++
    },
  })
  const watched = (text: string) => {
    if (events === 0) throw new Error('no events were told')
    return text
  }
  return {
    async chat() {
      const reply = await client.chat(prompt)
      return watched(reply.text)
    },
    async stream() {
      let text = ''
      for await (const piece of client.chatStream(prompt).text) text += piece
      return watched(text)
    },
  }
}
