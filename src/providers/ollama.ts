import type { JsonObject } from '../types/json.ts'
import type { Provider } from '../types/provider.ts'
import type { ProviderOptions } from '../types/provider-options.ts'
import { ofType } from '../utils/check.ts'
import { lazyProvider } from './core/lazy-provider.ts'
import { resolvePreset } from './core/preset.ts'
import { type Quirk, quirkList } from './core/quirks.ts'
import { ollamaFacts } from './ollama/facts.ts'

/** Options of `ollama`. */
export interface OllamaOptions extends ProviderOptions {
  /**
   * Runner options of each request in Ollama's own words, for example `{ num_ctx: 32768 }`. A model answers within
   * `num_ctx` tokens, 4 096 on small machines; a longer prompt is refused, not cut.
   */
  readonly options?: JsonObject
  /** How long the model stays loaded after a request: `'10m'`, seconds, or -1 for ever. Default: the server's own. */
  readonly keepAlive?: string | number
  /** What single models do not take. */
  readonly quirks?: readonly Quirk[]
}

/**
 * Ollama through its own API (`/api/chat`), which knows more than its OpenAI-compatible one: runner options, thinking,
 * how long a model stays loaded. Needs no key; `OLLAMA_API_KEY` is sent where it is set (ollama.com).
 */
export function ollama(options: OllamaOptions = {}): Provider {
  const parts = resolvePreset(
    {
      name: 'ollama',
      baseUrl: 'http://localhost:11434',
      keyVariables: ['OLLAMA_API_KEY'],
      isKeyRequired: false,
      // Loading a model can take minutes.
      timeouts: { firstTokenMs: 300_000, readMs: 300_000 },
    },
    options,
    {
      options: ofType('object'),
      keepAlive: (value) =>
        ['string', 'number'].includes(typeof value) ? undefined : "a duration such as '10m', or seconds",
      quirks: quirkList,
    },
  )
  const service = { ...options, ...parts, provider: 'ollama' }
  return lazyProvider(ollamaFacts(service), parts, async () => {
    const { ollamaFormat } = await import('./ollama/format.ts')
    return ollamaFormat(service)
  })
}
