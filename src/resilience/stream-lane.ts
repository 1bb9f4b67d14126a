import { errorOf, StreamError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { AttemptOutcome } from '../types/attempt.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { Usage } from '../types/usage.ts'
import type { Answer } from '../utils/answer.ts'
import { estimateTokens } from '../utils/estimate-tokens.ts'
import type { Attempt } from './attempt.ts'
import { OutputWatch } from './output-watch.ts'

/** How long a stream that has said its finish word may take for late usage. */
const lateUsageMs = 2_000

/** Idle limit of a lane, in ms, and where the answer is noted. */
export interface LaneOptions {
  readonly idleMs: number
  readonly answer: Answer
  /** Longest answer in UTF-16 units. */
  readonly maxLength: number
}

/** One candidate's stream, from its first content on: reads batches under the idle limit and notes the answer. */
export class StreamLane {
  readonly attempt: Attempt
  readonly answer: Answer
  readonly #iterator: AsyncIterator<readonly ProviderEvent[]>
  readonly #idleMs: number
  readonly #outputWatch: OutputWatch | undefined
  #lengthLeft: number
  #isEnded = false
  /** Why nothing more is read, although the reader has not been told yet. */
  #stopped: LlmError | undefined

  constructor(attempt: Attempt, source: AsyncIterable<readonly ProviderEvent[]>, options: LaneOptions) {
    this.attempt = attempt
    this.answer = options.answer
    this.#idleMs = options.idleMs
    this.#lengthLeft = options.maxLength
    this.#iterator = source[Symbol.asyncIterator]()
    this.#outputWatch = attempt.bound && new OutputWatch(attempt.bound)
  }

  /**
   * Everything up to and with the first content, under the limits set by whoever opened the stream.
   * @throws LlmError when the stream ends or breaks before
   */
  async open(): Promise<readonly ProviderEvent[]> {
    const head: ProviderEvent[] = []
    for (;;) {
      const batch = await this.#pull()
      if (batch === undefined) return head
      head.push(...batch)
      if (hasContent(batch)) {
        this.attempt.markFirstToken()
        this.attempt.watch.pause()
        return head
      }
    }
  }

  /** The next batch with content, or the last one; `undefined` at the end. */
  async next(): Promise<readonly ProviderEvent[] | undefined> {
    const { watch } = this.attempt
    if (this.answer.finishReason === undefined) watch.limit(this.#idleMs, 'idle_timeout')
    const batch = await this.#pull()
    if (batch === undefined || hasContent(batch)) {
      watch.pause()
      return batch
    }
    // Start-up facts, usage and the like come with the next content.
    const gathered = [...batch]
    for (;;) {
      const more = await this.#pull()
      if (more !== undefined) gathered.push(...more)
      if (more === undefined || hasContent(more)) {
        watch.pause()
        return gathered
      }
    }
  }

  /** Ends the attempt well. */
  complete(): void {
    this.attempt.upstream = this.answer.upstream
    this.attempt.settle('ok', undefined, this.answer.usage, this.answer)
    // What the server still sends is not wanted.
    this.release()
  }

  /** Ends the attempt otherwise: the upstream request is cancelled at once. */
  abandon(error: LlmError, outcome: AttemptOutcome = error.code === 'aborted' ? 'aborted' : 'failed'): void {
    this.#isEnded = true
    this.attempt.upstream = this.answer.upstream
    this.attempt.settle(outcome, outcome === 'superseded' ? undefined : error, this.#usageSoFar())
    this.attempt.watch.abort(error)
    this.release()
  }

  /** Lets the provider's iterator go. Nobody is left to care what it says to that. */
  release(): void {
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => {})
    } catch {
      // The same.
    }
  }

  /** What a broken answer has cost: as reported, else guessed from what came of it. */
  #usageSoFar(): Usage | undefined {
    const { usage, output, hasContent: isBegun } = this.answer
    if (usage?.outputTokens !== undefined || !isBegun) return usage
    return { input: {}, output: {}, ...usage, outputTokens: estimateTokens(output), isEstimated: true }
  }

  async #pull(): Promise<readonly ProviderEvent[] | undefined> {
    if (this.#isEnded) return undefined
    try {
      if (this.#stopped !== undefined) throw this.#stopped
      const { done, value } = await this.attempt.watch.race(this.#iterator.next())
      if (done) return this.#end()
      const { answer } = this
      const wasOpen = answer.finishReason === undefined
      for (const event of value) {
        this.#lengthLeft -= lengthOf(event)
        if (this.#lengthLeft < 0) throw tooLong()
        answer.add(event)
      }
      if (wasOpen && answer.finishReason !== undefined) this.attempt.watch.limit(lateUsageMs, 'idle_timeout')
      this.#stopped = this.#outputWatch?.errorAfter(value, answer)
      // What has come is paid for and handed out; what would come is not asked for.
      if (this.#stopped !== undefined) this.release()
      return value
    } catch (thrown) {
      const error = this.attempt.toError(thrown)
      // After the finish word a broken connection loses nothing that matters; an error the provider reports still counts.
      if (this.answer.finishReason !== undefined && error.code !== 'aborted' && !isReported(error)) return this.#end()
      this.#isEnded = true
      throw interrupted(error, this.answer)
    }
  }

  #end(): undefined {
    this.#isEnded = true
    if (this.answer.finishReason === undefined) {
      throw new StreamError('stream_interrupted', 'The stream ended without a finish reason')
    }
    return undefined
  }
}

/** Does a batch hold anything that a caller sees as the answer? */
export function hasContent(batch: readonly { readonly type: string }[]): boolean {
  for (const event of batch) if (isContent(event as ProviderEvent)) return true
  return false
}

function lengthOf(event: ProviderEvent): number {
  const { type } = event
  if (type === 'text' || type === 'reasoning' || type === 'refusal') return event.text.length
  return type === 'tool-call-delta' ? event.argumentsText.length : 0
}

/** Another provider would not be shorter. */
function tooLong(): LlmError {
  return errorOf('response_too_large', 'The answer is longer than its limit', { policy: { next: 'no' } })
}

/** Whether an event is content: what a caller sees, and what counts as progress. */
function isContent(event: ProviderEvent): boolean {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.text !== ''
    case 'tool-call':
    case 'tool-call-delta':
      return true
    default:
      return false
  }
}

/** Did the provider itself say so, in the stream? Only then there is a status. */
function isReported({ status }: LlmError): boolean {
  return status !== undefined
}

/** A connection that breaks in mid-answer is an interrupted stream, whatever broke it. */
function interrupted(error: LlmError, answer: Answer): LlmError {
  const isBreak = error.code === 'connection_reset' || (error.code === 'bad_response' && !isReported(error))
  if (!answer.hasContent || !isBreak) return error
  const cut = new StreamError('stream_interrupted', 'The stream broke off before its finish reason', { cause: error })
  cut.provider = error.provider as string
  cut.model = error.model as string
  return cut
}
