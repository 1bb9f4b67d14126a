import type { Clock } from 'holdfast'

/** Where a system under test finds the wall, and which of its models are the chain. */
export interface Setup {
  /** Base URL of the wall, in OpenAI's dialect. */
  readonly baseUrl: string
  readonly primary: string
  readonly fallback: string
  /** The model of the healthy request after the fault. */
  readonly healthy: string
  readonly clock: Clock
}

/** One request. */
export interface Question {
  readonly prompt: string
  /** The chain, or the healthy model alone. */
  readonly to: 'chain' | 'healthy'
  /** Ends a request that hangs. */
  readonly signal: AbortSignal
}

/** What the caller was given. A request that failed rejects instead. */
export interface Told {
  readonly text: string
  /** Model the answer is said to come from. */
  readonly model: string | undefined
  readonly hasUsage: boolean
}

/** A system that was set up against one wall. */
export interface System {
  ask(question: Question): Promise<Told>
  close(): Promise<void>
}

/** Anything the suite can measure: a way to ask the library, or an endpoint that speaks chat completions. */
export interface Adapter {
  readonly name: string
  open(setup: Setup): System | Promise<System>
}
