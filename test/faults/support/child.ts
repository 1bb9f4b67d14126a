/** Child processes that run a program of `programs/` and speak in lines of JSON. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../../../scripts/entries.ts'

/** A child that runs a program. */
export interface Child {
  readonly process: ChildProcess
  /** The next line it says, as JSON; fails when it ends without one. */
  said<Value = unknown>(): Promise<Value>
  say(line: string): void
  /** Its exit code or signal, what it wrote to stderr, and the real ms since it was asked. */
  ended(): Promise<{ code: number | string | null; errors: string }>
}

/** How a child is started. */
export interface ChildOptions {
  readonly args?: readonly string[]
  /** Flags of Node before the program. */
  readonly flags?: readonly string[]
  /** A shell command before it, as in `ulimit -n 64`. */
  readonly limits?: string
  readonly env?: Readonly<Record<string, string>>
}

const running = new Set<ChildProcess>()

/** Starts a program of this folder, with the package's sources behind its name. */
export function startProgram(name: string, options: ChildOptions = {}): Child {
  const { args = [], flags = [], limits, env = {} } = options
  const hooks = join(root, 'test/support/source-hooks.ts')
  const words = [process.execPath, ...flags, '--import', hooks, join(import.meta.dirname, 'programs', name), ...args]
  const [command = '', ...rest] = limits === undefined ? words : ['sh', '-c', `${limits}; exec "$@"`, 'sh', ...words]
  const child = spawn(command, rest, { cwd: root, env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' })
  running.add(child)
  const exited = once(child, 'exit')
  exited.then(
    () => running.delete(child),
    () => running.delete(child),
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += String(data)
  })
  // A child that has ended cannot read any more.
  child.stdin.on('error', () => {})
  return {
    process: child,
    async said<Value>() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name} ended without a word: ${errors}`)
      return JSON.parse(value) as Value
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    async ended() {
      const [code, signal] = await exited
      return { code: code ?? signal, errors }
    },
  }
}

/** Ends every child that is still there. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}
