import type { JsonObject } from './json.ts'
import type { SecretText } from './secret-text.ts'
import type { ProviderConfigRow } from './store.ts'

/** A tenant's configuration of a provider, without its key. */
export type ProviderConfig = Omit<ProviderConfigRow, 'apiKeySealed' | 'version'>

/** What a tenant saves. */
export interface TenantConfigInput {
  readonly provider: string
  /** Changes the configuration of that id; left out, a new one is made. */
  readonly id?: string
  /** May be left out when changing. */
  readonly apiKey?: string
  readonly defaultModel?: string
  /** Makes it the tenant's active one for the provider. Default `true` for a new one, else unchanged. */
  readonly isActive?: boolean
  readonly metadata?: JsonObject
}

/** Where tenants' keys are kept; `Vault` of `holdfast/credentials` is one. */
export interface TenantVault {
  save(input: TenantConfigInput & { readonly tenant: string }): Promise<ProviderConfig>
  list(tenant: string, provider?: string): Promise<readonly ProviderConfig[]>
  active(tenant: string, provider: string): Promise<ProviderConfig | undefined>
  activate(tenant: string, id: string): Promise<ProviderConfig>
  deactivate(tenant: string, id: string): Promise<ProviderConfig>
  delete(tenant: string, id: string): Promise<boolean>
  /** Opens the key of the active configuration, for one use. @throws SecretError `secret_undecryptable` */
  key(tenant: string, provider: string): Promise<{ readonly key: SecretText } | undefined>
  recordTest(
    tenant: string,
    id: string,
    test: { readonly latencyMs: number; readonly at?: number },
  ): Promise<ProviderConfig>
}

/** Models that may be used, by provider name; `*` stands for any text. Providers not named may use all of theirs. */
export type AllowedModels = Readonly<Record<string, readonly string[]>>
