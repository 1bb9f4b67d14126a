import type { Clock } from '../types/clock.ts'
import type { FlowFilter, FlowGuard, FlowOutcome, GuardFlow } from '../types/guard.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { Citation } from '../types/reply.ts'
import type { Steps } from './drive.ts'
import { GuardFailure, GuardRefusal, type Recorder } from './recorder.ts'

type Prose = Extract<ProviderEvent, { type: 'text' | 'reasoning' | 'refusal' }>

/** How much of a flow's end the next one of its kind is told, in UTF-16 units. */
const maxBefore = 256

/** One flow on its way through a filter. `tail` is what the filter still holds, as it came in. */
interface Lane {
  readonly flow: GuardFlow
  filter: FlowFilter | undefined
  tail: string
  /** The last of what came in. */
  end: string
  heldSince: number | undefined
}

/** A part of the way events take from the provider to the caller. */
export interface Stage {
  push(events: readonly ProviderEvent[], out: ProviderEvent[]): Steps<void>
  /** The answer is complete. */
  end(out: ProviderEvent[]): Steps<void>
  /** Emits what is to be said of the guard, once. */
  close(): void
}

/** Runs a flow guard over a stream of events. */
export class FlowStage implements Stage {
  readonly #guard: FlowGuard
  readonly #recorder: Recorder
  readonly #clock: Clock
  readonly #isJsonText: boolean
  readonly #calls = new Map<number, Lane>()
  /** How the last flow of each kind ended. */
  readonly #ends = new Map<string, string>()
  #prose: Lane | undefined
  #isBypassed = false
  #isLogprobsWarned = false

  /** `isJsonText`: the answer itself is JSON, because a schema was asked for. */
  constructor(guard: FlowGuard, recorder: Recorder, clock: Clock, isJsonText: boolean) {
    this.#guard = guard
    this.#recorder = recorder
    this.#clock = clock
    this.#isJsonText = isJsonText
  }

  *push(events: readonly ProviderEvent[], out: ProviderEvent[]): Steps<void> {
    for (const event of events) {
      switch (event.type) {
        case 'text':
        case 'reasoning':
        case 'refusal':
          yield* this.#pushProse(event, out)
          break
        case 'tool-call-delta':
          yield* this.#pushDelta(event, out)
          break
        case 'tool-call':
          yield* this.#pushCall(event, out)
          break
        case 'citation':
          out.push({ type: 'citation', citation: yield* this.#cleanCitation(event.citation) })
          break
        case 'logprobs':
          // The tokens in them would tell what the guard takes out of the text.
          if (!this.#wants('text')) out.push(event)
          else this.#warnLogprobs()
          break
        case 'provider-part':
          yield* this.#endProse(out)
          out.push(event)
          break
        case 'finish':
          yield* this.end(out)
          out.push(event)
          break
        default:
          out.push(event)
      }
    }
  }

  *end(out: ProviderEvent[]): Steps<void> {
    yield* this.#endProse(out)
    for (const index of [...this.#calls.keys()]) yield* this.#endDelta(index, out)
  }

  close(): void {
    this.#recorder.close(this.#recorder.isChanged ? 'rewrite' : 'allow', false)
  }

  *#pushProse(event: Prose, out: ProviderEvent[]): Steps<void> {
    const isNew = event.type === 'reasoning' && event.isNew === true
    if (this.#prose !== undefined && (isNew || this.#prose.flow.kind !== event.type)) yield* this.#endProse(out)
    this.#prose ??= this.#openProse(event.type)
    this.#prose.end = (this.#prose.end + event.text).slice(-maxBefore)
    const text = yield* this.#pass(this.#prose, event.text)
    const isBare = !('opaque' in event && event.opaque) && !isNew
    if (text !== '' || !isBare) out.push({ ...event, text })
  }

  *#endProse(out: ProviderEvent[]): Steps<void> {
    const lane = this.#prose
    if (lane === undefined) return
    this.#prose = undefined
    this.#ends.set(lane.flow.kind, lane.end)
    const text = yield* this.#finish(lane)
    if (text !== '') out.push({ type: lane.flow.kind as Prose['type'], text })
  }

  *#pushDelta(event: Extract<ProviderEvent, { type: 'tool-call-delta' }>, out: ProviderEvent[]): Steps<void> {
    yield* this.#endProse(out)
    let lane = this.#calls.get(event.index)
    if (lane === undefined) {
      lane = this.#open(argumentsFlow(event.index, event.name))
      this.#calls.set(event.index, lane)
    }
    const argumentsText = yield* this.#pass(lane, event.argumentsText)
    if (argumentsText !== '' || event.id !== undefined || event.name !== undefined)
      out.push({ ...event, argumentsText })
  }

  *#endDelta(index: number, out: ProviderEvent[]): Steps<void> {
    const lane = this.#calls.get(index)
    if (lane === undefined) return
    this.#calls.delete(index)
    const argumentsText = yield* this.#finish(lane)
    if (argumentsText !== '') out.push({ type: 'tool-call-delta', index, argumentsText })
  }

  /** The complete call goes through a filter of its own: deltas may have been left out or cut differently. */
  *#pushCall(event: Extract<ProviderEvent, { type: 'tool-call' }>, out: ProviderEvent[]): Steps<void> {
    yield* this.#endProse(out)
    yield* this.#endDelta(event.index, out)
    const argumentsText = yield* this.#whole(argumentsFlow(event.index, event.name), event.argumentsText)
    out.push(argumentsText === event.argumentsText ? event : { ...event, argumentsText })
  }

  *#cleanCitation(citation: Citation): Steps<Citation> {
    if (!this.#wants('text')) return citation
    const flow = { kind: 'text', isJson: false, where: 'citation' } as const
    const clean: { -readonly [Key in keyof Citation]: Citation[Key] } = { ...citation }
    for (const key of ['quote', 'title'] as const) {
      const text = citation[key]
      if (text !== undefined) clean[key] = yield* this.#whole(flow, text)
    }
    const isChanged = clean.quote !== citation.quote || clean.title !== citation.title
    // Offsets point into the text as the provider wrote it, and `raw` repeats the words.
    if (this.#recorder.isChanged) {
      delete clean.start
      delete clean.end
    }
    if (isChanged) delete clean.raw
    return clean
  }

  #warnLogprobs(): void {
    if (this.#isLogprobsWarned) return
    this.#isLogprobsWarned = true
    this.#recorder.call.warn({
      code: 'part-dropped',
      message: `Log probabilities are left out: guard '${this.#recorder.guard.name}' filters the text`,
    })
  }

  #wants(kind: GuardFlow['kind']): boolean {
    return !this.#isBypassed && (this.#guard.flows?.includes(kind) ?? true)
  }

  #openProse(kind: Prose['type']): Lane {
    const before = this.#ends.get(kind)
    const isJson = this.#isJsonText && kind === 'text'
    return this.#open({ kind, isJson, where: kind, ...(before !== undefined && { before }) })
  }

  #open(flow: GuardFlow): Lane {
    const lane: Lane = { flow, filter: undefined, tail: '', end: '', heldSince: undefined }
    if (!this.#wants(flow.kind)) return lane
    try {
      lane.filter = this.#recorder.ask(() => this.#guard.open(flow, this.#recorder.call)) as FlowFilter | undefined
    } catch (error) {
      this.#fail(lane, error)
    }
    return lane
  }

  *#whole(flow: GuardFlow, text: string): Steps<string> {
    const lane = this.#open(flow)
    return (yield* this.#pass(lane, text)) + (yield* this.#finish(lane))
  }

  *#pass(lane: Lane, text: string): Steps<string> {
    const { filter } = lane
    // Once the guard is out of the way, what its other filters still hold has to come out as it was.
    if (filter === undefined || this.#isBypassed) return release(lane, text)
    if (text === '') return ''
    const taken = lane.tail + text
    lane.tail = taken
    const passed = yield* this.#ask(lane, () => filter.push(text))
    if (lane.filter === undefined) return passed
    const { held } = filter
    lane.tail = held === 0 ? '' : taken.slice(-held)
    this.#noteHeld(lane, held, passed !== '')
    if (held > this.#guard.maxHoldBack) {
      return passed + this.#fail(lane, new GuardFailure(this.#recorder.guard.name, 'it held back too much'))
    }
    this.#recorder.isChanged ||= passed !== taken.slice(0, taken.length - held)
    return passed
  }

  *#finish(lane: Lane): Steps<string> {
    const { filter } = lane
    if (filter === undefined || this.#isBypassed) return release(lane, '')
    const rest = yield* this.#ask(lane, () => filter.end())
    if (lane.filter === undefined) return rest
    this.#recorder.isChanged ||= rest !== lane.tail
    this.#noteHeld(lane, 0, true)
    return rest
  }

  *#ask(lane: Lane, question: () => FlowOutcome | Promise<FlowOutcome>): Steps<string> {
    let outcome: FlowOutcome
    try {
      outcome = (yield this.#recorder.ask(question)) as FlowOutcome
    } catch (error) {
      return this.#fail(lane, error)
    }
    if (typeof outcome === 'string') return outcome
    if (outcome?.outcome !== 'block') {
      return this.#fail(lane, new GuardFailure(this.#recorder.guard.name, 'an answer without outcome'))
    }
    this.#recorder.close('block', true, outcome.rule)
    throw new GuardRefusal(this.#recorder.guard.name, outcome)
  }

  /** Ends the call, or takes the guard out of the way and gives back what it held. */
  #fail(lane: Lane, error: unknown): string {
    if (!this.#recorder.forgives(error)) throw error
    this.#isBypassed = true
    return release(lane, '')
  }

  #noteHeld(lane: Lane, held: number, hasPassed: boolean): void {
    const now = this.#clock.monotonic()
    this.#recorder.noteHeld(held, lane.heldSince === undefined ? 0 : now - lane.heldSince)
    if (held === 0) lane.heldSince = undefined
    else if (hasPassed || lane.heldSince === undefined) lane.heldSince = now
  }
}

function argumentsFlow(index: number, toolName: string | undefined): GuardFlow {
  return {
    kind: 'arguments',
    isJson: true,
    where: `toolCalls[${index}].arguments`,
    ...(toolName !== undefined && { toolName }),
  }
}

function release(lane: Lane, text: string): string {
  const all = lane.tail + text
  lane.tail = ''
  lane.filter = undefined
  return all
}
