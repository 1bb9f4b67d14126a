/** What importing costs: CPU of a process that imports and ends, against one that only ends. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { median } from './numbers.ts'

const root = join(import.meta.dirname, '..')
const peers = join(import.meta.dirname, 'peers')

const programs: Readonly<Record<string, { readonly cwd: string; readonly code: string }>> = {
  'bare node': { cwd: root, code: '' },
  holdfast: { cwd: root, code: "await import('holdfast'); await import('holdfast/providers/openai');" },
  openai: { cwd: peers, code: "await import('openai');" },
  ai: { cwd: peers, code: "await import('ai'); await import('@ai-sdk/openai-compatible');" },
}

/** CPU of each program in milliseconds, the median of interleaved runs. */
export function measureImports(rounds: number): Readonly<Record<string, number>> {
  const runs = new Map(Object.keys(programs).map((name) => [name, [] as number[]]))
  // The first round fills the page cache and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { cwd, code }] of Object.entries(programs)) {
      const cpuMs = runOnce(cwd, code)
      if (round > 0) runs.get(name)?.push(cpuMs)
    }
  }
  return Object.fromEntries([...runs].map(([name, values]) => [name, median(values)]))
}

function runOnce(cwd: string, code: string): number {
  const tell = '{ const { user, system } = process.cpuUsage(); console.log((user + system) / 1000) }'
  const answer = execFileSync(process.execPath, ['--input-type=module', '--eval', `${code} ${tell}`], { cwd })
  return Number(answer.toString())
}
