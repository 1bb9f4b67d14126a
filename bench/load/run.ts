/**
 * npm run bench:load -- [--calls N] [--json FILE]
 *
 * Ten thousand chat calls at once against a provider that takes 200 ms, beside the same with bare fetch; docs/load.md
 * describes what is measured.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { doJob, startProvider } from './children.ts'
import { type Figure, isMet, machine, show } from './goals.ts'

const { values } = parseArgs({ options: { calls: { type: 'string', default: '10000' }, json: { type: 'string' } } })
const count = Number(values.calls)
const provider = await startProvider()
const order = { job: 'burst', baseUrl: provider.baseUrl, count } as const
const bare = await doJob({ ...order, asker: 'fetch' })
const ours = await doJob({ ...order, asker: 'holdfast' })
provider.stop()

const figure = (what: string, name: string, atMost: number, unit: string): Figure => ({
  what,
  value: ours[name] ?? Number.NaN,
  atMost,
  unit,
  ...(bare[name] !== undefined && { bare: bare[name] }),
})
const figures: Figure[] = [
  { what: 'calls that were not answered', value: count - (ours.answered ?? 0), atMost: 0, unit: 'calls' },
  figure('all of them answered after', 'wallMs', 5_000, 'ms'),
  figure('99 % answered after', 'p99Ms', 4_000, 'ms'),
  figure('longest lag of the event loop', 'lagMs', 1_000, 'ms'),
  figure('resident memory for each call', 'rssKbPerCall', 45, 'kB'),
  figure('CPU for all of them', 'cpuMs', 1.25 * (bare.cpuMs ?? Number.NaN), 'ms'),
]
console.log(machine())
console.log(show(`${count} chat calls at once, 200 ms each`, figures))
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), ours, bare }, null, 2)}\n`)
process.exitCode = figures.every(isMet) ? 0 : 1
