/**
 * One contestant in a process of its own, so that no other's garbage or compiled code is on its bill. Does what its
 * parent says over the IPC channel and answers with the time it took.
 */
import type { MakeContestant } from './contestants/contestant.ts'
import { answerText, streamText } from './wire.ts'

/** What the parent asks for. */
export interface Work {
  readonly kind: 'chat' | 'stream'
  readonly count: number
  /** Calls under way at once. */
  readonly atOnce: number
}

/** What it took, in microseconds: CPU of the whole process, and time. */
export interface Took {
  readonly cpuUs: number
  readonly wallUs: number
}

const makers: Readonly<Record<string, () => Promise<MakeContestant>>> = {
  fetch: async () => (await import('./contestants/fetch.ts')).makeFetch,
  'fetch again': async () => (await import('./contestants/fetch.ts')).makeFetch,
  holdfast: async () => (await import('./contestants/holdfast.ts')).makeHoldfast,
  openai: async () => (await import('./contestants/openai.ts')).makeOpenai,
  ai: async () => (await import('./contestants/ai.ts')).makeAi,
}

const [, , name = '', baseUrl = ''] = process.argv
const make = await makers[name]?.()
if (make === undefined) throw new Error(`no contestant is named '${name}'`)
const contestant = await make(baseUrl)

process.on('disconnect', () => process.exit())
process.on('message', (work: Work) => void run(work).then((took) => process.send?.(took)))
process.send?.('ready')

async function run(work: Work): Promise<Took> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let left = work.count
  const lane = async () => {
    while (left-- > 0) await once(work.kind)
  }
  await Promise.all(Array.from({ length: work.atOnce }, lane))
  const { user, system } = process.cpuUsage(cpu)
  return { cpuUs: user + system, wallUs: (performance.now() - start) * 1_000 }
}

async function once(kind: Work['kind']): Promise<void> {
  const [text, expected] =
    kind === 'chat' ? [await contestant?.chat(), answerText] : [await contestant?.stream(), streamText]
  if (text !== expected) throw new Error(`${name} gave another ${kind} answer: ${text?.slice(0, 80)}`)
}
