import type { LlmError } from '../errors/llm-error.ts'
import type { GuardRequest } from '../types/guard.ts'
import type { ProviderEvent } from '../types/provider.ts'
import { drive, type Steps } from './drive.ts'
import { FlowStage, type Stage } from './flow-stage.ts'
import type { Seat } from './input-run.ts'
import { type CallScope, Recorder } from './recorder.ts'
import { ReplyStage } from './reply-stage.ts'

/** One answer on its way through the output guards. */
export interface GuardedStream {
  /**
   * Takes a batch of events and answers those that can go out now: at once where the guards can, else a promise.
   * @throws GuardError `guard_blocked` (with `partialText` of what was handed out), `guard_failed`
   */
  push(events: readonly ProviderEvent[]): readonly ProviderEvent[] | Promise<readonly ProviderEvent[]>
  /** The answer is complete: answers the rest. Throws as `push` does. */
  end(): readonly ProviderEvent[] | Promise<readonly ProviderEvent[]>
  /** What ended the answer, as soon as it is known; the next `push` or `end` throws it. */
  readonly failure: LlmError | undefined
  /** The answer's text as far as it was handed out. */
  readonly shownText: string
}

/** Leads events through one stage for each output guard. */
export class GuardedEvents implements GuardedStream {
  readonly #stages: readonly Stage[]
  readonly #scope: CallScope
  readonly #errorOf: (error: unknown, shown: string) => LlmError
  #gate: Promise<void> | undefined
  failure: LlmError | undefined
  shownText = ''

  constructor(
    seats: readonly Seat[],
    scope: CallScope,
    maxHeldChars: number,
    gate: Promise<void> | undefined,
    errorOf: (error: unknown, shown: string) => LlmError,
  ) {
    this.#scope = scope
    this.#gate = gate
    this.#errorOf = errorOf
    this.#stages = seats.flatMap((seat) => stagesOf(seat, scope, maxHeldChars))
  }

  push(events: readonly ProviderEvent[]): readonly ProviderEvent[] | Promise<readonly ProviderEvent[]> {
    if (this.failure !== undefined) throw this.failure
    if (this.#stages.length === 0 && this.#gate === undefined) return this.#note(events)
    return drive(this.#run(events, false))
  }

  end(): readonly ProviderEvent[] | Promise<readonly ProviderEvent[]> {
    if (this.failure !== undefined) throw this.failure
    return drive(this.#run([], true))
  }

  close(): void {
    for (const stage of this.#stages) stage.close()
  }

  *#run(events: readonly ProviderEvent[], isEnd: boolean): Steps<readonly ProviderEvent[]> {
    let passed: readonly ProviderEvent[] = events
    try {
      if (this.#gate !== undefined) yield this.#gate
      this.#gate = undefined
      for (const stage of this.#stages) passed = yield* this.#through(stage, passed, isEnd)
    } catch (error) {
      // What earlier stages let pass must not go out around the one that refused.
      this.failure = this.#errorOf(error, this.shownText)
      this.close()
      throw this.failure
    }
    if (isEnd) this.close()
    return this.#note(this.#withWarnings(passed))
  }

  *#through(stage: Stage, events: readonly ProviderEvent[], isEnd: boolean): Steps<readonly ProviderEvent[]> {
    const out: ProviderEvent[] = []
    yield* stage.push(events, out)
    if (isEnd) yield* stage.end(out)
    return out
  }

  #withWarnings(events: readonly ProviderEvent[]): readonly ProviderEvent[] {
    const { warnings } = this.#scope
    if (warnings.length === 0) return events
    return [...warnings.splice(0).map((warning) => ({ type: 'warning', warning }) as const), ...events]
  }

  #note(events: readonly ProviderEvent[]): readonly ProviderEvent[] {
    for (const event of events) if (event.type === 'text') this.shownText += event.text
    return events
  }
}

function stagesOf({ guard, state }: Seat, scope: CallScope, maxHeldChars: number): Stage[] {
  const { output } = guard
  if (output === undefined) return []
  const list = Array.isArray(output) ? output : [output]
  return list.map((each) => {
    const recorder = new Recorder(guard, 'output', state, scope)
    return each.kind === 'flow'
      ? new FlowStage(each, recorder, scope.clock, isJson(scope.request))
      : new ReplyStage(each, recorder, maxHeldChars)
  })
}

function isJson(request: GuardRequest): boolean {
  return request.schema !== undefined || request.responseFormat === 'json'
}
