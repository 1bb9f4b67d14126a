import { describe, expect, test } from 'vitest'
import { claudeFormat } from '../../../src/providers/anthropic/format.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { assembled, eventsOfCase } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'
import { wireCases } from '../../support/wire-corpus.ts'

const format = claudeFormat({ provider: 'anthropic', name: 'anthropic' })
const request: ProviderChatRequest = { model: 'claude-sonnet-5', messages: [{ role: 'user', content: 'hi' }] }
const usage = { input_tokens: 10, cache_read_input_tokens: 4, cache_creation_input_tokens: 2, output_tokens: 1 }
const start = { type: 'message_start', message: { id: 'msg_1', model: 'claude-sonnet-5', content: [], usage } }
const stop = (reason: string, more = {}) => ({ type: 'message_delta', delta: { stop_reason: reason, ...more } })
const begin = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, type: string, more: object) => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...more },
})
const end = (index: number) => ({ type: 'content_block_stop', index })
const done = { type: 'message_stop' }

function stream(payloads: readonly unknown[], asked = request): ProviderEvent[] {
  const decoder = format.streamDecoder(asked)
  const out: ProviderEvent[] = []
  for (const payload of payloads) if (!decoder.isDone) decoder.push(payload, undefined, out)
  decoder.end(out, false)
  return out
}

const read = (...payloads: readonly unknown[]) => assembled(stream(payloads))
const whole = (body: unknown, asked = request) => assembled(format.decodeChat(body, asked))

describe('calls', () => {
  test('pieces of two calls are kept apart by their index', verifies('F107'), () => {
    const events = stream([
      start,
      begin(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      begin(1, { type: 'tool_use', id: 'b', name: 'g', input: {} }),
      delta(0, 'input_json_delta', { partial_json: '{"x"' }),
      delta(1, 'input_json_delta', { partial_json: '{"y":' }),
      delta(0, 'input_json_delta', { partial_json: ':1}' }),
      delta(1, 'input_json_delta', { partial_json: '2}' }),
      end(1),
      end(0),
      stop('tool_use'),
      done,
    ])
    const answer = assembled(events)
    expect(answer.toolCalls.map(({ id, argumentsText }) => [id, argumentsText])).toEqual([
      ['b', '{"y":2}'],
      ['a', '{"x":1}'],
    ])
    expect(answer.finishReason).toBe('tool-calls')
    const pieces = events.filter((event) => event.type === 'tool-call-delta' && event.index === 1)
    expect(pieces.map((piece) => piece.type === 'tool-call-delta' && [piece.id, piece.argumentsText])).toEqual([
      ['b', ''],
      [undefined, '{"y":'],
      [undefined, '2}'],
    ])
  })

  test('a call without arguments has none, however that is said', () => {
    const ways = [[''], [], ['{}'], [' ']]
    for (const pieces of ways) {
      const { toolCalls } = read(
        start,
        begin(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
        ...pieces.map((partial_json) => delta(0, 'input_json_delta', { partial_json })),
        end(0),
        stop('tool_use'),
        done,
      )
      expect(toolCalls.map((call) => [call.argumentsText, { ...call.arguments }])).toEqual([['{}', {}]])
    }
    expect(
      whole({ id: 'm', content: [{ type: 'tool_use', id: 'a', name: 'f' }], stop_reason: 'tool_use' }).toolCalls,
    ).toMatchObject([{ argumentsText: '{}' }])
  })

  test('broken arguments are a result to report, not a crash', () => {
    const { toolCalls, finishReason } = read(
      start,
      begin(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      delta(0, 'input_json_delta', { partial_json: '{"x":' }),
      stop('max_tokens'),
    )
    expect(toolCalls).toMatchObject([{ id: 'a', arguments: undefined, argumentsText: '{"x":' }])
    expect(finishReason).toBe('length')
  })

  test('keys of arguments reach no prototype', verifies('F77'), () => {
    const input = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}')
    const { toolCalls } = whole({ id: 'm', content: [{ type: 'tool_use', id: 'a', name: 'f', input }] })
    expect(Object.keys(toolCalls[0]?.arguments ?? {})).toEqual(['__proto__', 'constructor'])
    read(start, begin(0, { type: 'thing' }), delta(0, 'thing_delta', input), end(0), stop('end_turn'))
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('the end', () => {
  test('a stream without its finish word has none', () => {
    const events = stream([start, begin(0, { type: 'text', text: '' }), delta(0, 'text_delta', { text: 'a' }), end(0)])
    expect(events.some(({ type }) => type === 'finish')).toBe(false)
    expect(assembled(events).usage).toMatchObject({
      inputTokens: 16,
      input: { fresh: 10, cacheRead: 4, cacheWrite: 2 },
    })
    expect(assembled(events).usage?.outputTokens).toBeUndefined()
  })

  test('the stop reason completes it, the stop mark lets the connection go', () => {
    const decoder = format.streamDecoder(request)
    decoder.push(stop('end_turn'), undefined, [])
    expect(decoder.isDone).toBe(false)
    decoder.push(done, undefined, [])
    expect(decoder.isDone).toBe(true)
    expect(read(start, stop('end_turn')).finishReason).toBe('stop')
  })

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'stop'],
    ['pause_turn', 'other'],
    ['refusal', 'content-filter'],
    ['constructor', 'other'],
  ])('%s is %s', (raw, expected) => {
    expect(read(start, stop(raw), done)).toMatchObject({ finishReason: expected, finishReasonRaw: raw })
    expect(whole({ id: 'm', content: [], stop_reason: raw })).toMatchObject({ finishReason: expected })
  })

  test('a refusal says why', () => {
    const stop_details = { category: 'cyber', explanation: 'Not this.' }
    const answer = read(start, stop('refusal', { stop_details }), done)
    expect(answer.warnings).toEqual([{ code: 'refusal-details', message: 'cyber: Not this.' }])
  })

  test('a whole answer without a stop reason is whole, and says so', () => {
    expect(whole({ id: 'm', content: [{ type: 'text', text: 'a' }], stop_reason: null })).toMatchObject({
      finishReason: 'unknown',
      text: 'a',
    })
  })
})

describe('usage', () => {
  test('later numbers replace earlier ones, field by field', () => {
    const answer = read(
      start,
      { ...stop('end_turn'), usage: { input_tokens: 12, cache_read_input_tokens: null, output_tokens: 30 } },
      done,
    )
    expect(answer.usage).toMatchObject({
      inputTokens: 18,
      outputTokens: 30,
      input: { fresh: 12, cacheRead: 4, cacheWrite: 2 },
    })
    const thoughts = { output_tokens: 9, output_tokens_details: { thinking_tokens: 5 } }
    expect(whole({ id: 'm', content: [], stop_reason: 'end_turn', usage: thoughts }).usage?.output).toEqual({
      text: 4,
      reasoning: 5,
    })
  })

  test('numbers that cannot be are left out', () => {
    const insane = { input_tokens: -5, output_tokens: 2 ** 60 }
    const answer = whole({ id: 'm', content: [], stop_reason: 'end_turn', usage: insane })
    expect([answer.usage?.inputTokens, answer.usage?.outputTokens]).toEqual([undefined, undefined])
    expect(answer.warnings.map(({ code }) => code)).toContain('usage-insane')
  })
})

describe('what only travels with the conversation', () => {
  test('unknown blocks are put together from any deltas', () => {
    const answer = read(
      start,
      begin(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      delta(0, 'input_json_delta', { partial_json: '{"query":' }),
      delta(0, 'input_json_delta', { partial_json: '"sky"}' }),
      end(0),
      begin(1, { type: 'compaction', content: null }),
      delta(1, 'compaction_delta', { content: 'The summary ' }),
      delta(1, 'compaction_delta', { content: 'so far', signature: 's' }),
      end(1),
      { type: 'ping' },
      { type: 'brand_new_event', index: 1 },
      delta(7, 'text_delta', { text: 'Blue.' }),
      delta(8, 'input_json_delta', { partial_json: 'lost' }),
      stop('end_turn'),
      done,
    )
    expect(answer.message().content).toMatchObject([
      { type: 'provider', data: { type: 'server_tool_use', input: { query: 'sky' } } },
      { type: 'provider', data: { type: 'compaction', content: 'The summary so far', signature: 's' } },
      { type: 'text', text: 'Blue.' },
    ])
  })

  test('thinking keeps its blocks and signatures apart', () => {
    const answer = read(
      start,
      begin(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, 'thinking_delta', { thinking: 'one' }),
      delta(0, 'signature_delta', { signature: 's1' }),
      end(0),
      begin(1, { type: 'redacted_thinking', data: 'xyz' }),
      end(1),
      begin(2, { type: 'thinking', thinking: '', signature: 's2' }),
      end(2),
      stop('end_turn'),
      done,
    )
    expect(answer.message().content).toMatchObject([
      { type: 'reasoning', text: 'one', opaque: { signature: 's1' } },
      { type: 'reasoning', text: '', opaque: { data: 'xyz' } },
      { type: 'reasoning', text: '', opaque: { signature: 's2' } },
    ])
  })

  test('a message that begins with everything is read like any other', () => {
    const content = [
      { type: 'code_execution_tool_result', tool_use_id: 's', content: { stdout: '' } },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
    ]
    const message = { id: 'msg_1', model: 'm', content, stop_reason: 'tool_use', usage }
    const answer = read({ type: 'message_start', message }, done)
    expect(answer.toolCalls).toMatchObject([{ id: 'a', argumentsText: '{"x":1}' }])
    expect([answer.finishReason, answer.usage?.outputTokens]).toEqual(['tool-calls', 1])
  })

  test('what was recorded goes back as it came', verifies('C1'), () => {
    const cases = wireCases(({ provider, api, response }) => {
      const content = (response.body as { content?: { type: string }[] } | undefined)?.content ?? []
      // Text blocks beside each other come back as one, and citations are for the reader.
      const isPlain = content.every((block, index) => block.type !== 'text' || content[index + 1]?.type !== 'text')
      return provider === 'anthropic' && api === 'messages' && response.status === 200 && content.length > 0 && isPlain
    })
    expect(cases.length).toBeGreaterThan(15)
    for (const one of cases) {
      const body = one.response.body as { model: string; content: { citations?: unknown; caller?: unknown }[] }
      const events = eventsOfCase(format, one)
      const message = assembled(events).message()
      const own = typeof message.content === 'string' ? [] : message.content
      const content = own.map((part) => ({ ...part, origin: { provider: 'anthropic', model: body.model } }))
      const asked = [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content },
        { role: 'user', content: 'go on' },
      ]
      const { body: sent } = format.encodeChat({ model: body.model, messages: asked as never }, false)
      const expected = body.content.map(({ citations: _, caller: __, ...block }) => block)
      const back = (sent as { messages: { content: { caller?: unknown }[] }[] }).messages[1]?.content ?? []
      expect(
        back.map(({ caller: _, ...block }) => block),
        one.id,
      ).toEqual(expected)
    }
  })
})

test('citations name their sources', () => {
  const citation = {
    type: 'web_search_result_location',
    url: 'https://e.org',
    title: 'E',
    cited_text: 'blue',
    encrypted_index: 'x',
  }
  const page = { type: 'page_location', document_title: 'D', cited_text: 'sky' }
  const { citations, text } = read(
    start,
    begin(0, { type: 'text', text: '', citations: [page] }),
    delta(0, 'citations_delta', { citation }),
    delta(0, 'text_delta', { text: 'Blue.' }),
    end(0),
    stop('end_turn'),
    done,
  )
  expect(text).toBe('Blue.')
  expect(citations).toEqual([
    { title: 'D', quote: 'sky', raw: page },
    { url: 'https://e.org', title: 'E', quote: 'blue', raw: citation },
  ])
})

describe('an answer that comes by a tool', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const asked: ProviderChatRequest = {
    ...request,
    model: 'claude-sonnet-4-20250514',
    schema,
    tools: [{ name: 'find' }],
  }
  const answerTool = { type: 'tool_use', id: 't', name: 'answer', input: {} }

  test('is text, whole and in pieces', () => {
    const body = { id: 'm', content: [{ ...answerTool, input: { a: 'b' } }], stop_reason: 'tool_use' }
    expect(whole(body, asked)).toMatchObject({ text: '{"a":"b"}', finishReason: 'stop', toolCalls: [] })
    const events = stream(
      [
        start,
        begin(0, answerTool),
        delta(0, 'input_json_delta', { partial_json: '{"a":' }),
        delta(0, 'input_json_delta', { partial_json: '"b"}' }),
        end(0),
        stop('tool_use'),
        done,
      ],
      asked,
    )
    expect(events.flatMap((event) => (event.type === 'text' ? [event.text] : []))).toEqual(['{"a":', '"b"}'])
    expect(assembled(events)).toMatchObject({ finishReason: 'stop', toolCalls: [] })
  })

  test('is no call of a tool, and calls of tools stay what they are', () => {
    const content = [{ type: 'tool_use', id: 'f', name: 'find', input: {} }]
    expect(whole({ id: 'm', content, stop_reason: 'tool_use' }, asked)).toMatchObject({
      text: '',
      finishReason: 'tool-calls',
      toolCalls: [{ name: 'find' }],
    })
  })
})

describe('what is no answer', () => {
  test.each([[null], [[]], [{}], ['text'], [5], [{ content: null }], [{ content: 'text' }], [{ content: { a: 1 } }]])(
    '%o is a bad response',
    (body) => {
      expect(() => format.decodeChat(body, request)).toThrow(expect.objectContaining({ code: 'bad_response' }))
    },
  )

  test('anything may stand in a stream', () => {
    const junk = [
      null,
      5,
      'text',
      [],
      {},
      { type: 7 },
      { type: 'message_start' },
      delta(0, 'text_delta', { text: 5 }),
      end(3),
    ]
    expect(read(...junk, stop('end_turn')).text).toBe('')
  })
})

describe('errors inside a stream', () => {
  const failed = (type: string, before: readonly unknown[] = []) => {
    try {
      stream([start, ...before, { type: 'error', error: { type, message: 'No.' }, request_id: 'req_1' }])
    } catch (error) {
      return error
    }
    return undefined
  }
  const text = [begin(0, { type: 'text', text: '' }), delta(0, 'text_delta', { text: 'a' })]

  test('keep their real code', () => {
    expect(failed('overloaded_error')).toMatchObject({ code: 'overloaded', providerRequestId: 'req_1' })
    expect(failed('api_error')).toMatchObject({ code: 'server_error' })
    expect(failed('rate_limit_error')).toMatchObject({ code: 'rate_limited' })
    expect(failed('brand_new_error')).toMatchObject({ code: 'stream_error_event' })
  })

  test('after content say that a stream broke', () => {
    expect(failed('api_error', text)).toMatchObject({ code: 'stream_error_event' })
    expect(failed('overloaded_error', text)).toMatchObject({ code: 'overloaded' })
  })

  test('of gateways are no events of the format, and errors all the same', () => {
    expect(() => stream([{ error: { message: 'upstream gone' } }])).toThrow(/upstream gone/)
    expect(() => format.decodeChat({ type: 'error', error: { type: 'overloaded_error' } }, request)).toThrow(
      expect.objectContaining({ code: 'overloaded' }),
    )
  })
})

describe('failures', () => {
  const code = (status: number, error: object, headers: Record<string, string> = {}) =>
    format.decodeError({
      status,
      headers: { get: (name) => headers[name] ?? null },
      body: { type: 'error', error },
      isInBody: false,
    })

  test.each([
    [
      400,
      { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
      'context_length_exceeded',
    ],
    [400, { type: 'invalid_request_error', message: 'Output blocked by content filtering policy' }, 'content_filtered'],
    [
      400,
      { type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' },
      'quota_exhausted',
    ],
    [
      429,
      { type: 'rate_limit_error', message: 'Extra usage is required for long context requests.' },
      'quota_exhausted',
    ],
    [409, { type: 'conflict_error', message: 'x' }, 'server_error'],
    [418, { message: 'x' }, 'bad_request'],
    [529, {}, 'overloaded'],
  ])('%i %o is %s', (status, error, expected) => {
    expect(code(status, error).code).toBe(expected)
  })

  test('the refused parameter is named', () => {
    const param = (message: string) => code(400, { type: 'invalid_request_error', message }).path
    expect(param('temperature: range: 0..1')).toBe('temperature')
    expect(param('`top_p` is deprecated for this model.')).toBe('top_p')
    expect(param('"thinking.type.enabled" is not supported for this model.')).toBe('thinking.type.enabled')
    expect(param('Your credit balance is too low')).toBeUndefined()
  })

  test('a server that says not to try again is obeyed', () => {
    const error = { type: 'api_error', message: 'x' }
    expect(code(500, error, { 'x-should-retry': 'false' }).isRetryable).toBe(false)
    expect(code(500, error, { 'x-should-retry': 'true' }).isRetryable).toBe(true)
  })

  test('bodies of any kind are read', () => {
    for (const body of [null, [], 'upstream connect error', { error: 'text' }, { error: { message: 5 } }]) {
      const error = format.decodeError({ status: 502, headers: { get: () => null }, body, isInBody: false })
      expect(error.code).toBe('server_error')
    }
  })
})
