import type { Warning } from '../../types/reply.ts'
import type { Timeouts } from '../../types/timeouts.ts'
import type { ProviderKeyParts } from './api-key.ts'

/** A wire format with an address and a key: everything a provider is. */
export interface ProviderParts extends ProviderKeyParts {
  readonly name: string
  readonly baseUrl: string
  readonly defaultModel: string
  readonly headers: Readonly<Record<string, string>>
  readonly warnings?: readonly Warning[]
  readonly timeouts?: Partial<Timeouts> | undefined
}
