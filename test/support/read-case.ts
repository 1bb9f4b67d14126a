/** Holds a wire format against a recorded exchange, without any network. */
import { expect } from 'vitest'
import type { WireFormat } from '../../src/providers/core/wire-format.ts'
import type { ProviderEvent } from '../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../src/types/request.ts'
import { Answer } from '../../src/utils/answer.ts'
import { bodyText, codesOfClass, eventsOf, headersOf, type WireCase } from './wire-corpus.ts'

const request: ProviderChatRequest = { model: 'some-model', messages: [{ role: 'user', content: 'hi' }] }

/** Puts events together as the client does. */
export function assembled(events: readonly ProviderEvent[]): Answer {
  const answer = new Answer({ provider: 'test', model: 'some-model' })
  for (const event of events) answer.add(event)
  return answer
}

/** What a format makes of a recorded good answer: whole, or event by event. */
export function eventsOfCase(format: WireFormat, wireCase: WireCase, asked = request): ProviderEvent[] {
  const text = bodyText(wireCase)
  const json = parsed(text)
  if (json !== undefined) return [...format.decodeChat(json, asked)]
  const decoder = format.streamDecoder(asked)
  const out: ProviderEvent[] = []
  let isDoneMarked = false
  for (const { event, data } of eventsOf(text)) {
    if (data === '[DONE]') isDoneMarked = true
    else decoder.push(JSON.parse(data), event, out)
    if (decoder.isDone) break
  }
  decoder.end(out, isDoneMarked)
  return out
}

/** Holds what was read against what a correct reader gets. */
export function expectAsRecorded(answer: Answer, { expect: expected }: WireCase): void {
  if (expected.text !== undefined) expect(answer.text).toBe(expected.text)
  expect(answer.reasoning).toBe(expected.reasoning ?? answer.reasoning)
  expect(answer.refusal).toBe(expected.refusal ?? '')
  expect(answer.finishReasonRaw ?? null).toBe(expected.finishRaw ?? null)
  expect(answer.finishReason === undefined).toBe(expected.finishRaw === null || expected.truncated === true)
  const isPartial = expected.toolCalls === undefined && answer.toolCalls.length > 0
  if (!isPartial) {
    expect(answer.toolCalls.map(({ name }) => name)).toEqual((expected.toolCalls ?? []).map(({ name }) => name))
    for (const [index, call] of (expected.toolCalls ?? []).entries()) {
      const read = answer.toolCalls[index]
      if (call.id) expect(read?.id).toBe(call.id)
      else expect(read?.id).not.toBe('')
      if (call.arguments !== undefined) expect({ ...read?.arguments }).toEqual(call.arguments)
      if (call.argumentsText !== undefined) expect(read?.argumentsText).toBe(call.argumentsText)
    }
  }
  if (expected.usageRaw) expect(answer.usage?.raw).toMatchObject(withoutNulls(expected.usageRaw))
}

/** Holds the error of a recorded failure against its class, words and wait. */
export function expectErrorAsRecorded(format: WireFormat, wireCase: WireCase): void {
  const { expect: expected, response } = wireCase
  const text = bodyText(wireCase)
  const failure = { status: response.status, headers: headersOf(wireCase), body: parsed(text) ?? text, isInBody: false }
  const error = format.decodeError(failure)
  expect(codesOfClass.get(expected.class ?? '')).toContain(error.code)
  expect(error.status).toBe(response.status)
  if (expected.error?.message) expect(error.message).toContain(expected.error.message.slice(0, 300).split('\n')[0])
  expect(error.retryAfterMs).toBe(expected.retryAfterMs)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // A stream, or a page.
  }
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
