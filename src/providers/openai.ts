import type { Provider } from '../types/provider.ts'
import { headerText } from './core/preset.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'
import { openaiQuirks } from './openai-compatible/openai-quirks.ts'

/** Options of `openai`. */
export interface OpenAIOptions extends CompatibleOptions {
  /** Organization requests are counted for. Default: the key's own. */
  readonly organization?: string
  /** Project requests are counted for. Default: the key's own. */
  readonly project?: string
}

/**
 * OpenAI, by chat completions: `openai()`, or by the Responses API: `openai({ api: responses() })`.
 *
 * @throws ConfigError when an option is wrong or there is no key (`OPENAI_API_KEY`).
 */
export function openai(options: OpenAIOptions = {}): Provider {
  const { organization, project } = options ?? {}
  return compatibleProvider(
    {
      name: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      keyVariables: ['OPENAI_API_KEY'],
      model: 'gpt-5.6-terra',
      embeddingModel: 'text-embedding-3-small',
      headers: {
        ...(organization && { 'openai-organization': organization }),
        ...(project && { 'openai-project': project }),
      },
    },
    {
      kind: 'openai',
      quirks: openaiQuirks,
      userField: 'safety_identifier',
      maxStop: 4,
      toolIds: { maxLength: 40 },
      takesRefusals: true,
    },
    options,
    { organization: headerText, project: headerText },
  )
}
