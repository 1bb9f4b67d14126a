import { ConfigError, RequestError } from '../errors/families.ts'
import { checkAllowedModels } from '../routing/allow-list.ts'
import type { ChatRequest } from '../types/chat-request.ts'
import type { EmbedReply, EmbedRequest } from '../types/embed.ts'
import type { DefinedGuard } from '../types/guard.ts'
import type { LimitStatus, UsageReportQuery } from '../types/meter.ts'
import type { ModelInfo } from '../types/model.ts'
import type { ChatReply } from '../types/reply.ts'
import type { StandardSchema } from '../types/schema.ts'
import type { UsageStatistics } from '../types/store.ts'
import type { ChatStream } from '../types/stream.ts'
import type { AllowedModels, ProviderConfig, TenantConfigInput, TenantVault } from '../types/tenant.ts'
import { checkOptions, copyData, copyOptions, ofType } from '../utils/check.ts'
import { checkIdentifier } from '../utils/identifier.ts'
import { guardList } from './guard-list.ts'
import type { Operations } from './operations.ts'
import type { Scope } from './pipeline.ts'
import type { Settings } from './settings.ts'
import type { TestResult } from './test-provider.ts'

/** What one tenant may do. */
export interface TenantOptions {
  /** Models the tenant may use, beside the client's own list. */
  readonly allowedModels?: AllowedModels
  /** Instead of the client's guards. */
  readonly guards?: readonly DefinedGuard[]
}

type ChatRequestFor<Output> = ChatRequest & { readonly schema: StandardSchema<Output> }

/** The client as one tenant sees it. No method reaches what is another tenant's. */
export class TenantClient {
  readonly id: string
  readonly #scope: Scope
  readonly #operations: Operations
  readonly #settings: Settings

  constructor(id: string, options: TenantOptions, operations: Operations, settings: Settings) {
    const copy = copyOptions('tenant', options)
    checkOptions('tenant', copy, { allowedModels: ofType('object'), guards: guardList })
    const { allowedModels, guards } = copy
    checkAllowedModels('tenant.allowedModels', allowedModels, settings.providers)
    this.id = checkIdentifier('tenant', id)
    this.#scope = {
      ...(allowedModels && { allowedModels: copyData('tenant.allowedModels', allowedModels) }),
      ...(guards && { guards: [...guards] }),
      tenant: this.id,
    }
    this.#operations = operations
    this.#settings = settings
  }

  /** As `UnifiedClient.chat`. */
  chat<Output>(request: ChatRequestFor<Output>): Promise<ChatReply<Output>>
  chat(request: string | ChatRequest): Promise<ChatReply<unknown>>
  async chat(request: string | ChatRequest): Promise<ChatReply<unknown>> {
    return this.#operations.chat(this.#own(request), this.#scope)
  }

  /** As `UnifiedClient.chatStream`. */
  chatStream<Output>(request: ChatRequestFor<Output>): ChatStream<Output>
  chatStream(request: string | ChatRequest): ChatStream<unknown>
  chatStream(request: string | ChatRequest): ChatStream<unknown> {
    return this.#operations.chatStream(this.#own(request), this.#scope)
  }

  /** As `UnifiedClient.embed`. */
  async embed(request: string | EmbedRequest): Promise<EmbedReply> {
    return this.#operations.embed(request, this.#scope)
  }

  /** As `UnifiedClient.models`, with the tenant's key. */
  async models(provider?: string): Promise<readonly ModelInfo[]> {
    return this.#operations.models(provider, this.#scope)
  }

  /** As `UnifiedClient.countTokens`, with the tenant's key. */
  async countTokens(request: string | ChatRequest): Promise<number> {
    return this.#operations.countTokens(this.#own(request), this.#scope)
  }

  /** As `UnifiedClient.test`, with the tenant's keys; the vault notes when a key was proven. */
  async test(provider?: string): Promise<readonly TestResult[]> {
    const results = await this.#operations.test(provider, this.#scope)
    const { vault } = this.#settings
    for (const { provider: name, success, latencyMs } of results) {
      const config = success ? await vault?.active(this.id, name) : undefined
      if (config !== undefined) await vault?.recordTest(this.id, config.id, { latencyMs })
    }
    return results
  }

  /** The tenant's own sums. */
  async usage(query: Omit<UsageReportQuery, 'tenant'> = {}): Promise<readonly UsageStatistics[]> {
    return (await this.#settings.meter?.statistics({ ...query, tenant: this.id })) ?? []
  }

  /** State of the tenant's limits. */
  async limits(): Promise<readonly LimitStatus[]> {
    return (await this.#settings.meter?.remaining({ tenant: this.id })) ?? []
  }

  /** Saves a provider configuration with its key, sealed. @throws ConfigError, RequestError, StoreError, SecretError */
  async saveConfig(input: TenantConfigInput): Promise<ProviderConfig> {
    return this.#vault.save({ ...input, tenant: this.id })
  }

  async configs(provider?: string): Promise<readonly ProviderConfig[]> {
    return this.#vault.list(this.id, provider)
  }

  async activeConfig(provider: string): Promise<ProviderConfig | undefined> {
    return this.#vault.active(this.id, provider)
  }

  async activateConfig(id: string): Promise<ProviderConfig> {
    return this.#vault.activate(this.id, id)
  }

  async deactivateConfig(id: string): Promise<ProviderConfig> {
    return this.#vault.deactivate(this.id, id)
  }

  /** Answers whether there was one. */
  async deleteConfig(id: string): Promise<boolean> {
    return this.#vault.delete(this.id, id)
  }

  get #vault(): TenantVault {
    const { vault } = this.#settings
    if (vault === undefined)
      throw new ConfigError('config_invalid', 'Option vault: got nothing; tenants keep no keys without one', {
        path: 'vault',
      })
    return vault
  }

  /** A request that names another tenant is a mistake, not a way in. */
  #own(request: string | ChatRequest): string | ChatRequest {
    if (typeof request !== 'object' || request === null || request.tenant === undefined || request.tenant === this.id)
      return request
    throw new RequestError('request_invalid', 'tenant: got another tenant; allowed: none, or this one', {
      path: 'tenant',
    })
  }
}
