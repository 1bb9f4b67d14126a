import { ResponseError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { HttpResponse, ServerEvent } from '../types/http.ts'
import { pageText } from '../utils/clean-text.ts'
import { Batches, type ByteSource, type Opening } from './batches.ts'
import type { RawResponse } from './exchange.ts'
import { connectionError, type Stage } from './network-error.ts'
import { createLineSplitter, createSseSplitter } from './sse.ts'

const errorBytes = 65_536
const errorWaitMs = 1_000
/** Streams wrap each token, so they may be so many times as large as whole answers. */
const streamFactor = 2

/** Limits of one body, and the attempt it belongs to. */
interface BodyLimits {
  readonly clock: Clock
  readonly maxResponseBytes: number
  readonly maxEventBytes: number
}

interface BodyHooks {
  readonly signal: AbortSignal
  onFirstByte?(): void
}

/** A response whose body is read once, bounded, and let go on every way out. */
export class BodyReader implements HttpResponse, ByteSource {
  readonly status: number
  readonly headers: RawResponse['headers']
  readonly #body: ByteSource | undefined
  readonly #hooks: BodyHooks
  readonly #limits: BodyLimits
  #isStarted = false
  #stage: Stage = 'body'
  #bytes = 0
  #mostBytes: number

  constructor(response: RawResponse, hooks: BodyHooks, limits: BodyLimits) {
    this.status = response.status
    this.headers = response.headers
    this.#body = response.body
    this.#hooks = hooks
    this.#limits = limits
    this.#mostBytes = limits.maxResponseBytes
  }

  async json(): Promise<unknown> {
    return parseWhole(await this.#text())
  }

  async errorText(): Promise<string> {
    const decoder = new TextDecoder()
    const { clock } = this.#limits
    let text = ''
    let bytes = 0
    // A body that never ends must not hold back what the status line already said.
    const timer = clock.setTimeout(() => this.cancel(), errorWaitMs)
    try {
      while (bytes < errorBytes) {
        const chunk = await this.read()
        if (chunk === undefined) break
        bytes += chunk.byteLength
        text += decoder.decode(chunk.subarray(0, errorBytes), { stream: true })
      }
    } catch {
      // What was read so far has to do: the status is known.
    } finally {
      clock.clearTimeout(timer)
      this.cancel()
    }
    return text.slice(0, errorBytes)
  }

  events(): AsyncIterable<readonly ServerEvent[]> {
    const decoder = new TextDecoder()
    const open = (head: string): Opening => {
      const kind = kindOf(head)
      if (kind === 'html') throw htmlError(head)
      if (kind === 'unknown') return { isReady: head.length >= errorBytes }
      return kind === 'json' ? { isReady: true, whole: (start) => this.#whole(start, decoder) } : { isReady: true }
    }
    return new Batches(this.#source(), decoder, open, (out) => createSseSplitter(this.#limits.maxEventBytes, out))
  }

  lines(): AsyncIterable<readonly ServerEvent[]> {
    const open = (head: string): Opening => {
      if (kindOf(head) === 'html') throw htmlError(head)
      return { isReady: true }
    }
    return new Batches(this.#source(), new TextDecoder(), open, (out) =>
      createLineSplitter(this.#limits.maxEventBytes, out),
    )
  }

  #source(): ByteSource {
    this.#stage = 'stream'
    this.#mostBytes *= streamFactor
    if (this.#body === undefined || this.headers.get('content-length') === '0') throw emptyBody()
    return this
  }

  /** A JSON body where events were asked for. */
  async #whole(head: string, decoder: TextDecoder): Promise<ServerEvent> {
    return { event: 'json', data: head + (await this.#text(decoder)) }
  }

  cancel(): void {
    this.#body?.cancel()
  }

  async #text(decoder = new TextDecoder()): Promise<string> {
    // Bytes until it is whole: what proves too large is never made a string.
    const chunks: Uint8Array[] = []
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) chunks.push(chunk)
    const last = chunks.pop()
    let text = ''
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode(last)
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const chunk = await this.#body?.read()
      if (!this.#isStarted) {
        this.#isStarted = true
        this.#hooks.onFirstByte?.()
      }
      return this.#counted(chunk)
    } catch (error) {
      const { signal } = this.#hooks
      throw signal.aborted ? signal.reason : connectionError(error, this.#stage)
    }
  }

  take(): Uint8Array | undefined {
    return this.#counted(this.#body?.take?.())
  }

  #counted(chunk: Uint8Array | undefined): Uint8Array | undefined {
    this.#bytes += chunk?.byteLength ?? 0
    if (this.#bytes <= this.#mostBytes) return chunk
    this.cancel()
    const { status } = this
    throw new ResponseError('response_too_large', `The body is larger than ${this.#mostBytes} bytes`, { status })
  }
}

function parseWhole(text: string): unknown {
  const kind = kindOf(text)
  if (kind === 'unknown') throw emptyBody()
  if (kind === 'html') throw htmlError(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    if (LlmError.isInstance(error)) throw error
    throw new ResponseError('bad_response', 'The body is not JSON, or ends too early')
  }
}

function emptyBody(): ResponseError {
  return new ResponseError('empty_response', 'The body is empty')
}

function htmlError(text: string): ResponseError {
  return new ResponseError('bad_response', `The body is a web page: ${pageText(text)}`)
}

/** What a body is, by its first character that is not blank: content types are often wrong. */
function kindOf(head: string): 'json' | 'html' | 'other' | 'unknown' {
  const first = head.match(/[^\s\ufeff]/)?.[0]
  if (first === undefined) return 'unknown'
  if (first === '{' || first === '[') return 'json'
  return first === '<' ? 'html' : 'other'
}
