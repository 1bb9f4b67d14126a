import { ResponseError, StreamError } from '../../errors/families.ts'
import type { ServerEvent } from '../../types/http.ts'
import type { ProviderContext, ProviderEvent } from '../../types/provider.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import { cleanText } from '../../utils/clean-text.ts'
import { type Exchange, parsed, type Send, withoutError, written } from './exchange.ts'
import type { StreamDecoder, WireFormat } from './wire-format.ts'

/** Bad events a stream may hold before the attempt fails. */
const maxBadEvents = 3

type Batch = readonly ProviderEvent[]

/** Reads one streamed answer, a batch for each network read. Not a generator: that would cost promises for each batch. */
export class StreamReader implements AsyncIterableIterator<Batch> {
  readonly #format: WireFormat
  readonly #send: Send
  readonly #request: ProviderChatRequest
  readonly #context: ProviderContext
  readonly #decoder: StreamDecoder
  #exchange: Exchange | undefined
  #source: AsyncIterator<readonly ServerEvent[]> | undefined
  #failure: unknown
  #badEvents = 0
  #isOver = false

  constructor(format: WireFormat, send: Send, request: ProviderChatRequest, context: ProviderContext) {
    this.#format = format
    this.#send = send
    this.#request = request
    this.#context = context
    this.#decoder = format.streamDecoder(request)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Batch>> {
    let out: ProviderEvent[] = []
    if (this.#source === undefined && !this.#isOver) out = await this.#open()
    while (out.length === 0 && !this.#isOver) await this.#pull(out)
    if (out.length > 0) return { done: false, value: out }
    // What came before a failure was handed out first.
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.#close()
    return { done: true, value: undefined }
  }

  async #open(): Promise<ProviderEvent[]> {
    try {
      const encoded = written(() => this.#format.encodeChat(this.#request, true))
      this.#exchange = await this.#send(encoded, this.#context)
      const { response } = this.#exchange
      const source = this.#format.framing === 'lines' ? response.lines() : response.events()
      if (this.#isOver) response.cancel()
      else this.#source = source[Symbol.asyncIterator]()
      return warningEvents(encoded.warnings)
    } catch (thrown) {
      this.#isOver = true
      throw thrown
    }
  }

  async #pull(out: ProviderEvent[]): Promise<void> {
    try {
      const { done, value } = await (this.#source as AsyncIterator<readonly ServerEvent[]>).next()
      if (done) {
        this.#isOver = true
        this.#decoder.end(out, false)
      } else this.#read(value, out)
    } catch (thrown) {
      this.#failure = this.#exchange?.blame(thrown)
      this.#close()
    }
  }

  #read(batch: readonly ServerEvent[], out: ProviderEvent[]): void {
    const decoder = this.#decoder
    for (const { event, data } of batch) {
      if (event === 'json') {
        for (const whole of this.#whole(data)) out.push(whole)
        this.#close()
        return
      }
      const isDoneMarked = data === '[DONE]'
      if (!isDoneMarked) this.#readEvent(event, data, out)
      if (isDoneMarked || decoder.isDone) {
        this.#close()
        decoder.end(out, isDoneMarked)
        return
      }
    }
  }

  #readEvent(event: string | undefined, data: string, out: ProviderEvent[]): void {
    let payload: unknown
    try {
      payload = JSON.parse(data)
    } catch {
      // Gateways send keep-alives as empty or comment-like data.
      if (data.trim() !== '' && data.charCodeAt(0) !== 58) this.#skip(data, out)
      return
    }
    if (typeof payload === 'object' && payload !== null) this.#decoder.push(payload, event, out)
    else if (payload !== null) this.#skip(data, out)
  }

  #skip(data: string, out: ProviderEvent[]): void {
    this.#badEvents++
    if (this.#badEvents > maxBadEvents)
      throw new StreamError('stream_protocol', `More than ${maxBadEvents} events of the stream were not JSON objects`)
    const message = `Skipped an event that is no JSON object: ${cleanText(data, [], 100)}`
    out.push({ type: 'warning', warning: { code: 'event-skipped', message } })
  }

  /** A stream was asked for and one JSON body came: an error that says so, or a whole answer. */
  #whole(data: string): readonly ProviderEvent[] {
    const { response } = this.#exchange as Exchange
    const body = parsed(data)
    if (typeof body === 'string')
      throw new ResponseError('bad_response', 'The answer to a streaming request is neither events nor JSON')
    return this.#format.decodeChat(withoutError(this.#format, body, response), this.#request)
  }

  #close(): void {
    this.#isOver = true
    // Whatever letting go says, the answer is over.
    this.#source?.return?.()?.then(undefined, () => {})
  }
}

/** Warnings as events. */
export function warningEvents(warnings: readonly { code: string; message: string }[] = []): ProviderEvent[] {
  return warnings.map((warning) => ({ type: 'warning', warning }))
}
