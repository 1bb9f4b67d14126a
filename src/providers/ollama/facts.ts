import type { ProviderFacts } from '../core/lazy-provider.ts'
import type { OllamaService } from './request.ts'

/** What is known of the service before its first call. */
export function ollamaFacts({ provider, options }: OllamaService): ProviderFacts {
  const window = options?.num_ctx
  return {
    kind: provider,
    capabilities: { chat: true, chatStream: true, embed: true, models: true },
    ...(typeof window === 'number' && { contextWindow: () => window }),
  }
}
