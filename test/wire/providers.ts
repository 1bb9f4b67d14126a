/** Which of our providers speaks with the service an exchange was recorded from. */
import type { Provider } from '../../src/types/provider.ts'
import type { ProviderOptions } from '../../src/types/provider-options.ts'
import type { WireCase } from '../support/wire-corpus.ts'

type Factory = (options: ProviderOptions, api: string) => Promise<Provider>

const apiKey = 'sk-test-0000000000000000'

const factories: Readonly<Record<string, Factory>> = {
  openai: async (options, api) => {
    const { openai } = await import('../../src/providers/openai.ts')
    return openai({ ...options, ...(await apiOf(api)) })
  },
  azure: async (options, api) => {
    const { azure } = await import('../../src/providers/azure.ts')
    return azure({ ...options, ...(await apiOf(api)) })
  },
  anthropic: async (options) => {
    const { anthropic } = await import('../../src/providers/anthropic.ts')
    return anthropic(options)
  },
  gemini: async (options, api) => {
    if (api === 'chat.completions') return compatible(options, api)
    const { gemini } = await import('../../src/providers/gemini.ts')
    return gemini(options)
  },
  groq: async (options) => {
    const { groq } = await import('../../src/providers/groq.ts')
    return groq(options)
  },
  openrouter: async (options, api) => {
    const { openrouter } = await import('../../src/providers/openrouter.ts')
    return openrouter({ ...options, ...(await apiOf(api)) })
  },
  deepseek: async (options, api) => {
    const { deepseek } = await import('../../src/providers/deepseek.ts')
    return deepseek({ ...options, ...(await apiOf(api)) })
  },
  ollama: local,
  lmstudio: local,
  vllm: local,
  llamacpp: local,
  mistralrs: local,
}

/** A provider for an exchange, its requests going to `baseUrl`. */
export async function providerFor({ provider, api, request }: WireCase, baseUrl: string): Promise<Provider> {
  const isOwnApi = provider === 'ollama' && (api === 'chat' || /\/api\/\w+/.test(request.url))
  // Several services speak Anthropic's format as well.
  const factory = isOwnApi ? ownOllama : (factories[api === 'messages' ? 'anthropic' : provider] ?? compatible)
  return factory({ baseUrl, apiKey, model: 'test-model', embeddingModel: 'test-embedding-model' }, api)
}

async function ownOllama(options: ProviderOptions): Promise<Provider> {
  const { ollama } = await import('../../src/providers/ollama.ts')
  return ollama(options)
}

async function local(options: ProviderOptions, api: string): Promise<Provider> {
  const { local: factory } = await import('../../src/providers/local.ts')
  return factory({ ...options, ...(await apiOf(api)) })
}

async function compatible(options: ProviderOptions, api: string): Promise<Provider> {
  const { openaiCompatible } = await import('../../src/providers/openai-compatible.ts')
  return openaiCompatible({ name: 'compatible', ...options, baseUrl: options.baseUrl as string, ...(await apiOf(api)) })
}

async function apiOf(api: string) {
  if (api !== 'responses') return {}
  const { responses } = await import('../../src/providers/openai-responses.ts')
  return { api: responses() }
}
