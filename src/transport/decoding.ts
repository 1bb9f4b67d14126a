// What a runtime's fetch does by itself: undoes the content codings of a body.
import { builtin } from '../utils/environment.ts'
import type { ByteSource } from './batches.ts'

interface Zlib {
  createGunzip(options: object): Decoder
  createInflate(options: object): Decoder
  createInflateRaw(options: object): Decoder
  createBrotliDecompress(options: object): Decoder
  createZstdDecompress?(options: object): Decoder
  readonly constants: Readonly<Record<string, number>>
}

interface Decoder extends AsyncIterable<Uint8Array> {
  destroy(): void
}

interface Streams {
  readonly Readable: { from(chunks: AsyncIterable<Uint8Array>): Decoder }
  pipeline(streams: readonly Decoder[], callback: () => void): void
}

/** As many as fetch undoes. */
const mostCodings = 5

/** The body without its codings, the last one named undone first; the same body when there are none that are known. */
export function decoded(source: ByteSource, header: string): ByteSource {
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim().replace(/^x-/, ''))
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > mostCodings) {
    source.cancel()
    throw new TypeError('too many content-encodings')
  }
  const isKnown = codings.every((coding) => /^(gzip|deflate|br|zstd)$/.test(coding))
  return codings.length === 0 || !isKnown ? source : new DecodedSource(source, codings.reverse())
}

class DecodedSource implements ByteSource {
  readonly #source: ByteSource
  readonly #codings: readonly string[]
  #iterator: AsyncIterator<Uint8Array> | undefined

  constructor(source: ByteSource, codings: readonly string[]) {
    this.#source = source
    this.#codings = codings
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#iterator === undefined) {
      const first = await this.#source.read()
      if (first === undefined) return undefined
      this.#iterator = this.#open(first)
    }
    const { done, value } = await this.#iterator.next()
    return done ? undefined : value
  }

  // Its end lets the decoders end as well.
  cancel(): void {
    this.#source.cancel()
  }

  #open(first: Uint8Array): AsyncIterator<Uint8Array> {
    const { Readable, pipeline } = builtin<Streams>('node:stream')
    const decoders = this.#codings.map((coding) => decoderFor(coding, first))
    const last = decoders.at(-1) as Decoder
    // Whoever reads meets its failure.
    pipeline([Readable.from(this.#chunks(first)), ...decoders], () => {})
    return last[Symbol.asyncIterator]()
  }

  async *#chunks(first: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await this.#source.read()) yield chunk
  }
}

/** Cut bodies give what they have, as in browsers. */
function decoderFor(coding: string, first: Uint8Array): Decoder {
  const zlib = builtin<Zlib>('node:zlib')
  const { constants } = zlib
  const flushed = (flush: number | undefined) => ({ flush, finishFlush: flush })
  if (coding === 'br') return zlib.createBrotliDecompress(flushed(constants.BROTLI_OPERATION_FLUSH))
  if (coding === 'zstd' && zlib.createZstdDecompress) {
    return zlib.createZstdDecompress({ flush: constants.ZSTD_e_continue, finishFlush: constants.ZSTD_e_end })
  }
  if (coding === 'gzip') return zlib.createGunzip(flushed(constants.Z_SYNC_FLUSH))
  // Some servers send the bare form, without the two bytes before it.
  const isBare = ((first[0] ?? 0) & 0x0f) !== 0x08
  return isBare ? zlib.createInflateRaw({}) : zlib.createInflate({})
}
