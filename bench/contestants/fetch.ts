import { apiKey, model, prompt } from '../wire.ts'
import type { Contestant } from './contestant.ts'

interface Body {
  readonly choices: readonly { readonly message?: { content: string }; readonly delta?: { content?: string } }[]
}

/** What a careful hand would write without any library: the measure of all others. */
export function makeFetch(baseUrl: string): Contestant {
  const post = (stream: boolean) =>
    fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }], ...(stream && { stream }) }),
    })
  return {
    async chat() {
      const response = await post(false)
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      const body = (await response.json()) as Body
      return body.choices[0]?.message?.content ?? ''
    },
    async stream() {
      const response = await post(true)
      if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`)
      const reader = response.body.getReader()
      const decoder = new TextDecoder()
      let text = ''
      let rest = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) throw new Error('the stream broke off')
        const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          if (!line.startsWith('data: ')) continue
          const data = line.slice(6)
          if (data === '[DONE]') {
            await reader.cancel()
            return text
          }
          text += (JSON.parse(data) as Body).choices[0]?.delta?.content ?? ''
        }
      }
    },
  }
}
