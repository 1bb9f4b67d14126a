import { RequestError } from '../errors/families.ts'
import type { ChatRequest } from '../types/chat-request.ts'
import type { EmbedRequest } from '../types/embed.ts'
import type { DefinedGuard } from '../types/guard.ts'
import type { Message } from '../types/message.ts'
import type { ModelSettings } from '../types/request.ts'
import { type Check, integerIn, numberIn, ofType, oneOf } from '../utils/check.ts'
import { checkIdentifier } from '../utils/identifier.ts'
import { guardList } from './guard-list.ts'
import { checkMessages, harmless, text, wrong } from './parse-messages.ts'

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
  typeof value === 'object' && value !== null
    ? undefined
    : text(value) && 'a model name, or an object { provider: model }'

const shared: Readonly<Record<string, Check>> = {
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
  metadata: ofType('object'),
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
  schema: (value) =>
    typeof value === 'function' ? undefined : ofType('object')(value) && 'a Standard Schema or a JSON Schema',
  schemaName: (value) => (typeof value === 'string' && toolName.test(value) ? undefined : '1 to 64 of A-Z a-z 0-9 _ -'),
  responseFormat: oneOf('text', 'json'),
  reasoning: ofType('object'),
  serviceTier: text,
  cacheKey: text,
  user: text,
  providerOptions: ofType('object'),
}

/**
 * Checks a chat request and brings it into one form.
 *
 * @throws RequestError `request_invalid` with the path of what is wrong, what was given and what is allowed.
 */
export function parseChat(input: string | ChatRequest): ParsedChat {
  const given: ChatRequest = typeof input === 'string' ? { prompt: input } : input
  checkFields(given, chatChecks)
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
  checkMessages(messages)
  settings.tools?.forEach((tool, index) => {
    if (typeof tool?.name !== 'string' || !toolName.test(tool.name))
      throw wrong(`tools[${index}].name`, tool?.name, '1 to 64 of A-Z a-z 0-9 _ -')
  })
  const all: Message[] = [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...messages,
    ...(prompt === undefined ? [] : [{ role: 'user' as const, content: prompt }]),
  ]
  if (!all.some(({ role }) => role !== 'system' && role !== 'developer'))
    throw wrong('messages', undefined, 'a prompt, or at least one message of the user')
  return {
    request: { ...settings, messages: all, ...(stop !== undefined && { stop: [stop].flat() }) },
    ...(model !== undefined && { model }),
    ...(providers !== undefined && { providers }),
    ...(signal !== undefined && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(tenant !== undefined && { tenant: checkIdentifier('tenant', tenant) }),
    ...(guards !== undefined && { guards }),
    ...(metadata !== undefined && { metadata }),
  }
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
  checkFields(given, embedChecks)
  if (given.input === undefined) throw wrong('input', undefined, 'a text or an array of texts')
  return { ...given, input: [given.input].flat() }
}

function checkFields(given: object, checks: Readonly<Record<string, Check>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong('request', given, 'a prompt, or an object')
  for (const key of Object.keys(given)) {
    const value: unknown = given[key as keyof typeof given]
    if (value === undefined) continue
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (check === undefined) {
      throw new RequestError(
        'request_invalid',
        `Unknown field ${harmless(key)}; allowed: ${Object.keys(checks).join(', ')}`,
        { path: key },
      )
    }
    const allowed = check(value)
    if (allowed !== undefined) throw wrong(key, value, allowed)
  }
}
