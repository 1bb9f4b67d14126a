/**
 * npm run bench:leaks -- [--quick] [--json FILE]
 *
 * What is left behind: after streams, after calls and aborts, after floods, and when a client closes; docs/load.md
 * describes what is measured.
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { faultEndpoint } from 'holdfast/testing/server'
import type { FloodResult } from './bodies.ts'
import { doJob, startProvider } from './children.ts'
import { type Figure, isMet, machine, show } from './goals.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' } },
})
const scale = values.quick ? 10 : 1
const run = promisify(execFile)

async function streams(): Promise<Figure[]> {
  const count = 5_000 / scale
  const provider = await startProvider()
  const order = { job: 'streams', baseUrl: provider.baseUrl, count } as const
  const bare = await doJob({ ...order, asker: 'fetch' })
  const ours = await doJob({ ...order, asker: 'holdfast' })
  provider.stop()
  const figure = (what: string, name: string, atMost: number, unit: string, isBareToo = true): Figure => ({
    what,
    value: ours[name] ?? Number.NaN,
    atMost,
    unit,
    ...(isBareToo && { bare: bare[name] ?? Number.NaN }),
  })
  return [
    { what: `streams of ${count} that were not whole`, value: count - (ours.whole ?? 0), atMost: 0, unit: 'streams' },
    figure('heap for each open stream', 'heapKbPerStream', 1.1 * (bare.heapKbPerStream ?? 0), 'kB'),
    figure('heap that stayed', 'heapLeftPercent', 5, '%', false),
    figure('sockets and timers that stayed', 'held', 0, '', false),
  ]
}

async function sequence(): Promise<Figure[]> {
  const provider = await startProvider()
  const ours = await doJob({ job: 'sequence', asker: 'holdfast', baseUrl: provider.baseUrl, count: 20_000 / scale })
  provider.stop()
  const figure = (what: string, name: string, atMost: number, unit: string): Figure => ({
    what,
    value: ours[name] ?? Number.NaN,
    atMost,
    unit,
  })
  return [
    {
      what: `of ${ours.calls} calls, not aborted as wanted`,
      value: 1 - (5 * (ours.aborted ?? 0)) / (ours.calls ?? 1),
      atMost: 0.1,
      unit: 'of a fifth',
    },
    figure('heap that stayed', 'heapLeftPercent', 5, '%'),
    figure('heap that stayed for each call', 'heapBytesPerCall', 30, 'bytes'),
    figure('warnings of the process', 'warnings', 0, ''),
    figure('sockets and timers that stayed', 'held', 0, ''),
  ]
}

const floods: readonly (readonly [fault: string, isStream: boolean])[] = [
  ['body-600mb', false],
  ['gzip-bomb', false],
  ['gzip-bomb', true],
  ['http-500-body-huge', false],
  ['sse-endless', true],
  ['sse-no-newline', true],
  ['sse-no-blank-line', true],
]

async function flooding(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, isStream] of floods) {
    const endpoint = await faultEndpoint(name)
    const child = fork(join(import.meta.dirname, 'bodies.ts'), { execArgv: ['--expose-gc', '--no-warnings'] })
    child.send({ baseUrl: endpoint.url('openai'), isStream })
    const [{ code, rssGrowthMb }] = (await once(child, 'message')) as [FloodResult]
    await endpoint.close()
    figures.push({
      what: `${name}, ${isStream ? 'stream' : 'chat'}: ${code}`,
      value: rssGrowthMb,
      atMost: 64,
      unit: 'MB',
    })
  }
  return figures
}

const troubles: readonly (readonly [fault: string, kind: 'chat' | 'stream'])[] = [
  ['conn-hang', 'chat'],
  ['conn-refused', 'chat'],
  ['tls-stall', 'chat'],
  ['accept-silence', 'chat'],
  ['hang-before-headers', 'chat'],
  ['hang-before-headers', 'stream'],
  ['http-500', 'chat'],
  ['http-429', 'chat'],
  ['http-500-body-hang', 'chat'],
  ['slow-headers', 'chat'],
  ['slow-drip', 'chat'],
  ['body-hang', 'chat'],
  ['sse-stall-first', 'stream'],
  ['sse-stall-mid', 'stream'],
  ['sse-ping-mid', 'stream'],
  ['sse-endless', 'stream'],
  ['sse-open-after-done', 'stream'],
  ['gzip-ok', 'chat'],
]

async function closing(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, kind] of values.quick ? troubles.slice(0, 6) : troubles) {
    const endpoint = await faultEndpoint(name)
    const file = join(import.meta.dirname, 'closing.ts')
    const args = ['--no-warnings', file, endpoint.url('openai'), kind, '500']
    const { stdout } = await run(process.execPath, args, { timeout: 30_000 })
    await endpoint.close()
    figures.push({ what: `${name}, ${kind}`, value: Number.parseFloat(stdout), atMost: 100, unit: 'ms' })
  }
  return figures
}

const parts: Readonly<Record<string, readonly [title: string, measure: () => Promise<Figure[]>]>> = {
  streams: ['slow streams, all open at once', streams],
  sequence: ['calls one after the other, a fifth aborted', sequence],
  floods: ['resident memory taken by a flood', flooding],
  closing: ['from close() to the end of the process', closing],
}

const results: Record<string, readonly Figure[]> = {}
for (const [name, [title, measure]] of Object.entries(parts)) {
  if (values.only !== undefined && !values.only.split(',').includes(name)) continue
  const figures = await measure()
  results[name] = figures
  console.log(show(title, figures))
}
console.log(machine())
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`)
process.exitCode = Object.values(results).flat().every(isMet) ? 0 : 1
