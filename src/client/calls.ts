import { AbortError, ClosedError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { Call } from '../resilience/call.ts'
import type { Candidate } from '../resilience/link.ts'
import { Live } from '../resilience/watch.ts'
import type { AttemptOutcome } from '../types/attempt.ts'
import type { CallResult } from '../types/meter.ts'
import type { Usage } from '../types/usage.ts'
import type { Emitter } from './emitter.ts'
import type { Settings } from './settings.ts'

const settleMs = 250

/** Whose call it is, as events tell it. */
interface OnBehalf {
  readonly tenant?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

interface Opened {
  readonly startedAt: number
  readonly strategy: string | undefined
  readonly onBehalf: { readonly tenant?: string; readonly metadata?: Readonly<Record<string, string>> }
}

/** Opens and ends calls, and knows which are under way. */
export class Calls {
  readonly #settings: Settings
  readonly #emitter: Emitter
  readonly #open = new Map<Call, Opened>()
  readonly #prefix = Math.random().toString(36).slice(2, 8)
  #count = 0
  #isClosed = false
  #onIdle: (() => void) | undefined

  constructor(settings: Settings, emitter: Emitter) {
    this.#settings = settings
    this.#emitter = emitter
  }

  /** @throws ClosedError once the client is closed */
  checkOpen(): void {
    if (this.#isClosed) throw new ClosedError('closed', 'The client is closed')
  }

  nextId(): string {
    return `hf-${this.#prefix}-${(++this.#count).toString(36)}`
  }

  /** Begins a call: its deadline starts now. */
  begin(
    requestId: string,
    plan: { readonly capability: string; readonly candidates: readonly Candidate[]; readonly strategy?: string },
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } & OnBehalf,
  ): Call {
    this.checkOpen()
    const { clock, random, timeouts, retry, errorRules, maxAttempts } = this.#settings
    const call: Call = {
      requestId,
      clock,
      random,
      signal: options.signal,
      live: new Live(),
      deadlineAt: clock.monotonic() + (options.timeoutMs ?? timeouts.totalMs),
      retry,
      errorRules,
      records: [],
      attemptsLeft: maxAttempts,
      onEnd: [],
      emit: this.#emitter.forCall(requestId),
    }
    const { capability, candidates, strategy } = plan
    const { tenant, metadata } = options
    const onBehalf = { ...(tenant !== undefined && { tenant }), ...(metadata !== undefined && { metadata }) }
    this.#open.set(call, { startedAt: clock.monotonic(), strategy, onBehalf })
    const names = candidates.map(({ link }) => link.provider.name)
    call.emit?.({ type: 'call-start', capability, candidates: names, ...onBehalf })
    return call
  }

  /** Ends a call, once. */
  end(call: Call, outcome: { readonly provider?: string; readonly error?: LlmError; readonly usage?: Usage }): void {
    const opened = this.#open.get(call)
    if (opened === undefined) return
    this.#open.delete(call)
    const { provider, error, usage } = outcome
    if (LlmError.isInstance(error)) {
      error.requestId ??= call.requestId
      if (error.attempts.length === 0) error.attempts = call.records
    }
    const ms = call.clock.monotonic() - opened.startedAt
    const how = {
      outcome: outcomeOf(error),
      ...(provider !== undefined && { provider }),
      ...(error && { code: error.code }),
      ms,
    }
    call.ended = how
    if (call.reservation !== undefined)
      call.reservation.settle({ ...how, ...forTheBooks(call, opened.strategy, error) })
    for (const letGo of call.onEnd) letGo()
    call.emit?.({ type: 'call-end', ...how, ...opened.onBehalf, ...(usage && { usage }) })
    if (this.#open.size === 0) this.#onIdle?.()
  }

  /** No new calls; waits up to `drainMs` for those under way, then ends them. */
  async close(drainMs: number): Promise<void> {
    this.#isClosed = true
    if (this.#open.size > 0 && drainMs > 0) await this.#drain(drainMs)
    for (const { live } of this.#open.keys()) live.end(new AbortError('aborted', 'The client was closed'))
    // Whoever was ended still settles: the ledger is written after that.
    if (this.#open.size > 0) await this.#drain(settleMs)
  }

  #drain(drainMs: number): Promise<void> {
    const { clock } = this.#settings
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, drainMs)
      this.#onIdle = () => {
        clock.clearTimeout(timer)
        resolve()
      }
    })
  }
}

function outcomeOf(error: LlmError | undefined): AttemptOutcome {
  if (error === undefined) return 'ok'
  return error.code === 'aborted' ? 'aborted' : 'failed'
}

/** What only the ledger wants to know of a call: the model, the first token, the words of the error, the way it took. */
function forTheBooks(
  { records }: Call,
  strategy: string | undefined,
  error: LlmError | undefined,
): Partial<CallResult> {
  const { provider, model, firstTokenMs, outcome } = records.at(-1) ?? {}
  const isFallback = records.some((record) => record.provider !== provider)
  const attempts = records.map((record) => {
    const { code } = record
    const about = { provider: record.provider, model: record.model, outcome: record.outcome }
    return code === undefined ? about : { ...about, code }
  })
  return {
    ...(model !== undefined && outcome === 'ok' && { model }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(error && { errorMessage: error.message }),
    routing: { ...(strategy !== undefined && { strategy: isFallback ? 'fallback' : strategy }), attempts },
  }
}
