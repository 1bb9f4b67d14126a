import type { EmbedReplyPart, ProviderEmbedRequest } from '../../types/embed.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { TextPart } from '../../types/message.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import { joinedText, lowerConversation } from '../core/conversation.ts'
import { toJsonSchema, toolSchema } from '../core/json-schema.ts'
import { droppedParameter, withoutRefused } from '../core/quirks.ts'
import { objectOf, overlaid } from '../core/reading.ts'
import type { Encoded } from '../core/wire-format.ts'
import { contentsOf } from './contents.ts'
import { type GeminiQuirk, type GeminiQuirks, geminiQuirksOf } from './quirks.ts'
import { geminiSchema } from './schema.ts'
import { thinkingConfigOf } from './thinking.ts'

/** What tells one service that speaks this format from another. */
export interface GeminiService {
  /** Key of the service, as parts of messages name their origin. */
  readonly provider: string
  /** Name of this instance, under which `providerOptions` are found too. */
  readonly name: string
  readonly embeddingModel: string
  readonly quirks?: readonly GeminiQuirk[] | undefined
}

const maxStops = 5
const tiers = ['standard', 'flex', 'priority']
type Fields = Record<string, JsonValue | undefined>

/** The body of `generateContent` and `streamGenerateContent`. */
export function encodeChat(service: GeminiService, request: ProviderChatRequest, isStream: boolean): Encoded {
  const warnings: Warning[] = []
  const quirks = geminiQuirksOf(request.model, service.quirks)
  const settings = withoutRefused(request, quirks, warnings)
  const { provider, name } = service
  const target = { provider, model: request.model, needsUserFirst: true, needsUserLast: quirks.refuses.has('prefill') }
  const { system, turns } = lowerConversation(request.messages, target, warnings)
  const output = outputOf(settings, quirks)
  const instructions: TextPart[] = output.instruction
    ? [...system, { type: 'text', text: output.instruction }]
    : [...system]
  const isApart = quirks.systemRole !== 'user'
  const contents = contentsOf(isApart ? turns : [{ role: 'user', parts: instructions }, ...turns], quirks)
  const config = { ...configOf(settings, quirks, warnings), ...output.config }
  const body = {
    contents: contents as unknown as JsonValue,
    ...(isApart &&
      instructions.length > 0 && { systemInstruction: { parts: [{ text: joinedText(instructions, '\n\n') }] } }),
    ...toolsOf(settings, quirks, warnings),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
    ...tierOf(settings, warnings),
  }
  const { providerOptions } = request
  return {
    path: `${pathOf(request.model)}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: overlaid(body, { ...providerOptions?.[provider], ...providerOptions?.[name] }),
    warnings,
  }
}

/** The same request for `countTokens`. */
export function encodeCountTokens(service: GeminiService, request: ProviderChatRequest): Encoded {
  const { body, warnings = [] } = encodeChat(service, request, false)
  const generateContentRequest = { model: `models/${modelOf(request.model)}`, ...body }
  return { path: `${pathOf(request.model)}:countTokens`, body: { generateContentRequest }, warnings }
}

/** The body of `batchEmbedContents`. */
export function encodeEmbed({ embeddingModel }: GeminiService, request: ProviderEmbedRequest): Encoded {
  const { model = embeddingModel, input, dimensions } = request
  const requests = input.map((text) => ({
    model: `models/${modelOf(model)}`,
    content: { parts: [{ text }] },
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
  }))
  const isShortened = dimensions !== undefined && dimensions < 3_072 && modelOf(model) === 'gemini-embedding-001'
  const message = `Vectors of ${dimensions} numbers from this model do not have length 1`
  const warnings: EmbedReplyPart['warnings'] = isShortened ? [{ code: 'not-normalised', message }] : []
  return { path: `${pathOf(model)}:batchEmbedContents`, body: { requests }, warnings }
}

function modelOf(model: string): string {
  return model.replace(/^models\//, '')
}

/** The model is one segment of the path, whatever it holds. */
function pathOf(model: string): string {
  return `/models/${encodeURIComponent(modelOf(model))}`
}

function configOf(settings: ProviderChatRequest, quirks: GeminiQuirks, warnings: Warning[]): Fields {
  const { stop = [], model } = settings
  if (stop.length > maxStops) warnings.push(droppedParameter(`stop beyond ${maxStops} texts`, model))
  const thinkingConfig = thinkingConfigOf(settings, quirks, warnings)
  const config: Fields = {
    maxOutputTokens: settings.maxTokens,
    temperature: settings.temperature,
    topP: settings.topP,
    topK: settings.topK,
    stopSequences: stop.length > 0 ? stop.slice(0, maxStops) : undefined,
    presencePenalty: settings.presencePenalty,
    frequencyPenalty: settings.frequencyPenalty,
    seed: settings.seed,
    responseLogprobs: settings.logprobs,
    logprobs: settings.topLogprobs,
    thinkingConfig,
  }
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

/** The form of the answer: held to it by the service, or asked for in words where it cannot do so. */
function outputOf(request: ProviderChatRequest, quirks: GeminiQuirks): { config?: Fields; instruction?: string } {
  const { schema: given, responseFormat, tools = [] } = request
  if (given === undefined && responseFormat !== 'json') return {}
  const schema = given && toJsonSchema(given)
  const isHeld = !quirks.refuses.has('jsonObject') && (tools.length === 0 || quirks.takesSchemaWithTools)
  const isSchemaHeld = isHeld && !quirks.refuses.has('jsonSchema')
  const config = isHeld
    ? {
        responseMimeType: 'application/json',
        ...(schema && isSchemaHeld && { responseJsonSchema: geminiSchema(schema) }),
      }
    : {}
  if (isSchemaHeld || (isHeld && schema === undefined)) return { config }
  const form = schema
    ? `JSON of this schema and nothing else:\n${JSON.stringify(schema)}`
    : 'one JSON object and nothing else.'
  return { config, instruction: `Answer with ${form}` }
}

function toolsOf(request: ProviderChatRequest, { refuses }: GeminiQuirks, warnings: Warning[]): Fields {
  const { tools = [], toolChoice, parallelToolCalls, model } = request
  if (tools.length === 0) return {}
  if (parallelToolCalls === false) warnings.push(droppedParameter('parallelToolCalls', model))
  const wantsStrict = tools.some(({ strict }) => strict === true)
  if (wantsStrict && refuses.has('strictTools')) warnings.push(droppedParameter('strict', model))
  const functionDeclarations = tools.map((tool) => {
    const { name, description } = tool
    const schema = geminiSchema(toolSchema(tool))
    const isEmpty = Object.keys(objectOf(schema.properties)).length === 0 && schema.$ref === undefined
    return { name, description: description ?? '', ...(!isEmpty && { parametersJsonSchema: schema }) }
  })
  const calling = callingOf(toolChoice, wantsStrict && !refuses.has('strictTools'))
  return {
    tools: [{ functionDeclarations }],
    ...(calling && { toolConfig: { functionCallingConfig: calling } }),
  }
}

function callingOf(choice: ProviderChatRequest['toolChoice'], isStrict: boolean): JsonObject | undefined {
  if (typeof choice === 'object') return { mode: 'ANY', allowedFunctionNames: [choice.tool] }
  if (choice === 'required') return { mode: 'ANY' }
  if (choice === 'none') return { mode: 'NONE' }
  if (isStrict) return { mode: 'VALIDATED' }
  return choice && { mode: 'AUTO' }
}

function tierOf({ serviceTier, model }: ProviderChatRequest, warnings: Warning[]): Fields {
  if (serviceTier === undefined) return {}
  if (tiers.includes(serviceTier)) return { serviceTier }
  warnings.push(droppedParameter(`serviceTier '${serviceTier}'`, model))
  return {}
}
