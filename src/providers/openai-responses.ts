import type { WireFormatFactory } from './core/wire-format.ts'
import { responsesFormat } from './openai-responses/format.ts'

/** Options of `responses`. */
export interface ResponsesOptions {
  /**
   * Models (`*` stands for any text) that are asked for their reasoning in encrypted form, so that it can travel with the
   * conversation instead of being stored at the provider. Models that do not reason refuse that.
   * Default: OpenAI's reasoning models.
   */
  readonly encryptedReasoning?: readonly string[]
}

/**
 * The Responses API in place of chat completions, for services that speak it:
 * `openai({ api: responses() })`.
 */
export function responses(options: ResponsesOptions = {}): WireFormatFactory {
  return (base, service) => responsesFormat(base, { ...service, ...options })
}
