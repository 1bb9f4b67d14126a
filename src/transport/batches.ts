import type { ServerEvent } from '../types/http.ts'
import type { Splitter } from './sse.ts'

/** Bytes of a body, piece by piece; `undefined` at its clean end. */
export interface ByteSource {
  read(): Promise<Uint8Array | undefined>
  /** What is there already, if anything. */
  take?(): Uint8Array | undefined
  cancel(): void
}

/** What the first characters of a body make of it. */
export type Opening =
  | { readonly isReady: false }
  | { readonly isReady: true; readonly whole?: (head: string) => Promise<ServerEvent> }

/**
 * The events of a body, one batch for each network read that completes one. Not a generator: this is gone through for
 * each chunk, and a generator would add promises of its own.
 */
export class Batches implements AsyncIterableIterator<readonly ServerEvent[]> {
  readonly #source: ByteSource
  readonly #open: (head: string) => Opening
  readonly #makeSplitter: (out: ServerEvent[]) => Splitter
  readonly #decoder: TextDecoder
  #out: ServerEvent[] = []
  #head = ''
  #splitter: Splitter | undefined
  #isOver = false
  /** Met behind events that are handed out first. */
  #failure: unknown

  constructor(
    source: ByteSource,
    decoder: TextDecoder,
    open: (head: string) => Opening,
    makeSplitter: (out: ServerEvent[]) => Splitter,
  ) {
    this.#source = source
    this.#decoder = decoder
    this.#open = open
    this.#makeSplitter = makeSplitter
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<readonly ServerEvent[]>> {
    try {
      if (this.#failure !== undefined) throw this.#failure
      while (!this.#isOver) {
        const chunk = await this.#source.read()
        if (chunk === undefined) this.#end()
        else if (this.#splitter !== undefined) this.#splitter.feed(this.#decoder.decode(chunk, { stream: true }))
        else await this.#begin(this.#decoder.decode(chunk, { stream: true }))
        this.#takeRest()
        const out = this.#out
        if (out.length > 0) {
          // The splitter keeps the array it was made with, so what is handed out is a copy.
          const batch = out.length === 1 ? [out[0] as ServerEvent] : out.slice()
          out.length = 0
          return { done: false, value: batch }
        }
      }
      return { done: true, value: undefined }
    } catch (error) {
      this.#stop()
      throw error
    }
  }

  async return(): Promise<IteratorResult<readonly ServerEvent[]>> {
    this.#stop()
    return { done: true, value: undefined }
  }

  /** What came with the same network read is handed out with it. */
  #takeRest(): void {
    try {
      while (this.#splitter !== undefined && !this.#isOver) {
        const chunk = this.#source.take?.()
        if (chunk === undefined) return
        this.#splitter.feed(this.#decoder.decode(chunk, { stream: true }))
      }
    } catch (error) {
      if (this.#out.length === 0) throw error
      this.#failure = error
    }
  }

  async #begin(text: string): Promise<void> {
    this.#head += text
    const opening = this.#open(this.#head)
    if (!opening.isReady) return
    if (opening.whole !== undefined) {
      this.#out.push(await opening.whole(this.#head))
      this.#stop()
    } else {
      this.#splitter = this.#makeSplitter(this.#out)
      this.#splitter.feed(this.#head)
    }
  }

  #end(): void {
    this.#splitter ??= this.#makeSplitter(this.#out)
    this.#splitter.end(this.#decoder.decode())
    this.#stop()
  }

  #stop(): void {
    this.#isOver = true
    this.#source.cancel()
  }
}
