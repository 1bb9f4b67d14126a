import { LlmError } from '../errors/llm-error.ts'
import type { GuardedStream } from '../guards/engine.ts'
import type { Call } from '../resilience/call.ts'
import type { Candidate } from '../resilience/link.ts'
import type { RunEvent } from '../resilience/run-event.ts'
import { hasContent } from '../resilience/stream-lane.ts'
import { type RunOptions, StreamRun } from '../resilience/stream-run.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { ChatReply } from '../types/reply.ts'
import { Answer } from '../utils/answer.ts'
import type { OpenRequest } from './attempts.ts'
import type { Admission } from './entrance.ts'
import { openStream, type StreamAttempts } from './stream-attempt.ts'

/** What a session needs of the pipeline it is part of. */
export interface SessionParts extends Pick<RunOptions, 'midStream' | 'chain'> {
  readonly requestId: string
  /** Set where neither limits nor guards stand before the call. */
  readonly admission: Admission | undefined
  readonly begin: () => Call
  readonly enter: (call: Call) => Promise<Admission>
  readonly attempts: StreamAttempts
  readonly finish: (call: Call, answer: Answer, candidate: Candidate, request: OpenRequest) => Promise<ChatReply>
  readonly fail: (call: Call, error: LlmError) => void
}

/** One streamed call: begun at the first pull, guarded on its way out, settled once. */
export class StreamSession {
  readonly requestId: string
  /** May a `reset` be handed out? Set by whoever reads. */
  canReset: () => boolean = () => false
  /** The call was ended while nobody read; `pull` tells it. */
  onIdleEnd: () => void = () => {}
  readonly #parts: SessionParts
  #call: Call | undefined
  #run: StreamRun | undefined
  #admission: Admission | undefined
  #guarded: { stream: GuardedStream; answer: Answer | undefined } | undefined
  #isCancelled = false
  /** Content was handed out. */
  #isShown = false
  #isOver = false

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.requestId = parts.requestId
    this.#admission = parts.admission
  }

  /** The answer as far as it was handed out. */
  get answer(): Answer | undefined {
    return this.#guarded === undefined ? this.#run?.answer : this.#guarded.answer
  }

  get candidate(): Candidate | undefined {
    return this.#run?.candidate
  }

  /** The next events, or `undefined` at the good end. */
  pull(): Promise<readonly RunEvent[] | undefined> {
    if (this.#run !== undefined) return this.#guarded === undefined ? this.#run.pull() : this.#pullGuarded(this.#run)
    return this.#begin()
  }

  cancel(reason: unknown): void {
    this.#isCancelled = true
    this.#run?.cancel(reason)
  }

  /** The reply of a session that came to its good end. */
  async finish(): Promise<ChatReply> {
    const { answer, candidate } = this
    const { request } = this.#admission ?? {}
    if (this.#call === undefined || answer === undefined || candidate === undefined || request === undefined) {
      throw new TypeError('a session that ended well has an answer')
    }
    try {
      return await this.#parts.finish(this.#call, answer, candidate, request)
    } catch (error) {
      if (LlmError.isInstance(error)) error.requestId ??= this.requestId
      throw error
    }
  }

  fail(error: LlmError): void {
    error.requestId ??= this.requestId
    if (this.#call === undefined) return
    this.#parts.fail(this.#call, error)
  }

  async #begin(): Promise<readonly RunEvent[] | undefined> {
    const { begin, enter } = this.#parts
    this.#call = begin()
    this.#admission ??= await enter(this.#call)
    return this.#open(this.#call, this.#admission)
  }

  async #open(call: Call, { request, guards, candidates }: Admission): Promise<readonly RunEvent[] | undefined> {
    if (this.#isCancelled) return undefined
    const { midStream, chain, attempts } = this.#parts
    this.#run = new StreamRun(call, candidates, {
      midStream,
      chain,
      canReset: () => this.canReset(),
      onIdleEnd: () => this.onIdleEnd(),
      open: (attempt, prefill) => openStream(attempt, request, prefill, attempts),
    })
    if (guards !== undefined) this.#guarded = { stream: guards.stream(), answer: undefined }
    return this.pull()
  }

  /** Goes on until the guards let something out, or the answer ends. */
  async #pullGuarded(run: StreamRun): Promise<readonly RunEvent[] | undefined> {
    try {
      while (!this.#isOver) {
        const batch = await run.pull()
        this.#isOver = batch === undefined
        const out = batch === undefined ? await this.#endGuarded() : await this.#pushGuarded(batch)
        this.#isShown ||= hasContent(out)
        if (out.length > 0) return out
      }
      return undefined
    } catch (error) {
      const again = this.#retryAfter(error, run)
      if (again !== undefined) {
        await run.leave()
        this.#isOver = false
        return this.#open(...again)
      }
      run.cancel(error)
      // What the guards held back stays held back.
      if (LlmError.isInstance(error) && error.partialText !== undefined) {
        error.partialText = this.#guarded?.stream.shownText ?? ''
      }
      throw error
    }
  }

  /** Another try, where a guard asks for one and nothing of the refused answer was shown. */
  #retryAfter(error: unknown, run: StreamRun): [Call, Admission] | undefined {
    const [call, admission] = [this.#call, this.#admission]
    if (call === undefined || admission === undefined || this.#isShown || call.attemptsLeft <= 0) return undefined
    const request = admission.guards?.retryAfter(error, admission.request, run.answer?.text ?? '')
    if (request === undefined) return undefined
    this.#admission = { ...admission, request }
    return [call, this.#admission]
  }

  async #pushGuarded(batch: readonly RunEvent[]): Promise<RunEvent[]> {
    const out: RunEvent[] = []
    let piece: ProviderEvent[] = []
    const flush = async (): Promise<void> => {
      if (piece.length > 0) out.push(...this.#note(await this.#guarded?.stream.push(piece)))
      piece = []
    }
    for (const event of batch) {
      if (event.type !== 'failover' && event.type !== 'reset') {
        piece.push(event)
        continue
      }
      await flush()
      if (event.type === 'reset') {
        const discarded = this.#guarded?.stream.shownText ?? ''
        const stream = this.#admission?.guards?.stream()
        if (stream !== undefined) this.#guarded = { stream, answer: undefined }
        out.push({ ...event, discarded })
      } else out.push(event)
    }
    await flush()
    return out
  }

  async #endGuarded(): Promise<readonly RunEvent[]> {
    return this.#note(await this.#guarded?.stream.end())
  }

  #note(events: readonly ProviderEvent[] = []): readonly ProviderEvent[] {
    const guarded = this.#guarded
    const raw = this.#run?.answer
    if (guarded === undefined || raw === undefined) return events
    guarded.answer ??= new Answer(raw.origin, raw.toolNames)
    for (const event of events) guarded.answer.add(event)
    return events
  }
}
