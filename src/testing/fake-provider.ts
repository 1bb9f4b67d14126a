import { ConnectionError, ProviderError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'
import type { EmbedReplyPart, ProviderEmbedRequest } from '../types/embed.ts'
import type { ModelInfo } from '../types/model.ts'
import type { Provider, ProviderCapabilities, ProviderContext, ProviderEvent } from '../types/provider.ts'
import type { ProviderChatRequest } from '../types/request.ts'
import type { Timeouts } from '../types/timeouts.ts'
import { anything, type Check, checkOptions, invalid, show } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { type Answer, fillAnswer } from './answer.ts'
import { embeddingOf } from './embedding.ts'
import { failureError } from './failure.ts'
import { type FakeCall, FakeCalls, outcomeOf } from './fake-calls.ts'
import { type Stage, streamedAnswer, wholeAnswer } from './fake-events.ts'
import { type ScriptCursor, type ScriptInput, startScript, toScript } from './script.ts'
import type { AnswerStep, FailStep, FakeOperation, Step } from './step.ts'
import { reply } from './steps.ts'
import { countTokens } from './tokens.ts'
import { reasonOf, wait } from './wait.ts'

/** How a fake provider introduces itself and what it does. Everything has a default. */
export interface FakeProviderOptions {
  /** What `chat` and `chatStream` do, in the order of the requests. Default: a text of sixty words, always. */
  readonly script?: ScriptInput
  /** What `embed` does. A good answer is one vector for each text, whatever the script's text is. */
  readonly embed?: ScriptInput
  /** What `models` does; good answers list `modelIds`. */
  readonly models?: ScriptInput
  /** Default `fake`. */
  readonly name?: string
  /** Default `fake`. */
  readonly kind?: string
  /** Default model. Default `fake-model`. */
  readonly model?: string
  /** Default: the model alone. */
  readonly modelIds?: readonly string[]
  /** Default: everything but `prefill`. What is switched off is missing from the object too. */
  readonly capabilities?: Partial<ProviderCapabilities>
  readonly endpoint?: string
  readonly timeouts?: Partial<Timeouts>
  /** Context window of every model, in tokens. */
  readonly contextWindow?: number
  /** Length of the vectors. Default 8. */
  readonly dimensions?: number
  /** Tokens in one batch of a stream. Default 1. */
  readonly tokensPerBatch?: number
  /** Where delays come from. Default: the machine's own time. */
  readonly clock?: Clock
}

/** What there is; a script says itself when it is none. */
const optionChecks: Readonly<Record<keyof FakeProviderOptions, Check>> = {
  script: anything,
  embed: anything,
  models: anything,
  name: anything,
  kind: anything,
  model: anything,
  modelIds: anything,
  capabilities: anything,
  endpoint: anything,
  timeouts: anything,
  contextWindow: anything,
  dimensions: anything,
  tokensPerBatch: anything,
  clock: anything,
}

/** A provider without a network, which remembers what it was asked. */
export interface FakeProvider extends Provider {
  /** Every request, in order. */
  readonly calls: readonly FakeCall[]
  /** Requests that have not ended. */
  readonly running: number
  /** Starts another script for `chat` and `chatStream`. */
  use(script: ScriptInput): void
}

/**
 * A provider in memory that does what a script says.
 *
 * @example
 * const provider = fakeProvider(fail(503).times(2).then('hello'))
 */
export function fakeProvider(input: ScriptInput | FakeProviderOptions = {}): FakeProvider {
  const options: FakeProviderOptions = isOptions(input) ? input : { script: input }
  checkOptions('fakeProvider', options, optionChecks)
  const fake = new Fake(options)
  const { name = 'fake', kind = 'fake', endpoint, timeouts, contextWindow } = options
  const capabilities = { chat: true, chatStream: true, embed: true, models: true, countTokens: true }
  const offered: ProviderCapabilities = { ...capabilities, ...options.capabilities }
  return {
    name,
    kind,
    defaultModel: fake.model,
    capabilities: offered,
    ...(endpoint !== undefined && { endpoint }),
    ...(timeouts && { timeouts }),
    ...(contextWindow !== undefined && { contextWindow: () => contextWindow }),
    chat: (request, context) => fake.chat(request, context),
    chatStream: (request, context) => fake.chatStream(request, context),
    ...(offered.embed && { embed: (request, context) => fake.embed(request, context) }),
    ...(offered.models && { models: (context) => fake.models(context) }),
    ...(offered.countTokens && { countTokens: (request, context) => fake.countTokens(request, context) }),
    calls: fake.calls.list,
    get running() {
      return fake.calls.list.filter((call) => call.outcome === 'running').length
    },
    use: (script) => fake.use(script),
  }
}

function isOptions(input: ScriptInput | FakeProviderOptions): input is FakeProviderOptions {
  return typeof input === 'object' && !Array.isArray(input) && !('lines' in input)
}

class Fake {
  readonly calls: FakeCalls
  readonly model: string
  readonly #options: FakeProviderOptions
  readonly #clock: Clock
  readonly #embed: ScriptCursor
  readonly #models: ScriptCursor
  #chat: ScriptCursor

  constructor(options: FakeProviderOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.calls = new FakeCalls(this.#clock)
    this.model = options.model ?? 'fake-model'
    this.#chat = startScript(options.script ?? reply())
    this.#embed = startScript(options.embed ?? reply())
    this.#models = startScript(options.models ?? reply())
  }

  use(script: ScriptInput): void {
    this.#chat = startScript(toScript(script))
  }

  chat(request: ProviderChatRequest, context: ProviderContext): Promise<readonly ProviderEvent[]> {
    return this.calls.track('chat', request, context, async (index) => {
      const [step, answer] = await this.#answer(this.#chat, 'chat', request, context, index)
      return wholeAnswer(step, answer, this.#stage(context))
    })
  }

  async *chatStream(
    request: ProviderChatRequest,
    context: ProviderContext,
  ): AsyncGenerator<readonly ProviderEvent[], void, void> {
    const { index, end } = this.calls.open('chatStream', request, context)
    let outcome: FakeCall['outcome'] = 'abandoned'
    try {
      const [step, answer] = await this.#answer(this.#chat, 'chatStream', request, context, index)
      const stage = this.#stage(context)
      for await (const batch of streamedAnswer(step, answer, stage, this.#options.tokensPerBatch ?? 1)) {
        yield batch
        if (context.signal.aborted) throw reasonOf(context.signal)
      }
      outcome = 'ok'
    } catch (error) {
      outcome = outcomeOf(context)
      throw error
    } finally {
      end(outcome)
    }
  }

  embed(request: ProviderEmbedRequest, context: ProviderContext): Promise<EmbedReplyPart> {
    return this.calls.track('embed', request, context, async (index) => {
      const model = request.model ?? this.model
      const [step] = await this.#answer(this.#embed, 'embed', { ...request, model }, context, index)
      const dimensions = request.dimensions ?? this.#options.dimensions ?? 8
      const inputTokens = step.usage?.inputTokens ?? countTokens(request.input)
      return {
        model: step.model ?? model,
        vectors: request.input.map((text) => embeddingOf(text, dimensions)),
        usage:
          step.usage === null
            ? { input: {}, output: {} }
            : { inputTokens, totalTokens: inputTokens, input: { fresh: inputTokens }, output: {} },
      }
    })
  }

  models(context: ProviderContext): Promise<readonly ModelInfo[]> {
    return this.calls.track('models', undefined, context, async (index) => {
      await this.#answer(this.#models, 'models', { model: '' }, context, index)
      const { modelIds = [this.model], name = 'fake', contextWindow } = this.#options
      return modelIds.map((id) => ({
        id,
        provider: name,
        capabilities: ['chat', 'embed', 'tools'] as const,
        ...(contextWindow !== undefined && { contextWindow }),
      }))
    })
  }

  countTokens(request: ProviderChatRequest, context: ProviderContext): Promise<number> {
    return this.calls.track('countTokens', request, context, async () => countTokens(request.messages))
  }

  #stage({ signal }: ProviderContext): Stage {
    return { provider: this.#options.name ?? 'fake', clock: this.#clock, signal }
  }

  /** Takes the next step of a script and carries it out up to where a good answer begins. */
  async #answer(
    cursor: ScriptCursor,
    operation: FakeOperation,
    request: { readonly model: string; readonly messages?: ProviderChatRequest['messages'] },
    { signal }: ProviderContext,
    index: number,
  ): Promise<[AnswerStep, Answer]> {
    if (signal.aborted) throw reasonOf(signal)
    const { model, messages = [] } = request
    const last = messages.at(-1)
    const step = cursor.next({
      operation,
      model,
      index,
      last: last && { role: last.role, text: textOf(last.content) },
      raw: request,
    })
    if (step?.type !== 'answer') throw await this.#failure(step, model, signal)
    return [step, fillAnswer(step, { model, prompt: messages, index })]
  }

  async #failure(step: Exclude<Step, AnswerStep> | undefined, model: string, signal: AbortSignal): Promise<Error> {
    const provider = this.#options.name ?? 'fake'
    switch (step?.type) {
      case undefined:
        return new ProviderError('bad_request', 'The script of the fake provider has ended', { provider, model })
      case 'throw':
        return step.error
      case 'fail':
        return this.#refusal(step, provider, model, signal)
      case 'fault':
        return invalid('script', `fault(${show(step.name)})`, 'faults of the wire need fakeProviderServer')
      case 'hang':
        await wait(this.#clock, step.forMs ?? Number.POSITIVE_INFINITY, signal)
    }
    return new ConnectionError('connection_reset', 'The connection was reset', { provider, model })
  }

  async #refusal(step: FailStep, provider: string, model: string, signal: AbortSignal): Promise<Error> {
    if (step.afterMs) await wait(this.#clock, step.afterMs, signal)
    return failureError(step, provider, model)
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('')
}
