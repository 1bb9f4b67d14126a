import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ModelSettings, ProviderChatRequest } from '../../types/request.ts'
import type { Tool } from '../../types/tool.ts'
import { lowerConversation } from '../core/conversation.ts'
import { toJsonSchema, toolSchema } from '../core/json-schema.ts'
import { type ModelQuirks, matchesModel, type Quirk, quirksOf, withoutRefused } from '../core/quirks.ts'
import { overlaid } from '../core/reading.ts'
import { strictSchema } from '../core/strict-schema.ts'
import type { Encoded } from '../core/wire-format.ts'
import { inputOf } from './input.ts'

/** The smallest limit the service takes. */
const minOutputTokens = 16

/** What tells one service that speaks this format from another. */
export interface ResponsesService {
  /** Key of the service, as parts of messages name their origin. */
  readonly provider: string
  /** Name of the instance, under which `providerOptions` are found too. */
  readonly name?: string | undefined
  readonly quirks?: readonly Quirk[] | undefined
  /** Models whose reasoning comes back encrypted when asked for. Default: OpenAI's reasoning models. */
  readonly encryptedReasoning?: readonly string[] | undefined
}

/** Models that answer 400 when asked for encrypted reasoning are not among these. */
const reasoningModels = ['o1*', 'o3*', 'o4*', 'gpt-5*', 'gpt-6*', 'codex-*', 'gpt-oss*']
const chatModels = '*-chat*'

/** What the format has no word for; a rule of a service that says otherwise wins. */
const formatQuirks: readonly Quirk[] = [
  { model: '*', refuses: ['stop', 'seed', 'topK', 'presencePenalty', 'frequencyPenalty'] },
]

/** Settings that are one field each. */
const fields: readonly (readonly [keyof ModelSettings, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['parallelToolCalls', 'parallel_tool_calls'],
  ['serviceTier', 'service_tier'],
  ['cacheKey', 'prompt_cache_key'],
]

/** Encodes a chat request. The answer is not stored at the provider, so what it needs back travels in the messages. */
export function encodeResponse(request: ProviderChatRequest, isStream: boolean, service: ResponsesService): Encoded {
  const { provider } = service
  const { model } = request
  const warnings: Warning[] = []
  const quirks = quirksOf(model, formatQuirks, service.quirks)
  const settings = withoutRefused(request, quirks, warnings)
  const conversation = lowerConversation(
    request.messages,
    { provider, model, toolIds: { maxLength: 64 }, hasInlineSystem: true },
    warnings,
  )
  const { instructions, input } = inputOf(conversation, quirks.systemRole ?? 'system', warnings)
  const { text, words } = formatOf(settings, quirks, warnings)
  const told = [instructions, words].filter((part) => part !== undefined).join('\n\n')
  const include = includesOf(settings, service)
  const ownOptions = { ...request.providerOptions?.[provider], ...request.providerOptions?.[service.name ?? provider] }
  const body: JsonObject = {
    model,
    input,
    ...(told !== '' && { instructions: told }),
    store: false,
    ...Object.fromEntries(
      fields.flatMap(([name, field]) => (settings[name] === undefined ? [] : [[field, settings[name]]])),
    ),
    ...(settings.maxTokens !== undefined && { max_output_tokens: limitOf(settings.maxTokens, warnings) }),
    ...(settings.user !== undefined && {
      [provider === 'openai' || provider === 'azure' ? 'safety_identifier' : 'user']: settings.user,
    }),
    ...(wantsLogprobs(settings) && { top_logprobs: settings.topLogprobs ?? 0 }),
    ...toolFields(settings, quirks, warnings),
    ...reasoningField(settings, warnings),
    ...(text && { text }),
    ...(include.length > 0 && { include }),
    ...(isStream && { stream: true }),
  }
  return { path: '/responses', body: overlaid(body, ownOptions), warnings }
}

function limitOf(maxTokens: number, warnings: Warning[]): number {
  if (maxTokens >= minOutputTokens) return maxTokens
  warnings.push({
    code: 'parameter-changed',
    message: `maxTokens was raised to ${minOutputTokens}, the least the Responses API takes`,
  })
  return minOutputTokens
}

function includesOf(settings: ProviderChatRequest, { encryptedReasoning }: ResponsesService): string[] {
  const name = settings.model.slice(settings.model.lastIndexOf('/') + 1)
  const isListed = encryptedReasoning
    ? encryptedReasoning.some((pattern) => matchesModel(pattern, settings.model))
    : reasoningModels.some((pattern) => matchesModel(pattern, name)) && !matchesModel(chatModels, name)
  return [
    ...(isListed ? ['reasoning.encrypted_content'] : []),
    ...(wantsLogprobs(settings) ? ['message.output_text.logprobs'] : []),
  ]
}

function toolFields(settings: ProviderChatRequest, quirks: ModelQuirks, warnings: Warning[]): JsonObject {
  const { tools = [], toolChoice } = settings
  if (tools.length === 0) return {}
  const list = tools.map((tool) => toolItem(tool, quirks, warnings))
  if (toolChoice === undefined) return { tools: list }
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object'
  if (isForced && quirks.refuses.has('forcedToolChoice')) {
    warnings.push({
      code: 'parameter-dropped',
      message: `toolChoice was left out: ${settings.model} takes no forced one`,
    })
    return { tools: list }
  }
  const choice = typeof toolChoice === 'object' ? { type: 'function', name: toolChoice.tool } : toolChoice
  return { tools: list, tool_choice: choice }
}

/** Without a word the service would rewrite the schema into its strict form, so that optional arguments become required. */
function toolItem(tool: Tool, quirks: ModelQuirks, warnings: Warning[]): JsonObject {
  const { name, description } = tool
  const schema = toolSchema(tool)
  const strict = tool.strict && !quirks.refuses.has('strictTools') ? strictSchema(schema) : undefined
  if (strict?.reason !== undefined) warnings.push(notStrict(`tool ${name}`, strict.reason))
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    parameters: strict?.schema ?? schema,
    strict: strict?.schema !== undefined,
  }
}

function reasoningField({ reasoning }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  if (reasoning === undefined) return {}
  const { effort, summary, maxTokens } = reasoning
  if (maxTokens !== undefined) {
    warnings.push({
      code: 'parameter-dropped',
      message: 'reasoning.maxTokens was left out: the Responses API takes an effort only',
    })
  }
  const field = { ...(effort !== undefined && { effort }), ...(summary && { summary: 'auto' }) }
  return Object.keys(field).length > 0 ? { reasoning: field } : {}
}

/** The form of the answer, and the words it needs: the service refuses its JSON mode when nobody speaks of JSON. */
function formatOf(
  { schema, schemaName = 'answer', responseFormat }: ProviderChatRequest,
  { refuses }: ModelQuirks,
  warnings: Warning[],
): { readonly text?: JsonObject; readonly words?: string } {
  if (schema === undefined && responseFormat !== 'json') return {}
  const plain = schema && toJsonSchema(schema)
  if (plain === undefined || refuses.has('jsonSchema')) {
    const words = plain
      ? `Answer with JSON alone that fits this JSON Schema: ${JSON.stringify(plain)}`
      : 'Answer with one JSON object and nothing else.'
    return refuses.has('jsonObject') ? { words } : { words, text: { format: { type: 'json_object' } } }
  }
  const strict = strictSchema(plain)
  if (strict.reason !== undefined) warnings.push(notStrict('the answer', strict.reason))
  const name = schemaName.replace(/[^\w-]/g, '_').slice(0, 64)
  const isStrict = strict.schema !== undefined
  return { text: { format: { type: 'json_schema', name, schema: strict.schema ?? plain, strict: isStrict } } }
}

function wantsLogprobs({ logprobs, topLogprobs }: ProviderChatRequest): boolean {
  return logprobs === true || topLogprobs !== undefined
}

function notStrict(what: string, reason: string): Warning {
  return {
    code: 'schema-not-strict',
    message: `The schema of ${what} has no strict form and was sent as it is (${reason})`,
  }
}
