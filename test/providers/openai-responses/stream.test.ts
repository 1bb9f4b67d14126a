import { describe, expect, it } from 'vitest'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { failureError } from '../../../src/providers/core/failure.ts'
import type { Failure, WireFormat } from '../../../src/providers/core/wire-format.ts'
import { responsesFormat } from '../../../src/providers/openai-responses/format.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { assembled, eventsOfCase } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'
import { eventsOf, wireCases } from '../../support/wire-corpus.ts'

const failures: Failure[] = []
/** All the format needs of chat completions: here it only notes what it was asked. */
const base = {
  kind: 'openai',
  decodeError(failure: Failure) {
    failures.push(failure)
    return failureError(failure, { code: 'server_error' })
  },
} as unknown as WireFormat
const format = responsesFormat(base, { provider: 'openai' })
const request: ProviderChatRequest = { model: 'gpt-5.6', messages: [] }

type Event = Readonly<Record<string, unknown>>

function read(events: readonly Event[], asked = request): ProviderEvent[] {
  const decoder = format.streamDecoder(asked)
  const out: ProviderEvent[] = []
  for (const event of events) {
    decoder.push(event, undefined, out)
    if (decoder.isDone) break
  }
  decoder.end(out, false)
  return out
}

const completed = (output: unknown[], more: Event = {}): Event => ({
  type: 'response.completed',
  response: { id: 'resp_1', model: 'gpt-5.6-sol', status: 'completed', output, ...more },
})
const added = (item: Event, at = 0): Event => ({ type: 'response.output_item.added', output_index: at, item })
const done = (item: Event, at = 0): Event => ({ type: 'response.output_item.done', output_index: at, item })
const delta = (text: string, at = 0): Event => ({
  type: 'response.output_text.delta',
  output_index: at,
  content_index: 0,
  delta: text,
})
const message = (text: string, more: Event = {}): Event => ({
  type: 'message',
  id: 'msg_1',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
})
const call = (text: string, more: Event = {}): Event => ({
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'find',
  arguments: text,
  ...more,
})
const typesOf = (events: readonly ProviderEvent[]) => events.map(({ type }) => type)

describe('the stream of a response', () => {
  const streams = wireCases(
    ({ api, response, expect: wanted }) => api === 'responses' && !!response.text && !wanted.class,
  )

  it.each(streams.map((wireCase) => [wireCase.id, wireCase] as const))(
    'says the same as its last event: %s',
    (_, wireCase) => {
      const events = eventsOf(wireCase.response.text ?? '').map(({ data }) => data)
      const last = events.map(parsed).findLast((event) => /\.(completed|incomplete)$/.test(String(event?.type)))
      const streamed = assembled(eventsOfCase(format, wireCase))
      const whole = assembled(format.decodeChat(last?.response, request))
      for (const field of ['text', 'reasoning', 'refusal', 'toolCalls', 'usage', 'finishReason'] as const)
        expect(streamed[field], field).toEqual(whole[field])
    },
  )

  it('hands text out piece by piece and never twice', verifies('C1'), () => {
    const item = message('Hello')
    const events = read([
      added({ ...item, content: [] }),
      delta('Hel'),
      delta('lo'),
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Hello' },
      done(item),
      completed([item]),
    ])
    expect(events.filter(({ type }) => type === 'text')).toEqual([
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
    ])
  })

  it('hands out what only a later event knows', () => {
    const texts = (events: Event[]) => assembled(read(events)).text
    expect(texts([delta('Hel'), done(message('Hello')), completed([message('Hello')])])).toBe('Hello')
    expect(texts([delta('Hel'), completed([message('Hello')])])).toBe('Hello')
    expect(texts([completed([message('Hello')])])).toBe('Hello')
    expect(texts([done(message('a'), 0), done(message('b'), 1), completed([message('a'), message('b')])])).toBe('ab')
  })

  it('keeps items apart by their place, though their ids change from event to event', () => {
    const events = read([
      added(call('', { id: 'tmp_1' }), 0),
      added(call('', { id: 'tmp_2', call_id: 'call_2' }), 1),
      { type: 'response.function_call_arguments.delta', output_index: 1, item_id: 'x', delta: '{"b":' },
      { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'y', delta: '{"a":1}' },
      { type: 'response.function_call_arguments.delta', output_index: 1, item_id: 'z', delta: '2}' },
      done(call('', { id: 'tmp_3', call_id: 'call_2' }), 1),
      done(call('{"a":1}', { id: 'tmp_4' }), 0),
      completed([call('{"a":1}', { id: 'fc_9' }), call('{"b":2}', { id: 'fc_8', call_id: 'call_2' })]),
    ])
    const calls = assembled(events).toolCalls.map(({ id, argumentsText }) => [id, argumentsText])
    expect(calls).toEqual([
      ['call_2', '{"b":2}'],
      ['call_1', '{"a":1}'],
    ])
  })

  it('keeps items apart by their ids where places are not told', () => {
    const events = read([
      { type: 'response.output_item.added', item: { type: 'message', id: 'm1', content: [] } },
      { type: 'response.output_text.delta', item_id: 'm1', content_index: 0, delta: 'Hi' },
      { type: 'response.output_item.added', item: call('') },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: '{}' },
      completed([message('Hi', { id: 'm1' }), call('{}')]),
    ])
    const answer = assembled(events)
    expect(answer.text).toBe('Hi')
    expect(answer.toolCalls).toHaveLength(1)
    expect(answer.finishReason).toBe('tool-calls')
  })

  it.each([
    ['', '{}'],
    ['null', '{}'],
    ['{"x":48151', '{"x":48151'],
  ])('reads the arguments %j as %j', (sent, read_) => {
    const [event] = read([done(call(sent)), completed([call(sent)])])
    expect(event).toMatchObject({ type: 'tool-call', id: 'call_1', argumentsText: read_ })
  })

  it('gives a call the id its result must carry, and some id where none was sent', () => {
    const ids = read([completed([call('{}'), call('{}', { call_id: undefined }), call('{}', { call_id: '', id: '' })])])
      .filter((event) => event.type === 'tool-call')
      .map(({ id }) => id)
    expect(ids).toEqual(['call_1', 'fc_1', expect.stringMatching(/^call_[0-9a-f]{32}$/)])
    const repeated = read([completed([call('{}'), call('{}')])]).filter((event) => event.type === 'tool-call')
    expect(new Set(repeated.map(({ id }) => id)).size).toBe(2)
  })

  it('holds a bounded number of calls, with names of bounded length', verifies('F109'), () => {
    const flood = Array.from({ length: 129 }, (_, at) => added(call('', { call_id: `call_${at}` }), at))
    expect(thrownBy(flood)).toMatchObject({ code: 'response_too_large' })
    expect(thrownBy([done(call('{}', { name: 'x'.repeat(257) }))])).toMatchObject({ code: 'response_too_large' })
  })

  it('marks calls of custom tools, whose input is free text', () => {
    const item = { type: 'custom_tool_call', id: 'ct_1', call_id: 'call_1', name: 'sql', input: 'SELECT 1' }
    const events = read([
      added({ ...item, input: '' }),
      { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: 'SELECT 1' },
      done(item),
      completed([item]),
    ])
    expect(events.filter(({ type }) => type === 'tool-call')).toEqual([
      expect.objectContaining({ argumentsText: 'SELECT 1', opaque: { type: 'custom_tool_call' } }),
    ])
    expect(assembled(events).finishReason).toBe('tool-calls')
  })

  it('carries reasoning as it must be sent back, and shows its summary', () => {
    const item = {
      type: 'reasoning',
      id: 'rs_1',
      status: 'completed',
      encrypted_content: 'gAAA',
      summary: [{ type: 'summary_text', text: 'Thinking.' }],
    }
    const events = read([
      added({ type: 'reasoning', id: 'rs_1', summary: [] }),
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'Thinking.' },
      done(item),
      added(message(''), 1),
      delta('Hi', 1),
      done(message('Hi'), 1),
      completed([item, message('Hi')]),
    ])
    const { status: _, ...kept } = item
    const origin = { provider: 'test', model: 'some-model' }
    expect(assembled(events).message().content).toEqual([
      { type: 'reasoning', text: 'Thinking.', opaque: kept, origin },
      { type: 'text', text: 'Hi', origin },
    ])
  })

  it('keeps thoughts of one item together and those of two apart, and carries no summary that stands alone', () => {
    const item = (...texts: string[]) => ({
      type: 'reasoning',
      summary: texts.map((text) => ({ type: 'summary_text', text })),
    })
    const piece = (at: number, part: number, text: string): Event => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: at,
      summary_index: part,
      delta: text,
    })
    const events = read([
      piece(0, 0, 'a'),
      piece(0, 1, 'b'),
      done(item('a', 'b'), 0),
      piece(1, 0, 'c'),
      piece(1, 0, 'd'),
      done(item('cd'), 1),
      completed([item('a', 'b'), item('cd')]),
    ])
    const origin = { provider: 'test', model: 'some-model' }
    expect(assembled(events).message().content).toEqual([
      { type: 'reasoning', text: 'ab', origin },
      { type: 'reasoning', text: 'cd', origin },
    ])
  })

  it('takes the first piece of an item that comes before the item itself', () => {
    const { id: _, ...unnamed } = message('Hello')
    expect(
      assembled(read([delta('Hel'), added({ ...unnamed, content: [] }), delta('lo'), completed([unnamed])])).text,
    ).toBe('Hello')
  })

  it('gives out a call that only the end of the response left open', () => {
    const events = read([
      added(call('')),
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":1}' },
      completed([]),
    ])
    expect(assembled(events).toolCalls).toMatchObject([{ id: 'call_1', arguments: { a: 1 } }])
  })

  it('lets the connection go at its last event', verifies('F86'), () => {
    const decoder = format.streamDecoder(request)
    decoder.push(delta('Hi'), undefined, [])
    expect(decoder.isDone).toBe(false)
    decoder.push(completed([message('Hi')]), undefined, [])
    expect(decoder.isDone).toBe(true)
  })

  it('keeps the namespace of a call, which must go back with it', () => {
    const [event] = read([completed([call('{}', { namespace: 'refunds' })])]).slice(1)
    expect(event).toMatchObject({ type: 'tool-call', opaque: { namespace: 'refunds' } })
  })

  it('shows thoughts once that come as raw content and as a summary', () => {
    const item = {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'short' }],
      content: [{ type: 'reasoning_text', text: 'long' }],
    }
    const events = read([
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'long' },
      done(item),
      completed([item]),
    ])
    expect(assembled(events).reasoning).toBe('long')
  })

  it('carries items of the provider’s own tools, and what it does not know', () => {
    const items = [
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { type: 'something_new', id: 'x' },
    ]
    const events = read([done(items[0] as Event), { type: 'response.something.new' }, completed(items)])
    expect(events.filter(({ type }) => type === 'provider-part')).toEqual(
      items.map((data) => ({ type: 'provider-part', data })),
    )
    expect(assembled(events).finishReason).toBe('stop')
  })

  it('says where in the text a source is cited, once', () => {
    const annotation = { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 1, end_index: 3 }
    const item = (text: string) => ({
      ...message(text),
      content: [{ type: 'output_text', text, annotations: [annotation] }],
    })
    const events = read([
      delta('one ', 0),
      done(message('one '), 0),
      delta('two', 1),
      { type: 'response.output_text.annotation.added', output_index: 1, content_index: 0, annotation },
      done(item('two'), 1),
      completed([message('one '), item('two')]),
    ])
    expect(assembled(events).citations).toEqual([
      { url: 'https://a.example', title: 'A', start: 5, end: 7, raw: annotation },
    ])
    expect(assembled(read([completed([item('two')])])).citations).toMatchObject([{ start: 1, end: 3 }])
  })

  it('says which phase of the turn a text belongs to', () => {
    const item = message('Hm.', { phase: 'commentary' })
    const texts = read([added(item), delta('H'), delta('m.'), done(item), completed([item])])
    expect(texts.filter(({ type }) => type === 'text')).toEqual([
      { type: 'text', text: 'H', opaque: { phase: 'commentary' } },
      { type: 'text', text: 'm.' },
    ])
  })

  it('keeps messages of two phases apart, though their text runs on', () => {
    const items = [message('Hm. ', { phase: 'commentary' }), message('Yes.', { phase: 'final_answer' })]
    const streamed = read([
      delta('Hm. ', 0),
      done(items[0] as Event, 0),
      added(items[1] as Event, 1),
      delta('Yes.', 1),
      completed(items),
    ])
    for (const events of [streamed, read([completed(items)])]) {
      const answer = assembled(events)
      expect(answer.text).toBe('Hm. Yes.')
      expect(answer.message().content).toMatchObject([
        { text: 'Hm. ' },
        { text: 'Yes.', opaque: { phase: 'final_answer' } },
      ])
    }
  })

  it('gives log probabilities when they were asked for', () => {
    const logprobs = [{ token: 'Hi', logprob: -0.1 }]
    const item = { ...message('Hi'), content: [{ type: 'output_text', text: 'Hi', logprobs }] }
    expect(assembled(read([completed([item])])).logprobs).toBeUndefined()
    expect(assembled(read([completed([item])], { ...request, logprobs: true })).logprobs).toEqual(logprobs)
  })

  it('is no complete answer without its last event', verifies('F89'), () => {
    const events = read([delta('Hel'), done(message('Hello'))])
    expect(typesOf(events)).not.toContain('finish')
  })

  it.each([
    [{ type: 'response.completed', response: { status: 'completed' } }, 'stop', 'completed'],
    [{ type: 'response.completed', response: {} }, 'stop', 'completed'],
    [
      {
        type: 'response.incomplete',
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      },
      'length',
      'incomplete:max_output_tokens',
    ],
    [
      {
        type: 'response.incomplete',
        response: { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      },
      'content-filter',
      'incomplete:content_filter',
    ],
    [{ type: 'response.incomplete', response: { status: 'incomplete' } }, 'other', 'incomplete'],
    [{ type: 'response.cancelled', response: { status: 'cancelled' } }, 'error', 'cancelled'],
    [{ type: 'response.completed', response: { status: 'constructor' } }, 'other', 'constructor'],
  ])('ends by %j', (event, finishReason, raw) => {
    expect(read([event]).at(-1)).toEqual({ type: 'finish', finishReason, raw })
  })

  it('reads both forms of error events and a failed response as failures', verifies('F93', 'F94'), () => {
    const error = { code: 'server_error', message: 'Boom', param: null }
    const forms: Event[] = [
      { type: 'error', sequence_number: 3, ...error },
      { type: 'error', error: { type: 'server_error', ...error } },
      { type: 'response.failed', response: { status: 'failed', error } },
      { error },
    ]
    for (const form of forms) {
      expect(thrownBy([form]), JSON.stringify(form)).toMatchObject({ code: 'server_error' })
      expect(failures.at(-1)).toMatchObject({ body: { error }, isInBody: true, hasOutput: false })
      expect(thrownBy([delta('Hel'), form]), JSON.stringify(form)).toMatchObject({ code: 'stream_error_event' })
    }
  })

  it('refuses content that is not text', verifies('F68'), () => {
    for (const events of [[{ ...delta(''), delta: 7 }], [done(message({ a: 1 } as never))]])
      expect(thrownBy(events)).toMatchObject({ code: 'bad_response' })
  })

  it('passes over events of any other form', () => {
    const odd = [
      {},
      { type: 'response.created' },
      { type: 'response.output_item.added', item: null },
      { type: '__proto__' },
    ]
    expect(read([...odd, done(null as never), completed([null, 7, 'x'])])).toHaveLength(2)
  })
})

describe('a whole response', () => {
  it.each([[null], [[]], [{}], ['text'], [{ output: 'x' }], [{ object: 'list' }]])('%j is none', (body) => {
    expect(() => format.decodeChat(body, request)).toThrow(expect.objectContaining({ code: 'bad_response' }))
  })

  it('may be queued, with nothing said yet', () => {
    const events = format.decodeChat({ id: 'resp_1', status: 'queued', output: [] }, request)
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'other', raw: 'queued' })
  })

  it('that is complete without any output is an empty one', verifies('F67'), () => {
    const usage = { input_tokens: 7, output_tokens: 3 }
    expect(() => format.decodeChat({ status: 'completed', output: [], usage }, request)).toThrow(
      expect.objectContaining({ code: 'empty_response', usage: expect.objectContaining({ inputTokens: 7 }) }),
    )
    expect(format.decodeChat({ status: 'completed', output: [message('')] }, request)).toHaveLength(1)
  })

  it('may have failed', () => {
    const body = { status: 'failed', output: [], error: { code: 'server_error', message: 'Boom' } }
    expect(() => format.decodeChat(body, request)).toThrow(expect.objectContaining({ code: 'server_error' }))
  })

  it('counts cached and reasoning tokens as parts', verifies('F76'), () => {
    const usage = {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      output_tokens: 0,
      output_tokens_details: { reasoning_tokens: 0 },
    }
    const events = format.decodeChat({ status: 'completed', output: [message('')], usage }, request)
    expect(assembled(events).usage).toEqual({
      inputTokens: 10,
      outputTokens: 0,
      totalTokens: 10,
      input: { fresh: 5, cacheRead: 4, cacheWrite: 1 },
      output: { text: 0, reasoning: 0 },
      raw: usage,
    })
  })
})

function thrownBy(events: readonly Event[]): LlmError {
  try {
    read(events)
  } catch (error) {
    if (LlmError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function parsed(data: string): { type?: unknown; response?: unknown } | undefined {
  try {
    return JSON.parse(data)
  } catch {
    return undefined // `[DONE]`
  }
}
