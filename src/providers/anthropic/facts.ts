import type { ProviderFacts } from '../core/lazy-provider.ts'
import type { ClaudeService } from './encode.ts'
import { claudeQuirksOf } from './quirks.ts'

/** What is known of the service before its first call. */
export function claudeFacts({ provider, quirks }: ClaudeService): ProviderFacts {
  return {
    kind: provider,
    capabilities: { chat: true, chatStream: true, embed: false, models: true, countTokens: true, prefill: true },
    contextWindow: (model) => claudeQuirksOf(model, quirks).contextWindow,
    canPrefill: (model) => !claudeQuirksOf(model, quirks).refuses.has('prefill'),
  }
}
