import type { ProviderEvent } from '../types/provider.ts'
import type { StreamEvent } from '../types/stream.ts'
import type { StreamLane } from './stream-lane.ts'

/** What a run hands out: a provider's events, and the marks of a change of provider. */
export type RunEvent = ProviderEvent | (StreamEvent & { type: 'failover' | 'reset' })

/** A lane with its start-up events and first content. */
export interface OpenedLane {
  readonly lane: StreamLane
  readonly head: readonly ProviderEvent[]
  /** It goes on from a prefill: what it says follows what was delivered. */
  readonly isContinued?: boolean
}
