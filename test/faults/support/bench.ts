/** Two servers, one clock, one client for each case: what every fault is made and looked at with. */
import { type ClientEvent, type ClientOptions, type Provider, UnifiedClient } from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { gemini } from 'holdfast/providers/gemini'
import { openai } from 'holdfast/providers/openai'
import { reply, type ScriptInput, type VirtualClock, virtualClock } from 'holdfast/testing'
import { type DialectName, type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { canary, hidesCanary } from './canary.ts'
import { watchWarnings } from './warnings.ts'

/** A client with everything it told. */
export interface BenchClient {
  readonly llm: UnifiedClient
  readonly events: ClientEvent[]
  close(): Promise<void>
}

/** Makes a provider for a base URL; by its dialect when a case says nothing else. */
export type MakeProvider = (options: { name: string; baseUrl: string; apiKey: string; model: string }) => Provider

/** How a client of a case differs from the usual one. */
export interface BenchOptions extends Partial<Omit<ClientOptions, 'providers' | 'onEvent'>> {
  /** Base URL of the provider with the fault. Default: the primary server. */
  readonly baseUrl?: string
  readonly dialect?: DialectName
  readonly make?: MakeProvider
  /** Is there a healthy second provider? Default `false`. */
  readonly hasBackup?: boolean
}

/** The stage of a file: made before its first test, looked over after each, taken down after the last. */
export class Bench {
  readonly clock: VirtualClock = virtualClock()
  readonly clients: BenchClient[] = []
  #primary: FakeProviderServer | undefined
  #backup: FakeProviderServer | undefined

  get primary(): FakeProviderServer {
    return this.#primary as FakeProviderServer
  }

  /** Healthy at all times, unless a case says otherwise. */
  get backup(): FakeProviderServer {
    return this.#backup as FakeProviderServer
  }

  async start(): Promise<void> {
    const { clock } = this
    this.#primary = await fakeProviderServer({ clock })
    this.#backup = await fakeProviderServer({ clock })
    await this.#warmUp()
  }

  /** Code that is loaded when it is first needed is loaded now, so that later the clock has only loopback to wait for. */
  async #warmUp(): Promise<void> {
    const { backup } = this
    const key = { apiKey: canary, model: 'm' }
    const providers = [
      openai({ ...key, baseUrl: backup.url('openai') }),
      anthropic({ ...key, baseUrl: backup.url('anthropic') }),
      gemini({ ...key, baseUrl: backup.url('gemini') }),
    ]
    const llm = new UnifiedClient({ providers, hedge: { afterMs: 1_000 } })
    for (const { name } of providers) {
      await llm.chat({ prompt: 'Hi', providers: [name] })
      await llm.chatStream({ prompt: 'Hi', providers: [name] }).final()
    }
    await llm.close()
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.close(), this.backup.close()])
  }

  /** What the primary server does from now on; both forget what they saw. */
  script(primary: ScriptInput, backup: ScriptInput = reply()): void {
    this.primary.use(primary)
    this.backup.use(backup)
    this.primary.reset()
    this.backup.reset()
  }

  /** A client over the provider with the fault, and over the healthy one where that is wanted. */
  client(options: BenchOptions = {}): BenchClient {
    const { baseUrl, dialect = 'openai', make = makers[dialect] ?? openai, hasBackup = false, ...rest } = options
    const events: ClientEvent[] = []
    const url = baseUrl ?? this.primary.url(dialect)
    const chain = [make({ name: 'primary', baseUrl: url, apiKey: canary, model: 'm' })]
    if (hasBackup) chain.push(make({ name: 'backup', baseUrl: this.backup.url(dialect), apiKey: canary, model: 'b' }))
    const llm = new UnifiedClient({
      providers: chain,
      clock: this.clock,
      random: () => 0,
      onEvent: (event) => events.push(event),
      circuit: { threshold: 100 },
      ...rest,
    })
    const client: BenchClient = { llm, events, close: () => llm.close() }
    this.clients.push(client)
    return client
  }

  /** Nothing of a case may be left: no timer, no socket, no key. */
  async lookOver(): Promise<void> {
    for (const { llm, events } of this.clients.splice(0)) {
      await llm.close()
      hidesCanary(events)
      hidesCanary(llm)
    }
    await happens(() => this.primary.openSockets + this.backup.openSockets === 0, 'all sockets are closed')
    await this.clock.settle()
    expect(this.clock.pending, 'timers left').toBe(0)
  }
}

const makers: Readonly<Record<string, MakeProvider>> = { anthropic, gemini, openai }

/** A bench for the tests of a file. */
export function useBench(): Bench {
  const bench = new Bench()
  const warnings = watchWarnings()
  beforeAll(() => bench.start())
  beforeEach(() => warnings.start())
  afterEach(async () => {
    await bench.lookOver()
    warnings.check()
  })
  afterAll(() => bench.stop())
  return bench
}

/** Waits in real time until something is so; fails when it is not so within the limit. */
export async function happens(isSo: () => boolean, what: string, limitMs = 30_000): Promise<void> {
  const start = performance.now()
  while (!isSo()) {
    if (performance.now() - start > limitMs) throw new Error(`Not within ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
