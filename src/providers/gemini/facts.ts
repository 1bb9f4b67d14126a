import type { ProviderFacts } from '../core/lazy-provider.ts'
import type { GeminiService } from './encode.ts'
import { geminiQuirksOf } from './quirks.ts'

/** What is known of the service before its first call. */
export function geminiFacts({ provider, quirks }: GeminiService): ProviderFacts {
  return {
    kind: provider,
    capabilities: { chat: true, chatStream: true, embed: true, models: true, countTokens: true, prefill: false },
    contextWindow: (model) => geminiQuirksOf(model, quirks).contextWindow,
    canPrefill: (model) => !geminiQuirksOf(model, quirks).refuses.has('prefill'),
  }
}
