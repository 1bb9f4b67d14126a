import type { ProviderFacts } from '../core/lazy-provider.ts'
import { quirksOf } from '../core/quirks.ts'
import type { ChatService } from './service.ts'

/** What is known of a service before its first call. */
export function chatFacts({ kind, hasEmbeddings = true, quirks }: ChatService): ProviderFacts {
  return {
    kind,
    capabilities: { chat: true, chatStream: true, embed: hasEmbeddings, models: true },
    contextWindow: (model) => quirksOf(model, quirks).contextWindow,
  }
}
