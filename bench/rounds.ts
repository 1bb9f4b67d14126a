/** Runs the contestants in turn, round after round, against one mock provider. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Took, Work } from './client.ts'

/** The contestants, in the order they are shown. */
export const contestants = ['fetch', 'fetch again', 'holdfast', 'openai', 'ai'] as const
export type Contestant = (typeof contestants)[number]

/** A kind of work as it is measured. */
export interface Discipline extends Work {
  readonly id: 'chat' | 'chat64' | 'stream'
  /** Units (calls, chunks) in one work, for the figure of a single one. */
  readonly units: number
}

/** CPU microseconds for one unit: by discipline and contestant, one value a round. */
export type Samples = Readonly<Record<Discipline['id'], Readonly<Record<Contestant, readonly number[]>>>>

/** Measures all disciplines. `tell` is called after each round. */
export async function runRounds(
  disciplines: readonly Discipline[],
  rounds: number,
  tell: (round: number) => void,
): Promise<Samples> {
  const provider = start('provider.ts', [])
  const [{ port }] = (await once(provider, 'message')) as [{ port: number }]
  const clients = await Promise.all(contestants.map((name) => startClient(name, `http://127.0.0.1:${port}/v1`)))
  const samples = Object.fromEntries(
    disciplines.map(({ id }) => [id, Object.fromEntries(contestants.map((name) => [name, [] as number[]]))]),
  ) as Record<Discipline['id'], Record<Contestant, number[]>>
  try {
    for (const client of clients) for (const discipline of disciplines) await warmUp(client, discipline)
    for (let round = 0; round < rounds; round++) {
      // Nobody is always the first, or always behind the same other.
      const order = [...clients.slice(round % clients.length), ...clients.slice(0, round % clients.length)]
      for (const discipline of disciplines) {
        for (const client of order) {
          const { cpuUs } = await work(client, discipline)
          samples[discipline.id][client.name].push(cpuUs / discipline.units)
        }
      }
      tell(round + 1)
    }
  } finally {
    for (const { child } of clients) child.disconnect()
    provider.disconnect()
  }
  return samples
}

/** The compiler has to have seen everything before the first round. */
async function warmUp(client: Client, discipline: Discipline): Promise<void> {
  for (let times = 0; times < 6; times++) await work(client, discipline)
}

interface Client {
  readonly name: Contestant
  readonly child: ChildProcess
  /** Rejects when the process ends before its time. */
  readonly lost: Promise<never>
}

async function startClient(name: Contestant, baseUrl: string): Promise<Client> {
  const child = start('client.ts', [name, baseUrl])
  const lost = once(child, 'exit').then(() => {
    throw new Error(`the process of '${name}' ended before its work was done`)
  })
  lost.catch(() => {}) // At the end everybody goes.
  const client = { name, child, lost }
  await answerOf(client)
  return client
}

async function work(client: Client, { kind, count, atOnce }: Work): Promise<Took> {
  client.child.send({ kind, count, atOnce } satisfies Work)
  return (await answerOf(client)) as Took
}

async function answerOf({ child, lost }: Client): Promise<unknown> {
  const [answer] = await Promise.race([once(child, 'message'), lost])
  return answer
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, file), args)
}
