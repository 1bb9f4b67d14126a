import type { Clock } from 'holdfast'
import { type FailoverWall, failoverWall } from 'holdfast/testing/server'
import type { Adapter, Question, System, Told } from './adapter.ts'
import { type Case, cases } from './catalogue.ts'
import type { Measures, Sequence } from './measures.ts'
import { type Judgement, judge } from './verdict.ts'

/** One situation, measured and judged. */
export interface ScenarioResult extends Judgement {
  readonly id: string
  readonly title: string
  readonly measures: Measures
}

/** What one adapter came to. */
export interface SuiteResult {
  readonly adapter: string
  readonly scenarios: readonly ScenarioResult[]
}

const prompt = 'Explain in exactly sixty words why a client earns trust only when its provider misbehaves.'
const healthyMs = 10_000

/** How one request ended, by the suite's own watch. */
interface Asked {
  readonly outcome: Measures['outcome']
  readonly told?: Told
  readonly error?: string
  readonly sentAt: number
  readonly elapsedMs: number
}

/** Takes a system through the situations side by side, each with a wall and a client of its own. */
export async function runSuite(adapter: Adapter, clock: Clock, only: readonly Case[] = cases): Promise<SuiteResult> {
  const scenarios = await Promise.all(only.map((one) => runCase(adapter, clock, one)))
  return { adapter: adapter.name, scenarios }
}

async function runCase(adapter: Adapter, clock: Clock, one: Case): Promise<ScenarioResult> {
  const wall = await failoverWall({ clock })
  const scenario = wall.scenarios.find(({ id }) => id === one.id)
  if (scenario === undefined) throw new Error(`the wall has no situation '${one.id}'`)
  const { id, title, fallback } = scenario
  const system = await adapter.open({
    baseUrl: wall.url,
    primary: id,
    fallback,
    healthy: wall.healthyModel,
    clock,
  })
  try {
    const seen = one.sequence
      ? await measureSequence(system, wall, clock, one.sequence, id)
      : summed(wall, [await ask(system, clock, 'chain', one.mostMs)])
    // The wall's own view of the situation, before the healthy request adds to it.
    const fromWall = wallMeasures(wall, id, fallback)
    const after = await ask(system, clock, 'healthy', healthyMs)
    const isAliveAfter = after.told?.text === wall.text
    const measures: Measures = { ...seen, ...fromWall, fallbackModel: fallback, isAliveAfter }
    return { id, title, measures, ...judge(one, measures) }
  } finally {
    await system.close()
    await wall.close()
  }
}

type CallerMeasures = Pick<
  Measures,
  'outcome' | 'isComplete' | 'text' | 'error' | 'elapsedMs' | 'model' | 'hasUsage' | 'sequence'
>

/** The caller's view; of many requests the worst, and the last one's answer. */
function summed(wall: FailoverWall, asked: readonly Asked[]): CallerMeasures {
  const last = asked.at(-1)
  const bad = asked.find(({ outcome }) => outcome === 'hang') ?? asked.find(({ outcome }) => outcome === 'error')
  return {
    outcome: bad?.outcome ?? 'success',
    isComplete: asked.every(({ told }) => told?.text === wall.text),
    text: last?.told?.text ?? '',
    ...(bad?.error !== undefined && { error: bad.error }),
    elapsedMs: Math.max(...asked.map(({ elapsedMs }) => elapsedMs)),
    model: last?.told?.model,
    hasUsage: last?.told?.hasUsage ?? false,
  }
}

function wallMeasures(wall: FailoverWall, primary: string, fallback: string) {
  const onPrimary = wall.attempts(primary)
  const onFallback = wall.attempts(fallback)
  return {
    primaryAt: onPrimary.map(({ at }) => at - (onPrimary[0]?.at ?? at)),
    fallbackCount: onFallback.length,
    prefillRefusals: onFallback.filter(({ isPrefill, status }) => isPrefill && status === 400).length,
  }
}

async function measureSequence(
  system: System,
  wall: FailoverWall,
  clock: Clock,
  { count, everyMs, mostMs }: NonNullable<Case['sequence']>,
  primary: string,
): Promise<CallerMeasures> {
  const startedAt = clock.monotonic()
  const asked: Asked[] = []
  for (let index = 0; index < count; index++) {
    await sleepUntil(clock, startedAt + index * everyMs)
    asked.push(await ask(system, clock, 'chain', mostMs))
  }
  const seen = summed(wall, asked)
  return { ...seen, elapsedMs: clock.monotonic() - startedAt, sequence: sequenceOf(wall, asked, primary) }
}

function sequenceOf(wall: FailoverWall, asked: readonly Asked[], primary: string): Sequence {
  const attempts = wall.attempts(primary)
  // The outage is counted from the first request that met it.
  const begin = attempts[0]?.at ?? 0
  const offset = begin - (asked[0]?.sentAt ?? 0)
  const end = begin + wall.outageMs
  const during = asked.filter(({ sentAt }) => sentAt + offset < end)
  const back = attempts.find(({ status }) => status === 200)
  return {
    requests: asked.length,
    hangs: asked.filter(({ outcome }) => outcome === 'hang').length,
    duringOutage: during.length,
    servedDuringOutage: during.filter(({ told }) => told?.text === wall.text).length,
    primaryDuringOutage: attempts.filter(({ at }) => at < end).length,
    recoveredAfterMs: back && back.at - end,
  }
}

/** One request under the suite's own watch: what has not ended by then hangs. */
async function ask(system: System, clock: Clock, to: Question['to'], mostMs: number): Promise<Asked> {
  const sentAt = clock.monotonic()
  const controller = new AbortController()
  let timer: unknown
  const hang = new Promise<'hang'>((resolve) => {
    timer = clock.setTimeout(() => resolve('hang'), mostMs)
  })
  const since = () => ({ sentAt, elapsedMs: clock.monotonic() - sentAt })
  const work = system.ask({ prompt, to, signal: controller.signal })
  work.catch(() => {}) // Met below, unless it hung.
  try {
    const told = await Promise.race([work, hang])
    return told === 'hang' ? { outcome: 'hang', ...since() } : { outcome: 'success', told, ...since() }
  } catch (thrown) {
    return { outcome: 'error', error: describe(thrown), ...since() }
  } finally {
    clock.clearTimeout(timer)
    controller.abort()
  }
}

function describe(thrown: unknown): string {
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  return [code, message].filter((part) => typeof part === 'string').join(': ') || String(thrown)
}

function sleepUntil(clock: Clock, at: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, Math.max(0, at - clock.monotonic()))
  })
}
