import type { JsonObject } from '../types/json.ts'
import type { Provider } from '../types/provider.ts'
import type { Warning } from '../types/reply.ts'
import type { ProviderChatRequest, ReasoningEffort } from '../types/request.ts'
import { droppedParameter } from './core/quirks.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'

const efforts: Partial<Record<ReasoningEffort, string>> = { minimal: 'low', medium: 'high', xhigh: 'max' }

/**
 * DeepSeek. Under load it may keep a request waiting for minutes; `timeouts.firstTokenMs` says how long to go along.
 *
 * @throws ConfigError when an option is wrong or there is no key (`DEEPSEEK_API_KEY`).
 */
export function deepseek(options: CompatibleOptions = {}): Provider {
  return compatibleProvider(
    {
      name: 'deepseek',
      baseUrl: 'https://api.deepseek.com',
      keyVariables: ['DEEPSEEK_API_KEY'],
      model: 'deepseek-v4-flash',
    },
    {
      kind: 'deepseek',
      hasEmbeddings: false,
      takesReasoningContent: true,
      reasoning: thinkingFields,
      quirks: [
        {
          model: '*',
          refuses: [
            'topK',
            'seed',
            'user',
            'cacheKey',
            'serviceTier',
            'parallelToolCalls',
            'images',
            'files',
            'audio',
            'jsonSchema',
            'strictTools',
            'forcedToolChoiceWithReasoning',
          ],
        },
        // Windows: lava.so/docs/gateway/providers/deepseek (V4), api-docs.deepseek.com/quick_start/pricing (before it).
        { model: 'deepseek-v4*', contextWindow: 1_000_000 },
        { model: 'deepseek-chat', contextWindow: 128_000 },
        { model: 'deepseek-reasoner', contextWindow: 128_000 },
      ],
    },
    options,
  )
}

/** Thinking is on unless switched off, and then no tool can be forced. */
function thinkingFields({ model, reasoning, tools, toolChoice }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  const { effort, maxTokens } = reasoning ?? {}
  if (maxTokens !== undefined) warnings.push(droppedParameter('reasoning.maxTokens', model))
  const isForced = tools?.length && (toolChoice === 'required' || typeof toolChoice === 'object')
  if (reasoning === undefined) return isForced ? { thinking: { type: 'disabled' } } : {}
  if (effort === undefined) return { thinking: { type: 'enabled' } }
  return effort === 'none'
    ? { thinking: { type: 'disabled' } }
    : { thinking: { type: 'enabled' }, reasoning_effort: efforts[effort] ?? effort }
}
