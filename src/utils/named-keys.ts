import { ConfigError, errorOf } from '../errors/families.ts'
import type { ErrorPolicy } from '../errors/policy.ts'
import type { ApiKey, ApiKeyEntry, ProviderKey } from '../types/keys.ts'
import type { SecretText } from '../types/secret-text.ts'
import { invalid, show } from './check.ts'
import { Secret } from './secret.ts'

// Printable ASCII without spaces: anything else is refused by servers or could split a header.
const wellFormed = /^[\x21-\x7e]{1,4096}$/
const idForm = /^[A-Za-z0-9][\w.@:+-]{0,127}$/

/** Whose key something is, for messages. */
export interface KeyOwner {
  /** `provider 'openai'`, or the like. */
  readonly owner: string
  readonly provider?: string
  readonly path: string
}

/**
 * Several keys with their names, `key-1`, `key-2` … where none is given.
 *
 * @throws ConfigError naming the place of what is wrong, never the key.
 */
export function namedKeys(given: readonly ApiKeyEntry[], whose: KeyOwner): readonly ProviderKey[] {
  const keys = given.map((entry, index) => namedKey(entry, index, { ...whose, path: `${whose.path}[${index}]` }))
  if (keys.length === 0) throw invalid(whose.path, 'an empty array', 'at least one key')
  const ids = keys.map(({ id }) => id)
  const twin = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twin !== undefined) throw invalid(whose.path, `'${twin}' twice`, 'ids that are all different')
  return keys
}

function namedKey(given: ApiKeyEntry, index: number, whose: KeyOwner): ProviderKey {
  const isNamed = typeof given === 'object' && given !== null && 'apiKey' in given
  const { id, apiKey } = isNamed ? given : { id: `key-${index + 1}`, apiKey: given }
  if (typeof id !== 'string' || !idForm.test(id)) {
    throw invalid(`${whose.path}.id`, show(id), '1 to 128 of A-Z a-z 0-9 _ . @ : + -, a letter or digit first')
  }
  return { id, ...openerOf(apiKey, whose) }
}

/** How a key is opened: at once, or by the function that fetches it. */
export function openerOf(
  apiKey: ApiKey,
  whose: KeyOwner,
): Pick<ProviderKey, 'canRefresh'> & Required<Pick<ProviderKey, 'open'>> {
  if (typeof apiKey === 'function') {
    return { canRefresh: true, open: (isRefresh) => fetched(apiKey, isRefresh, whose) }
  }
  const secret = secretOf(apiKey, whose)
  return { open: () => secret }
}

/** What keeps a key from being fetched is no fault of the provider's, and another provider has another key. */
async function fetched(
  apiKey: Extract<ApiKey, (...given: never) => unknown>,
  isRefresh: boolean,
  whose: KeyOwner,
): Promise<SecretText> {
  let value: unknown
  try {
    value = await apiKey({ isRefresh })
  } catch (cause) {
    const { owner, provider } = whose
    throw errorOf('auth_failed', `The key of ${owner} could not be fetched`, { provider, cause })
  }
  return secretOf(value, whose, { next: 'yes' })
}

function secretOf(value: unknown, { owner, provider, path }: KeyOwner, policy?: Partial<ErrorPolicy>): SecretText {
  const text = textOf(value)
  if (typeof text === 'string' && wellFormed.test(text)) return new Secret(text)
  throw new ConfigError(
    'config_invalid',
    `Option ${path} of ${owner}: got ${faultOf(text)}; allowed: 1 to 4096 printable ASCII characters, no spaces or line breaks`,
    { provider, path, policy },
  )
}

/** A `Secret`, of this copy of the package or another, is as good as its text. */
function textOf(value: unknown): unknown {
  const { reveal } = (typeof value === 'object' && value !== null ? value : {}) as Partial<SecretText>
  return typeof reveal === 'function' ? reveal.call(value) : value
}

function faultOf(value: unknown): string {
  if (typeof value !== 'string') return `a ${typeof value}`
  return value === '' ? 'an empty text' : `a text of ${value.length} characters`
}
