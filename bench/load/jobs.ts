/** What a measuring child can be told to do. */
import { type AskerName, makeAsker } from './askers.ts'
import { heapKb, heldResources, percentile, rssKb, watchProcess } from './measure.ts'

export interface JobOrder {
  readonly job: keyof typeof jobs
  readonly asker: AskerName
  readonly baseUrl: string
  readonly count: number
}

/** Numbers by name. */
export type JobResult = Readonly<Record<string, number>>

/** All calls at once. */
async function burst({ asker: name, baseUrl, count }: JobOrder): Promise<JobResult> {
  const asker = makeAsker(name, baseUrl, 'after-200')
  // Compiled before it counts.
  await Promise.all(Array.from({ length: 100 }, () => asker.chat()))
  await heapKb()
  const before = rssKb()
  const seen = watchProcess()
  // The first lag can only be seen from a tick before it.
  await new Promise((resolve) => setTimeout(resolve, 100))
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const times = await Promise.all(
    Array.from({ length: count }, async () => {
      await asker.chat()
      return performance.now() - startedAt
    }),
  )
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  const { peakRssKb, lagMs } = seen()
  await asker.close()
  return {
    answered: times.length,
    wallMs,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    cpuMs: (user + system) / 1_000,
    lagMs,
    rssKbPerCall: (peakRssKb - before) / count,
  }
}

/** Slow streams, all open at once: their price, and whether it is paid back. */
async function streams({ asker: name, baseUrl, count }: JobOrder): Promise<JobResult> {
  const words = 4
  const length = Array.from({ length: words }, (_, place) => `word${place + 1} `).join('').length
  let whole = 0
  const run = async (many: number, onAllOpen?: () => Promise<void>) => {
    // Places for all of them, so that they are open at once.
    const asker = makeAsker(name, baseUrl, `stream-${words}-6000`, 20_000)
    let open = 0
    const begun = () => {
      if (++open === many) void onAllOpen?.()
    }
    const lengths = await Promise.all(Array.from({ length: many }, () => asker.stream(begun)))
    await asker.close()
    whole += lengths.filter((one) => one === length).length
  }
  // A process that has once had so many keeps some structures; the second time must leave nothing.
  await run(count)
  whole = 0
  const before = await heapKb()
  const rss = rssKb()
  let openKb = Number.NaN
  let openRss = Number.NaN
  await run(count, async () => {
    openKb = await heapKb()
    openRss = rssKb()
  })
  const after = await heapKb()
  return {
    whole,
    heapKbPerStream: (openKb - before) / count,
    rssKbPerStream: (openRss - rss) / count,
    heapLeftPercent: (100 * (after - before)) / before,
    held: heldResources().length,
  }
}

/** One call after the other, a fifth of them aborted in flight. */
async function sequence({ asker: name, baseUrl, count }: JobOrder): Promise<JobResult> {
  const asker = makeAsker(name, baseUrl, 'after-2')
  let warnings = 0
  process.on('warning', () => warnings++)
  const shared = new AbortController()
  let aborted = 0
  const run = async (calls: number) => {
    for (let call = 0; call < calls; call++) {
      if (call % 5 !== 0) await asker.chat(call % 2 === 0 ? shared.signal : undefined)
      else if (await isAborted((signal) => asker.chat(signal))) aborted++
    }
  }
  await run(count / 10)
  const before = await heapKb()
  await run((count * 9) / 10)
  const after = await heapKb()
  await asker.close()
  await heapKb()
  return {
    calls: count,
    aborted,
    heapLeftPercent: (100 * (after - before)) / before,
    heapBytesPerCall: ((after - before) * 1_024) / (0.9 * count),
    warnings,
    held: heldResources().length,
  }
}

async function isAborted(ask: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 1)
  try {
    await ask(controller.signal)
    return false
  } catch (error) {
    if (!controller.signal.aborted) throw error
    return true
  }
}

export const jobs = { burst, streams, sequence }
