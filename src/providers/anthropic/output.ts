/** How an answer is given its form: natively, by a tool the model has to call, or by words in the prompt. */
import type { ProviderChatRequest } from '../../types/request.ts'
import type { JsonSchema } from '../../types/schema.ts'
import { toJsonSchema } from '../core/json-schema.ts'
import type { ClaudeQuirks } from './quirks.ts'
import { constrainedSchema } from './schema.ts'

/** The form the answer must have, and the way to get it. */
export type OutputForm =
  | { readonly way: 'free' }
  | { readonly way: 'native'; readonly schema: JsonSchema }
  | { readonly way: 'tool'; readonly schema: JsonSchema; readonly name: string }
  | { readonly way: 'prompt'; readonly instruction: string }

/** Decides by the request alone, so that encoder and decoder come to the same end. */
export function outputForm(request: ProviderChatRequest, quirks: ClaudeQuirks): OutputForm {
  const { schema: given, responseFormat } = request
  if (given === undefined) {
    const instruction = 'Answer with one JSON object and nothing else.'
    return responseFormat === 'json' ? { way: 'prompt', instruction } : { way: 'free' }
  }
  const schema = toJsonSchema(given)
  const native = quirks.refuses.has('jsonSchema') ? undefined : constrainedSchema(schema)
  if (native !== undefined) return { way: 'native', schema: native }
  // A call cannot be forced while the model thinks, and its input is always an object.
  const isFree = !quirks.refuses.has('forcedToolChoice') && (quirks.thinking === 'none' || !asksToThink(request))
  if (schema.type === 'object' && isFree) {
    return { way: 'tool', schema, name: toolName(request) }
  }
  const text = JSON.stringify(schema)
  return { way: 'prompt', instruction: `Answer with JSON of this schema and nothing else, no code fence:\n${text}` }
}

function asksToThink({ reasoning }: ProviderChatRequest): boolean {
  return reasoning !== undefined && reasoning.effort !== 'none'
}

function toolName({ schemaName = 'answer', tools = [] }: ProviderChatRequest): string {
  let name = schemaName.replace(/[^\w-]/g, '_').slice(0, 60) || 'answer'
  while (tools.some((tool) => tool.name === name)) name += '_'
  return name
}
