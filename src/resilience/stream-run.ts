import { StreamError } from '../errors/families.ts'
import { type LlmError, withPolicy } from '../errors/llm-error.ts'
import type { MidStream } from '../types/client-options.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { Answer } from '../utils/answer.ts'
import type { Attempt } from './attempt.ts'
import type { Call } from './call.ts'
import { Chain, type ChainOptions } from './chain.ts'
import type { Candidate } from './link.ts'
import type { OpenedLane, RunEvent } from './run-event.ts'
import type { StreamLane } from './stream-lane.ts'
import { joinLane } from './stream-seam.ts'
import { abortError } from './watch.ts'

/** Breaks after which nobody else is asked: nobody waits any more, or another answer would be as long. */
const finalCodes: readonly ErrorCode[] = ['aborted', 'deadline_exceeded', 'response_too_large', 'limit_exceeded']

/** What a run needs from its maker. */
export interface RunOptions {
  readonly midStream: MidStream
  readonly chain: Pick<ChainOptions<unknown>, 'hedge' | 'lastResort' | 'prepare' | 'enter'>
  /** May a `reset` be handed out? Asked when the need arises: the reader chooses the view. */
  readonly canReset: () => boolean
  /** The call was ended (deadline, abort, close) while nothing was asked of the run; the next `pull` tells it. */
  readonly onIdleEnd: () => void
  /** Opens one candidate's stream; with `prefill`, as a continuation of that text. */
  readonly open: (attempt: Attempt, prefill: string | undefined) => Promise<OpenedLane>
}

/**
 * One streamed answer over the whole chain. Pending: a failure moves on unseen. Committed (content was handed out): the
 * answer goes on by the mid-stream contract or throws with `partialText`. Finished: nothing can fail any more.
 */
export class StreamRun {
  readonly #call: Call
  readonly #chain: Chain<OpenedLane>
  readonly #options: RunOptions
  #lane: StreamLane | undefined
  #prefill: string | undefined
  #isOver = false

  constructor(call: Call, candidates: readonly Candidate[], options: RunOptions) {
    this.#call = call
    this.#options = options
    this.#chain = new Chain(call, candidates, {
      ...options.chain,
      run: (attempt) => this.#open(attempt),
      discard: ({ lane }, error) => lane.abandon(error, 'hedge_lost'),
    })
  }

  /** The answer as far as it has come; of the provider that goes on now. */
  get answer(): Answer | undefined {
    return this.#lane?.answer
  }

  get candidate(): Candidate | undefined {
    return this.#lane?.attempt.candidate
  }

  /** The next events, or `undefined` at the good end. */
  async pull(): Promise<readonly RunEvent[] | undefined> {
    if (this.#isOver) return undefined
    if (this.#lane === undefined) {
      const { lane, head } = await this.#chain.open()
      if (this.#isOver) return this.#discard(lane)
      return this.#handOut(lane, head)
    }
    let failure: LlmError
    try {
      const batch = await this.#lane.next()
      if (batch !== undefined) return this.#handOut(this.#lane, batch)
      this.#isOver = true
      this.#lane.complete()
      return undefined
    } catch (error) {
      failure = error as LlmError
    }
    return this.#recover(failure, this.#lane)
  }

  /** The answer is not wanted, but the call goes on. One that has said its finish word was good, and is heard out. */
  async leave(): Promise<void> {
    try {
      if (this.answer?.finishReason !== undefined) while ((await this.pull()) !== undefined);
    } catch {
      // Nobody wants to know.
    }
    if (this.#isOver) return
    this.#isOver = true
    this.#lane?.abandon(abortError(undefined), 'superseded')
  }

  /** The reader has gone: ends the upstream request at once. */
  cancel(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    const error = abortError(reason)
    this.#lane?.abandon(error)
    this.#call.live.end(error)
  }

  /** The reader has the turn. Should the call end before he comes back, somebody must say so. */
  #handOut(lane: StreamLane, events: readonly RunEvent[]): readonly RunEvent[] {
    this.#lane = lane
    lane.attempt.watch.onEnd = this.#onIdleEnd
    return events
  }

  readonly #onIdleEnd = (): void => {
    if (!this.#isOver) this.#options.onIdleEnd()
  }

  /** A candidate answered after the reader had gone. */
  #discard(lane: StreamLane): undefined {
    lane.abandon(abortError(undefined))
    return undefined
  }

  async #open(attempt: Attempt): Promise<OpenedLane> {
    const { provider } = attempt.candidate.link
    const prefill = canPrefill(attempt.candidate) ? this.#prefill : undefined
    try {
      const opened = await this.#options.open(attempt, prefill)
      return { ...opened, isContinued: prefill !== undefined }
    } catch (error) {
      const thrown = attempt.toError(error)
      if (prefill === undefined || thrown.code !== 'bad_request') throw thrown
      // The model does not take a prefill after all: the same provider is asked afresh.
      this.#prefill = undefined
      thrown.provider = provider.name
      throw withPolicy(thrown, { retries: 1, retriesWithFallback: 1, next: 'yes' })
    }
  }

  async #recover(failure: LlmError, broken: StreamLane): Promise<readonly RunEvent[]> {
    const { answer } = broken
    const delivered = answer.text
    const { midStream } = this.#options
    let error = failure
    let lane = broken
    for (;;) {
      lane.abandon(error)
      const isFinal = midStream === 'error' || answer.toolCalls.length > 0
      if (isFinal || finalCodes.includes(error.code)) throw this.#cut(error, delivered)
      this.#prefill = midStream === 'continue' && !answer.hasOpenToolCall ? delivered : undefined
      try {
        this.#chain.fail(error)
        const opened = await this.#chain.open()
        lane = opened.lane
        this.#lane = lane
        const { canReset } = this.#options
        const joined = await joinLane(opened, { broken, failure, delivered, midStream, canReset })
        if (joined !== undefined) return this.#handOut(lane, joined)
        lane.abandon(failure, 'superseded')
      } catch (thrown) {
        // A lane that broke while it was being joined is just one more failed candidate.
        if (lane === broken || this.#lane !== lane) throw this.#cut(failure, delivered, thrown as LlmError)
        error = thrown as LlmError
        this.#lane = broken
        continue
      }
      throw this.#cut(failure, delivered, new StreamError('stream_interrupted', 'Another provider gave another text'))
    }
  }

  /** The error of a committed stream that cannot go on. */
  #cut(failure: LlmError, delivered: string, last?: LlmError): LlmError {
    this.#isOver = true
    const isOwn = this.#options.midStream === 'error' || last === undefined || failure.code === 'stream_interrupted'
    const isEnded = last?.code === 'aborted' || last?.code === 'deadline_exceeded'
    const error = isEnded
      ? last
      : isOwn
        ? failure
        : new StreamError('stream_interrupted', `The answer broke off and could not be continued: ${failure.message}`, {
            cause: failure,
          })
    if (failure.provider !== undefined) error.provider ??= failure.provider
    if (failure.model !== undefined) error.model ??= failure.model
    error.partialText = delivered
    return error
  }
}

function canPrefill({ link, model }: Candidate): boolean {
  const { provider } = link
  return provider.canPrefill?.(model) ?? provider.capabilities.prefill === true
}
