import type { JsonObject } from './json.ts'
import type { Message } from './message.ts'
import type { Citation, FinishReason, Warning } from './reply.ts'
import type { ModelSettings } from './request.ts'

/** What input guards see: the conversation and everything that goes to a model with it. */
export interface GuardRequest extends ModelSettings {
  readonly messages: readonly Message[]
}

/** Something a guard saw. Holds places and names of rules, never a word of the text. */
export interface GuardFinding {
  /** Stable id, for example `pii.email` or `injection.override`. */
  readonly rule: string
  /** Which text: `messages[2].content[0].text`, `text`, `reasoning`, `toolCalls[0].arguments` … */
  readonly where?: string
  /** Place in that text as the guard was given it: UTF-16 offsets, `end` exclusive. */
  readonly start?: number
  readonly end?: number
  /** How sure the rule is, 0 to 1. */
  readonly score?: number
  /** What was done about it, for example `token`, `mask`, `flag`. */
  readonly action?: string
  /** Further numbers and fixed words (ratios, counts, views). */
  readonly data?: JsonObject
}

/** Nothing to say against it. */
interface GuardAllow {
  readonly outcome: 'allow'
}

/** The call ends with a `GuardError`. */
export interface GuardBlock {
  readonly outcome: 'block'
  /** The rule that decided, for example `injection.override`. */
  readonly rule: string
  /** For people, in fixed words: it becomes the error's message. Never text of the conversation. */
  readonly reason: string
  /** Output only: another answer may pass. Where nothing was shown yet, the call asks once more. Default `false`. */
  readonly canRetry?: boolean
  /** With `canRetry`: what the next try tells the model, in fixed words, as the user's reply to the refused answer. */
  readonly retryNote?: string
}

/** What an input guard answers. A rewritten request is checked again like a caller's. */
export type InputOutcome = GuardAllow | GuardBlock | { readonly outcome: 'rewrite'; readonly request: GuardRequest }

/** What a reply guard answers. Fields left out stay as they are. */
export type ReplyOutcome =
  | GuardAllow
  | GuardBlock
  | {
      readonly outcome: 'rewrite'
      readonly text?: string
      readonly reasoning?: string
      readonly refusal?: string
      /** New arguments by the `index` of the tool call. */
      readonly argumentsText?: Readonly<Record<number, string>>
    }

/** One call as its guards see it. What a guard has to remember goes into `state`: it lives and dies with the call. */
export interface GuardCall<State = unknown> {
  /** Made by the guard's `createState` for this call alone. */
  readonly state: State
  readonly capability: 'chat' | 'chatStream' | 'embed'
  /** The request as the caller wrote it. */
  readonly original: GuardRequest
  /** The request as the guards before this one left it; for output guards, as it was sent. */
  readonly request: GuardRequest
  /** Ends with the call, and when this guard takes too long. Pass it to whatever waits. */
  readonly signal: AbortSignal
  /** Records what was seen; it shows in the guard's event. */
  report(finding: GuardFinding): void
  /** Adds a warning to the reply (output guards only). */
  warn(warning: Warning): void
}

/** One run of text in an answer. Blocks of another kind in between end a flow, the next block opens another. */
export interface GuardFlow {
  readonly kind: 'text' | 'reasoning' | 'refusal' | 'arguments'
  /** The text is JSON (tool arguments, structured output) and must still be JSON afterwards. */
  readonly isJson: boolean
  /** Name for findings: `text`, `reasoning`, `toolCalls[0].arguments` … */
  readonly where: string
  /** Name of the tool whose arguments these are. */
  readonly toolName?: string
  /** The end (up to 256 UTF-16 units, before this guard) of the last flow of this kind in the answer: already out. */
  readonly before?: string
}

/** What a flow filter lets pass now, or a block that ends the call at once. */
export type FlowOutcome = string | GuardBlock

/** Filters one flow. Its whole output must not depend on how the text was cut into pieces. */
export interface FlowFilter {
  /** Takes the next piece and answers the longest text that nothing to come can change (`''` is fine). */
  push(text: string): FlowOutcome | Promise<FlowOutcome>
  /** The flow is complete: answers the rest. */
  end(): FlowOutcome | Promise<FlowOutcome>
  /** How much of the text taken so far is still undecided, in UTF-16 units. */
  readonly held: number
}

/** Guards an answer piece by piece; whole answers pass through the same code. */
export interface FlowGuard<State = unknown> {
  readonly kind: 'flow'
  /** Most UTF-16 units it ever holds back; holding more counts as a failure of the guard. */
  readonly maxHoldBack: number
  /** Which flows it wants; the others pass untouched. Default: all. */
  readonly flows?: readonly GuardFlow['kind'][]
  /** Opens a filter for one flow, or `undefined` to let it pass. */
  open(flow: GuardFlow, call: GuardCall<State>): FlowFilter | undefined
}

/** An answer as reply guards see it, complete. */
export interface GuardedReply {
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly toolCalls: readonly {
    readonly index: number
    readonly id: string
    readonly name: string
    readonly argumentsText: string
  }[]
  readonly citations: readonly Citation[]
  readonly finishReason: FinishReason
}

/** Guards an answer when all of it is there. */
export interface ReplyGuard<State = unknown> {
  readonly kind: 'reply'
  /**
   * `true`: nothing of a stream goes out before the check. `false`: it watches; it may block at the end, when the text has
   * been shown already, but not rewrite.
   */
  readonly isHolding: boolean
  check(reply: GuardedReply, call: GuardCall<State>): ReplyOutcome | Promise<ReplyOutcome>
}

/** A way to guard answers. */
type OutputGuard<State = unknown> = FlowGuard<State> | ReplyGuard<State>

/** A check or rewrite of what goes to a model and what comes back: the extension contract. Keeps no state between calls. */
export interface Guard<State = unknown> {
  /** Unique in a client; appears in events and errors. */
  readonly name: string
  /** Makes the state of one call. */
  createState?(): State
  /** Longest time for one answer of this guard, in ms. Default: the engine's, 2000. */
  readonly timeoutMs?: number
  /** When it throws or takes too long: end the call, or go on as if it were not there. Default: the engine's, `block`. */
  readonly onError?: 'block' | 'allow'
  /**
   * `true`: the input check runs beside the call, and what the model says is held until it allows. Such a guard can
   * allow and block but not rewrite. Default `false`.
   */
  readonly overlap?: boolean
  /** Checks a request, once per call. */
  input?(request: GuardRequest, call: GuardCall<State>): InputOutcome | Promise<InputOutcome>
  /** Checks answers: one way, or several that run in order. */
  readonly output?: OutputGuard<State> | readonly OutputGuard<State>[]
}

/** A guard as a client takes it: one of `holdfast/guards`, or one of your own that went through its `defineGuard`. */
export interface DefinedGuard<State = unknown> extends Guard<State> {
  /** The code that runs guards. It comes with them, so that a client without guards does not carry it. */
  readonly engine: object
}
