import { type ChatStream, UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import type { Adapter, Question, Setup, Told } from './adapter.ts'

/** The ways to ask: whole, streamed as text, streamed as events. */
export const ways = ['chat', 'chatStream.text', 'chatStream'] as const
export type Way = (typeof ways)[number]

/** The library, with its defaults: two providers, and how large a prompt the second one takes. */
export function library(way: Way): Adapter {
  return {
    name: way,
    open(setup) {
      const client = clientFor(setup)
      return {
        ask: (question) => asking[way](client, requestFor(question, setup)),
        close: () => client.close(),
      }
    },
  }
}

function clientFor({ baseUrl, primary, fallback, clock }: Setup): UnifiedClient {
  const common = { baseUrl, apiKey: 'sk-test-wall' }
  return new UnifiedClient({
    clock,
    providers: [
      openaiCompatible({ ...common, name: 'primary', model: primary }),
      openaiCompatible({
        ...common,
        name: 'fallback',
        model: fallback,
        // For models of the built-in presets the library knows this by itself.
        quirks: [{ model: fallback, contextWindow: 1_000_000 }],
      }),
    ],
  })
}

type Request = Extract<Parameters<UnifiedClient['chatStream']>[0], object>

function requestFor({ prompt, to, signal }: Question, { healthy }: Setup): Request {
  return { prompt, signal, ...(to === 'healthy' && { providers: ['fallback'], model: { fallback: healthy } }) }
}

const asking: Readonly<Record<Way, (client: UnifiedClient, request: Request) => Promise<Told>>> = {
  async chat(client, request) {
    const { text, model, usage } = await client.chat(request)
    return { text, model, hasUsage: usage.outputTokens !== undefined }
  },
  'chatStream.text': async (client, request) => {
    const stream = client.chatStream(request)
    let text = ''
    for await (const piece of stream.text) text += piece
    return told(text, stream)
  },
  async chatStream(client, request) {
    const stream = client.chatStream(request)
    let text = ''
    for await (const event of stream) {
      if (event.type === 'text') text += event.text
      else if (event.type === 'reset') text = ''
    }
    return told(text, stream)
  },
}

/** What was read counts, not what the stream says it was. */
async function told(text: string, stream: ChatStream<unknown>): Promise<Told> {
  const { model, usage } = await stream.final()
  return { text, model, hasUsage: usage.outputTokens !== undefined }
}
