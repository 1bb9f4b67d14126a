/**
 * Runs guards over one call. The client makes one run per call and uses it so:
 *
 *     const run = createGuardRun(guards, { capability: 'chatStream', clock, emit, signal, requestId })
 *     const request = await run.checkRequest(checked)   // validate it again when it is not the same object
 *     … send it; race the attempt against `run.overlapped`, which rejects when an overlapping guard blocks …
 *     const stream = run.stream()                        // another one after a `reset`
 *     for await (const batch of events) emit(await stream.push(batch))   // throws: cancel
 *     emit(await stream.end())                           // only when the answer is complete
 *     run.close()                                        // on every way out
 *
 * Whole answers go through `checkReply`, which is a stream of one piece: that is why guarded(stream) = guarded(whole).
 *
 * - Guards run in the order of registration, on the way in and on the way out; each sees what the one before left.
 *   The first block wins; on the way in the others still say their word, for the record.
 * - A guard that throws or takes longer than its time ends the call (`guard_failed`), unless `onGuardError: 'allow'`.
 * - A stream hands out what no future text can change and holds the rest. Text of a stream that ends early stays held.
 */
import { ConfigError, GuardError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { Observer } from '../types/events.ts'
import type { Guard, GuardCall, GuardRequest } from '../types/guard.ts'
import type { ProviderEvent } from '../types/provider.ts'
import { cleanText } from '../utils/clean-text.ts'
import { awaitAll, checkInput, type Seat } from './input-run.ts'
import { type CallScope, GuardFailure, GuardRefusal } from './recorder.ts'
import { GuardedEvents, type GuardedStream } from './stream-run.ts'
import { textLength } from './texts.ts'

/** What a run needs to know of its call. */
export interface GuardRunOptions {
  readonly capability: GuardCall['capability']
  readonly clock: Clock
  /** Receives one `guard-decided` or `guard-blocked` event for each guard and stage. */
  readonly emit?: Observer | undefined
  /** Ends the guards with the call. */
  readonly signal?: AbortSignal | undefined
  readonly requestId?: string | undefined
  /** Longest time for one answer of a guard, in ms. Default 2000. */
  readonly timeoutMs?: number | undefined
  /** What a guard's failure means. Default `block`: no unguarded text goes out. */
  readonly onGuardError?: 'block' | 'allow' | undefined
  /** Most text of a request, in UTF-16 units; more is refused before any guard reads it. Default 2,000,000. */
  readonly maxInputChars?: number | undefined
  /** Most text of an answer that a guard may gather, in UTF-16 units. Default 1,000,000. */
  readonly maxHeldChars?: number | undefined
}

/** The guards of one call. */
export interface GuardRun {
  /**
   * Asks the input guards, once per call. Answers the same object when nothing was changed.
   * @throws GuardError `guard_blocked`, `guard_failed`; AbortError
   */
  checkRequest<Request extends GuardRequest>(request: Request): Promise<Request>
  /** The same for the inputs of `embed`. */
  checkTexts(texts: readonly string[]): Promise<readonly string[]>
  /** Settles when the overlapping guards have; rejects as soon as one of them ends the call. Safe to ignore. */
  readonly overlapped: Promise<void>
  /** Guards the events of a whole answer. */
  checkReply(events: readonly ProviderEvent[]): Promise<readonly ProviderEvent[]>
  /** Guards an answer piece by piece. */
  stream(): GuardedStream
  /**
   * The request of another try, where the guard that refused an answer asks for one: with that answer and what was wrong
   * with it. Once per call; otherwise `undefined`.
   */
  retryAfter<Request extends GuardRequest>(error: unknown, request: Request, answer: string): Request | undefined
  /** Lets everything go and emits what is still to be said. */
  close(): void
}

export type { GuardedStream } from './stream-run.ts'

/** Holds a list of guards against the contract. @throws ConfigError */
export function checkGuards(guards: readonly Guard[]): void {
  const names = new Set<string>()
  guards.forEach((guard, index) => {
    const path = `guards[${index}]`
    checkGuard(guard, path)
    if (names.has(guard.name)) {
      throw refused(path, `two guards are named '${cleanText(guard.name, [], 60)}'; names must differ`)
    }
    names.add(guard.name)
  })
}

/** Holds one guard against the contract. @throws ConfigError */
export function checkGuard(guard: Guard, path: string): void {
  if (typeof guard?.name !== 'string' || guard.name === '') throw refused(path, 'a guard needs a name')
  const outputs = outputsOf(guard)
  if (guard.input === undefined && outputs.length === 0) throw refused(path, 'a guard needs input or output')
  if (guard.input !== undefined && typeof guard.input !== 'function') throw refused(path, 'input is a function')
  for (const output of outputs) {
    if (output?.kind === 'flow' ? !(output.maxHoldBack >= 0) : output?.kind !== 'reply') {
      throw refused(path, "output.kind is 'flow' (with maxHoldBack) or 'reply'")
    }
  }
}

function refused(path: string, what: string): ConfigError {
  return new ConfigError('config_invalid', `Option ${path}: ${what}`, { path })
}

/** Makes the run of one call. The guards must have passed `checkGuards`. */
export function createGuardRun(guards: readonly Guard[], options: GuardRunOptions): GuardRun {
  const { capability, clock, emit, requestId, timeoutMs = 2_000, onGuardError = 'block' } = options
  const { maxInputChars = 2_000_000, maxHeldChars = 1_000_000 } = options
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const scope: CallScope = {
    ...{ capability, clock, emit, requestId, signal, timeoutMs, onGuardError, warnings: [] },
    ...{ original: nothing, request: nothing },
  }
  const seats: readonly Seat[] = guards.map((guard) => ({ guard, state: guard.createState?.() }))
  const later: Promise<void>[] = []
  const gate = deferred()
  const streams: GuardedEvents[] = []
  let isGateOpen = !guards.some((guard) => guard.overlap === true && guard.input !== undefined)
  if (isGateOpen) gate.resolve()
  // Whoever does not wait for it finds the same error at the stream.
  gate.promise.then(() => {
    isGateOpen = true
  }, ignore)

  const run: GuardRun = {
    overlapped: gate.promise,
    async checkRequest(request) {
      const length = textLength(request)
      if (length > maxInputChars) throw tooLong(length, maxInputChars, requestId)
      scope.original = request
      try {
        const checked = await checkInput(seats, request, scope, later)
        awaitAll(later).then(gate.resolve, (error: unknown) => gate.reject(guardError(error, requestId, 'request')))
        return checked
      } catch (error) {
        throw guardError(error, requestId, 'request')
      }
    },
    async checkTexts(texts) {
      const checked = await run.checkRequest(asRequest(texts))
      await gate.promise
      return textsOf(checked, texts)
    },
    async checkReply(events) {
      const stream = run.stream()
      const first = await stream.push(events)
      return [...first, ...(await stream.end())]
    },
    stream() {
      const waits = isGateOpen ? undefined : gate.promise
      const stream = new GuardedEvents(seats, scope, maxHeldChars, waits, (error, shown) =>
        guardError(error, requestId, 'answer', shown),
      )
      streams.push(stream)
      return stream
    },
    retryAfter: oneRetry(),
    close() {
      for (const stream of streams) stream.close()
      ended.abort()
    },
  }
  return run
}

const nothing: GuardRequest = { messages: [] }

/** Lets one call have one more try. */
function oneRetry(): GuardRun['retryAfter'] {
  let isSpent = false
  return (error, request, answer) => {
    if (isSpent || !(error instanceof GuardError) || error.retryNote === undefined) return undefined
    isSpent = true
    const said = answer === '' ? [] : [{ role: 'assistant' as const, content: answer }]
    return { ...request, messages: [...request.messages, ...said, { role: 'user', content: error.retryNote }] }
  }
}

/** Texts to embed, as guards know them. */
function asRequest(texts: readonly string[]): GuardRequest {
  return { messages: [{ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }] }
}

function textsOf({ messages }: GuardRequest, before: readonly string[]): readonly string[] {
  const checked = messages.flatMap((message) => (Array.isArray(message.content) ? message.content : []))
  return before.map((text, index) => (checked[index] as { text?: string } | undefined)?.text ?? text)
}

function ignore(): void {}

function deferred() {
  let resolve: () => void = ignore
  let reject: (error: unknown) => void = ignore
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

function outputsOf(guard: Guard) {
  const { output } = guard
  return output === undefined ? [] : Array.isArray(output) ? output : [output]
}

/** What the next try is told when its guard says nothing more. */
const anotherTry = 'Your last answer was not accepted. Answer again.'

/** A failure after text was shown is reported as a block that carries the text, for the answer stands incomplete. */
function guardError(
  error: unknown,
  requestId: string | undefined,
  what: 'request' | 'answer',
  partialText?: string,
): LlmError {
  const shared = { requestId, partialText: partialText || undefined }
  if (error instanceof GuardRefusal) {
    const { rule, reason, canRetry, retryNote } = error.block
    const retry = what === 'answer' && canRetry === true && !partialText
    return new GuardError(
      'guard_blocked',
      `Guard '${error.guard}' blocked the ${what}: ${cleanText(String(reason), [], 200)}`,
      {
        ...shared,
        guard: error.guard,
        rule,
        ...(retry && {
          retryNote: retryNote ?? anotherTry,
          policy: { retries: 1, retriesWithFallback: 1, next: 'yes' },
        }),
      },
    )
  }
  if (error instanceof GuardFailure) {
    return new GuardError(partialText ? 'guard_blocked' : 'guard_failed', error.message, {
      ...shared,
      guard: error.guard,
    })
  }
  return LlmError.isInstance(error)
    ? error
    : new GuardError('guard_failed', 'The guards of the call failed', { ...shared, cause: error })
}

function tooLong(length: number, max: number, requestId: string | undefined): GuardError {
  return new GuardError('guard_blocked', `The request holds ${length} characters; guards read at most ${max}`, {
    requestId,
    rule: 'engine.too-long',
  })
}
