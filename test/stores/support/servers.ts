/** Servers that tests may use where they answer. In CI they must. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

export const redisUrl = process.env.HOLDFAST_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'
export const postgresUrl = process.env.HOLDFAST_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test'

/** Why tests against a server are skipped; `undefined` when it answers. Fails in CI when it does not. */
export async function whyNot(url: string): Promise<string | undefined> {
  const { hostname, port, host } = new URL(url)
  const isThere = await answers(hostname, Number(port))
  if (isThere) return undefined
  const reason = `no server answers at ${host}`
  if (process.env.CI) throw new Error(`${reason}, and CI needs one`)
  console.warn(`skipped: ${reason}`)
  return reason
}

/** Why a server of our own cannot be started. */
export function whyNoProgram(program: string): string | undefined {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) return undefined
  const reason = `no ${program} on this machine`
  if (process.env.CI) throw new Error(`${reason}, and CI needs one`)
  console.warn(`skipped: ${reason}`)
  return reason
}

/** A port that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A Redis server of our own, which a test may stop, start and break. Nothing is kept on disk. */
export class OwnRedis {
  readonly port: number
  #process: ChildProcess | undefined

  constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(...options: string[]): Promise<void> {
    const base = [
      '--bind',
      '127.0.0.1',
      '--port',
      String(this.port),
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      '/tmp',
    ]
    this.#process = spawn('redis-server', [...base, ...options], { stdio: 'ignore' })
    for (let tries = 0; tries < 200; tries++) {
      if (await answers('127.0.0.1', this.port)) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('redis-server did not start')
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.setTimeout(10_000, () => socket.destroy(new Error('timeout')))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
