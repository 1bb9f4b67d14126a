import type { Provider } from '../types/provider.ts'
import type { ProviderOptions } from '../types/provider-options.ts'
import { copyData, invalid } from '../utils/check.ts'
import { lazyProvider } from './core/lazy-provider.ts'
import { resolvePreset } from './core/preset.ts'
import { geminiFacts } from './gemini/facts.ts'
import type { GeminiQuirk } from './gemini/quirks.ts'

/** Options of `gemini()`. */
export interface GeminiOptions extends ProviderOptions {
  /** What is known of models beyond the built-in table; later rules win. */
  readonly quirks?: readonly GeminiQuirk[]
}

const preset = {
  name: 'gemini',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  model: 'gemini-3.6-flash',
  embeddingModel: 'gemini-embedding-001',
}

/**
 * Gemini, by Google's own API.
 *
 * @throws ConfigError when an option is wrong or there is no key.
 */
export function gemini(options: GeminiOptions = {}): Provider {
  const parts = resolvePreset(preset, options, {
    quirks: (value) => (Array.isArray(value) ? undefined : 'an array'),
  })
  for (const name of Object.keys(parts.headers)) {
    // The service refuses requests with two credentials.
    if (/^(?:authorization|x-goog-api-key)$/i.test(name)) throw invalid(`headers.${name}`, 'a credential', 'apiKey')
  }
  const { embeddingModel = preset.embeddingModel, name } = parts
  const service = { provider: preset.name, name, embeddingModel, quirks: copyData('quirks', options.quirks) }
  return lazyProvider(geminiFacts(service), parts, async () => {
    const { geminiFormat } = await import('./gemini/format.ts')
    return geminiFormat(service)
  })
}
