import { UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { answerText, apiKey, prompt } from '../wire.ts'

/** Who asks, and how: each call checks that its answer is whole. */
export interface Asker {
  chat(signal?: AbortSignal): Promise<void>
  /** Reads to the end; tells the length of the text. `begun` is called with the first piece. */
  stream(begun: () => void): Promise<number>
  close(): Promise<void>
}

export const askerNames = ['fetch', 'holdfast'] as const
export type AskerName = (typeof askerNames)[number]

/** Makes an asker for one model of the provider. */
export function makeAsker(name: AskerName, baseUrl: string, model: string, maxConnections?: number): Asker {
  return name === 'fetch' ? makeFetch(baseUrl, model) : makeHoldfast(baseUrl, model, maxConnections)
}

/** As it is meant to be used: circuits, retries, a fallback that stands ready, and somebody who watches. */
function makeHoldfast(baseUrl: string, model: string, maxConnections: number | undefined): Asker {
  let failed = 0
  const options = { baseUrl, apiKey, model }
  const client = new UnifiedClient({
    providers: [openaiCompatible({ ...options, name: 'first' }), openaiCompatible({ ...options, name: 'second' })],
    onEvent: (event) => {
      if (event.type === 'attempt-end' && event.record.outcome === 'failed') failed++
    },
    ...(maxConnections !== undefined && { maxConnections }),
  })
  const checkFailed = () => {
    if (failed > 0) throw new Error(`${failed} attempts failed at a provider that is well`)
  }
  return {
    async chat(signal) {
      const { text } = await client.chat({ prompt, ...(signal && { signal }) })
      check(text)
      checkFailed()
    },
    async stream(begun) {
      let length = 0
      for await (const piece of client.chatStream(prompt).text) {
        if (length === 0) begun()
        length += piece.length
      }
      checkFailed()
      return length
    },
    close: () => client.close(),
  }
}

function makeFetch(baseUrl: string, model: string): Asker {
  const post = (isStream: boolean, signal?: AbortSignal) =>
    fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model, stream: isStream, messages: [{ role: 'user', content: prompt }] }),
      ...(signal && { signal }),
    })
  return {
    async chat(signal) {
      const response = await post(false, signal)
      const answer = (await response.json()) as { choices: [{ message: { content: string } }] }
      check(answer.choices[0].message.content)
    },
    async stream(begun) {
      const response = await post(true)
      let length = 0
      let rest = ''
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
        rest = lines.pop() ?? ''
        if (length === 0) begun()
        for (const line of lines) if (line.startsWith('data: {')) length += contentOf(line.slice(6)).length
      }
      return length
    },
    close: async () => {},
  }
}

function contentOf(data: string): string {
  return JSON.parse(data).choices[0]?.delta.content ?? ''
}

function check(text: string): void {
  if (text !== answerText) throw new Error(`another answer: ${text.slice(0, 80)}`)
}
