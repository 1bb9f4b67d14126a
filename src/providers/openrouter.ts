import type { ErrorCode } from '../types/error-code.ts'
import type { JsonObject } from '../types/json.ts'
import type { Provider } from '../types/provider.ts'
import type { Warning } from '../types/reply.ts'
import type { ProviderChatRequest } from '../types/request.ts'
import { ofType } from '../utils/check.ts'
import type { FailureReading } from './core/failure.ts'
import { saysContextLength } from './core/failure-words.ts'
import { headerText } from './core/preset.ts'
import { droppedParameter } from './core/quirks.ts'
import { objectOf, textOf } from './core/reading.ts'
import type { Failure } from './core/wire-format.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'
import { ReasoningDetails } from './openai-compatible/reasoning-details.ts'

/** Options of `openrouter`. */
export interface OpenRouterOptions extends CompatibleOptions {
  /** Your site, for OpenRouter's rankings. */
  readonly referer?: string
  /** Your application's name, for OpenRouter's rankings. */
  readonly title?: string
  /** Let OpenRouter go on to other upstreams by itself. Default `false`: the client's own chain does that. */
  readonly allowFallbacks?: boolean
}

/**
 * OpenRouter. Its own words go into `providerOptions.openrouter`, for example `{ provider: { order: ['Groq'] } }`.
 *
 * @throws ConfigError when an option is wrong or there is no key (`OPENROUTER_API_KEY`).
 */
export function openrouter(options: OpenRouterOptions = {}): Provider {
  const { referer, title, allowFallbacks = false } = options ?? {}
  return compatibleProvider(
    {
      name: 'openrouter',
      baseUrl: 'https://openrouter.ai/api/v1',
      keyVariables: ['OPENROUTER_API_KEY'],
      model: 'openrouter/auto',
      embeddingModel: 'openai/text-embedding-3-small',
      headers: { ...(referer && { 'http-referer': referer }), ...(title && { 'x-title': title }) },
    },
    {
      kind: 'openrouter',
      fields: { provider: { allow_fallbacks: allowFallbacks } },
      reasoning: reasoningField,
      details: () => new ReasoningDetails(),
      hasCacheHints: true,
      hasFileUrls: true,
      readError,
    },
    options,
    { referer: headerText, title: headerText, allowFallbacks: ofType('boolean') },
  )
}

function reasoningField({ model, reasoning }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  const { effort, maxTokens, summary } = reasoning ?? {}
  if (effort !== undefined && maxTokens !== undefined) warnings.push(droppedParameter('reasoning.effort', model))
  const field = {
    ...(maxTokens !== undefined
      ? { max_tokens: maxTokens }
      : effort && { effort: effort === 'max' ? 'xhigh' : effort }),
    ...(summary !== undefined && { exclude: !summary }),
  }
  return Object.keys(field).length > 0 ? { reasoning: field } : {}
}

/** Its statuses stand for several things each. */
function readError(error: JsonObject, { status }: Failure): Partial<FailureReading> | undefined {
  const { limit_source, reasons, flagged_input, error_type } = objectOf(error.metadata)
  if (status === 402 && limit_source === 'openrouter_in_flight_budget') return { code: 'rate_limited' }
  if (status === 403 && (reasons !== undefined || flagged_input !== undefined)) return { code: 'content_filtered' }
  if (status === 429 && /per-day|limit_rpd|daily request limit/.test(textOf(error.message)))
    return { code: 'quota_exhausted' }
  // Here it says of a prompt no more than that it is wrong.
  if ((error_type ?? error.error_type ?? error.code) === 'invalid_prompt')
    return { code: promptCode(textOf(error.message)) }
  return undefined
}

function promptCode(message: string): ErrorCode {
  if (saysContextLength(message)) return 'context_length_exceeded'
  return /flagged|policy|safety/i.test(message) ? 'content_filtered' : 'bad_request'
}
