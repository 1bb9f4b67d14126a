import type { ByteSource } from './batches.ts'
import type { RequestHandler } from './dispatcher.ts'
import { HeaderList, type RawText } from './header-list.ts'

/** An answer whose head is there. */
export interface RawResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** Undefined where an answer has none. */
  readonly body: ByteSource | undefined
}

interface Waiter<T> {
  resolve(value: T): void
  reject(error: unknown): void
}

/** Bytes that may wait to be read before the socket is told to rest. */
const mostWaiting = 65_536
const bodiless: readonly number[] = [204, 205, 304]

const noHeaders = new HeaderList([])

/** One request on its way: an Agent tells it what comes in, and its body is read from the other side. */
export class Exchange implements RequestHandler, RawResponse, ByteSource {
  status = 0
  headers = noHeaders
  readonly #signal: AbortSignal
  #head: Waiter<RawResponse> | undefined
  #reader: Waiter<Uint8Array | undefined> | undefined
  #abort: ((reason: Error) => void) | undefined
  #resume: (() => void) | undefined
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isResting = false
  #isOver = false
  #failure: { readonly error: unknown } | undefined

  constructor(signal: AbortSignal, head: Waiter<RawResponse>) {
    this.#signal = signal
    this.#head = head
    signal.addEventListener('abort', this.#onSignal)
  }

  // What ky knows an answer by, where it is none of the runtime's own.
  get [Symbol.toStringTag](): string {
    return 'Response'
  }

  get body(): ByteSource | undefined {
    return bodiless.includes(this.status) ? undefined : this
  }

  onConnect(abort: (reason: Error) => void): void {
    if (this.#isOver) abort(new Error('aborted'))
    else this.#abort = abort
  }

  onHeaders(status: number, headers: readonly RawText[], resume: () => void): boolean {
    // Hints that come before the answer.
    if (status < 200) return true
    this.status = status
    this.headers = new HeaderList(headers)
    this.#resume = resume
    const head = this.#head
    this.#head = undefined
    head?.resolve(this)
    return true
  }

  onData(chunk: Uint8Array): boolean {
    if (this.#isOver) return true
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve(chunk)
      return true
    }
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.byteLength
    this.#isResting = this.#waitingBytes >= mostWaiting
    return !this.#isResting
  }

  onComplete(): void {
    this.#end()
  }

  onError(error: unknown): void {
    this.#end({ error })
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.take()
    if (chunk !== undefined) return Promise.resolve(chunk)
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    if (this.#isOver) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  take(): Uint8Array | undefined {
    const chunk = this.#waiting.shift()
    if (chunk === undefined) return undefined
    this.#waitingBytes -= chunk.byteLength
    if (this.#isResting && this.#waiting.length === 0) {
      this.#isResting = false
      this.#resume?.()
    }
    return chunk
  }

  cancel(): void {
    this.#waiting = []
    if (!this.#isOver) this.#stop(new Error('cancelled'))
  }

  readonly #onSignal = (): void => {
    this.#waiting = []
    this.#stop(this.#signal.reason, { error: this.#signal.reason })
  }

  /** Ends it from this side. */
  #stop(reason: Error, failure?: { readonly error: unknown }): void {
    const abort = this.#abort
    this.#end(failure)
    abort?.(reason)
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#failure = failure
    this.#signal.removeEventListener('abort', this.#onSignal)
    this.#abort = undefined
    this.#resume = undefined
    const head = this.#head
    const reader = this.#reader
    this.#head = undefined
    this.#reader = undefined
    if (failure !== undefined) {
      head?.reject(failure.error)
      reader?.reject(failure.error)
    } else reader?.resolve(undefined)
  }
}
