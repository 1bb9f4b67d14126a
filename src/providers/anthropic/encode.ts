import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { Origin } from '../../types/message.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import type { Tool } from '../../types/tool.ts'
import { type Conversation, lowerConversation, type Target } from '../core/conversation.ts'
import { toolSchema } from '../core/json-schema.ts'
import { droppedParameter, withoutRefused } from '../core/quirks.ts'
import { overlaid } from '../core/reading.ts'
import type { Encoded } from '../core/wire-format.ts'
import { type ClaudeMessage, limitCacheMarks, messagesOf, namesFiles, textBlock } from './messages.ts'
import { type OutputForm, outputForm } from './output.ts'
import { type ClaudeQuirk, type ClaudeQuirks, claudeQuirksOf } from './quirks.ts'
import { constrainedSchema, inputSchema } from './schema.ts'
import { type Obstacle, thinkingOf } from './thinking.ts'

/** What tells one service that speaks this format from another. */
export interface ClaudeService {
  /** Key of the service, as parts of messages name their origin. */
  readonly provider: string
  /** Name of this instance, under which `providerOptions` are found too. */
  readonly name: string
  readonly quirks?: readonly ClaudeQuirk[] | undefined
  /** Beta flags of each request. */
  readonly betas?: readonly string[] | undefined
}

const toolIds = { maxLength: 64 }
const filesBeta = 'files-api-2025-04-14'
const tiers = ['auto', 'standard_only']
/** Fields that token counting knows. */
const countedFields = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config']

/** The body of `POST /messages`. */
export function encodeChat(service: ClaudeService, request: ProviderChatRequest, isStream: boolean): Encoded {
  const warnings: Warning[] = []
  const quirks = claudeQuirksOf(request.model, service.quirks)
  const settings = withoutRefused(request, quirks, warnings)
  const form = outputForm(request, quirks)
  const conversation = lowerConversation(request.messages, targetOf(service, request.model, quirks), warnings)
  const messages = messagesOf(conversation.turns, warnings)
  const system = conversation.system.map(textBlock)
  if (form.way === 'prompt') system.push({ type: 'text', text: form.instruction })
  const blocks = [...system, ...messages.flatMap(({ content }) => content)]
  limitCacheMarks(blocks, warnings)
  const maxTokens = settings.maxTokens ?? quirks.maxTokens
  const choice = choiceOf(settings, form, quirks, warnings)
  const obstacle = obstacleOf(quirks, conversation, isPrefilled(messages), choice)
  const { thinking, effort, isOn } = thinkingOf(settings, quirks, maxTokens, obstacle, warnings)
  const tools = toolsOf(settings, form, quirks, warnings)
  const outputConfig = {
    ...(effort && { effort }),
    ...(form.way === 'native' && { format: { type: 'json_schema', schema: form.schema } }),
  }
  const body = {
    model: request.model,
    max_tokens: maxTokens,
    messages: messages as unknown as JsonValue,
    ...(system.length > 0 && { system }),
    ...(tools.length > 0 && { tools, ...(choice && { tool_choice: choice }) }),
    ...(thinking && { thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...samplingOf(settings, quirks, isOn, warnings),
    ...extrasOf(settings, warnings),
    ...(isStream && { stream: true }),
  }
  return finished(service, request, body, namesFiles(blocks), warnings)
}

/** The same request for `POST /messages/count_tokens`. */
export function encodeCountTokens(service: ClaudeService, request: ProviderChatRequest): Encoded {
  const { body = {}, ...rest } = encodeChat(service, request, false)
  const counted = Object.fromEntries(Object.entries(body).filter(([key]) => countedFields.includes(key)))
  return { ...rest, path: '/messages/count_tokens', body: counted }
}

function finished(
  { provider, name, betas = [] }: ClaudeService,
  { providerOptions }: ProviderChatRequest,
  body: JsonObject,
  hasFiles: boolean,
  warnings: readonly Warning[],
): Encoded {
  const { betas: more, ...fields } = { ...providerOptions?.[provider], ...providerOptions?.[name] }
  const flags = [...betas, ...(Array.isArray(more) ? more : []), ...(hasFiles ? [filesBeta] : [])]
  return {
    path: '/messages',
    body: overlaid(body, fields),
    ...(flags.length > 0 && { headers: { 'anthropic-beta': flags.join(',') } }),
    warnings,
  }
}

function targetOf({ provider }: ClaudeService, model: string, { bindsReasoning, refuses }: ClaudeQuirks): Target {
  const undated = (name: string) => name.replace(/-\d{8}$/, '')
  const isOwn = (origin: Origin, type: string) =>
    type !== 'reasoning' ||
    undated(origin.model) === undated(model) ||
    !(bindsReasoning || claudeQuirksOf(origin.model).bindsReasoning)
  const needsUserLast = refuses.has('prefill')
  return { provider, model, toolIds, isOwn, needsUserFirst: true, needsUserLast, refusesBlanks: true }
}

function toolsOf(
  { tools = [], model }: ProviderChatRequest,
  form: OutputForm,
  { refuses }: ClaudeQuirks,
  warnings: Warning[],
): JsonObject[] {
  const encoded: JsonObject[] = tools.map((tool) => {
    const strict = tool.strict && !refuses.has('strictTools') ? strictTool(tool) : undefined
    if (tool.strict && strict === undefined) warnings.push(droppedParameter(`strict of tool ${tool.name}`, model))
    const { name, description } = tool
    return {
      name,
      ...(description && { description }),
      ...(strict ?? { input_schema: inputSchema(toolSchema(tool)) }),
    }
  })
  if (form.way !== 'tool') return encoded
  return [...encoded, { name: form.name, description: 'Gives the answer.', input_schema: inputSchema(form.schema) }]
}

function strictTool(tool: Tool): JsonObject | undefined {
  const schema = constrainedSchema(toolSchema(tool))
  return schema && { strict: true, input_schema: schema }
}

function choiceOf(
  { tools = [], toolChoice, parallelToolCalls, model }: ProviderChatRequest,
  form: OutputForm,
  { refuses }: ClaudeQuirks,
  warnings: Warning[],
): JsonObject | undefined {
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {}
  if (typeof toolChoice === 'object' || toolChoice === 'required') {
    if (refuses.has('forcedToolChoice')) warnings.push(droppedParameter('toolChoice', model))
    else if (typeof toolChoice === 'object') return { type: 'tool', name: toolChoice.tool, ...single }
    else return { type: 'any', ...single }
  }
  if (form.way === 'tool') {
    const isAlone = tools.length === 0 || toolChoice === 'none'
    return isAlone ? { type: 'tool', name: form.name } : { type: 'any', ...single }
  }
  if (toolChoice === 'none') return { type: 'none' }
  return toolChoice === 'auto' || parallelToolCalls === false ? { type: 'auto', ...single } : undefined
}

/** Does the conversation end with the beginning of the answer? White space at its end is refused. */
function isPrefilled(messages: readonly ClaudeMessage[]): boolean {
  const last = messages.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || block?.type !== 'text') return false
  block.text = (block.text as string).trimEnd()
  return true
}

function obstacleOf(
  { thinking }: ClaudeQuirks,
  { turns }: Conversation,
  hasPrefill: boolean,
  choice: JsonObject | undefined,
): Obstacle | undefined {
  if (choice?.type === 'any' || choice?.type === 'tool') return 'a forced tool choice'
  if (hasPrefill) return 'a prefill'
  const last = turns.findLast(({ role }) => role === 'assistant')
  const isInToolTurn = turns.at(-1)?.role === 'tool' && last?.role === 'assistant'
  // With a budget the service wants the thinking of the running turn back; another provider's is not there.
  if (thinking === 'budget' && isInToolTurn && last.parts[0]?.type !== 'reasoning')
    return 'a tool turn that began without it'
  return undefined
}

function samplingOf(
  { temperature, topP, topK, model }: ProviderChatRequest,
  { hasOneSampler }: ClaudeQuirks,
  isThinking: boolean,
  warnings: Warning[],
): JsonObject {
  const drop = (name: string, reason: string) => {
    warnings.push({ code: 'parameter-dropped', message: `${name} was left out: ${model} does not take it ${reason}` })
  }
  if (isThinking) {
    for (const [name, value] of Object.entries({ temperature, topP, topK }))
      if (value !== undefined) drop(name, 'while it thinks')
    return {}
  }
  const isTopPLost = hasOneSampler && temperature !== undefined && topP !== undefined
  if (isTopPLost) drop('topP', 'beside temperature')
  if (temperature !== undefined && temperature > 1)
    warnings.push({ code: 'parameter-changed', message: `temperature was lowered from ${temperature} to 1` })
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && !isTopPLost && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  }
}

function extrasOf({ stop, user, serviceTier, model }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  const stops = stop?.filter((text) => text.trim() !== '') ?? []
  if (stop && stops.length < stop.length) warnings.push(droppedParameter('stop of white space alone', model))
  const isTier = serviceTier !== undefined && tiers.includes(serviceTier)
  if (serviceTier !== undefined && !isTier) warnings.push(droppedParameter(`serviceTier '${serviceTier}'`, model))
  return {
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...(user !== undefined && { metadata: { user_id: user } }),
    ...(isTier && { service_tier: serviceTier }),
  }
}
