import { SecretError } from '../errors/families.ts'
import { checkOptions, ofType, oneOf } from '../utils/check.ts'
import { environmentVariable } from '../utils/environment.ts'
import { Secret } from '../utils/secret.ts'
import { type AeadKey, aeadKey, isAead, openAead, type SealContext, sealAead } from './aead.ts'
import type { Bytes } from './base64.ts'
import { openFernet, sealFernet } from './fernet.ts'
import { missingKey, parseSecretKey } from './secret-key.ts'

/** Where the secret keys come from, and how new keys are sealed. */
export interface KeyRingOptions {
  /** Seals, and is tried first. Default: `LLM_SECRET_KEY`. */
  readonly current?: string
  /** Open only; for what was sealed before a rotation. Default: `LLM_PREVIOUS_KEYS`, a JSON array or one key. */
  readonly previous?: readonly string[]
  /** `aead` binds a sealed key to its row; `fernet` is for sharing rows with Python. Default `aead`. */
  readonly seal?: 'aead' | 'fernet'
  /** Open Fernet tokens too. They are bound to nothing: switch it off once all rows are sealed anew. Default `true`. */
  readonly acceptFernet?: boolean
}

const currentName = 'LLM_SECRET_KEY'
const previousName = 'LLM_PREVIOUS_KEYS'
const maxPrevious = 100
const former = `it takes what was in ${currentName} before a rotation`

interface RingKey {
  readonly bytes: Bytes
  aead?: Promise<AeadKey>
}

/** Secret keys that seal and open API keys. Prints as nothing. */
export class KeyRing {
  readonly #keys: readonly RingKey[]
  readonly #seal: 'aead' | 'fernet'
  readonly #acceptFernet: boolean

  /** @throws SecretError `secret_missing`, `secret_invalid` naming the variable, never the value. */
  constructor(options: KeyRingOptions = {}) {
    checkOptions('keyRing', options, {
      current: () => undefined,
      previous: () => undefined,
      seal: oneOf('aead', 'fernet'),
      acceptFernet: ofType('boolean'),
    })
    const { seal = 'aead', acceptFernet = true } = options
    this.#keys = [currentKey(options.current), ...previousKeys(options.previous)].map((bytes) => ({ bytes }))
    this.#seal = seal
    this.#acceptFernet = acceptFernet || seal === 'fernet'
  }

  /** Seals under the current key. */
  async seal(text: string, context: SealContext): Promise<string> {
    const [current] = this.#keys as [RingKey]
    return this.#seal === 'fernet' ? sealFernet(current.bytes, text) : sealAead(await derived(current), text, context)
  }

  /**
   * Opens with the first key that fits. `isStale`: sealed under a previous key or in another form than new ones.
   *
   * @throws SecretError `secret_undecryptable`, whatever the reason.
   */
  async open(sealed: string, context: SealContext): Promise<{ readonly secret: Secret; readonly isStale: boolean }> {
    const isOwnForm = isAead(sealed)
    for (const [index, key] of this.#keys.entries()) {
      if (!isOwnForm && !this.#acceptFernet) break
      const text = isOwnForm ? await openAead(await derived(key), sealed, context) : await openFernet(key.bytes, sealed)
      if (text === undefined) continue
      return { secret: new Secret(text), isStale: index > 0 || isOwnForm !== (this.#seal === 'aead') }
    }
    const { tenant, provider } = context
    const message = `The stored API key of tenant '${tenant}' cannot be opened: sealed under another secret key, moved or changed`
    throw new SecretError('secret_undecryptable', message, { provider })
  }
}

/** Derived when first needed: it takes a moment and cannot be done at once. */
function derived(key: RingKey): Promise<AeadKey> {
  key.aead ??= aeadKey(key.bytes)
  return key.aead
}

function currentKey(given: string | undefined): Bytes {
  const value = given ?? environmentVariable(currentName)
  if (value === undefined) throw missingKey(currentName)
  return parseSecretKey(given === undefined ? currentName : 'keyRing.current', value)
}

function previousKeys(given: readonly string[] | undefined): Bytes[] {
  const values = given ?? parseList(environmentVariable(previousName))
  const source = given === undefined ? previousName : 'keyRing.previous'
  if (!Array.isArray(values) || values.length > maxPrevious) {
    throw new SecretError('secret_invalid', `${source} must be an array of at most ${maxPrevious} keys`, {
      path: source,
    })
  }
  return values.map((value, index) => parseSecretKey(`${source}[${index}]`, value, former))
}

function parseList(text: string | undefined): unknown {
  if (text === undefined) return []
  if (!text.startsWith('[')) return [text]
  try {
    return JSON.parse(text)
  } catch {
    return undefined // The caller says what is wrong; the parser's message would show the text.
  }
}
