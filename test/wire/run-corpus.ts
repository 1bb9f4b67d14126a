import { bodyText, type WireCase } from '../support/wire-corpus.ts'
import { callCase, isStream, type Outcome } from './call-case.ts'
import { type CodesOfClass, compareCase, type Difference } from './compare-case.ts'
import { contradictionOf } from './contradictions.ts'
import type { Corpus } from './load-cases.ts'
import { type LoopbackServer, startLoopbackServer } from './loopback-server.ts'
import { seededRandom } from './random.ts'
import { answerOf, type Delivery } from './serve-case.ts'

/** What became of one exchange. */
export interface CaseResult {
  readonly id: string
  readonly differences: readonly Difference[]
  /** Why what is expected cannot be right, where the exchange's own bytes say so. */
  readonly contradiction?: string | undefined
}

/** How a corpus is run. */
export interface RunOptions {
  /** Send each stream again this often, cut at random places. Default 0. */
  readonly splits?: number
  /** Seed of the places. Default 1. */
  readonly seed?: number
  /** Only exchanges whose id contains this. */
  readonly only?: string
}

/** Replays every exchange of a corpus through the public client. */
export async function runCorpus({ cases, codesOfClass }: Corpus, options: RunOptions = {}): Promise<CaseResult[]> {
  const { splits = 0, seed = 1, only = '' } = options
  const server = await startLoopbackServer()
  const results: CaseResult[] = []
  try {
    for (const wireCase of cases) {
      if (!wireCase.id.includes(only)) continue
      const differences = await check(server, wireCase, codesOfClass, { splits, seed })
      const contradiction = differences.length > 0 ? contradictionOf(wireCase, cases) : undefined
      results.push({ id: wireCase.id, differences, contradiction })
    }
  } finally {
    await server.close()
  }
  return results
}

/** Everything about one exchange; what is thrown without being one of our errors is a difference too. */
async function check(
  server: LoopbackServer,
  wireCase: WireCase,
  codesOfClass: CodesOfClass,
  { splits, seed }: { readonly splits: number; readonly seed: number },
): Promise<Difference[]> {
  try {
    const whole = await replay(server, wireCase)
    const differences = compareCase(wireCase, whole, codesOfClass)
    if (mayBreakOff(wireCase)) {
      const broken = await replay(server, wireCase, { end: 'reset' })
      differences.push(...compareCase(wireCase, broken, codesOfClass).map((line) => `when reset: ${line}`))
    }
    if (isStream(wireCase)) differences.push(...(await compareSplits(server, wireCase, whole, splits, seed)))
    return differences
  } catch (thrown) {
    return [`threw ${String(thrown).slice(0, 200)}`]
  }
}

/** Streams that end without an end mark mean the same when the connection breaks there. */
function mayBreakOff({ tags }: WireCase): boolean {
  return tags.some((tag) => tag.startsWith('cut-') || tag === 'no-done')
}

function replay(server: LoopbackServer, wireCase: WireCase, delivery?: Delivery): Promise<Outcome> {
  server.answer(answerOf(wireCase, delivery))
  return callCase(wireCase, server.origin)
}

async function compareSplits(
  server: LoopbackServer,
  wireCase: WireCase,
  whole: Outcome,
  splits: number,
  seed: number,
): Promise<Difference[]> {
  const length = Buffer.byteLength(bodyText(wireCase))
  const random = seededRandom(`${seed} ${wireCase.id}`)
  const wanted = trace(whole)
  for (let round = 0; round < splits; round++) {
    const cuts = cutsFor(length, round, random)
    const got = trace(await replay(server, wireCase, { cuts }))
    if (got !== wanted) return [`round ${round} of seed ${seed}: ${firstDifference(got, wanted)}`]
  }
  return []
}

/** One byte at a time near the start in the first round, then from a single cut to many. */
function cutsFor(length: number, round: number, random: () => number): number[] {
  if (round === 0) return Array.from({ length: Math.min(length, 400) }, (_, index) => index + 1)
  const count = 1 + Math.floor(random() ** 2 * Math.min(60, length - 1))
  const places = new Set(Array.from({ length: count }, () => 1 + Math.floor(random() * (length - 1))))
  return [...places].sort((a, b) => a - b)
}

/** All that a caller saw, without what differs from call to call. */
function trace({ events, reply, error }: Outcome): string {
  const ids = new Map<string, string>()
  return JSON.stringify(
    { events, reply: reply && { ...reply, routing: undefined }, error: error?.code },
    (key, value) => {
      if (key === 'requestId') return undefined
      if (typeof value !== 'string' || !/^call_[0-9a-f]{24,}$/.test(value)) return value
      if (!ids.has(value)) ids.set(value, `call ${ids.size}`)
      return ids.get(value)
    },
  )
}

function firstDifference(got: string, wanted: string): string {
  let at = 0
  while (at < got.length && got[at] === wanted[at]) at++
  const from = Math.max(0, at - 30)
  return `got …${got.slice(from, at + 50)}…, without cuts …${wanted.slice(from, at + 50)}…`
}
