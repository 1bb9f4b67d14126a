import type { ChatRequest } from '../types/chat-request.ts'
import type { CircuitSnapshot } from '../types/circuit.ts'
import type { ClientOptions } from '../types/client-options.ts'
import type { EmbedReply, EmbedRequest } from '../types/embed.ts'
import type { Observer } from '../types/events.ts'
import type { LimitStatus, LimitSubject, UsageReportQuery } from '../types/meter.ts'
import type { ModelInfo } from '../types/model.ts'
import type { ChatReply } from '../types/reply.ts'
import type { StandardSchema } from '../types/schema.ts'
import type { UsageStatistics } from '../types/store.ts'
import type { ChatStream } from '../types/stream.ts'
import { checkOptions, duration, invalid, show } from '../utils/check.ts'
import { Calls } from './calls.ts'
import { Emitter } from './emitter.ts'
import { ProviderLink } from './links.ts'
import { Network } from './network.ts'
import { Operations } from './operations.ts'
import type { CallOptions } from './pipeline.ts'
import { type Settings, settingsOf } from './settings.ts'
import { TenantClient, type TenantOptions } from './tenant-client.ts'
import type { TestResult } from './test-provider.ts'

/** A request whose schema says what `reply.object` is. */
type ChatRequestFor<Output> = ChatRequest & { readonly schema: StandardSchema<Output> }

/**
 * One client over a chain of providers: `chat`, `chatStream`, `embed` and `models` go to the first that can answer.
 *
 * @throws ConfigError from the constructor, naming the option, what was given and what is allowed.
 */
export class UnifiedClient {
  readonly #settings: Settings
  readonly #emitter: Emitter
  readonly #links: readonly ProviderLink[]
  readonly #network: Network
  readonly #calls: Calls
  readonly #operations: Operations

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options)
    this.#emitter = new Emitter(this.#settings.clock, this.#settings.observers)
    for (const { name, warnings = [] } of this.#settings.providers) {
      for (const { code, message } of warnings) this.#emitter.emit({ type: 'warning', provider: name, code, message })
    }
    this.#links = this.#settings.providers.map((provider) => new ProviderLink(provider, this.#settings, this.#emitter))
    this.#network = new Network(this.#settings)
    this.#calls = new Calls(this.#settings, this.#emitter)
    this.#operations = new Operations({
      settings: this.#settings,
      emitter: this.#emitter,
      network: this.#network,
      links: this.#links,
      calls: this.#calls,
    })
  }

  /**
   * A whole answer from the first provider of the chain that gives one.
   *
   * @throws RequestError `request_invalid` before anything is sent; AllProvidersFailedError when several providers failed,
   * the provider's own error when there was one; LimitExceededError, GuardError; AbortError, TimeoutError
   * `deadline_exceeded`, ClosedError.
   */
  chat<Output>(request: ChatRequestFor<Output>): Promise<ChatReply<Output>>
  chat(request: string | ChatRequest): Promise<ChatReply<unknown>>
  chat(input: string | ChatRequest): Promise<ChatReply<unknown>> {
    return this.#operations.chat(input, {})
  }

  /**
   * A streamed answer; nothing is sent before it is read. Errors come from reading it and from `final()`.
   *
   * @throws RequestError, ConfigError, ClosedError at once for a call that cannot be made.
   */
  chatStream<Output>(request: ChatRequestFor<Output>): ChatStream<Output>
  chatStream(request: string | ChatRequest): ChatStream<unknown>
  chatStream(input: string | ChatRequest): ChatStream<unknown> {
    return this.#operations.chatStream(input, {})
  }

  /**
   * Vectors for one text or many, in the order given.
   *
   * @throws as `chat` does; ConfigError `no_provider` when none of the providers can embed.
   */
  async embed(input: string | EmbedRequest): Promise<EmbedReply> {
    return this.#operations.embed(input, {})
  }

  /**
   * The models of one provider, or of the first that can list them. A list proves nothing about a key: `test` does.
   *
   * @throws as `chat` does.
   */
  async models(provider?: string, options: CallOptions = {}): Promise<readonly ModelInfo[]> {
    return this.#operations.models(provider, options)
  }

  /** Tokens the prompt of a request would use, counted by a provider that has an endpoint for it. */
  async countTokens(input: string | ChatRequest): Promise<number> {
    return this.#operations.countTokens(input, {})
  }

  /** Makes one real, tiny call to a provider, or to each of the chain: the only proof that a key works. Never throws. */
  async test(provider?: string): Promise<readonly TestResult[]> {
    return this.#operations.test(provider, {})
  }

  /**
   * The client as one tenant sees it: own keys and models where a vault holds them, own limits, own usage. Circuits are
   * everybody's, since they are about providers.
   *
   * @throws RequestError for a malformed id: 1 to 128 of A-Z a-z 0-9 _ . @ : + -, the first a letter or digit.
   */
  tenant(id: string, options: TenantOptions = {}): TenantClient {
    return new TenantClient(id, options, this.#operations, this.#settings)
  }

  /** Sums of the ledger: by period, tenant, provider, model, endpoint. Empty without a meter. */
  async usage(query?: UsageReportQuery): Promise<readonly UsageStatistics[]> {
    return (await this.#settings.meter?.statistics(query)) ?? []
  }

  /** State of the limits. Empty without a meter. */
  async limits(subject?: LimitSubject): Promise<readonly LimitStatus[]> {
    return (await this.#settings.meter?.remaining(subject)) ?? []
  }

  /** Writes what the ledger still holds; answers how many rows are left. For `waitUntil` of serverless functions. */
  async flush(): Promise<number> {
    return (await this.#settings.meter?.flush()) ?? 0
  }

  /** Adds an observer of all events; the answer takes it off again. */
  observe(observer: Observer): () => void {
    if (typeof observer !== 'function') throw invalid('observer', show(observer), 'a function')
    return this.#emitter.add(observer)
  }

  /** The state of each provider's circuit, as plain JSON that `restoreCircuits` takes. */
  circuits(): Readonly<Record<string, CircuitSnapshot>> {
    return Object.fromEntries(this.#links.flatMap((link) => link.snapshots()))
  }

  /** Takes up saved circuits, for example of the process before; unknown names are passed over. */
  restoreCircuits(snapshots: Readonly<Record<string, CircuitSnapshot>>): void {
    if (typeof snapshots !== 'object' || snapshots === null)
      throw invalid('snapshots', show(snapshots), 'what circuits() gave')
    for (const [name, snapshot] of Object.entries(snapshots)) {
      for (const link of this.#links) link.restore(name, snapshot)
    }
  }

  /** Closes the circuit and the key gate of one provider, or of all. @throws ConfigError for a name it does not have */
  reset(provider?: string): void {
    const names = this.#links.map((link) => link.provider.name)
    if (provider !== undefined && !names.includes(provider)) throw invalid('provider', show(provider), names.join(', '))
    for (const link of this.#links) {
      if (provider === undefined || provider === link.provider.name) link.reset()
    }
  }

  /**
   * Ends the client: new calls are refused, those under way get `drainMs` (default 0) and are then aborted, the ledger is
   * written, connections are let go. May be called more than once.
   */
  async close(options: { readonly drainMs?: number } = {}): Promise<void> {
    checkOptions('close', options, { drainMs: duration })
    await this.#calls.close(options.drainMs ?? 0)
    try {
      await this.#settings.meter?.close()
    } finally {
      await this.#network.close()
      for (const link of this.#links) link.close()
    }
  }
}
