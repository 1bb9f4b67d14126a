import type { Provider, ProviderEvent } from '../types/provider.ts'
import type { ProviderChatRequest } from '../types/request.ts'
import { checkOptions, invalid, ofType, show } from '../utils/check.ts'

/** Makes the text of a canned answer from the request; may be as simple as a fixed text. */
export type TemplateFunction = (request: ProviderChatRequest) => string | Promise<string>

/** How a template introduces itself. */
export interface TemplateOptions {
  /** Default `template`. */
  readonly name?: string
}

/**
 * The last rung of a chain, without a model: a deterministic answer when nobody else gives one. Replies say
 * `isDegraded: true`, and observers get an `answer-degraded` event.
 *
 * @example
 * new UnifiedClient({ providers: [openai(), template(() => 'We will get back to you by mail.')] })
 */
export function template(text: string | TemplateFunction, options: TemplateOptions = {}): Provider {
  if (typeof text !== 'function' && (typeof text !== 'string' || text === ''))
    throw invalid('text', show(text), 'a text that is not empty, or a function that makes one')
  checkOptions('template', options, { name: ofType('string') })
  const answer = async (request: ProviderChatRequest): Promise<ProviderEvent[]> => [
    { type: 'text', text: typeof text === 'function' ? await text(request) : text },
    { type: 'finish', finishReason: 'stop' },
  ]
  return {
    name: options.name ?? 'template',
    kind: 'template',
    defaultModel: 'template',
    capabilities: { chat: true, chatStream: true, embed: false, models: false },
    isDegraded: true,
    chat: answer,
    async *chatStream(request) {
      yield await answer(request)
    },
  }
}
