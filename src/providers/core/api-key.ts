import { ConfigError } from '../../errors/families.ts'
import type { ApiKey, ApiKeyEntry, ProviderKey, ProviderKeys } from '../../types/keys.ts'
import type { SecretText } from '../../types/secret-text.ts'
import { invalid } from '../../utils/check.ts'
import { environmentVariable, isQuoted } from '../../utils/environment.ts'
import { type KeyOwner, namedKeys, openerOf } from '../../utils/named-keys.ts'

/** Gives the key of one request; `undefined` where the service needs none. */
type KeySource = (isRefresh: boolean) => SecretText | undefined | Promise<SecretText | undefined>

/** What a provider is told of its keys. */
export interface ProviderKeyParts {
  /** The only key, or any of several for requests that are made without a client. */
  readonly key: KeySource
  /** It comes from a function, which may have a fresh one. */
  readonly canRefreshKey?: boolean
  /** Several keys, of which the client takes one for each attempt. */
  readonly keys?: readonly ProviderKey[] | ProviderKeys
}

/**
 * Where a provider's key comes from: the option, else the first environment variable that is set.
 *
 * @throws ConfigError when there is none and one is needed, or it is malformed; the message never shows the value.
 */
export function keyParts(
  provider: string,
  apiKey: ApiKey | readonly ApiKeyEntry[] | ProviderKeys | undefined,
  variables: readonly string[],
  isRequired: boolean,
): ProviderKeyParts {
  const whose: KeyOwner = { owner: `provider '${provider}'`, provider, path: 'apiKey' }
  if (Array.isArray(apiKey)) return several(namedKeys(apiKey, whose))
  if (isPool(apiKey)) return { key: (isRefresh) => apiKey.next(true)?.key.open?.(isRefresh), keys: apiKey }
  if (apiKey !== undefined) return only(apiKey as ApiKey, whose)
  for (const variable of variables) {
    const value = environmentVariable(variable)
    if (value === undefined) continue
    if (isQuoted(value)) throw invalid(variable, 'a text in quotes', 'the key without them')
    return only(value, { ...whose, path: variable })
  }
  if (!isRequired) return { key: () => undefined }
  const names = variables.join(' or ')
  throw new ConfigError('config_invalid', `No API key for provider '${provider}': set ${names}, or give apiKey`, {
    provider,
    path: 'apiKey',
  })
}

function only(apiKey: ApiKey, whose: KeyOwner): ProviderKeyParts {
  const { open, canRefresh = false } = openerOf(apiKey, whose)
  return { key: open, canRefreshKey: canRefresh }
}

function several(keys: readonly ProviderKey[]): ProviderKeyParts {
  return { key: (isRefresh) => keys[0]?.open?.(isRefresh), keys }
}

function isPool(apiKey: unknown): apiKey is ProviderKeys {
  return typeof apiKey === 'object' && apiKey !== null && typeof (apiKey as Partial<ProviderKeys>).next === 'function'
}
