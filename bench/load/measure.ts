/** Memory, lag and what a process still holds. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Resident memory in kB. */
export function rssKb(): number {
  return process.memoryUsage.rss() / 1_024
}

/** Heap in use, in kB, when everything that can go has gone. */
export async function heapKb(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('run with --expose-gc')
  for (let round = 0; round < 4; round++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed / 1_024
}

/** Watches memory and the event loop until it is asked what it saw. */
export function watchProcess(): () => { readonly peakRssKb: number; readonly lagMs: number } {
  const resolution = 10
  const delay = monitorEventLoopDelay({ resolution })
  let peak = rssKb()
  const timer = setInterval(() => {
    peak = Math.max(peak, rssKb())
  }, 20)
  delay.enable()
  return () => {
    clearInterval(timer)
    delay.disable()
    return { peakRssKb: Math.max(peak, rssKb()), lagMs: Math.max(0, delay.max / 1e6 - resolution) }
  }
}

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Sockets, timers and requests that the process still holds; its own channel to its parent aside. */
export function heldResources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FS/.test(name))
}
