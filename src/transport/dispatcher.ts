import { undiciMajor } from '../utils/environment.ts'
import { DialSignal } from './dial-signal.ts'
import type { RawText } from './header-list.ts'

/** What an Agent is asked for. Headers are names and values in turn. */
interface DispatchOptions {
  readonly origin: string
  readonly path: string
  readonly method: string
  readonly headers: readonly string[]
  readonly body: string | null
}

/** Is told of the steps of one request, up to undici 7. `false` from `onData` lets the socket rest. */
export interface RequestHandler {
  onConnect(abort: (reason: Error) => void): void
  onHeaders(status: number, headers: readonly RawText[], resume: () => void): boolean
  onData(chunk: Uint8Array): boolean
  onComplete(): void
  onError(error: unknown): void
}

/** What undici 8 hands to each step. */
interface RequestController {
  readonly rawHeaders: readonly RawText[]
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Is told of the steps of one request, from undici 8 on. */
export interface ModernHandler {
  onRequestStart(controller: RequestController): void
  onResponseStart(controller: RequestController, status: number): void
  onResponseData(controller: RequestController, chunk: Uint8Array): void
  onResponseEnd(): void
  onResponseError(controller: RequestController, error: unknown): void
}

/** The part of undici's Agent that is used. */
export interface Dispatcher {
  dispatch(options: DispatchOptions, handler: RequestHandler | ModernHandler): boolean
  destroy(): Promise<void>
  on(event: 'connect' | 'disconnect', listener: (origin: URL, targets: readonly Target[], error?: Error) => void): void
}

/** Agent, pool, client: each a part of the one before. */
interface Target {
  destroy(): Promise<void>
  emit(event: string, ...values: unknown[]): boolean
  listenerCount(event: string): number
}

type AgentClass = new (options: object) => Dispatcher

/** The connections of one client. */
export interface Connections {
  readonly pooled: Dispatcher
  /** Makes a new connection for each request. */
  readonly unpooled: Dispatcher
  /** A moment, to ask `isOlder` about later. */
  now(): number
  /** Had the connection that broke with this error been made before that moment? */
  isOlder(error: unknown, moment: number): boolean
  /** Lets all connections go, half-made ones too. */
  close(): void
}

/**
 * Connections of the runtime's own fetch, made with its built-in Agent: it bounds their number, ends a hanging name
 * look-up, dial or handshake after `connectMs`, and can be destroyed. Undefined where the runtime has none, or where the
 * user has set another global dispatcher (a proxy, a mock), which then stays in force.
 */
export function createConnections(limits: { connectMs: number; maxConnections: number }): Connections | undefined {
  const current = (globalThis as Record<symbol, unknown>)[Symbol.for(`undici.globalDispatcher.${generation()}`)]
  if (current?.constructor?.name !== 'Agent') return undefined
  try {
    return new AgentConnections(current.constructor as AgentClass, limits)
  } catch {
    return undefined // An Agent of another make: its own limits must do.
  }
}

/** Agents up to undici 7 know other handlers than those from 8 on, so they have a place of their own. */
function generation(): 1 | 2 {
  return undiciMajor() < 8 ? 1 : 2
}

class AgentConnections implements Connections {
  readonly pooled: Dispatcher
  readonly #makeUnpooled: () => Dispatcher
  readonly #closing = new DialSignal()
  // Of clients: when they connected. Of errors: when the connection was made that broke with them.
  readonly #madeAt = new WeakMap<object, number>()
  #moment = 0
  #unpooled: Dispatcher | undefined

  constructor(Agent: AgentClass, { connectMs, maxConnections }: { connectMs: number; maxConnections: number }) {
    const options = {
      // An agent forgets pools that have no connection yet, so half-made ones are ended by a signal.
      connect: { timeout: Math.min(connectMs, 2_147_483_647), signal: this.#closing },
      connections: maxConnections,
      // Undici 8 would share one connection.
      allowH2: false,
      // Our own limits are exact and tell their parts apart.
      headersTimeout: 0,
      bodyTimeout: 0,
    }
    this.#makeUnpooled = () => new Agent({ ...options, pipelining: 0 })
    this.pooled = new Agent(options)
    this.pooled.on('connect', (_, targets) => {
      const client = targets.at(-1)
      if (client !== undefined) this.#madeAt.set(client, ++this.#moment)
    })
    this.pooled.on('disconnect', (_, targets, error) => {
      const client = targets.at(-1)
      if (client === undefined || error === undefined) return
      this.#madeAt.set(error, this.#madeAt.get(client) ?? Number.POSITIVE_INFINITY)
      if (error.message === 'aborted') retire(targets, error)
    })
  }

  get unpooled(): Dispatcher {
    this.#unpooled ??= this.#makeUnpooled()
    return this.#unpooled
  }

  now(): number {
    return ++this.#moment
  }

  isOlder(error: unknown, moment: number): boolean {
    for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
      const madeAt = this.#madeAt.get(one)
      if (madeAt !== undefined) return madeAt < moment
    }
    return false
  }

  close(): void {
    for (const dispatcher of [this.pooled, this.#unpooled]) dispatcher?.destroy().catch(() => {}) // Gone is gone.
    this.#closing.abort()
  }
}

/**
 * A connection that ended because its request was aborted would be made anew at once, for nothing. Pools that take a
 * client out when they are told of its failure (two listeners: theirs and the agent's) are told so.
 */
function retire([, pool, client]: readonly Target[], error: Error): void {
  if (pool === undefined || client === undefined || pool.listenerCount('connectionError') < 2) return
  pool.emit('connectionError', undefined, [client], error)
  client.destroy().catch(() => {}) // Likewise.
}
