import { RequestError, ResponseError } from '../../errors/families.ts'
import type { EmbedReplyPart, ProviderEmbedRequest } from '../../types/embed.ts'
import { fromBase64 } from '../core/content.ts'
import { isObject } from '../core/json-schema.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'
import { usageOf } from '../core/usage.ts'
import type { Encoded } from '../core/wire-format.ts'
import type { ChatService } from './service.ts'

/** Encodes one batch of texts. */
export function encodeEmbed(request: ProviderEmbedRequest, { kind, embeddingModel, path }: ChatService): Encoded {
  const model = request.model ?? embeddingModel
  if (model === undefined)
    throw new RequestError(
      'request_invalid',
      `No embedding model: name one in the request, or as embeddingModel of ${kind}`,
      {
        path: 'model',
        policy: { next: 'yes' },
      },
    )
  const { input, dimensions } = request
  return {
    path: path?.('embeddings', model) ?? '/embeddings',
    body: { model, input, ...(dimensions !== undefined && { dimensions }) },
  }
}

/** Reads vectors of numbers or base64, and puts them in the order of the inputs. */
export function decodeEmbed(body: unknown, { input, model }: ProviderEmbedRequest): EmbedReplyPart {
  const { data, usage, model: told } = objectOf(body)
  const items = objectsIn(data)
  const vectors: (readonly number[])[] = new Array(input.length)
  items.forEach(({ index, embedding }, position) => {
    vectors[typeof index === 'number' ? index : position] = vectorOf(embedding)
  })
  const isComplete = vectors.length === input.length && !vectors.includes(undefined as never)
  if (items.length !== input.length || !isComplete)
    throw unusable(`${items.length} usable embeddings for ${input.length} inputs`)
  const tokens = objectOf(usage)
  return {
    vectors,
    usage: usageOf({ input: tokens.prompt_tokens ?? tokens.total_tokens, ...(isObject(usage) && { raw: usage }) }),
    model: textOf(told) || (model ?? ''),
  }
}

function vectorOf(embedding: unknown): readonly number[] {
  if (typeof embedding === 'string') return floatsOf(embedding)
  if (Array.isArray(embedding) && embedding.length > 0 && embedding.every(Number.isFinite)) return embedding
  throw unusable('an embedding that is no list of numbers')
}

/** Little-endian 32-bit floats. */
function floatsOf(base64: string): readonly number[] {
  let view: DataView
  try {
    const bytes = fromBase64(base64)
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch {
    throw unusable('an embedding that is no base64')
  }
  const floats = Array.from({ length: Math.floor(view.byteLength / 4) }, (_, i) => view.getFloat32(i * 4, true))
  if (floats.length === 0 || !floats.every(Number.isFinite)) throw unusable('an embedding that is no list of numbers')
  return floats
}

function unusable(what: string): ResponseError {
  return new ResponseError('bad_response', `The answer holds ${what}`)
}
