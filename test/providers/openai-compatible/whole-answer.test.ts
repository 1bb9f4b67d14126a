import { describe, expect, it } from 'vitest'
import { LlmError, policyOfError } from '../../../src/errors/llm-error.ts'
import { chatFormat } from '../../../src/providers/openai-compatible/format.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import { verifies } from '../../support/verifies.ts'

const format = chatFormat({ kind: 'test' })
const request = { model: 'm', messages: [] }
const answer = (message: unknown, finish: unknown = 'stop', more = {}) => ({
  choices: [{ index: 0, message, finish_reason: finish }],
  ...more,
})

function failureOf(body: unknown): LlmError {
  try {
    format.decodeChat(body, request)
  } catch (error) {
    if (LlmError.isInstance(error)) return error
    throw error
  }
  throw new Error('the answer was taken')
}

const types = (events: readonly ProviderEvent[]) => events.map(({ type }) => type)

describe('a whole answer', () => {
  it('says everything in the order it is to be shown', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
    const message = {
      content: 'hi',
      reasoning: 'Hm',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
    }
    const events = format.decodeChat({ id: 'c1', model: 'm-2', ...answer(message), usage }, request)
    expect(events).toEqual([
      { type: 'start', id: 'c1', model: 'm-2' },
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'hi' },
      { type: 'usage', usage: expect.objectContaining({ inputTokens: 3, outputTokens: 2, raw: usage }) },
      { type: 'tool-call', index: 0, id: 'a', name: 'f', argumentsText: '{"x":1}' },
      { type: 'finish', finishReason: 'tool-calls', raw: 'stop' },
    ])
  })

  it('may hold several calls to one tool, without ids', () => {
    const bare = { function: { name: 'f', arguments: '' } }
    const calls = format
      .decodeChat(answer({ tool_calls: [bare, bare] }), request)
      .filter(({ type }) => type === 'tool-call')
    expect(calls).toMatchObject([{ argumentsText: '{}' }, { argumentsText: '{}', index: 1 }])
    expect(new Set(calls.map((call) => (call.type === 'tool-call' ? call.id : ''))).size).toBe(2)
  })

  it('may hold the old form of a call', () => {
    const events = format.decodeChat(
      answer({ content: null, function_call: { name: 'f', arguments: '{}' } }, 'function_call'),
      request,
    )
    expect(types(events)).toEqual(['tool-call', 'finish'])
  })

  it.each([
    null,
    [],
    {},
    'text',
    42,
    { choices: [] },
    { choices: 'x' },
    { choices: [null] },
    { choices: [{}] },
    { choices: [{ message: 'hi' }] },
  ])('that is %j is none', verifies('F66'), (body) => {
    const error = failureOf(body)
    expect(error.code).toBe('bad_response')
    expect(policyOfError(error)).toMatchObject({ retries: 1, countsForBreaker: true })
  })

  it.each([
    [{ content: null }, 'stop'],
    [{}, 'stop'],
    [{ role: 'assistant', content: null, refusal: null, tool_calls: [] }, 'stop'],
    [{ content: null }, null],
  ])('with nothing in it is empty: %j, %s', verifies('F67'), (message, finish) => {
    const error = failureOf({ ...answer(message, finish), usage: { prompt_tokens: 7, completion_tokens: 3 } })
    expect(error.code).toBe('empty_response')
    expect(error.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
    expect(policyOfError(error)).toMatchObject({ retries: 1, countsForBreaker: false })
  })

  it.each([
    [{ content: '' }, 'stop', 'stop'],
    [{ content: null }, 'length', 'length'],
    [{ content: null, refusal: 'No.' }, 'stop', 'stop'],
    [{ content: null, reasoning_content: 'Hm' }, 'stop', 'stop'],
    [{ content: null }, 'content_filter', 'content-filter'],
    [{ content: 'hi' }, '', 'unknown'],
    [{ tool_calls: [{ function: { name: 'f', arguments: '{"x' } }] }, null, 'tool-calls'],
  ])('%j with finish %s is one', (message, word, finishReason) => {
    expect(format.decodeChat(answer(message, word), request).at(-1)).toMatchObject({ type: 'finish', finishReason })
  })

  it.each([42, { a: 1 }, [1]])('with content %j is refused for good', verifies('F68'), (content) => {
    const error = failureOf(answer({ content }))
    expect(error.code).toBe('bad_response')
    expect(policyOfError(error)).toMatchObject({ retries: 0, countsForBreaker: true })
  })

  it('that ended in an error is one, with the tokens it cost', () => {
    const error = failureOf(
      answer({ content: 'par' }, 'error', { usage: { prompt_tokens: 3, completion_tokens: null } }),
    )
    expect(error.code).toBe('server_error')
    expect(error.usage).toMatchObject({ inputTokens: 3 })
    expect(failureOf(answer({ content: 'par' }, 'insufficient_system_resource')).code).toBe('overloaded')
  })

  it.each([
    [
      { prompt_tokens: -5, completion_tokens: 'NaN' },
      { input: {}, output: {} },
    ],
    [{ prompt_tokens: 2 ** 60, completion_tokens: 1 }, { outputTokens: 1 }],
    [
      { prompt_tokens: 0, completion_tokens: 0 },
      { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 4, prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 4 },
      { input: { fresh: 4, cacheRead: 6 } },
    ],
    [
      {
        prompt_tokens: 10,
        completion_tokens: 10,
        prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 11 },
      },
      { input: { fresh: 5, cacheRead: 3, cacheWrite: 2 }, output: { text: 0, reasoning: 10 }, outputTokens: 10 },
    ],
  ])('reports the usage %j as %j', verifies('F74', 'F76'), (usage, expected) => {
    const events = format.decodeChat(answer({ content: 'hi' }, 'stop', { usage }), request)
    const told = events.find((event) => event.type === 'usage')
    expect(told?.usage).toMatchObject(expected)
    expect(told?.usage.raw).toEqual(usage)
  })

  it('without usage reports none', verifies('F75'), () => {
    for (const usage of [undefined, null]) {
      expect(types(format.decodeChat(answer({ content: 'hi' }, 'stop', { usage }), request))).toEqual([
        'text',
        'finish',
      ])
    }
  })

  it('holds an error instead: %j', verifies('F69'), () => {
    expect(failureOf({ error: { code: 500, message: 'Internal Server Error' } }).code).toBe('server_error')
    expect(failureOf({ object: 'error', message: 'x', code: 400 }).code).toBe('bad_request')
  })
})
