import type { GuardedReply, ReplyGuard, ReplyOutcome } from '../types/guard.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { FinishReason } from '../types/reply.ts'
import type { Steps } from './drive.ts'
import type { Stage } from './flow-stage.ts'
import { GuardFailure, GuardRefusal, type Recorder } from './recorder.ts'

/** Runs a reply guard: gathers the answer, with or without holding it, and asks when it is complete. */
export class ReplyStage implements Stage {
  readonly #guard: ReplyGuard
  readonly #recorder: Recorder
  readonly #maxHeldChars: number
  readonly #held: ProviderEvent[] = []
  readonly #seen: Gathered = { text: '', reasoning: '', refusal: '', toolCalls: [], citations: [] }
  #length = 0
  #isAsked = false

  constructor(guard: ReplyGuard, recorder: Recorder, maxHeldChars: number) {
    this.#guard = guard
    this.#recorder = recorder
    this.#maxHeldChars = maxHeldChars
  }

  *push(events: readonly ProviderEvent[], out: ProviderEvent[]): Steps<void> {
    for (const event of events) {
      if (event.type === 'finish') yield* this.#ask(event.finishReason, out)
      this.#gather(event)
      if (this.#guard.isHolding && isContent(event) && !this.#isAsked) this.#held.push(event)
      else out.push(event)
    }
  }

  *end(out: ProviderEvent[]): Steps<void> {
    yield* this.#ask('unknown', out)
  }

  close(): void {
    this.#recorder.close(this.#recorder.isChanged ? 'rewrite' : 'allow', false)
  }

  #gather(event: ProviderEvent): void {
    if (event.type === 'text' || event.type === 'reasoning' || event.type === 'refusal') {
      this.#seen[event.type] += event.text
      this.#length += event.text.length
    } else if (event.type === 'tool-call') {
      const { index, id, name, argumentsText } = event
      this.#seen.toolCalls.push({ index, id, name, argumentsText })
      this.#length += argumentsText.length
    } else if (event.type === 'citation') this.#seen.citations.push(event.citation)
    if (this.#length > this.#maxHeldChars && !this.#isAsked) {
      const failure = new GuardFailure(this.#recorder.guard.name, `an answer over ${this.#maxHeldChars} characters`)
      this.#recorder.close('failed', true)
      throw failure
    }
    if (this.#guard.isHolding && !this.#isAsked) this.#recorder.noteHeld(this.#length, 0)
  }

  *#ask(finishReason: FinishReason, out: ProviderEvent[]): Steps<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    const reply: GuardedReply = { ...this.#seen, finishReason }
    let outcome: ReplyOutcome
    try {
      outcome = (yield this.#recorder.ask(() => this.#guard.check(reply, this.#recorder.call))) as ReplyOutcome
      this.#check(outcome)
    } catch (error) {
      if (!this.#recorder.forgives(error)) throw error
      outcome = { outcome: 'allow' }
    }
    out.push(...(outcome.outcome === 'rewrite' ? rewritten(this.#held, outcome) : this.#held))
    this.#held.length = 0
  }

  #check(outcome: ReplyOutcome): void {
    const { name } = this.#recorder.guard
    if (outcome?.outcome === 'block') {
      this.#recorder.close('block', true, outcome.rule)
      throw new GuardRefusal(name, outcome)
    }
    if (outcome?.outcome === 'rewrite') {
      if (!this.#guard.isHolding) throw new GuardFailure(name, 'a watching guard cannot rewrite')
      this.#recorder.isChanged = true
    } else if (outcome?.outcome !== 'allow') throw new GuardFailure(name, 'an answer without outcome')
  }
}

type Gathered = {
  -readonly [Key in Exclude<keyof GuardedReply, 'finishReason'>]: GuardedReply[Key] extends readonly (infer Item)[]
    ? Item[]
    : GuardedReply[Key]
}

function isContent(event: ProviderEvent): boolean {
  return event.type !== 'start' && event.type !== 'usage' && event.type !== 'warning' && event.type !== 'finish'
}

type Rewrite = Extract<ReplyOutcome, { outcome: 'rewrite' }>

/** The held events with new texts: each stands where its first piece stood, or at the end when there was none. */
function rewritten(held: readonly ProviderEvent[], rewrite: Rewrite): ProviderEvent[] {
  const out: ProviderEvent[] = []
  const placed = new Set<string>()
  for (const event of held) {
    if (event.type === 'text' || event.type === 'reasoning' || event.type === 'refusal') {
      const text = rewrite[event.type]
      if (text === undefined) out.push(event)
      else if (!placed.has(event.type)) {
        placed.add(event.type)
        if (text !== '') out.push({ type: event.type, text })
      }
    } else if (event.type === 'tool-call-delta') {
      if (rewrite.argumentsText?.[event.index] === undefined) out.push(event)
    } else if (event.type === 'tool-call') {
      out.push({ ...event, argumentsText: rewrite.argumentsText?.[event.index] ?? event.argumentsText })
    } else if (event.type === 'citation' && rewrite.text !== undefined) {
      const { start: _, end: __, ...citation } = event.citation
      out.push({ type: 'citation', citation })
    } else if (event.type !== 'logprobs' || rewrite.text === undefined) out.push(event)
  }
  for (const type of ['reasoning', 'refusal', 'text'] as const) {
    const text = rewrite[type]
    if (text !== undefined && text !== '' && !placed.has(type)) out.push({ type, text })
  }
  return out
}
