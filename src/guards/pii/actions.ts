import type { GuardBlock } from '../../types/guard.ts'
import { maxBlock } from './blocks.ts'
import type { PiiType } from './segment.ts'
import { sha256 } from './sha256.ts'
import type { Vault } from './vault.ts'

/**
 * What is done with a find. `token`: a placeholder that is turned back in the answer · `mask`: the name of its type ·
 * `hash`: a stable name made with `hashKey`, the same value the same name in every call · `drop`: nothing in its place ·
 * `block`: the call ends.
 */
export type PiiAction = 'token' | 'mask' | 'hash' | 'drop' | 'block'

export const piiActions: readonly PiiAction[] = ['token', 'mask', 'hash', 'drop', 'block']

/** What of a value makes its name; of longer ones an answer may not show more before it is handed out. */
const maxHashed = maxBlock

/** Takes values to what stands in their place. */
export class Replacer {
  readonly #actions: ReadonlyMap<PiiType, PiiAction>
  readonly #hashKey: string

  constructor(actions: ReadonlyMap<PiiType, PiiAction>, hashKey: string | undefined) {
    this.#actions = actions
    this.#hashKey = hashKey ?? ''
  }

  /** What is done with a type; tokens need a vault, without one they are masks. */
  actionFor(type: PiiType, vault: Vault | undefined): PiiAction {
    const action = this.#actions.get(type) ?? 'token'
    return action === 'token' && vault === undefined ? 'mask' : action
  }

  /** The text to put in place of a value. */
  replace(value: string, type: PiiType, vault: Vault | undefined): string | GuardBlock {
    switch (this.actionFor(type, vault)) {
      case 'token':
        return vault?.tokenFor(value, type) ?? `[${type}]`
      case 'hash':
        return `[${type}_${keyedHash(this.#hashKey, value.slice(0, maxHashed))}]`
      case 'drop':
        return ''
      case 'block':
        return { outcome: 'block', rule: `pii.${type.toLowerCase()}`, reason: `it holds data of type ${type}` }
      default:
        return `[${type}]`
    }
  }
}

/** Twelve hexadecimal digits of HMAC-SHA-256. */
function keyedHash(key: string, value: string): string {
  const encoder = new TextEncoder()
  const long = encoder.encode(key)
  const block = new Uint8Array(64)
  block.set(long.length > 64 ? sha256(long) : long)
  const inner = sha256(
    joined(
      block.map((byte) => byte ^ 0x36),
      encoder.encode(value),
    ),
  )
  const outer = sha256(
    joined(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  )
  return [...outer.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
