import { SecretError } from '../errors/families.ts'
import type { SecretText } from '../types/secret-text.ts'
import { invalid, show, withMethods } from '../utils/check.ts'
import { checkIdentifier } from '../utils/identifier.ts'
import type { Vault } from './vault.ts'

/**
 * The key of a tenant's active configuration, for the `apiKey` option of a provider: the client's own keys can lie in the
 * vault too. A change is seen as late as the vault's `cacheMs` says.
 *
 * @throws SecretError `secret_missing` from the call, when there is no active configuration.
 *
 * @example
 * openai({ apiKey: vaultKey(vault, 'house', 'openai') })
 */
export function vaultKey(vault: Pick<Vault, 'key'>, tenant: string, provider: string): () => Promise<SecretText> {
  const allowed = withMethods('a vault', 'key')(vault)
  if (allowed !== undefined) throw invalid('vault', show(vault), allowed)
  checkIdentifier('tenant', tenant)
  checkIdentifier('provider', provider)
  return async () => {
    const opened = await vault.key(tenant, provider)
    if (opened !== undefined) return opened.key
    throw new SecretError('secret_missing', `'${tenant}' has no active configuration of provider '${provider}'`)
  }
}
