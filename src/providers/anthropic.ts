import type { Provider } from '../types/provider.ts'
import type { ProviderOptions } from '../types/provider-options.ts'
import { claudeFacts } from './anthropic/facts.ts'
import type { ClaudeQuirk } from './anthropic/quirks.ts'
import { lazyProvider } from './core/lazy-provider.ts'
import { resolvePreset } from './core/preset.ts'

/** Options of `anthropic()`. */
export interface AnthropicOptions extends ProviderOptions {
  /** Flags for the header `anthropic-beta` of each request. */
  readonly betas?: readonly string[]
  /** What is known of models beyond the built-in table; later rules win. */
  readonly quirks?: readonly ClaudeQuirk[]
}

const preset = {
  name: 'anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  keyVariables: ['ANTHROPIC_API_KEY'],
  model: 'claude-sonnet-5',
  headers: { 'anthropic-version': '2023-06-01' },
}

/**
 * Claude, by Anthropic's own API.
 *
 * @throws ConfigError when an option is wrong or there is no key.
 */
export function anthropic(options: AnthropicOptions = {}): Provider {
  const parts = resolvePreset(preset, options, { betas: list, quirks: list })
  const { betas, quirks } = options
  const service = { provider: preset.name, name: parts.name, betas, quirks }
  return lazyProvider(claudeFacts(service), parts, async () => {
    const { claudeFormat } = await import('./anthropic/format.ts')
    return claudeFormat(service)
  })
}

function list(value: unknown): string | undefined {
  return Array.isArray(value) ? undefined : 'an array'
}
