import { loadPeer } from '../peers/load.ts'
import { apiKey, model as modelName, prompt } from '../wire.ts'
import type { Contestant } from './contestant.ts'

interface Ask {
  readonly model: unknown
  readonly prompt: string
}
interface Sdk {
  generateText(ask: Ask): Promise<{ readonly text: string }>
  streamText(ask: Ask): { readonly textStream: AsyncIterable<string> }
}
interface Compatible {
  createOpenAICompatible(options: {
    readonly name: string
    readonly apiKey: string
    readonly baseURL: string
  }): (model: string) => unknown
}

/** The AI SDK with its OpenAI-compatible provider and its own defaults. */
export async function makeAi(baseUrl: string): Promise<Contestant> {
  const { generateText, streamText } = await loadPeer<Sdk>('ai')
  const { createOpenAICompatible } = await loadPeer<Compatible>('@ai-sdk/openai-compatible')
  const model = createOpenAICompatible({ name: 'bench', apiKey, baseURL: baseUrl })(modelName)
  return {
    async chat() {
      const { text } = await generateText({ model, prompt })
      return text
    },
    async stream() {
      let text = ''
      for await (const piece of streamText({ model, prompt }).textStream) text += piece
      return text
    },
  }
}
