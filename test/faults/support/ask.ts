/** One call of a client, and everything that can be seen of it from both ends. */
import { type AttemptRecord, type ChatReply, type ClientEvent, LlmError, type StreamEvent } from 'holdfast'
import { expect } from 'vitest'
import { billOf } from '../../../src/metering/billing.ts'
import type { BillingClass } from '../../../src/types/store.ts'
import type { Bench, BenchClient, BenchOptions } from './bench.ts'
import { hidesCanary } from './canary.ts'

/** What a call came to. */
export interface Outcome {
  readonly reply?: ChatReply<unknown>
  readonly error?: LlmError
  /** Text handed out, resets obeyed. */
  readonly shown: string
  readonly stream: readonly StreamEvent[]
  readonly attempts: readonly AttemptRecord[]
  readonly events: readonly ClientEvent[]
  /** Requests at each server. */
  readonly primary: number
  readonly backup: number
  /** Failures the circuit of the first provider has counted. */
  readonly failures: number
  /** Billing classes of the first provider's attempts. */
  readonly billing: readonly BillingClass[]
  /** Time that passed, by the virtual clock. */
  readonly ms: number
}

export type View = 'chat' | 'events' | 'text'

/** How a call is made. */
export interface AskOptions extends BenchOptions {
  /** `chat`, or one of the two views of a stream. Default `chat`. */
  readonly view?: View
  readonly prompt?: string
  readonly timeoutMs?: number
  /** Uses this client and leaves it open. */
  readonly client?: BenchClient
  /** Real ms that must pass before the clock may move: for work that is not done on loopback (compression, DNS). Before a step as long as a time limit the wait is `longMs`: there the work itself is waited for. */
  readonly patienceMs?: number
}

/** Makes one call and waits for its end by the virtual clock. */
export async function ask(bench: Bench, options: AskOptions = {}): Promise<Outcome> {
  const { view = 'chat', prompt = 'Hi', timeoutMs, client: given, patienceMs, ...rest } = options
  const client = given ?? bench.client(rest)
  const before = client.events.length
  const startedAt = bench.clock.monotonic()
  const request = { prompt, ...(timeoutMs !== undefined && { timeoutMs }) }
  const stream: StreamEvent[] = []
  const call = view === 'chat' ? client.llm.chat(request) : read(client, request, view, stream)
  const ended = call.then(
    (reply) => ({ reply }),
    (thrown: unknown) => ({ error: typed(thrown) }),
  )
  const result: { reply?: ChatReply<unknown>; error?: LlmError } = await (patienceMs === undefined
    ? bench.clock.run(ended)
    : patiently(bench, ended, patienceMs))
  const { reply, error } = result
  hidesCanary(error ?? reply)
  const attempts = error?.attempts ?? reply?.routing.attempts ?? []
  return {
    ...result,
    shown: view === 'chat' ? (reply?.text ?? '') : textOf(stream),
    stream,
    attempts,
    events: client.events.slice(before),
    primary: bench.primary.requests.length,
    backup: bench.backup.requests.length,
    failures: client.llm.circuits().primary?.failures ?? 0,
    billing: attempts.filter(({ provider }) => provider === 'primary').map(billingOf),
    ms: bench.clock.monotonic() - startedAt,
  }
}

/** The text a reader of these events has in hand. */
function textOf(events: readonly StreamEvent[]): string {
  return events.reduce(
    (text, event) => (event.type === 'reset' ? '' : event.type === 'text' ? text + event.text : text),
    '',
  )
}

async function read(
  { llm }: BenchClient,
  request: { prompt: string; timeoutMs?: number },
  view: View,
  seen: StreamEvent[],
): Promise<ChatReply<unknown>> {
  const stream = llm.chatStream(request)
  if (view === 'text') for await (const text of stream.text) seen.push({ type: 'text', text })
  else for await (const event of stream) seen.push(event)
  return stream.final()
}

/** Everything that is thrown is one of ours. */
function typed(thrown: unknown): LlmError {
  expect(LlmError.isInstance(thrown), `a typed error, not ${String(thrown)}`).toBe(true)
  return thrown as LlmError
}

function billingOf(record: AttemptRecord): BillingClass {
  return billOf({ provider: record.provider, model: record.model, inputTokens: 7 }, record, undefined).billing
}

/** A virtual step this long ends at a time limit, not at a pause between attempts. */
const limitMs = 2_000
/** Real ms that work under way is given before a time limit may strike. */
const longMs = 15_000

/** Moves the clock from timer to timer, but only where nothing happened in real time meanwhile. */
async function patiently<T>(bench: Bench, work: Promise<T>, realMs: number): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work.then(over, over)
  while (!isOver) {
    await bench.clock.settle()
    const { nextInMs: step } = bench.clock
    const untilMs = performance.now() + ((step ?? 0) >= limitMs ? Math.max(longMs, realMs) : realMs)
    // A step that changes means that something happened: how long to wait is decided anew.
    const isWaiting = () => !isOver && bench.clock.nextInMs === step
    while (step !== 0 && isWaiting() && performance.now() < untilMs) await quiet(work, realMs)
    if (step !== undefined && isWaiting()) await bench.clock.advance(step)
  }
  return work
}

/** Waits in real time, but no longer than the work takes. */
async function quiet(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, waited]).catch(() => {}) // Its failure is met by whoever waits for the work itself.
  clearTimeout(timer)
}
