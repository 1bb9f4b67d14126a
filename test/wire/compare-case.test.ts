import { describe, expect, it } from 'vitest'
import { errorOf } from '../../src/errors/families.ts'
import type { ChatReply } from '../../src/types/reply.ts'
import type { WireCase, WireExpectation } from '../support/wire-corpus.ts'
import type { Outcome } from './call-case.ts'
import { compareCase } from './compare-case.ts'

const codes = new Map([
  ['server', ['server_error', 'stream_error_event']],
  ['content_policy', ['content_filtered']],
])
const usageRaw = { prompt_tokens: 5, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 3 } }
const expected: WireExpectation = {
  text: 'Hi',
  reasoning: 'Hm',
  toolCalls: [{ id: null, name: 'now', arguments: { zone: 'UTC' } }],
  finishRaw: 'stop',
  usageRaw,
}
const good = {
  text: 'Hi',
  reasoning: 'Hm',
  toolCalls: [{ id: 'call_1', name: 'now', arguments: { zone: 'UTC' }, argumentsText: '{"zone":"UTC"}' }],
  finishReason: 'tool-calls',
  finishReasonRaw: 'stop',
  usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7, input: { fresh: 2, cacheRead: 3 }, output: { text: 2 } },
} as unknown as ChatReply<unknown>

function differences(outcome: Outcome, expect_: WireExpectation = expected, tags: string[] = []): string[] {
  const wireCase = { id: 'x', provider: 'openai', api: 'chat.completions', tags, expect: expect_, response: {} }
  return compareCase(wireCase as unknown as WireCase, outcome, codes)
}

const reply = (changed: object): Outcome => ({ reply: { ...good, ...changed } })
const failed = (code: 'server_error' | 'overloaded' | 'stream_interrupted', more: object = {}): Outcome => ({
  error: errorOf(code, 'x', more),
  events: [],
})

describe('the comparison of an outcome with its expectation', () => {
  it('finds nothing where everything is as expected', () => {
    expect(differences({ reply: good })).toEqual([])
    expect(differences(failed('server_error'), { class: 'server' })).toEqual([])
    expect(differences(failed('stream_interrupted'), { class: 'server', truncated: true }, ['stream'])).toEqual([])
    expect(
      differences(reply({ finishReason: 'content-filter', finishReasonRaw: 'content_filter', toolCalls: [] }), {
        class: 'content_policy',
        finishRaw: 'content_filter',
      }),
    ).toEqual([])
  })

  it.each([
    [{ text: 'Hi!' }],
    [{ reasoning: '' }],
    [{ toolCalls: [] }],
    [{ toolCalls: [{ ...good.toolCalls[0], id: '' }] }],
    [{ toolCalls: [{ ...good.toolCalls[0], name: 'later' }] }],
    [{ toolCalls: [{ ...good.toolCalls[0], arguments: {} }] }],
    [{ finishReason: 'stop' }],
    [{ finishReasonRaw: 'end' }],
    [{ usage: { ...good.usage, outputTokens: 3 } }],
    [{ usage: { ...good.usage, input: {} } }],
    [{ usage: { ...good.usage, output: { reasoning: 0 } } }],
    [{ usage: { ...good.usage, totalTokens: 9 } }],
  ])('finds one where the reply has %j', (changed) => {
    expect(differences(reply(changed))).not.toEqual([])
  })

  it('finds one where a failure was expected, or another, or none', () => {
    expect(differences({ reply: good }, { class: 'server' })).toHaveLength(1)
    expect(differences(failed('overloaded'), { class: 'server' })).toHaveLength(1)
    expect(differences(failed('stream_interrupted'), { class: 'server' })).toHaveLength(1)
    expect(differences(failed('server_error'))).toHaveLength(1)
    expect(differences(failed('server_error'), { class: 'server', retryAfterMs: 5 })).toHaveLength(1)
    expect(differences(failed('server_error', { retryAfterMs: 5 }), { class: 'server', retryAfterMs: 5 })).toEqual([])
    expect(differences(failed('server_error'), { class: 'server', text: 'Hel' }, ['stream'])).toHaveLength(1)
  })

  it('finds one where calls, vectors, models or tokens were not expected so', () => {
    expect(differences({ reply: good }, { text: 'Hi' })).toHaveLength(1)
    expect(differences({ models: [] }, { models: 1 })).toHaveLength(1)
    const embedded = { vectors: [[1]], usage: { input: {}, output: {} } } as unknown as NonNullable<Outcome['embedded']>
    expect(differences({ embedded }, { vectors: 2 })).toHaveLength(1)
    expect(differences({ embedded }, { vectors: 1, usageRaw })).toHaveLength(1)
  })
})
