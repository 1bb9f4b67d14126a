import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { JobOrder, JobResult } from './jobs.ts'

/** A provider in a process of its own. */
export async function startProvider(): Promise<{ readonly baseUrl: string; stop(): void }> {
  const child = start('provider.ts')
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { baseUrl: `http://127.0.0.1:${port}/v1`, stop: () => child.disconnect() }
}

/** Has a job done in a fresh process. */
export async function doJob(order: JobOrder): Promise<JobResult> {
  const child = start('child.ts')
  const lost = once(child, 'exit').then(() => {
    throw new Error(`the process of ${order.job} (${order.asker}) ended without a result`)
  })
  lost.catch(() => {}) // It has given its result when it ends.
  child.send(order)
  const [answer] = (await Promise.race([once(child, 'message'), lost])) as [{ result?: JobResult; error?: string }]
  if (answer.result === undefined) throw new Error(`${order.job} (${order.asker}): ${answer.error}`)
  return answer.result
}

function start(file: string): ChildProcess {
  return fork(join(import.meta.dirname, file), { execArgv: ['--expose-gc', '--no-warnings'] })
}
