import { RequestError, ResponseError } from '../../errors/families.ts'
import type { EmbedReplyPart, ProviderEmbedRequest } from '../../types/embed.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ModelInfo } from '../../types/model.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { isObject } from '../core/json-schema.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import { reportedIn, usageOf } from '../core/usage.ts'
import type { WireFormat } from '../core/wire-format.ts'
import { ollamaFacts } from './facts.ts'
import { decodeError, OllamaDecoder } from './reader.ts'
import { encodeChat, type OllamaService } from './request.ts'

/** Ollama's own API. */
export function ollamaFormat(service: OllamaService): WireFormat {
  return {
    ...ollamaFacts(service),
    framing: 'lines',
    encodeChat: (request, isStream) => encodeChat(service, request, isStream),
    decodeChat(body) {
      if (!isObject(body) || !isObject(body.message)) {
        throw new ResponseError('bad_response', 'The answer holds no message')
      }
      const out: ProviderEvent[] = []
      new OllamaDecoder().push({ done: true, ...body }, undefined, out)
      if (body.message.content == null && out.every(({ type }) => facts.includes(type)))
        throw new ResponseError('empty_response', 'The answer holds neither text nor tool calls', {
          usage: reportedIn(out),
          policy: { countsForBreaker: false },
        })
      return out
    },
    streamDecoder: () => new OllamaDecoder(),
    decodeError,
    authorize: (key) => ({ authorization: `Bearer ${key}` }),
    encodeEmbed: ({ model = service.embeddingModel, input, dimensions }) => {
      if (model === undefined) {
        throw new RequestError('request_invalid', 'No embedding model: name one in the request, or as embeddingModel', {
          path: 'model',
        })
      }
      const { keepAlive } = service
      return {
        path: '/api/embed',
        body: {
          model,
          input,
          truncate: false,
          ...(dimensions !== undefined && { dimensions }),
          ...(keepAlive !== undefined && { keep_alive: keepAlive }),
        },
      }
    },
    decodeEmbed,
    encodeModels: () => ({ method: 'GET', path: '/api/tags' }),
    decodeModels: (body, provider) => ({
      models: objectsIn(objectOf(body).models).map((entry) => modelOf(entry, provider)),
    }),
  }
}

/** Events that are no answer by themselves. */
const facts: readonly ProviderEvent['type'][] = ['start', 'usage', 'finish']

function decodeEmbed(body: unknown, request: ProviderEmbedRequest): EmbedReplyPart {
  const { embeddings, model, prompt_eval_count: input } = objectOf(body)
  const vectors = Array.isArray(embeddings) ? embeddings : []
  if (vectors.length !== request.input.length || !vectors.every(isVector)) {
    throw new ResponseError('bad_response', 'The answer does not hold one vector for each input')
  }
  return {
    vectors,
    usage: usageOf({
      input,
      output: input === undefined ? undefined : 0,
      ...(input !== undefined && { raw: { prompt_eval_count: input } }),
    }),
    model: textOf(model) || (request.model ?? ''),
  }
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite)
}

const capabilities: Readonly<Record<string, ModelInfo['capabilities'][number]>> = {
  completion: 'chat',
  embedding: 'embed',
  tools: 'tools',
  thinking: 'reasoning',
  vision: 'vision',
}

function modelOf(entry: JsonObject, provider: string): ModelInfo {
  const id = textOf(entry.model) || textOf(entry.name)
  const { families, family, context_length: window } = objectOf(entry.details)
  const base = { id, provider, raw: entry, ...(typeof window === 'number' && { contextWindow: window }) }
  if (Array.isArray(entry.capabilities)) {
    const known = entry.capabilities.flatMap((word) => lookUp(capabilities, word) ?? [])
    return { ...base, capabilities: known }
  }
  const names = [id, family, ...(Array.isArray(families) ? families : [])].join(' ')
  return {
    ...base,
    capabilities: [/embed|\bbert\b|nomic-bert|minilm/i.test(names) ? 'embed' : 'chat'],
    isGuessed: true,
  }
}
