import { ResponseError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { AttemptOutcome, AttemptRecord } from '../types/attempt.ts'
import type { KeyTurn } from '../types/keys.ts'
import type { AnswerBound, BookedAttempt } from '../types/meter.ts'
import type { SecretText } from '../types/secret-text.ts'
import type { Usage } from '../types/usage.ts'
import { type Call, ruleFor } from './call.ts'
import type { Permit } from './circuit-breaker.ts'
import type { Candidate } from './link.ts'
import type { Place } from './place.ts'
import { Watch } from './watch.ts'

interface AttemptDetails
  extends Pick<Attempt, 'number' | 'hasFallback' | 'isKeyRefresh' | 'needsNewConnection' | 'shareMs'> {
  readonly place?: Place | undefined
}

/** One try on the wire: its watch, its permit, and its one settlement. */
export class Attempt {
  readonly call: Call
  readonly candidate: Candidate
  /** 1 for the first try at this provider in this call. */
  readonly number: number
  /** Another candidate could take over: silence is cut shorter. */
  readonly hasFallback: boolean
  readonly isKeyRefresh: boolean
  /** The attempt before it broke on a connection that was gone already. */
  readonly needsNewConnection: boolean
  /** Most time it may take before its first content, so that the candidates left get theirs, in ms. */
  readonly shareMs: number
  readonly watch: Watch
  readonly permit: Permit
  firstTokenMs: number | undefined
  /** Who answered behind the provider, if that was told. */
  upstream: string | undefined
  /** Given back when the attempt is over. */
  readonly #place: Place | undefined
  /** The key it is made with. */
  readonly turn: KeyTurn
  /** That key, once it is open; without one the provider uses its own. */
  apiKey: SecretText | undefined
  readonly #startedAt: number
  readonly #startedMono: number
  #record: AttemptRecord | undefined
  #booked: BookedAttempt | undefined

  constructor(call: Call, candidate: Candidate, permit: Permit, turn: KeyTurn, details: AttemptDetails) {
    this.call = call
    this.candidate = candidate
    this.permit = permit
    this.turn = turn
    this.number = details.number
    this.hasFallback = details.hasFallback
    this.isKeyRefresh = details.isKeyRefresh
    this.needsNewConnection = details.needsNewConnection
    this.shareMs = details.shareMs
    this.#place = details.place
    this.#startedAt = call.clock.now()
    this.#startedMono = call.clock.monotonic()
    this.watch = new Watch(call.clock, call.deadlineAt, call.live, call.signal)
    const { provider } = candidate.link
    call.emit?.({
      type: 'attempt-start',
      provider: provider.name,
      model: candidate.model,
      attempt: this.number,
      ...this.#keyId,
      isProbe: permit.isProbe,
    })
  }

  /** Ms since the attempt began. */
  get ms(): number {
    return this.call.clock.monotonic() - this.#startedMono
  }

  /** Where its stream is to be stopped. */
  get bound(): AnswerBound | undefined {
    return this.#booked?.bound
  }

  /** Notes the time of the first content. */
  markFirstToken(): void {
    this.firstTokenMs ??= this.ms
  }

  /** Its row in the ledger, before anything is sent; one that comes when the attempt has ended says that nothing was. */
  book(booked: BookedAttempt): void {
    const ended = this.#record ?? this.watch.ended
    if (ended === undefined) this.#booked = booked
    else booked.settle({ outcome: 'not_sent', ...(ended.code && { code: ended.code }), ms: this.ms })
  }

  /** What was thrown, as a typed error that knows where it happened. */
  toError(thrown: unknown): LlmError {
    const error = this.watch.ended ?? (LlmError.isInstance(thrown) ? thrown : unexpected(thrown))
    error.provider ??= this.candidate.link.provider.name
    error.model ??= this.candidate.model
    return error
  }

  /** Ends the attempt for good, once: circuit, gate, record, event. The ledger guesses from `received` what is not told. */
  settle(outcome: AttemptOutcome, error?: LlmError, usage?: Usage, received?: { readonly output: string }): void {
    if (this.#record !== undefined) return
    this.watch.close()
    const { link } = this.candidate
    const rule = error && ruleFor(this.call, error)
    this.permit.settle(
      outcome === 'ok' ? 'success' : outcome === 'failed' && rule?.countsForBreaker ? 'failure' : 'neutral',
    )
    if (outcome === 'ok') {
      this.turn.report()
      link.latency.add(this.firstTokenMs ?? this.ms)
    } else if (error && rule && rule.gateMs > 0) this.#restKey(error, rule.gateMs)
    const record = this.#recordOf(outcome, error, usage ?? error?.usage)
    this.#record = record
    this.call.records.push(record)
    this.#booked?.settle({
      ...record,
      ...(error && { errorMessage: error.message }),
      ...(received !== undefined && { receivedText: received.output }),
    })
    this.#place?.leave()
    this.call.emit?.({ type: 'attempt-end', record })
  }

  #restKey(error: LlmError, gateMs: number): void {
    const forMs = this.turn.report(error, gateMs)
    const { code } = error
    this.call.emit?.({ type: 'gate-closed', provider: this.candidate.link.provider.name, ...this.#keyId, code, forMs })
  }

  get #keyId(): { readonly keyId?: string } {
    const { id } = this.turn.key
    return id === undefined ? {} : { keyId: id }
  }

  #recordOf(outcome: AttemptOutcome, error: LlmError | undefined, usage: Usage | undefined): AttemptRecord {
    return {
      provider: this.candidate.link.provider.name,
      model: this.candidate.model,
      attempt: this.number,
      ...this.#keyId,
      ...(this.upstream !== undefined && { upstream: this.upstream }),
      outcome,
      ...(error && { code: error.code }),
      ...(error?.status !== undefined && { status: error.status }),
      startedAt: this.#startedAt,
      ms: this.ms,
      ...(this.firstTokenMs !== undefined && { firstTokenMs: this.firstTokenMs }),
      ...(error?.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
      ...(usage && { usage }),
    }
  }
}

/** Something untyped was thrown, by a provider adapter most likely: its answer cannot be trusted. */
export function unexpected(thrown: unknown): LlmError {
  return new ResponseError('bad_response', 'The provider adapter failed', { cause: thrown })
}
