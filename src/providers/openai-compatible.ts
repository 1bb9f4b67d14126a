import type { Provider } from '../types/provider.ts'
import { invalid, ofType } from '../utils/check.ts'
import { variablePrefix } from './core/preset.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'

/** Options of `openaiCompatible`. */
export interface OpenAICompatibleOptions extends CompatibleOptions {
  /** Name of the service: in results, and of its variables `<NAME>_API_KEY` and `<NAME>_MODEL`. */
  readonly name: string
  readonly baseUrl: string
  /** Default `true`; without it `embed` passes the service over. */
  readonly hasEmbeddings?: boolean
  /** The service wants its `reasoning_content` back in later turns. Default `false`. */
  readonly takesReasoningContent?: boolean
}

/**
 * Any other service that speaks chat completions:
 * `openaiCompatible({ name: 'together', baseUrl: 'https://api.together.xyz/v1', model: 'some/model' })`.
 *
 * @throws ConfigError when an option is wrong. A key is taken where there is one, and not asked for.
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Provider {
  const { name, hasEmbeddings = true, takesReasoningContent = false } = options ?? {}
  if (options && name === undefined) throw invalid('name', 'none', 'a name for the service')
  return compatibleProvider(
    { name, keyVariables: [`${variablePrefix(String(name))}_API_KEY`], isKeyRequired: false },
    { kind: name, hasEmbeddings, takesReasoningContent },
    options,
    { hasEmbeddings: ofType('boolean'), takesReasoningContent: ofType('boolean') },
  )
}
