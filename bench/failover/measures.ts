/** What was seen of one situation, by the caller and by the wall. Times are ms of the situation's clock. */
export interface Measures {
  readonly outcome: 'success' | 'error' | 'hang'
  /** The text the caller got is the whole answer, character by character. */
  readonly isComplete: boolean
  readonly text: string
  /** Code and message of the error the caller got. */
  readonly error?: string
  readonly elapsedMs: number
  readonly model?: string | undefined
  readonly fallbackModel: string
  readonly hasUsage: boolean
  /** When each attempt reached the primary, from the first one on. */
  readonly primaryAt: readonly number[]
  readonly fallbackCount: number
  /** Requests the fallback refused because they ended with a turn of the assistant. */
  readonly prefillRefusals: number
  /** A healthy request afterwards was answered. */
  readonly isAliveAfter: boolean
  readonly sequence?: Sequence
}

/** What twenty requests across an outage add. */
export interface Sequence {
  readonly requests: number
  readonly hangs: number
  readonly duringOutage: number
  readonly servedDuringOutage: number
  readonly primaryDuringOutage: number
  /** From the end of the outage to the first answer of the primary. */
  readonly recoveredAfterMs: number | undefined
}
