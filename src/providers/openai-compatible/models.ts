import { ResponseError } from '../../errors/families.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { ModelInfo } from '../../types/model.ts'
import { isObject } from '../core/json-schema.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'
import { tokenCount } from '../core/usage.ts'

type Capability = ModelInfo['capabilities'][number]

/** What names give away, in the order they are asked; the first that fits says what a model is for. */
const kinds: readonly (readonly [RegExp, readonly Capability[]])[] = [
  [/embed|\bbge-|\bgte-|\be5-/i, ['embed']],
  [/moderation|guard|rerank/i, []],
  [/whisper|tts|audio|realtime|transcribe|speech|voice/i, ['audio']],
  [/dall-e|image|sora|imagen|flux|stable-diffusion/i, ['image']],
]
const reasoners = /(?:^|\/)o\d|gpt-5|gpt-oss|reason|thinking|\br1\b|qwq|magistral/i

/** Reads a list of models, with what the service tells of them; what it does not tell is guessed from the names. */
export function decodeModels(body: unknown, provider: string): { readonly models: readonly ModelInfo[] } {
  const list = Array.isArray(body) ? body : (objectOf(body).data ?? objectOf(body).models)
  if (!Array.isArray(list)) throw new ResponseError('bad_response', 'The answer is no list of models')
  return {
    models: objectsIn(list).flatMap((entry) => {
      const id = textOf(entry.id) || textOf(entry.name) || textOf(entry.model)
      return id === '' ? [] : [modelInfo(id, entry, provider)]
    }),
  }
}

function modelInfo(id: string, entry: JsonObject, provider: string): ModelInfo {
  const told = toldCapabilities(entry)
  const window = firstCount(
    entry.context_length,
    entry.context_window,
    entry.max_model_len,
    entry.max_context_length,
    objectOf(entry.meta).n_ctx_train,
  )
  const most = firstCount(entry.max_completion_tokens, objectOf(entry.top_provider).max_completion_tokens)
  const price = priceOf(entry.pricing)
  return {
    id,
    provider,
    capabilities: told ?? guessedCapabilities(id),
    ...(told === undefined && { isGuessed: true }),
    ...(window !== undefined && { contextWindow: window }),
    ...(most !== undefined && { maxOutputTokens: most }),
    ...(price && { price }),
    raw: entry,
  }
}

/** OpenRouter lists parameters and modalities, LM Studio a type. */
function toldCapabilities({ supported_parameters, architecture, type }: JsonObject): readonly Capability[] | undefined {
  if (type === 'embeddings') return ['embed']
  if (type === 'llm' || type === 'vlm') return type === 'vlm' ? ['chat', 'vision'] : ['chat']
  if (!Array.isArray(supported_parameters)) return undefined
  const { input_modalities: input, output_modalities: output } = objectOf(architecture)
  const has = (list: JsonValue | undefined, word: string) => Array.isArray(list) && list.includes(word)
  const told: readonly (readonly [Capability, boolean])[] = [
    ['chat', !Array.isArray(output) || output.includes('text')],
    ['embed', has(output, 'embeddings')],
    ['image', has(output, 'image')],
    ['audio', has(output, 'audio')],
    ['vision', has(input, 'image')],
    ['tools', has(supported_parameters, 'tools')],
    ['reasoning', has(supported_parameters, 'reasoning')],
    ['schema', has(supported_parameters, 'structured_outputs')],
  ]
  return told.filter(([, isTold]) => isTold).map(([capability]) => capability)
}

function guessedCapabilities(id: string): readonly Capability[] {
  const kind = kinds.find(([pattern]) => pattern.test(id))
  return kind?.[1] ?? (reasoners.test(id) ? ['chat', 'reasoning'] : ['chat'])
}

function firstCount(...values: readonly unknown[]): number | undefined {
  return values.map(tokenCount).find((count) => count !== undefined && count > 0)
}

/** Dollars for one token, as texts; -1 stands for prices that vary. */
function priceOf(pricing: unknown): ModelInfo['price'] | undefined {
  if (!isObject(pricing)) return undefined
  const names = {
    input: 'prompt',
    output: 'completion',
    cacheRead: 'input_cache_read',
    cacheWrite: 'input_cache_write',
  }
  const prices = Object.entries(names).flatMap(([name, field]) => {
    const value = pricing[field]
    const price = typeof value === 'string' && value !== '' ? Number(value) : value
    return typeof price === 'number' && price >= 0 && Number.isFinite(price)
      ? [[name, Math.round(price * 1e12) / 1e6] as const]
      : []
  })
  return prices.length > 0 ? Object.fromEntries(prices) : undefined
}
