import { ResponseError } from '../../errors/families.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ModelInfo } from '../../types/model.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'
import { tokenCount } from '../core/usage.ts'
import type { Encoded } from '../core/wire-format.ts'

/** One page of `GET /models`. */
export function encodeModels(after?: string): Encoded {
  const mark = after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`
  return { method: 'GET', path: `/models?limit=1000${mark}` }
}

/** Models of one page, and the mark of the next one. */
export function decodeModels(body: unknown, provider: string): { models: ModelInfo[]; next?: string } {
  const { data, has_more: hasMore, last_id: lastId } = objectOf(body)
  if (!Array.isArray(data)) throw new ResponseError('bad_response', 'The list of models is none')
  const models = objectsIn(data).map((model) => modelOf(model, provider))
  return { models, ...(hasMore === true && textOf(lastId) && { next: textOf(lastId) }) }
}

/** Tokens of a counted prompt. */
export function decodeCountTokens(body: unknown): number {
  const count = tokenCount(objectOf(body).input_tokens)
  if (count === undefined) throw new ResponseError('bad_response', 'The answer holds no token count')
  return count
}

function modelOf(raw: JsonObject, provider: string): ModelInfo {
  const told = objectOf(raw.capabilities)
  const can = (name: string) => objectOf(told[name]).supported === true
  const contextWindow = tokenCount(raw.max_input_tokens)
  const maxOutputTokens = tokenCount(raw.max_tokens)
  const isTold = Object.keys(told).length > 0
  return {
    id: textOf(raw.id),
    provider,
    capabilities: [
      'chat',
      'tools',
      ...(!isTold || can('image_input') ? (['vision'] as const) : []),
      ...(can('thinking') ? (['reasoning'] as const) : []),
      ...(can('structured_outputs') ? (['schema'] as const) : []),
    ],
    ...(!isTold && { isGuessed: true }),
    ...(contextWindow && { contextWindow }),
    ...(maxOutputTokens && { maxOutputTokens }),
    raw,
  }
}
