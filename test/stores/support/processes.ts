/** Child processes for tests: each runs a script of this folder, speaks in lines, and is ended by the test at the latest. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A child that runs a script. */
export interface Child {
  readonly process: ChildProcess
  /** The next line it says; fails when it ends without one. */
  line(): Promise<string>
  say(line: string): void
  /** Its exit code; fails with what it wrote to stderr when that is not 0. */
  end(): Promise<void>
  kill(): Promise<void>
}

/** Starts a TypeScript file of this folder in a process of its own. */
export function startChild(script: string, ...args: string[]): Child {
  const flags = process.features.typescript ? [] : ['--experimental-strip-types']
  const file = join(import.meta.dirname, script)
  const child = spawn(process.execPath, [...flags, '--no-warnings', file, ...args], { stdio: 'pipe' })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += String(data)
  })
  // A child that is killed cannot read any more.
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'exit')
  return {
    process: child,
    async line() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${script} ended without a word: ${errors}`)
      return value
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    async end() {
      child.stdin.end()
      const [code] = await ended
      if (code !== 0) throw new Error(`${script} ended with ${code}: ${errors}`)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
