import { ConfigError, StoreError } from '../errors/families.ts'
import type { Clock } from '../types/clock.ts'
import type { JsonObject } from '../types/json.ts'
import type { ConfigStore, ProviderConfigRow } from '../types/store.ts'
import {
  anything,
  type Check,
  checkOptions,
  clockLike,
  invalid,
  numberIn,
  ofType,
  withMethods,
} from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { checkIdentifier } from '../utils/identifier.ts'
import { orderedIds } from '../utils/ordered-id.ts'
import type { Secret } from '../utils/secret.ts'
import type { KeyRing } from './key-ring.ts'
import { type Rotation, type RotationOptions, rotateKeys, sealAnew } from './rotation.ts'

/** A tenant's configuration of a provider, without its key. */
export type ProviderConfig = Omit<ProviderConfigRow, 'apiKeySealed' | 'version'>

/** What is saved. */
export interface ProviderConfigInput {
  readonly tenant: string
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

/** A key, taken out for one use. */
export interface OpenedKey {
  readonly config: ProviderConfig
  readonly key: Secret
}

/** What a vault is made of. */
export interface VaultOptions {
  readonly store: ConfigStore
  readonly keyRing: KeyRing
  /** How long a sealed row is believed without asking the store, in ms: 0 to 60,000. Opened keys are never kept. Default 5,000. */
  readonly cacheMs?: number
  /** Default: the machine's own time. */
  readonly clock?: Clock
}

const tries = 10
const maxCached = 1_000
// Printable ASCII without spaces: anything else is refused by servers or could split a header.
const wellFormed = /^[\x21-\x7e]{1,4096}$/

const configStore = withMethods('a store such as memoryStores().configs', 'get', 'list', 'put', 'delete')
const ring = withMethods('a KeyRing', 'seal', 'open')

/** Fields there are: an address is none of them, tenants do not choose where keys and prompts go. */
const inputChecks: Readonly<Record<keyof ProviderConfigInput, Check>> = {
  // Ids and key are looked at on their own.
  tenant: anything,
  provider: anything,
  id: anything,
  apiKey: anything,
  defaultModel: (value) => (typeof value === 'string' && value !== '' ? undefined : 'the name of a model'),
  isActive: ofType('boolean'),
  metadata: ofType('object'),
}

/** Tenants' provider configurations with sealed keys, which are opened only to be used. */
export class Vault {
  readonly #store: ConfigStore
  readonly #ring: KeyRing
  readonly #clock: Clock
  readonly #cacheMs: number
  readonly #nextId: () => string
  readonly #cache = new Map<string, { readonly row: ProviderConfigRow | undefined; readonly until: number }>()

  constructor(options: VaultOptions) {
    checkOptions('vault', options, {
      store: configStore,
      keyRing: ring,
      cacheMs: numberIn(0, 60_000, 'ms'),
      clock: clockLike,
    })
    if (options.store === undefined) throw invalid('vault.store', 'nothing', configStore(undefined) as string)
    if (options.keyRing === undefined) throw invalid('vault.keyRing', 'nothing', ring(undefined) as string)
    const { store, keyRing, cacheMs = 5_000, clock = systemClock } = options
    this.#store = store
    this.#ring = keyRing
    this.#clock = clock
    this.#cacheMs = cacheMs
    this.#nextId = orderedIds(clock)
  }

  /**
   * Saves a configuration, new or changed.
   *
   * @throws ConfigError for a malformed key (never showing it), RequestError for malformed ids.
   */
  async save(input: ProviderConfigInput): Promise<ProviderConfig> {
    checkOptions('config', input, inputChecks)
    const { tenant, provider } = input
    checkIdentifier('tenant', tenant)
    checkIdentifier('provider', provider)
    if (input.apiKey !== undefined) checkApiKey(provider, input.apiKey)
    const id = input.id === undefined ? this.#nextId() : checkIdentifier('id', input.id)
    return this.#write(tenant, id, async (known) => {
      if (known === undefined && input.apiKey === undefined) throw missingApiKey(provider)
      if (known !== undefined && known.provider !== provider) throw takenId(id)
      return this.#rowOf(id, input, known)
    })
  }

  async list(tenant: string, provider?: string): Promise<readonly ProviderConfig[]> {
    const query = {
      tenant: checkIdentifier('tenant', tenant),
      limit: 1_000,
      ...(provider !== undefined && { provider }),
    }
    return (await this.#store.list(query)).map(withoutKey)
  }

  /** The active configuration of a tenant for a provider. */
  async active(tenant: string, provider: string): Promise<ProviderConfig | undefined> {
    const row = await this.#activeRow(tenant, provider)
    return row && withoutKey(row)
  }

  /** Makes a configuration the active one for its provider. */
  activate(tenant: string, id: string): Promise<ProviderConfig> {
    return this.#change(tenant, id, { isActive: true })
  }

  deactivate(tenant: string, id: string): Promise<ProviderConfig> {
    return this.#change(tenant, id, { isActive: false })
  }

  /** Notes a successful test of the key. */
  recordTest(
    tenant: string,
    id: string,
    test: { readonly latencyMs: number; readonly at?: number },
  ): Promise<ProviderConfig> {
    return this.#change(tenant, id, { lastTestedAt: test.at ?? this.#clock.now(), testLatencyMs: test.latencyMs })
  }

  /** Answers whether there was one. */
  async delete(tenant: string, id: string): Promise<boolean> {
    const isGone = await this.#store.delete(checkIdentifier('tenant', tenant), id)
    this.#cache.clear()
    return isGone
  }

  /**
   * Opens the key of the active configuration, for one use. What is sealed under a previous key is sealed anew.
   *
   * @throws SecretError `secret_undecryptable`.
   */
  async key(tenant: string, provider: string): Promise<OpenedKey | undefined> {
    const row = await this.#activeRow(tenant, provider)
    if (row === undefined) return undefined
    const { secret, isStale } = await this.#ring.open(row.apiKeySealed, row)
    if (isStale) await this.#renew(row, secret)
    return { config: withoutKey(row), key: secret }
  }

  /**
   * Seals everything anew under the current key. May be stopped and gone on with (`after`), and run in several processes
   * at once; calls go on meanwhile.
   */
  rotate(options: RotationOptions = {}): Promise<Rotation> {
    this.#cache.clear()
    return rotateKeys(this.#store, this.#ring, this.#clock, options)
  }

  async #activeRow(tenant: string, provider: string): Promise<ProviderConfigRow | undefined> {
    checkIdentifier('tenant', tenant)
    const place = JSON.stringify([tenant, provider])
    const cached = this.#cache.get(place)
    if (cached !== undefined && this.#clock.monotonic() < cached.until) return cached.row
    const [row] = await this.#store.list({ tenant, provider, isActive: true, limit: 1 })
    this.#cache.delete(place)
    this.#cache.set(place, { row, until: this.#clock.monotonic() + this.#cacheMs })
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= maxCached) break
      this.#cache.delete(oldest)
    }
    return row
  }

  async #renew(row: ProviderConfigRow, secret: Secret): Promise<void> {
    try {
      await this.#store.put(await sealAnew(row, secret, this.#ring, this.#clock))
    } catch {
      // The key was opened and can be used; the next reading or a rotation seals it anew.
    }
    this.#cache.clear()
  }

  #change(tenant: string, id: string, fields: Partial<ProviderConfigRow>): Promise<ProviderConfig> {
    checkIdentifier('tenant', tenant)
    return this.#write(tenant, id, async (known) => {
      if (known === undefined) throw unknownConfig(id)
      return { ...known, ...fields, updatedAt: this.#clock.now(), version: known.version + 1 }
    })
  }

  /** Reads, changes and writes; begins again when somebody else wrote meanwhile. */
  async #write(
    tenant: string,
    id: string,
    change: (known: ProviderConfigRow | undefined) => Promise<ProviderConfigRow>,
  ): Promise<ProviderConfig> {
    for (let round = 0; round < tries; round++) {
      const row = await change(await this.#store.get(tenant, id))
      if (!(await this.#store.put(row))) continue
      this.#cache.clear()
      return withoutKey(row)
    }
    throw new StoreError(
      'store_unavailable',
      `Configuration '${id}' is being changed by others, or belongs to another tenant`,
    )
  }

  async #rowOf(
    id: string,
    input: ProviderConfigInput,
    known: ProviderConfigRow | undefined,
  ): Promise<ProviderConfigRow> {
    const { tenant, provider, apiKey, defaultModel = known?.defaultModel } = input
    const now = this.#clock.now()
    const keyVersion = (known?.keyVersion ?? 0) + (apiKey === undefined ? 0 : 1)
    const sealed = apiKey && (await this.#ring.seal(apiKey, { tenant, provider, id, keyVersion }))
    return {
      id,
      tenant,
      provider,
      apiKeySealed: sealed ?? (known as ProviderConfigRow).apiKeySealed,
      keyVersion,
      ...(defaultModel !== undefined && { defaultModel }),
      isActive: input.isActive ?? known?.isActive ?? true,
      // A test says nothing about another key.
      ...(apiKey === undefined && known?.lastTestedAt !== undefined && { lastTestedAt: known.lastTestedAt }),
      ...(apiKey === undefined && known?.testLatencyMs !== undefined && { testLatencyMs: known.testLatencyMs }),
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
      metadata: input.metadata ?? known?.metadata ?? {},
      version: (known?.version ?? 0) + 1,
    }
  }
}

function withoutKey({ apiKeySealed: _, version: __, ...config }: ProviderConfigRow): ProviderConfig {
  return config
}

function checkApiKey(provider: string, apiKey: unknown): void {
  if (typeof apiKey === 'string' && wellFormed.test(apiKey)) return
  const given = typeof apiKey === 'string' ? `a text of ${apiKey.length} characters` : `a ${typeof apiKey}`
  const allowed = '1 to 4096 printable ASCII characters, no spaces or line breaks'
  throw configError(`apiKey for provider '${provider}': got ${given}; allowed: ${allowed}`, 'apiKey')
}

function missingApiKey(provider: string): ConfigError {
  return configError(`A new configuration of provider '${provider}' needs an apiKey`, 'apiKey')
}

function takenId(id: string): ConfigError {
  return configError(`Configuration '${id}' belongs to another provider`, 'id')
}

function unknownConfig(id: string): ConfigError {
  return configError(`The tenant has no configuration '${id}'`, 'id')
}

function configError(message: string, path: string): ConfigError {
  return new ConfigError('config_invalid', message, { path })
}
