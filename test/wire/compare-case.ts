import { isDeepStrictEqual } from 'node:util'
import type { LlmError } from '../../src/errors/llm-error.ts'
import type { ChatReply } from '../../src/types/reply.ts'
import type { StreamEvent } from '../../src/types/stream.ts'
import type { ToolCall } from '../../src/types/tool.ts'
import type { Usage } from '../../src/types/usage.ts'
import type { WireCase } from '../support/wire-corpus.ts'
import { isStream, type Outcome } from './call-case.ts'
import { familyOf, normalFinish, normalUsage } from './normal-forms.ts'

/** One difference between what came out and what should have: a line of text. */
export type Difference = string

/** What classes of failure mean: error codes by class. */
export type CodesOfClass = ReadonlyMap<string, readonly string[]>

/** Holds an outcome against what a correct reader gets out of the exchange; no difference = passed. */
export function compareCase(wireCase: WireCase, outcome: Outcome, codesOfClass: CodesOfClass): Difference[] {
  const { expect, api, response } = wireCase
  const { error, reply } = outcome
  if (error !== undefined) return compareFailure(wireCase, error, outcome.events ?? [], codesOfClass)
  const isFiltered = expect.class === 'content_policy' && reply?.finishReason === 'content-filter'
  if (expect.class !== undefined && !isFiltered) {
    return [`should have failed (${expect.class}), got ${reply ? `finish '${reply.finishReason}'` : 'an answer'}`]
  }
  if (reply !== undefined) return compareReply(wireCase, reply)
  if (api === 'count_tokens') return differ('tokens', outcome.tokens, tokensIn(response.body))
  if (outcome.models && expect.models !== undefined) return differ('models', outcome.models.length, expect.models)
  const { embedded } = outcome
  if (embedded === undefined) return []
  return [
    ...differ('vectors', embedded.vectors.length, expect.vectors),
    ...compareUsage(wireCase, embedded.usage, ['inputTokens']),
  ]
}

function compareFailure(
  { expect, ...wireCase }: WireCase,
  error: LlmError,
  events: readonly StreamEvent[],
  codesOfClass: CodesOfClass,
): Difference[] {
  const said = `${error.code}: ${error.message.slice(0, 120)}`
  if (expect.class === undefined) {
    // No finish word ever came: what was said is not a complete answer, and may be refused as one.
    const isOpenEnd = isStream(wireCase) && expect.finishRaw === null && error.code === 'stream_interrupted'
    // Nothing is said about the outcome.
    const isOpenCase = Object.keys(expect).length === 0
    return isOpenEnd || isOpenCase ? [] : [`failed with ${said}`]
  }
  const codes = [...(codesOfClass.get(expect.class) ?? []), ...(expect.truncated ? ['stream_interrupted'] : [])]
  return [
    ...(codes.includes(error.code) ? [] : [`error is ${said}; should be ${codes.join(' or ')}`]),
    ...compareWait(expect, error),
    ...(isStream(wireCase) && !expect.truncated ? compareStreamed(expect, events) : []),
  ]
}

function compareWait({ retryAfterMs, retryAt }: WireCase['expect'], error: LlmError): Difference[] {
  // Hints in words, or in how far an allowance is used up, are not written down.
  if (retryAt === undefined && retryAfterMs === undefined) return []
  if (retryAt === undefined) return differ('retryAfterMs', error.retryAfterMs, retryAfterMs)
  // The moment may be past by now.
  const ms = Date.parse(retryAt) - Date.now()
  if (ms <= 0) return differ('retryAfterMs', error.retryAfterMs, undefined)
  const isNear = Math.abs((error.retryAfterMs ?? 0) - ms) < 5_000
  return isNear ? [] : [`retryAfterMs is ${error.retryAfterMs}, should be about ${ms}`]
}

/** What was handed out before a stream failed. */
function compareStreamed({ text, reasoning }: WireCase['expect'], events: readonly StreamEvent[]): Difference[] {
  const joined = (type: 'text' | 'reasoning') => events.map((event) => (event.type === type ? event.text : '')).join('')
  return [
    ...(text === undefined ? [] : differ('text', joined('text'), text)),
    ...(reasoning === undefined ? [] : differ('reasoning', joined('reasoning'), reasoning)),
  ]
}

function compareReply(wireCase: WireCase, reply: ChatReply<unknown>): Difference[] {
  const { expect } = wireCase
  const { text, reasoning, refusal } = expect
  return [
    ...(text === undefined ? [] : differ('text', reply.text, text)),
    ...(reasoning === undefined ? [] : differ('reasoning', reply.reasoning, reasoning)),
    ...(refusal === undefined ? [] : differ('refusal', reply.refusal, refusal)),
    ...compareCalls(wireCase, reply.toolCalls),
    ...compareFinish(wireCase, reply),
    ...compareUsage(wireCase, reply.usage, ['inputTokens', 'outputTokens', 'cacheRead', 'cacheWrite', 'reasoning']),
  ]
}

function compareCalls({ expect, response }: WireCase, calls: readonly ToolCall[]): Difference[] {
  if (expect.toolCalls === undefined) {
    // Pieces that only their service can join, and calls in other forms, are not written down in the expectation.
    const isOpen = expect.text === undefined || expect.partialArgs === true || hasOtherCalls(response)
    return isOpen || calls.length === 0 ? [] : [`${calls.length} tool calls, should be none`]
  }
  if (expect.partialArgs === true) {
    const named = calls.map(({ name, arguments: given }) => ({ name, arguments: given && { ...given } }))
    return expect.toolCalls.flatMap(({ name, arguments: given }) =>
      named.some((call) => isDeepStrictEqual(call, { name, arguments: given })) ? [] : [`no call of ${name}`],
    )
  }
  if (calls.length !== expect.toolCalls.length) return differ('tool calls', calls.length, expect.toolCalls.length)
  const ids = new Set(calls.map(({ id }) => id))
  return [
    ...(ids.size === calls.length && !ids.has('') ? [] : ['ids of tool calls are empty or not unique']),
    ...expect.toolCalls.flatMap((wanted, index) => {
      const call = calls[index] as ToolCall
      return [
        ...(wanted.id === null ? [] : differ(`id of call ${index}`, call.id, wanted.id)),
        ...differ(`name of call ${index}`, call.name, wanted.name),
        ...(wanted.argumentsText === undefined
          ? differ(`arguments of call ${index}`, call.arguments && { ...call.arguments }, wanted.arguments)
          : differ(`arguments of call ${index}`, call.argumentsText, wanted.argumentsText)),
      ]
    }),
  ]
}

/** Calls with free text, and the older form of calls in chat completions. */
function hasOtherCalls({ body, text }: WireCase['response']): boolean {
  return /"custom_tool_call"|"function_call":\s*\{/.test(text ?? JSON.stringify(body ?? null))
}

function compareFinish(wireCase: WireCase, reply: ChatReply<unknown>): Difference[] {
  const { finishRaw, partialArgs } = wireCase.expect
  if (finishRaw === undefined) return []
  if (finishRaw === null) return differ('finishReason', reply.finishReason, 'unknown')
  const hasCalls = reply.toolCalls.length > 0
  const wanted = normalFinish(familyOf(wireCase), finishRaw, hasCalls)
  const isOpen = partialArgs === true && hasCalls
  return [
    ...differ('finishReasonRaw', reply.finishReasonRaw, finishRaw),
    ...(isOpen ? [] : differ('finishReason', reply.finishReason, wanted)),
  ]
}

type UsageKey = keyof ReturnType<typeof normalUsage>

function compareUsage(wireCase: WireCase, usage: Usage, keys: readonly UsageKey[]): Difference[] {
  const { usageRaw } = wireCase.expect
  if (usageRaw == null) return []
  const wanted = normalUsage(familyOf(wireCase), usageRaw)
  const { inputTokens, outputTokens, totalTokens } = usage
  const got = {
    inputTokens,
    outputTokens,
    cacheRead: usage.input.cacheRead,
    cacheWrite: usage.input.cacheWrite,
    reasoning: usage.output.reasoning,
  }
  // Numbers of our own stand only where the provider gave none.
  const checked = keys.filter((key) => !(usage.isEstimated && wanted[key] === undefined))
  const isSum = totalTokens === undefined || totalTokens === (inputTokens ?? 0) + (outputTokens ?? 0)
  return [
    ...checked.flatMap((key) => differ(`usage ${key}`, got[key], wanted[key])),
    ...(isSum ? [] : [`usage totalTokens is ${totalTokens}, not the sum of its parts`]),
  ]
}

function tokensIn(body: unknown): number | undefined {
  const { input_tokens: a, totalTokens: b } = (body ?? {}) as Record<string, number | undefined>
  return a ?? b
}

function differ(what: string, got: unknown, wanted: unknown): Difference[] {
  if (isDeepStrictEqual(plain(got), plain(wanted))) return []
  return [`${what} is ${brief(got)}, should be ${brief(wanted)}`]
}

/** Without prototypes: parsed arguments have none, expectations do. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 90 ? `${text.slice(0, 60)}…${text.slice(-25)} (${text.length})` : text
}
