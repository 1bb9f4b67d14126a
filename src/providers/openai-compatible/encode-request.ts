import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ModelSettings, ProviderChatRequest } from '../../types/request.ts'
import type { Tool } from '../../types/tool.ts'
import { toolSchema } from '../core/json-schema.ts'
import { droppedParameter, type ModelQuirks, quirksOf, withoutRefused } from '../core/quirks.ts'
import { overlaid } from '../core/reading.ts'
import { strictSchema } from '../core/strict-schema.ts'
import type { Encoded } from '../core/wire-format.ts'
import { encodeFormat, notStrict } from './encode-format.ts'
import { encodeMessages } from './encode-messages.ts'
import { cannot, type PartTarget } from './encode-parts.ts'
import type { ChatService } from './service.ts'

/** Settings that are one field each. */
const fields: readonly (readonly [keyof ModelSettings, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['seed', 'seed'],
  ['serviceTier', 'service_tier'],
  ['cacheKey', 'prompt_cache_key'],
]

/** Encodes a chat request for one service and model; what they do not take is left out with a warning, or refused. */
export function encodeChat(request: ProviderChatRequest, isStream: boolean, service: ChatService): Encoded {
  const { model, providerOptions = {} } = request
  const warnings: Warning[] = []
  const quirks = quirksOf(model, service.quirks)
  const target: PartTarget = { service, quirks, model }
  const settings = withoutRefused(request, quirks, warnings)
  const format = encodeFormat(settings, isStream, target, warnings)
  const body: JsonObject = {
    model,
    messages: format.instruct(encodeMessages(settings, target, warnings)),
    ...(isStream && { stream: true }),
    ...(isStream && !quirks.refuses.has('streamOptions') && { stream_options: { include_usage: true } }),
    ...settingFields(settings, target, warnings),
    ...toolFields(settings, target, warnings),
    ...format.fields,
    ...(service.reasoning ?? effortField)(settings, warnings),
    ...service.fields,
  }
  const { kind, name = kind } = service
  const laid = overlaid(body, providerOptions[kind])
  return {
    path: (service.path ?? ((operation) => `/${operation}`))('chat/completions', model),
    body: name === kind ? laid : overlaid(laid, providerOptions[name]),
    warnings,
  }
}

function settingFields(
  settings: ProviderChatRequest,
  { service, quirks }: PartTarget,
  warnings: Warning[],
): JsonObject {
  const { maxTokens, logprobs, topLogprobs, user } = settings
  const body: Record<string, JsonObject[string]> = {}
  for (const [name, field] of fields) if (settings[name] !== undefined) body[field] = settings[name] as number | string
  if (maxTokens !== undefined) body[quirks.maxTokensField ?? 'max_tokens'] = maxTokens
  const stop = stopTexts(settings, service, warnings)
  if (stop.length > 0) body.stop = stop
  if (logprobs || topLogprobs !== undefined) body.logprobs = true
  if (topLogprobs !== undefined) body.top_logprobs = topLogprobs
  if (user !== undefined) body[service.userField ?? 'user'] = user
  return body
}

function stopTexts({ stop = [], model }: ProviderChatRequest, { maxStop }: ChatService, warnings: Warning[]) {
  if (maxStop === undefined || stop.length <= maxStop) return stop
  const message = `Only the first ${maxStop} stop texts were sent: ${model} takes no more`
  warnings.push({ code: 'parameter-changed', message })
  return stop.slice(0, maxStop)
}

function toolFields(settings: ProviderChatRequest, target: PartTarget, warnings: Warning[]): JsonObject {
  const { tools = [], toolChoice, parallelToolCalls, reasoning, model } = settings
  const { refuses } = target.quirks
  if (tools.length === 0) return {}
  if (refuses.has('tools')) throw cannot(target, 'tools')
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object'
  const isRefused =
    isForced &&
    (refuses.has('forcedToolChoice') ||
      (refuses.has('forcedToolChoiceWithReasoning') && reasoning !== undefined && reasoning.effort !== 'none'))
  if (isRefused) warnings.push(droppedParameter('toolChoice', model))
  return {
    tools: tools.map((tool) => encodeTool(tool, target.quirks, warnings)),
    ...(toolChoice !== undefined &&
      !isRefused && {
        tool_choice:
          typeof toolChoice === 'object' ? { type: 'function', function: { name: toolChoice.tool } } : toolChoice,
      }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  }
}

function encodeTool(tool: Tool, { refuses }: ModelQuirks, warnings: Warning[]): JsonObject {
  const { name, description } = tool
  const parameters = toolSchema(tool)
  const strict = tool.strict && !refuses.has('strictTools') ? strictSchema(parameters) : undefined
  if (strict?.reason !== undefined) warnings.push(notStrict(`tool ${name}`, strict.reason))
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: strict?.schema ?? parameters,
      ...(strict?.schema !== undefined && { strict: true }),
    },
  }
}

/** OpenAI's own way, which most servers copy. */
function effortField({ reasoning, model }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  const { effort, maxTokens, summary } = reasoning ?? {}
  if (maxTokens !== undefined) warnings.push(droppedParameter('reasoning.maxTokens', model))
  if (summary) warnings.push(droppedParameter('reasoning.summary', model))
  return effort === undefined ? {} : { reasoning_effort: effort }
}
