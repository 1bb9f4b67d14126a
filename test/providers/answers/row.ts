import type { ErrorCode } from '../../../src/types/error-code.ts'
import type { FinishReason } from '../../../src/types/reply.ts'

/** What is read out of an answer; only what is named is looked at. */
export interface Reading {
  readonly text?: string
  readonly reasoning?: string
  readonly refusal?: string
  /** Name and arguments of each call, and its id where that matters. */
  readonly calls?: readonly (readonly [name: string, argumentsText: string, id?: string])[]
  readonly finish?: FinishReason
  readonly raw?: string
  readonly input?: number
  readonly output?: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  readonly thought?: number
  readonly citations?: number
  /** Blocks that only travel with the conversation. */
  readonly blocks?: number
  /** The answer failed, after what stands beside was handed out. */
  readonly code?: ErrorCode
}

/** An answer (a text is a stream's body as it is, anything else a JSON body), and what is read out of it. */
export type AnswerRow = readonly [what: string, answer: unknown, reading: Reading]

/** A stream of events, each an object or a text that stands as it is. */
export function sse(...events: readonly unknown[]): string {
  return events
    .map((event) => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`))
    .join('\n\n')
    .concat('\n\n')
}
