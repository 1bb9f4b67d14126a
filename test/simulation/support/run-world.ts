import { globSync } from 'node:fs'
import { join } from 'node:path'
import { type ChatReply, type ClientEvent, type LlmError, UnifiedClient } from 'holdfast'
import { type FakeProvider, fakeProvider, type VirtualClock, virtualClock } from 'holdfast/testing'
import { askOnce } from './callers.ts'
import { type CallPlan, textOf, type WorldPlan } from './plan.ts'
import { Random } from './random.ts'
import { scriptFor } from './script-for.ts'

/** What became of one call. */
export interface CallTrace {
  readonly index: number
  readonly plan: CallPlan
  readonly signal: AbortSignal
  readonly startedAt: number
  requestId?: string
  /** How often the caller was told an end: of the loop, or of the promise. */
  settled: number
  settledAt?: number
  reply?: ChatReply<unknown>
  error?: LlmError
  /** What `final()` said, where the loop was read. */
  finalReply?: ChatReply<unknown>
  finalError?: LlmError
  /** Text handed out since the last reset. */
  delivered: string
  resets: number
  /** Moment at which the caller gave it up: by signal, by cancelling, by leaving the loop. */
  givenUpAt?: number
  hasStopped?: boolean
}

/** Everything that was seen of a world. */
export interface Trace {
  readonly plan: WorldPlan
  readonly calls: readonly CallTrace[]
  readonly events: readonly ClientEvent[]
  readonly fakes: readonly FakeProvider[]
  readonly clock: VirtualClock
  /** Timers that wait when all is over. */
  readonly timersLeft: number
  /** Set when the world did not come to its end. */
  readonly stuck?: string
}

const root = join(import.meta.dirname, '..', '..', '..')

/** What is loaded when it is first needed takes real time, which a virtual clock does not wait for: loads all of it. */
export async function warmUp(): Promise<void> {
  for (const file of globSync('src/{client,resilience}/*.ts', { cwd: root })) await import(join(root, file))
}

/** Carries a plan out, to its end. */
export async function runWorld(plan: WorldPlan): Promise<Trace> {
  const clock = virtualClock({ turns: 1 })
  const events: ClientEvent[] = []
  const fakes = plan.providers.map((provider, index) =>
    fakeProvider({
      name: `p${index}`,
      clock,
      script: scriptFor(plan, index, clock),
      tokensPerBatch: provider.tokensPerBatch,
      capabilities: { prefill: provider.prefill !== 'no' },
    }),
  )
  const random = new Random(plan.seed ^ 0x5bd1e995)
  const client = new UnifiedClient({
    ...plan.options,
    providers: fakes,
    clock,
    random: random.next,
    onEvent: (event) => events.push(event),
  })
  const traces: CallTrace[] = []
  const callers = plan.calls.map((call, index) => askOnce(client, clock, call, index, (trace) => traces.push(trace)))
  const closing = plan.closeAtMs === undefined ? [] : [closeAt(client, clock, plan.closeAtMs, plan.drainMs)]
  let stuck: string | undefined
  try {
    await clock.run(Promise.all([...callers, ...closing]))
    await clock.run(client.close())
    await clock.settle()
  } catch (error) {
    stuck = String(error)
  }
  traces.sort((a, b) => a.index - b.index)
  return { plan, calls: traces, events, fakes, clock, timersLeft: clock.pending, ...(stuck !== undefined && { stuck }) }
}

async function closeAt(client: UnifiedClient, clock: VirtualClock, atMs: number, drainMs: number): Promise<void> {
  await new Promise<void>((resolve) => void clock.setTimeout(resolve, atMs))
  await client.close({ drainMs })
}

/** The whole text a provider would give to a call. */
export function wholeText(plan: WorldPlan, provider: string, { index, plan: { words } }: CallTrace): string {
  return textOf(plan, Number(provider.slice(1)), index, words)
}
