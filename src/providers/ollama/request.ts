import { errorOf } from '../../errors/families.ts'
import type { LlmError } from '../../errors/llm-error.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { UserPart } from '../../types/message.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import { contentOf, textOfBase64 } from '../core/content.ts'
import { argumentsOf, joinedText, type LoweredPart, lowerConversation, type Turn } from '../core/conversation.ts'
import { toJsonSchema, toolSchema } from '../core/json-schema.ts'
import { droppedParameter, matchesModel, type Quirk, quirksOf, withoutRefused } from '../core/quirks.ts'
import { overlaid } from '../core/reading.ts'
import type { Encoded } from '../core/wire-format.ts'

/** One configured Ollama. */
export interface OllamaService {
  /** Key of the service, as parts of messages name their origin. */
  readonly provider: string
  /** Name of the instance, under which `providerOptions` are found too. */
  readonly name: string
  readonly quirks?: readonly Quirk[] | undefined
  /** Runner options of each request, for example `num_ctx`. */
  readonly options?: JsonObject | undefined
  /** How long the model stays loaded after a request. */
  readonly keepAlive?: string | number | undefined
  readonly embeddingModel?: string | undefined
}

/** What the API has no word for. */
const formatQuirks: readonly Quirk[] = [
  { model: '*', refuses: ['parallelToolCalls', 'serviceTier', 'cacheKey', 'user'] },
]

/** Models that take a level of thinking; others take yes or no. */
const levelModels = ['gpt-oss*', '*/gpt-oss*']
const levels = ['low', 'medium', 'high']

const runnerOptions = [
  ['maxTokens', 'num_predict'],
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
] as const

/** The body of `POST /api/chat`. */
export function encodeChat(service: OllamaService, request: ProviderChatRequest, isStream: boolean): Encoded {
  const { provider, name, keepAlive } = service
  const { model } = request
  const warnings: Warning[] = []
  const settings = withoutRefused(request, quirksOf(model, formatQuirks, service.quirks), warnings)
  const target = { provider, model, hasInlineSystem: true }
  const { turns } = lowerConversation(request.messages, target, warnings)
  const { schema, responseFormat, logprobs, topLogprobs } = settings
  const format = schema ? toJsonSchema(schema) : responseFormat === 'json' ? 'json' : undefined
  const set = runnerOptions.flatMap(([key, field]) => (settings[key] === undefined ? [] : [[field, settings[key]]]))
  const options: JsonObject = { ...service.options, ...Object.fromEntries(set) }
  const body: JsonObject = {
    model,
    messages: turns.flatMap((turn) => messagesOf(turn)),
    ...toolField(settings, warnings),
    ...thinkField(settings, warnings),
    ...(format !== undefined && { format }),
    ...(Object.keys(options).length > 0 && { options }),
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
    ...(logprobs && { logprobs, ...(topLogprobs !== undefined && { top_logprobs: topLogprobs }) }),
    // Without a word a prompt longer than the window is cut, and nobody told.
    truncate: false,
    stream: isStream,
  }
  const own = { ...request.providerOptions?.[provider], ...request.providerOptions?.[name] }
  return { path: '/api/chat', body: overlaid(body, own), warnings }
}

function messagesOf(turn: Turn): JsonObject[] {
  switch (turn.role) {
    case 'assistant':
      return [assistantMessage(turn.parts)]
    case 'tool':
      return turn.results.map(({ id, name, parts }) => ({
        role: 'tool',
        ...contentOfParts(parts),
        tool_name: name,
        tool_call_id: id,
      }))
    default:
      return [{ role: turn.role, ...contentOfParts(turn.parts) }]
  }
}

function assistantMessage(parts: readonly LoweredPart[]): JsonObject {
  const thinking = parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join('')
  const calls = parts.flatMap((part) =>
    part.type === 'tool-call' ? [{ id: part.id, function: { name: part.name, arguments: argumentsOf(part) } }] : [],
  )
  return {
    role: 'assistant',
    content: joinedText(parts, ''),
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** Text, text documents laid into it, and pictures beside it. */
function contentOfParts(parts: readonly UserPart[]): JsonObject {
  const texts: string[] = []
  const images: string[] = []
  for (const part of parts) {
    if (part.type === 'text') {
      texts.push(part.text)
      continue
    }
    const content = contentOf(part)
    if (content?.kind !== 'bytes') throw cannotTake(part, 'only bytes can be sent, no URLs or ids')
    const { mediaType, base64 } = content
    if (mediaType.startsWith('image/')) images.push(base64)
    else if (/^text\/|[/+](?:json|xml|yaml)$/.test(mediaType)) texts.push(textOfBase64(base64))
    else throw cannotTake(part, mediaType)
  }
  return { content: texts.join('\n'), ...(images.length > 0 && { images }) }
}

/** Answering without what the user attached would be worse than asking another provider. */
function cannotTake(part: UserPart, what: string): LlmError {
  const message = `Ollama cannot take this ${part.type}: ${what}`
  return errorOf('request_invalid', message, { path: 'messages', policy: { next: 'yes' } })
}

/** There is no word for a choice: what can be had by leaving tools out is done so. */
function toolField({ tools = [], toolChoice, model }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  if (toolChoice === 'required' || typeof toolChoice === 'object') warnings.push(droppedParameter('toolChoice', model))
  if (tools.length === 0 || toolChoice === 'none') return {}
  const encoded = tools.map((tool): JsonValue => {
    const { name, description } = tool
    const parameters = toolSchema(tool)
    return { type: 'function', function: { name, ...(description !== undefined && { description }), parameters } }
  })
  return { tools: encoded }
}

function thinkField({ reasoning, model }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  if (reasoning === undefined) return {}
  const { effort, maxTokens, summary } = reasoning
  if (maxTokens !== undefined) warnings.push(droppedParameter('reasoning.maxTokens', model))
  if (effort === undefined) return maxTokens !== undefined || summary ? { think: true } : {}
  if (effort === 'none' || !levelModels.some((pattern) => matchesModel(pattern, model)))
    return { think: effort !== 'none' }
  return { think: levels.includes(effort) ? effort : effort === 'minimal' ? 'low' : 'high' }
}
