import { candidatesFor, type RouteRequest } from '../routing/candidates.ts'
import type { ChatRequest } from '../types/chat-request.ts'
import type { EmbedReply, EmbedRequest } from '../types/embed.ts'
import type { ModelInfo } from '../types/model.ts'
import type { ChatReply } from '../types/reply.ts'
import type { ChatStream } from '../types/stream.ts'
import { loadOnce } from '../utils/load-once.ts'
import { ChatStreamViews } from './chat-stream.ts'
import { parseChat, parseEmbed } from './parse-request.ts'
import type { CallOptions, Pipeline, PipelineParts, Plan, Scope } from './pipeline.ts'
import type { TestResult } from './test-provider.ts'

/** Every operation, for the client itself and for its tenants: check the request, plan its way, hand it to the pipeline. */
export class Operations {
  readonly #parts: PipelineParts
  /** The machinery of calls is loaded with the first one. */
  readonly #pipeline: () => Pipeline | Promise<Pipeline>

  constructor(parts: PipelineParts) {
    this.#parts = parts
    this.#pipeline = loadOnce(async () => new (await import('./pipeline.ts')).Pipeline(parts))
  }

  async chat(input: string | ChatRequest, scope: Scope): Promise<ChatReply<unknown>> {
    const parsed = { ...parseChat(input), ...scope }
    const plan = this.#plan('chat', parsed)
    return (await this.#pipeline()).chat(plan, parsed)
  }

  chatStream(input: string | ChatRequest, scope: Scope): ChatStream<unknown> {
    const { calls } = this.#parts
    const parsed = { ...parseChat(input), ...scope }
    calls.checkOpen()
    const plan = this.#plan('chatStream', parsed)
    const requestId = calls.nextId()
    const open = async () => (await this.#pipeline()).stream(requestId, plan, parsed)
    return new ChatStreamViews(requestId, open) as ChatStream<unknown>
  }

  async embed(input: string | EmbedRequest, scope: Scope): Promise<EmbedReply> {
    const request = { ...parseEmbed(typeof input === 'string' ? { input } : input), ...scope }
    const plan = this.#plan('embed', request, '')
    const { dimensions } = request
    const pipeline = await this.#pipeline()
    return pipeline.embed(plan, request.input, request, ({ model }, texts) => ({
      input: texts,
      ...(model !== '' && { model }),
      ...(dimensions !== undefined && { dimensions }),
    }))
  }

  async models(provider: string | undefined, options: CallOptions & Scope): Promise<readonly ModelInfo[]> {
    const plan = this.#plan('models', provider === undefined ? {} : { providers: [provider] }, '')
    const pipeline = await this.#pipeline()
    const asked = { ...options, endpoint: 'models', request: { messages: [] }, guards: [] } as const
    return pipeline.ask(plan, asked, async ({ link }, context) => (await link.provider.models?.(context)) ?? [])
  }

  async countTokens(input: string | ChatRequest, scope: Scope): Promise<number> {
    const parsed = { ...parseChat(input), ...scope }
    const plan = this.#plan('countTokens', parsed)
    const pipeline = await this.#pipeline()
    const asked = { ...parsed, endpoint: 'countTokens' } as const
    return pipeline.ask(plan, asked, async ({ link, model }, context, request) => {
      return (await link.provider.countTokens?.({ ...request, model }, context)) ?? 0
    })
  }

  async test(provider: string | undefined, scope: Scope): Promise<readonly TestResult[]> {
    const { testProvider } = await import('./test-provider.ts')
    const chat = (request: ChatRequest) => this.chat(request, { ...scope, endpoint: 'test' })
    const names = provider === undefined ? this.#parts.links.map((link) => link.provider.name) : [provider]
    return Promise.all(names.map((name) => testProvider(name, chat, this.#parts.settings.clock)))
  }

  #plan(capability: Plan['capability'], request: RouteRequest, noModel?: string): Plan {
    const { candidates, strategy } = candidatesFor(this.#parts.links, capability, request)
    return {
      capability,
      strategy,
      candidates: candidates.map(({ link, model }) =>
        link.candidate(model ?? noModel ?? link.provider.defaultModel, model === undefined),
      ),
    }
  }
}
