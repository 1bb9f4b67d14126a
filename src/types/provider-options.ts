import type { ApiKey, ApiKeyEntry, ProviderKeys } from './keys.ts'
import type { Timeouts } from './timeouts.ts'

/** What every provider factory takes. */
export interface ProviderOptions {
  /** Name in results, events and errors; must be unique in a client. Default: the preset's own, for example `openai`. */
  readonly name?: string
  /**
   * The key, or a function that fetches one (`isRefresh` is true after a 401); an array of them, which take turns, and of
   * which one that is refused or rate limited rests; or a `KeyPool` of `holdfast/credentials`.
   * Default: the provider's usual environment variable, read when the factory is called.
   */
  readonly apiKey?: ApiKey | readonly ApiKeyEntry[] | ProviderKeys
  /** Where the API lives. `http:` is taken for loopback hosts only, unless `allowHttp` is set. Default: the preset's own. */
  readonly baseUrl?: string
  /** Allow `http:` to hosts other than loopback. Default `false`. */
  readonly allowHttp?: boolean
  /** Model used when a request names none. Default: `<NAME>_MODEL` from the environment, else the preset's own. */
  readonly model?: string
  /** Model used by `embed` when a request names none. */
  readonly embeddingModel?: string
  /** Extra headers on each request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Limits of this provider that differ from the client's, in ms. */
  readonly timeouts?: Partial<Timeouts>
}
