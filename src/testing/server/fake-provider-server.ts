import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../types/clock.ts'
import type { JsonObject } from '../../types/json.ts'
import { anything, type Check, checkOptions, invalid, show } from '../../utils/check.ts'
import { systemClock } from '../../utils/clock.ts'
import type { Script, ScriptInput } from '../script.ts'
import type { Step } from '../step.ts'
import { fault } from '../steps.ts'
import type { DialectName } from './dialects/dialect.ts'
import { dialects } from './dialects/dialects.ts'
import { faultOf } from './faults/catalogue.ts'
import { Listener, type TlsFiles } from './listener.ts'
import type { RecordedRequest } from './recorded-request.ts'
import { RequestHandler } from './request-handler.ts'
import { RequestLog } from './request-log.ts'
import { Rules, type When } from './rules.ts'

/** How a fake server behaves. Everything has a default. */
export interface FakeProviderServerOptions {
  /** What chat requests are answered with, in the order of their arrival. Default: a text of sixty words, always. */
  readonly script?: ScriptInput
  /** What the models list shows. Default `['fake-model']`. */
  readonly modelIds?: readonly string[]
  /** Length of the vectors when a request asks for none. Default 8. */
  readonly dimensions?: number
  /** The one key that is let in. Default: anything, or none. */
  readonly apiKey?: string
  /** Where delays come from. Default: the machine's own time. */
  readonly clock?: Clock
  /** Sends every body in pieces of so many bytes, 1 for each byte by itself. Default: an event at a time. */
  readonly pieceBytes?: number
  /** Serves https with this key and certificate (PEM). Default: http. */
  readonly tls?: TlsFiles
}

/** What there is; a script says itself when it is none. */
const optionChecks: Readonly<Record<keyof FakeProviderServerOptions, Check>> = {
  script: anything,
  modelIds: anything,
  dimensions: anything,
  apiKey: anything,
  clock: anything,
  pieceBytes: anything,
  tls: anything,
}

/** A server on 127.0.0.1 that speaks like a provider and fails as told. */
export interface FakeProviderServer {
  /** Base URL of a dialect; without one the bare origin. `host` may be `localhost` (also tries `::1`, which is closed). */
  url(dialect?: DialectName, host?: '127.0.0.1' | 'localhost'): string
  readonly port: number
  /** Every request, in order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** Connections that are open now. */
  readonly openSockets: number
  /** Connections ever accepted. */
  readonly connections: number
  /** Sets what some requests are answered with; of rules that fit, the one given last counts. */
  use(script: ScriptInput, when?: When): void
  /** A fault of the catalogue as a step of a script. Throws for a name it does not hold. */
  fault(name: string, options?: JsonObject): Script
  /** The n-th request (1 is the first), once it has arrived. */
  waitForRequest(count: number): Promise<RecordedRequest>
  /** The n-th request, once it is over: answered, broken off, or left by the client. */
  waitForEnd(count: number): Promise<RecordedRequest>
  /** Forgets the requests and starts every script from its beginning. */
  reset(): void
  /** Stops listening and drops every connection, as a machine does that loses its network. */
  down(): Promise<void>
  /** Listens again, on the same port. */
  up(): Promise<void>
  /** Ends everything, hanging answers too. May be called twice. */
  close(): Promise<void>
}

/**
 * Starts a server that speaks each provider's dialect and does what a script says.
 *
 * @example
 * const server = await fakeProviderServer({ script: fail(503).times(2).then('hello') })
 * const provider = openai({ baseUrl: server.url('openai'), apiKey: 'sk-test-1' })
 */
export async function fakeProviderServer(
  input: ScriptInput | FakeProviderServerOptions = {},
): Promise<FakeProviderServer> {
  const options: FakeProviderServerOptions = isOptions(input) ? input : { script: input }
  checkOptions('fakeProviderServer', options, optionChecks)
  const server = new RunningServer(options)
  await server.up()
  return server
}

function isOptions(input: ScriptInput | FakeProviderServerOptions): input is FakeProviderServerOptions {
  return typeof input === 'object' && !Array.isArray(input) && !('lines' in input)
}

class RunningServer implements FakeProviderServer {
  readonly #rules = new Rules()
  readonly #log = new RequestLog()
  readonly #connectionOf = new WeakMap<Socket, number>()
  readonly #listener: Listener
  readonly #clock: Clock
  readonly #isTls: boolean
  readonly #http = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
  #isClosing = false

  constructor(options: FakeProviderServerOptions) {
    const { script, clock = systemClock, modelIds = ['fake-model'], dimensions = 8, apiKey, pieceBytes, tls } = options
    this.#clock = clock
    this.#isTls = tls !== undefined
    if (script !== undefined) this.use(script)
    const handler = new RequestHandler({
      rules: this.#rules,
      log: this.#log,
      clock,
      stock: { modelIds, dimensions, apiKey },
      pieceBytes,
      connectionOf: (socket) => this.#connectionOf.get(socket) ?? -1,
      isClosing: () => this.#isClosing,
    })
    this.#http.on('request', (incoming, response) => {
      // A client that leaves while its body is read, or a fault that cannot be made: either way the connection is lost.
      handler.handle(incoming, response).catch((error: unknown) => {
        if (!response.headersSent) response.setHeader('x-fake-problem', encodeURIComponent(String(error)))
        if (!response.headersSent && !incoming.socket.destroyed) response.writeHead(500).end()
        else incoming.socket.destroy()
      })
    })
    this.#listener = new Listener((socket, index) => this.#accept(socket, index), tls)
  }

  get port(): number {
    return this.#listener.port
  }

  get requests(): readonly RecordedRequest[] {
    return this.#log.list
  }

  get openSockets(): number {
    return this.#listener.sockets.size
  }

  get connections(): number {
    return this.#listener.accepted
  }

  url(dialect?: DialectName, host = '127.0.0.1'): string {
    if (dialect !== undefined && !Object.hasOwn(dialects, dialect))
      throw invalid('dialect', show(dialect), Object.keys(dialects).join(', '))
    const origin = `${this.#isTls ? 'https' : 'http'}://${host}:${this.port}`
    return dialect === undefined ? origin : `${origin}/${dialect}${dialects[dialect].base}`
  }

  use(script: ScriptInput, when: When = {}): void {
    this.#rules.add(script, when)
  }

  fault(name: string, options: JsonObject = {}): Script {
    if (faultOf(name).at === 'listener') throw invalid('fault', show(name), 'this one with faultEndpoint only')
    return fault(name, options)
  }

  waitForRequest(count: number): Promise<RecordedRequest> {
    return this.#log.arrived(count)
  }

  waitForEnd(count: number): Promise<RecordedRequest> {
    return this.#log.ended(count)
  }

  reset(): void {
    this.#log.list.length = 0
    this.#rules.restart()
  }

  async up(): Promise<void> {
    this.#isClosing = false
    await this.#listener.open()
  }

  async down(): Promise<void> {
    this.#isClosing = true
    await this.#listener.close()
  }

  async close(): Promise<void> {
    await this.down()
    this.#log.close()
  }

  #accept(socket: Socket, index: number): void {
    this.#connectionOf.set(socket, index)
    const step = this.#connectionFault()
    const found = step && faultOf(step.name)
    if (step && found?.at === 'connection') found.play(socket, step.options, this.#clock)
    else this.#http.emit('connection', socket)
  }

  /** The next step of the script for everything, if it is about connections; then it is taken. */
  #connectionFault(): Extract<Step, { type: 'fault' }> | undefined {
    const cursor = this.#rules.unconditional
    const step = cursor?.peek()
    if (step?.type !== 'fault' || faultOf(step.name).at !== 'connection') return undefined
    cursor?.next({ operation: 'chat', model: '', index: this.#log.list.length, raw: undefined })
    return step
  }
}
