import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../scripts/entries.ts'

/** How a program ended and what it printed. */
export interface ProgramRun {
  /** `null` when it had to be stopped. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly args?: readonly string[]
  /** The whole environment. Default: none but the path. */
  readonly env?: Readonly<Record<string, string>>
  /** Stops it after so long, in ms. Default 25 000: machines may be busy. */
  readonly withinMs?: number
}

/** Runs a program of this repository, with the package's sources behind its name, until it ends by itself. */
export function runProgram(file: string, options: ProgramOptions = {}): Promise<ProgramRun> {
  const { args = [], env = {}, withinMs = 25_000 } = options
  const hooks = join(root, 'test/support/source-hooks.ts')
  const child = spawn(process.execPath, ['--import', hooks, join(root, file), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: withinMs,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
}
