import type { Attempt } from '../resilience/attempt.ts'
import type { Place } from '../resilience/place.ts'
import type { HttpClient } from '../transport/http-client.ts'
import type { Provider, ProviderContext } from '../types/provider.ts'
import { Places } from './places.ts'
import type { Settings } from './settings.ts'

/** The transport, loaded with the first request: a client at rest, or one with fakes, never loads ky or fetch. */
export class Network {
  readonly #settings: Settings
  readonly #places = new Map<string, Places>()
  #client: Promise<HttpClient> | undefined
  #ready: HttpClient | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** What a provider gets for one attempt; the marks tell how far its request has come. */
  contextFor(attempt: Attempt, marks: { onHeaders?: () => void; onFirstByte?: () => void }): ProviderContext {
    const { signal } = attempt.watch
    const { needsNewConnection } = attempt
    return {
      signal,
      isKeyRefresh: attempt.isKeyRefresh,
      ...(attempt.apiKey && { apiKey: attempt.apiKey }),
      http: async (request) => {
        const client = this.#ready ?? (await this.#loaded())
        signal.throwIfAborted()
        return client.send(request, { signal, needsNewConnection, ...marks })
      },
    }
  }

  /** Loads the provider's wire format and the transport, if need be: time that is not the provider's to answer for. */
  prepare(provider: Provider): Promise<unknown> | undefined {
    const loading = provider.prepare?.()
    return loading && Promise.all([loading, this.#loaded()])
  }

  /** A place among the connections to a provider; none is needed where they are not ours. */
  enter({ endpoint }: Provider): Place | undefined {
    const { fetch, maxConnections } = this.#settings
    if (endpoint === undefined || fetch !== undefined) return undefined
    let places = this.#places.get(endpoint)
    if (places === undefined) {
      places = new Places(maxConnections)
      this.#places.set(endpoint, places)
    }
    return places.enter()
  }

  #loaded(): Promise<HttpClient> {
    this.#client ??= this.#load()
    return this.#client
  }

  async close(): Promise<void> {
    const client = await this.#client
    client?.close()
  }

  async #load(): Promise<HttpClient> {
    const { createHttpClient } = await import('../transport/http-client.ts')
    const { clock, fetch, timeouts, maxConnections, maxResponseBytes, maxEventBytes } = this.#settings
    this.#ready = createHttpClient({
      clock,
      fetch,
      connectMs: timeouts.connectMs,
      maxConnections,
      maxResponseBytes,
      maxEventBytes,
    })
    return this.#ready
  }
}
