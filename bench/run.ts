/**
 * npm run bench -- [--quick] [--json FILE]
 *
 * Our client against raw fetch and two peers, by CPU time; docs/benchmarks.md describes the method.
 */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureImports } from './imports.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'
import { goalsOf, type Results, rowsOf } from './results.ts'
import { type Discipline, runRounds } from './rounds.ts'
import { measureSizes } from './sizes.ts'
import { chunkCount } from './wire.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } })
const isQuick = values.quick
const rounds = isQuick ? 9 : 41
const disciplines: readonly Discipline[] = [
  { id: 'chat', kind: 'chat', count: 150, atOnce: 1, units: 150 },
  { id: 'chat64', kind: 'chat', count: 384, atOnce: 64, units: 384 },
  { id: 'stream', kind: 'stream', count: 6, atOnce: 1, units: 6 * chunkCount },
]

installPeers()
const startedAt = performance.now()
const samples = await runRounds(disciplines, rounds, (round) => progress(`round ${round} of ${rounds}`))
progress('imports')
const importMs = measureImports(isQuick ? 5 : 15)
progress('parts')
const parts = await measureParts(isQuick ? 5 : 15)
const bundles = await measureSizes()
progress()

const results: Results = {
  machine: { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, load: loadavg()[0] ?? 0 },
  peers: peerVersions(),
  rounds,
  rows: rowsOf(samples),
  importMs,
  bundles,
  parts,
  goals: goalsOf(samples, { importMs, bundles, parts }),
}
console.log(report(results))
console.log(`\n${((performance.now() - startedAt) / 1_000).toFixed(0)} s`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)

function progress(text = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** The peers are no dependencies of this repository: they are installed the first time they are wanted. */
function installPeers(): void {
  const folder = join(import.meta.dirname, 'peers')
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return
  console.log('installing the peers into bench/peers')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })
}

function peerVersions(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'peers', 'package.json'), 'utf8')).dependencies
}

async function measureParts(times: number): Promise<Parts> {
  const child = fork(join(import.meta.dirname, 'parts.ts'), [String(times)])
  const ended = once(child, 'exit').then(() => {
    throw new Error('the process that measures parts ended without a result')
  })
  const [answer] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {}) // It has given its result.
  return answer as Parts
}
