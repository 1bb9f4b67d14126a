import { ResponseError } from '../../errors/families.ts'
import type { EmbedReplyPart, ProviderEmbedRequest } from '../../types/embed.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ModelInfo } from '../../types/model.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'
import { tokenCount, usageOf } from '../core/usage.ts'
import type { Encoded } from '../core/wire-format.ts'

type Capability = ModelInfo['capabilities'][number]

/** One page of `GET /models`. */
export function encodeModels(after?: string): Encoded {
  const mark = after === undefined ? '' : `&pageToken=${encodeURIComponent(after)}`
  return { method: 'GET', path: `/models?pageSize=1000${mark}` }
}

/** Models of one page, and the mark of the next one. */
export function decodeModels(body: unknown, provider: string): { models: ModelInfo[]; next?: string } {
  const { models, nextPageToken } = objectOf(body)
  if (!Array.isArray(models)) throw new ResponseError('bad_response', 'The list of models is none')
  const next = textOf(nextPageToken)
  return { models: objectsIn(models).map((model) => modelOf(model, provider)), ...(next && { next }) }
}

/** Tokens of a counted prompt. */
export function decodeCountTokens(body: unknown): number {
  const count = tokenCount(objectOf(body).totalTokens)
  if (count === undefined) throw new ResponseError('bad_response', 'The answer holds no token count')
  return count
}

/** Vectors of one batch, in the order of the request. */
export function decodeEmbed(body: unknown, request: ProviderEmbedRequest, defaultModel: string): EmbedReplyPart {
  const { embeddings, embedding, usageMetadata: raw } = objectOf(body)
  const vectors = objectsIn(embeddings ?? [embedding as JsonObject]).map(({ values }) => values)
  if (vectors.length !== request.input.length || !vectors.every(isVector)) {
    throw new ResponseError('bad_response', `Asked for ${request.input.length} vectors, got ${vectors.length}`)
  }
  const input = objectOf(raw).promptTokenCount
  const usage = usageOf({ input, ...(input !== undefined && { output: 0 }), raw })
  return { vectors: vectors as number[][], usage, model: request.model ?? defaultModel }
}

function isVector(values: unknown): boolean {
  return Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'number')
}

/** What methods tell; the rest, such as tools and pictures, can only be guessed from the name. */
function modelOf(raw: JsonObject, provider: string): ModelInfo {
  const id = textOf(raw.name).replace(/^models\//, '')
  const methods = Array.isArray(raw.supportedGenerationMethods) ? raw.supportedGenerationMethods : []
  const isChat = methods.includes('generateContent')
  const makesSound = /tts|audio|live/.test(id)
  const makesPictures = /image|banana/.test(id) || methods.includes('predict')
  const isGeneral = isChat && /gemini|gemma/.test(id) && !makesSound && !makesPictures
  const told: readonly (readonly [Capability, boolean])[] = [
    ['chat', isChat],
    ['embed', methods.some((method) => /embed/i.test(String(method)))],
    ['image', makesPictures],
    ['audio', makesSound],
    ['tools', isGeneral],
    ['vision', isGeneral],
    ['schema', isGeneral],
    ['reasoning', raw.thinking === true],
  ]
  const contextWindow = tokenCount(raw.inputTokenLimit)
  const maxOutputTokens = tokenCount(raw.outputTokenLimit)
  return {
    id,
    provider,
    capabilities: told.flatMap(([name, isThere]) => (isThere ? [name] : [])),
    isGuessed: true,
    ...(contextWindow && { contextWindow }),
    ...(maxOutputTokens && { maxOutputTokens }),
    raw,
  }
}
