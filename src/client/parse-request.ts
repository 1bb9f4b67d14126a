import type { ChatRequest } from '../types/chat-request.ts'
import type { EmbedRequest } from '../types/embed.ts'
import type { DefinedGuard } from '../types/guard.ts'
import type { Message } from '../types/message.ts'
import type { ModelSettings } from '../types/request.ts'
import type { Tool } from '../types/tool.ts'
import { type Check, integerIn, numberIn, ofType, oneOf } from '../utils/check.ts'
import { checkIdentifier } from '../utils/identifier.ts'
import { checkFields, checkValues, type Fields, plainObject, text, wrong } from './fields.ts'
import { guardList } from './guard-list.ts'
import { asksSomething, checkMessages } from './parse-messages.ts'

/** A chat request, checked, in the one form providers get (but for the model). */
export interface ParsedChat {
  readonly request: ModelSettings & { readonly messages: readonly Message[] }
  readonly model?: ChatRequest['model']
  readonly providers?: readonly string[]
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly tenant?: string
  readonly guards?: readonly DefinedGuard[]
  readonly metadata?: Readonly<Record<string, string>>
}

const texts: Check = (value) =>
  Array.isArray(value) && value.every((one) => text(one) === undefined) ? undefined : 'texts that are not empty'
const toolName = /^[A-Za-z0-9_-]{1,64}$/

const model: Check = (value) =>
  plainObject(value) === undefined || (text(value) === undefined && !(value as string).endsWith('/'))
    ? undefined
    : 'a model name, or an object { provider: model }'

const schema: Check = (value) =>
  typeof value === 'function' ? undefined : plainObject(value) && 'a Standard Schema or a JSON Schema'

const toolFields: Fields = {
  name: (value) => (typeof value === 'string' && toolName.test(value) ? undefined : '1 to 64 of A-Z a-z 0-9 _ -'),
  description: ofType('string'),
  parameters: schema,
  strict: ofType('boolean'),
}

const reasoningFields: Fields = {
  effort: oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
  maxTokens: integerIn(1, 10_000_000),
  summary: ofType('boolean'),
}

const shared: Fields = {
  model,
  providers: (value) => (Array.isArray(value) && value.length > 0 ? texts(value) : 'at least one provider name'),
  signal: (value) =>
    value instanceof AbortSignal || typeof (value as AbortSignal)?.addEventListener === 'function'
      ? undefined
      : 'an AbortSignal',
  timeoutMs: numberIn(1, 2_147_483_647, 'ms'),
}

const chatChecks: Readonly<Record<keyof ChatRequest, Check>> = {
  ...(shared as Record<'model' | 'providers' | 'signal' | 'timeoutMs', Check>),
  messages: (value) => (Array.isArray(value) ? undefined : 'an array of messages'),
  prompt: text,
  system: text,
  stop: (value) => (typeof value === 'string' ? text(value) : texts(value)),
  metadata: plainObject,
  tenant: ofType('string'),
  guards: guardList,
  maxTokens: integerIn(1, 10_000_000),
  temperature: numberIn(0, 2),
  topP: numberIn(0, 1),
  topK: integerIn(1, 1_000_000),
  presencePenalty: numberIn(-2, 2),
  frequencyPenalty: numberIn(-2, 2),
  seed: integerIn(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  logprobs: ofType('boolean'),
  topLogprobs: integerIn(0, 20),
  tools: (value) => (Array.isArray(value) ? undefined : 'an array of tools'),
  toolChoice: (value) =>
    typeof value === 'object' && value !== null && typeof (value as { tool?: unknown }).tool === 'string'
      ? undefined
      : oneOf('auto', 'none', 'required')(value) && "'auto', 'none', 'required' or { tool: name }",
  parallelToolCalls: ofType('boolean'),
  schema,
  schemaName: (value) => (typeof value === 'string' && toolName.test(value) ? undefined : '1 to 64 of A-Z a-z 0-9 _ -'),
  responseFormat: oneOf('text', 'json'),
  reasoning: plainObject,
  serviceTier: text,
  cacheKey: text,
  user: text,
  providerOptions: plainObject,
}

/**
 * Checks a chat request and brings it into one form.
 *
 * @throws RequestError `request_invalid` with the path of what is wrong, what was given and what is allowed.
 */
export function parseChat(input: string | ChatRequest): ParsedChat {
  const given: ChatRequest = typeof input === 'string' ? { prompt: input } : input
  checkChat(given)
  const {
    prompt,
    system,
    messages = [],
    stop,
    model,
    providers,
    signal,
    timeoutMs,
    metadata,
    tenant,
    guards,
    ...settings
  } = given
  const all: Message[] = [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...messages,
    ...(prompt === undefined ? [] : [{ role: 'user' as const, content: prompt }]),
  ]
  if (!asksSomething(all)) throw wrong('messages', undefined, 'a prompt, or at least one message of the user')
  return {
    request: { ...settings, messages: all, ...(stop !== undefined && { stop: [stop].flat() }) },
    ...(model !== undefined && { model }),
    ...(providers !== undefined && { providers }),
    ...(signal !== undefined && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(tenant !== undefined && { tenant: checkIdentifier('tenant', tenant) }),
    ...(guards !== undefined && { guards }),
    ...(metadata !== undefined && { metadata: { ...metadata } }),
  }
}

/** Checks all that a chat request holds. @throws RequestError `request_invalid` */
export function checkChat(given: ChatRequest): void {
  checkRequest(given, chatChecks)
  const { messages, reasoning, metadata, providerOptions } = given
  if (messages !== undefined) checkMessages(messages)
  checkTools(given)
  if (reasoning !== undefined) checkFields('reasoning', reasoning, reasoningFields)
  if (metadata !== undefined) checkValues('metadata', metadata, ofType('string'))
  if (providerOptions !== undefined) checkValues('providerOptions', providerOptions, plainObject)
}

const embedChecks: Readonly<Record<keyof EmbedRequest, Check>> = {
  ...(shared as Record<'model' | 'providers' | 'signal' | 'timeoutMs', Check>),
  input: (value) =>
    typeof value === 'string'
      ? text(value)
      : (texts(value) ?? ((value as unknown[]).length > 0 ? undefined : 'at least one text')),
  dimensions: integerIn(1, 100_000),
}

/** Checks an embedding request. @throws RequestError `request_invalid` */
export function parseEmbed(given: EmbedRequest): EmbedRequest & { readonly input: readonly string[] } {
  checkRequest(given, embedChecks)
  if (given.input === undefined) throw wrong('input', undefined, 'a text or an array of texts')
  return { ...given, input: [given.input].flat() }
}

function checkRequest(given: ChatRequest | EmbedRequest, checks: Fields): void {
  if (plainObject(given) !== undefined) throw wrong('request', given, 'a prompt, or an object')
  checkFields('', given, checks)
  if (typeof given.model === 'object') checkValues('model', given.model, text)
}

function checkTools({ tools = [], toolChoice }: Pick<ModelSettings, 'tools' | 'toolChoice'>): void {
  const names = new Set<string>()
  tools.forEach((tool: Tool, index) => {
    const path = `tools[${index}]`
    if (plainObject(tool) !== undefined) throw wrong(path, tool, 'a tool, such as { name, description, parameters }')
    checkFields(path, tool, toolFields, ['name'])
    if (names.has(tool.name)) throw wrong(`${path}.name`, tool.name, 'names that are all different')
    names.add(tool.name)
  })
  if (typeof toolChoice === 'object' && !names.has(toolChoice.tool))
    throw wrong('toolChoice.tool', toolChoice.tool, `one of the tools: ${[...names].join(', ') || 'there are none'}`)
  if (toolChoice === 'required' && names.size === 0) throw wrong('toolChoice', toolChoice, "'required' with tools only")
}
