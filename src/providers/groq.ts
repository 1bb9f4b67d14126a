import type { JsonObject } from '../types/json.ts'
import type { Provider } from '../types/provider.ts'
import type { Warning } from '../types/reply.ts'
import type { ProviderChatRequest } from '../types/request.ts'
import { droppedParameter, matchesModel } from './core/quirks.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'

const schemaModels = ['openai/gpt-oss*', 'meta-llama/llama-4*', 'moonshotai/kimi-k2*']
const reasoners = ['openai/gpt-oss*', 'qwen/qwen3*', 'deepseek-r1*']

/**
 * Groq.
 *
 * @throws ConfigError when an option is wrong or there is no key (`GROQ_API_KEY`).
 */
export function groq(options: CompatibleOptions = {}): Provider {
  return compatibleProvider(
    {
      name: 'groq',
      baseUrl: 'https://api.groq.com/openai/v1',
      keyVariables: ['GROQ_API_KEY'],
      model: 'openai/gpt-oss-120b',
    },
    {
      kind: 'groq',
      hasEmbeddings: false,
      maxStop: 4,
      hasPlainFormatOnly: true,
      reasoning: reasoningFields,
      quirks: [
        {
          model: '*',
          maxTokensField: 'max_completion_tokens',
          refuses: ['topK', 'logprobs', 'topLogprobs', 'cacheKey', 'files', 'audio', 'jsonSchema', 'reasoning'],
        },
        // Windows: console.groq.com/docs/models.
        ...['openai/gpt-oss-*', 'llama-3.3-70b-versatile', 'llama-3.1-8b-instant'].map((model) => {
          return { model, contextWindow: 131_072 }
        }),
        ...schemaModels.map((model) => ({ model, accepts: ['jsonSchema'] as const })),
        ...reasoners.map((model) => ({ model, accepts: ['reasoning'] as const })),
      ],
    },
    options,
  )
}

/** gpt-oss takes three levels and shows its thoughts or not; the others think or do not, in one of three forms. */
function reasoningFields({ model, reasoning }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  const { effort, summary, maxTokens } = reasoning ?? {}
  if (maxTokens !== undefined) warnings.push(droppedParameter('reasoning.maxTokens', model))
  if (matchesModel('*gpt-oss*', model)) {
    const level = { none: 'low', minimal: 'low', xhigh: 'high', max: 'high' }[effort as string] ?? effort
    return {
      ...(level !== undefined && { reasoning_effort: level }),
      ...(summary !== undefined && { include_reasoning: summary }),
    }
  }
  return {
    ...(effort !== undefined && { reasoning_effort: effort === 'none' ? 'none' : 'default' }),
    ...(summary !== undefined && { reasoning_format: summary ? 'parsed' : 'hidden' }),
  }
}
