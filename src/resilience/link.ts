import type { ProviderKeys } from '../types/keys.ts'
import type { Provider } from '../types/provider.ts'
import type { Budget } from './budget.ts'
import type { Circuit } from './circuit-breaker.ts'
import type { LatencyWindow } from './latency-window.ts'
import type { SharedCircuit } from './shared-circuit.ts'

/** A provider with what the client remembers of it between calls. */
export interface Link {
  readonly provider: Provider
  readonly circuit: Circuit
  /** The same circuit as the rest of a fleet sees it. */
  readonly shared: Promise<SharedCircuit> | undefined
  /** The keys of whoever the call is made for. */
  readonly keys: ProviderKeys
  readonly budget: Budget
  readonly latency: LatencyWindow
}

/** One place of the chain in one call. */
export interface Candidate {
  readonly link: Link
  readonly model: string
  /** Nobody asked for this model: it is the provider's default. */
  readonly isDefault?: boolean
}

/** Could a model's answer start there now? A canned answer is no reason to give up on a provider sooner. */
export function isAvailable({ link }: Candidate): boolean {
  return link.provider.isDegraded !== true && link.circuit.isAvailable && link.keys.restsForMs === 0
}
