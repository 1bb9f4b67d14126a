import { loadPeer } from '../peers/load.ts'
import { apiKey, model, prompt } from '../wire.ts'
import type { Contestant } from './contestant.ts'

interface Ask {
  readonly model: string
  readonly messages: readonly { readonly role: 'user'; readonly content: string }[]
}
interface Reply {
  readonly choices: readonly { readonly message: { readonly content: string | null } }[]
}
interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[]
}
interface Completions {
  create(ask: Ask): Promise<Reply>
  create(ask: Ask & { readonly stream: true }): Promise<AsyncIterable<Chunk>>
}
interface Sdk {
  readonly default: new (options: {
    readonly apiKey: string
    readonly baseURL: string
  }) => { readonly chat: { readonly completions: Completions } }
}

/** The SDK of OpenAI with its own defaults. */
export async function makeOpenai(baseUrl: string): Promise<Contestant> {
  const { default: OpenAI } = await loadPeer<Sdk>('openai')
  const client = new OpenAI({ apiKey, baseURL: baseUrl })
  const ask: Ask = { model, messages: [{ role: 'user', content: prompt }] }
  return {
    async chat() {
      const reply = await client.chat.completions.create(ask)
      return reply.choices[0]?.message.content ?? ''
    },
    async stream() {
      const stream = await client.chat.completions.create({ ...ask, stream: true })
      let text = ''
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      return text
    },
  }
}
