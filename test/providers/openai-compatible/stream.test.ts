import { describe, expect, it } from 'vitest'
import { LlmError, policyOfError } from '../../../src/errors/llm-error.ts'
import { chatFormat } from '../../../src/providers/openai-compatible/format.ts'
import { ReasoningDetails } from '../../../src/providers/openai-compatible/reasoning-details.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import { verifies } from '../../support/verifies.ts'

const format = chatFormat({ kind: 'test' })
const request = { model: 'm', messages: [] }

type Piece = Record<string, unknown>
const delta = (piece: Piece, finish: unknown = null) => ({
  choices: [{ index: 0, delta: piece, finish_reason: finish }],
})
const call = (piece: Piece) => delta({ tool_calls: [piece] })
const finish = (word: unknown = 'stop') => delta({}, word)

interface Read {
  readonly events: ProviderEvent[]
  readonly error: LlmError | undefined
}

/** Reads chunks as a stream; `true` at the end stands for the end mark. */
function read(chunks: readonly unknown[], isDoneMarked = true, by = format): Read {
  const decoder = by.streamDecoder(request)
  const events: ProviderEvent[] = []
  try {
    for (const chunk of chunks) decoder.push(chunk, undefined, events)
    decoder.end(events, isDoneMarked)
    return { events, error: undefined }
  } catch (error) {
    if (!LlmError.isInstance(error)) throw error
    return { events, error }
  }
}

const calls = ({ events }: Read) =>
  events.flatMap((event) => (event.type === 'tool-call' ? [[event.name, event.argumentsText]] : []))
const ids = ({ events }: Read) => events.flatMap((event) => (event.type === 'tool-call' ? [event.id] : []))
const ends = ({ events }: Read) => events.filter((event) => event.type === 'finish')
const fn = (name: string | undefined, args: unknown) => ({
  function: { ...(name !== undefined && { name }), arguments: args },
})

describe('tool calls in pieces', () => {
  it.each<[string, Piece[], [string, string][]]>([
    [
      'by index, interleaved',
      [
        { index: 0, id: 'a', ...fn('f', '{"x"') },
        { index: 1, id: 'b', ...fn('g', '{"y"') },
        { index: 0, ...fn(undefined, ':1}') },
        { index: 1, ...fn(undefined, ':2}') },
      ],
      [
        ['f', '{"x":1}'],
        ['g', '{"y":2}'],
      ],
    ],
    ['by a sparse index', [{ index: 7, id: 'a', ...fn('f', '{}') }], [['f', '{}']]],
    [
      'by id, without index',
      [
        { id: 'a', ...fn('f', '{"x"') },
        { id: 'b', ...fn('g', '{') },
        { id: 'a', ...fn(undefined, ':1}') },
        { id: 'b', ...fn(undefined, '}') },
      ],
      [
        ['f', '{"x":1}'],
        ['g', '{}'],
      ],
    ],
    [
      'by nothing but their order',
      [fn('f', '{"x":1}'), fn('f', '{"x":2}'), fn('g', ''), fn(undefined, '{"y"'), fn('', ':3}')],
      [
        ['f', '{"x":1}'],
        ['f', '{"x":2}'],
        ['g', '{"y":3}'],
      ],
    ],
    [
      'all numbered 0, with ids',
      [
        { index: 0, id: 'a', ...fn('f', '{"x":1}') },
        { index: 0, id: 'b', ...fn('f', '{"x":2}') },
      ],
      [
        ['f', '{"x":1}'],
        ['f', '{"x":2}'],
      ],
    ],
    [
      'all numbered 0, without ids',
      [
        { index: 0, id: '', ...fn('f', '{"x":1}') },
        { index: 0, id: '', ...fn('f', '{"x":2}') },
      ],
      [
        ['f', '{"x":1}'],
        ['f', '{"x":2}'],
      ],
    ],
    [
      'with id and name repeated in each piece',
      [
        { index: 0, id: 'a', ...fn('f', '{"x"') },
        { index: 0, id: 'a', ...fn('f', ':1}') },
        { index: 0, id: 'a', ...fn('f', '') },
      ],
      [['f', '{"x":1}']],
    ],
    [
      'with empty ids and names in later pieces',
      [
        { index: 0, id: 'a', ...fn('f', '{"x"') },
        { index: 0, id: '', ...fn('', ':1}') },
        { index: 0, id: null, ...fn(undefined, null) },
      ],
      [['f', '{"x":1}']],
    ],
    ['with arguments that are an object', [{ index: 0, id: 'a', ...fn('f', { x: 1 }) }], [['f', '{"x":1}']]],
    [
      'with arguments that are an object, in every piece',
      [
        { index: 0, id: 'a', ...fn('f', { x: 1 }) },
        { index: 0, ...fn(undefined, { x: 1, y: 2 }) },
      ],
      [['f', '{"x":1,"y":2}']],
    ],
    ['without arguments', [{ index: 0, id: 'a', function: { name: 'f' } }], [['f', '{}']]],
    ['with empty arguments', [{ index: 0, id: 'a', ...fn('f', '') }], [['f', '{}']]],
    ['with arguments "null"', [{ index: 0, id: 'a', ...fn('f', 'null') }], [['f', 'null']]],
  ])('are joined %s', verifies('F107'), (_, pieces, expected) => {
    const answer = read([...pieces.map(call), finish('tool_calls')])
    expect(answer.error).toBeUndefined()
    expect(calls(answer)).toEqual(expected)
    expect(new Set(ids(answer)).size).toBe(expected.length)
    expect(ends(answer)).toEqual([{ type: 'finish', finishReason: 'tool-calls', raw: 'tool_calls' }])
  })

  it('keep the id they were given, late or early', () => {
    const late = read([
      call({ index: 0, ...fn('f', '{') }),
      call({ index: 0, id: 'x', ...fn(undefined, '}') }),
      finish(),
    ])
    expect(ids(late)).toEqual(['x'])
  })

  it('never share an id, since results name it', () => {
    const twins = read([
      call({ index: 0, id: 'x', ...fn('f', '{}') }),
      call({ index: 1, id: 'x', ...fn('g', '{}') }),
      finish('tool_calls'),
    ])
    const [first, second] = ids(twins)
    expect(first).toBe('x')
    expect(second).toMatch(/^call_[0-9a-f]{32}$/)
  })

  it('are shown piece by piece', () => {
    const { events } = read(
      [
        call({ index: 3, id: 'a', ...fn('f', '') }),
        call({ index: 3, ...fn(undefined, '{"x"') }),
        call({ index: 3, ...fn(undefined, '') }),
      ],
      false,
    )
    expect(events).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', argumentsText: '' },
      { type: 'tool-call-delta', index: 0, id: 'a', argumentsText: '{"x"' },
    ])
  })

  it('make a "stop" a stop for calls, and leave "length" what it is', () => {
    const whole = call({ index: 0, id: 'a', ...fn('f', '{}') })
    expect(ends(read([whole, finish('stop')]))).toMatchObject([{ finishReason: 'tool-calls', raw: 'stop' }])
    expect(ends(read([whole, finish('length')]))).toMatchObject([{ finishReason: 'length' }])
  })

  it('that are broken are told as text', () => {
    const cut = call({ index: 0, id: 'a', ...fn('f', '{"x": "The \\"') })
    expect(calls(read([cut, finish('length')], false))).toEqual([['f', '{"x": "The \\"']])
    const odd = call({ index: 0, id: 'a', ...fn('f', '{x: 1}]') })
    expect(calls(read([odd, finish('tool_calls')], false))).toEqual([['f', '{x: 1}]']])
  })

  it('that end half-way under a good finish word are a broken stream', verifies('F108'), () => {
    for (const half of ['{"city":"Os', '{"list":[1,2', '{"a":{"b":1}', '{"x":"\\'])
      for (const word of ['tool_calls', 'stop']) {
        const answer = read([call({ index: 0, id: 'a', ...fn('weather', half) }), finish(word)])
        expect(answer.error?.code).toBe('stream_protocol')
        expect(answer.error?.message).toBe(`The stream ended inside the arguments of weather: ${half}`)
        expect(calls(answer)).toEqual([])
        expect(ends(answer)).toEqual([])
      }
  })

  it('that a gateway calls complete, though their upstream cut them, come with a warning', () => {
    const chunk = {
      choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls', native_finish_reason: 'max_tokens' }],
    }
    const answer = read([call({ index: 0, id: 'a', ...fn('f', '{"x": "The') }), chunk])
    expect(calls(answer)).toEqual([['f', '{"x": "The']])
    expect(ends(answer)).toEqual([{ type: 'finish', finishReason: 'tool-calls', raw: 'tool_calls' }])
    expect(answer.events).toContainEqual(
      expect.objectContaining({ warning: expect.objectContaining({ code: 'answer-cut' }) }),
    )
  })

  it('go on where a server says its finish word in every chunk', () => {
    const answer = read([
      delta({ tool_calls: [{ index: 0, id: 'a', ...fn('f', '{"x"') }] }, 'tool_calls'),
      delta({ tool_calls: [{ index: 0, ...fn(undefined, ':1}') }] }, 'tool_calls'),
    ])
    expect(calls(answer)).toEqual([['f', '{"x":1}']])
    expect(ends(answer)).toHaveLength(1)
  })

  it('that end half-way at an end mark without a finish word are a broken stream', verifies('F108'), () => {
    const answer = read([call({ index: 0, id: 'a', ...fn('find', '{"x": "The\n') })])
    expect(answer.error?.code).toBe('stream_protocol')
    expect(answer.error?.message).toBe('The stream ended inside the arguments of find: {"x": "The\\u000a')
    expect(calls(answer)).toEqual([])
  })

  it('are not more than 128, nor have names without end', verifies('F109'), () => {
    const flood = Array.from({ length: 129 }, (_, index) => call({ index, id: `c${index}`, ...fn('f', '{}') }))
    expect(read([...flood.slice(0, 128), finish()]).error).toBeUndefined()
    expect(read(flood).error?.code).toBe('response_too_large')
    const long = call({ index: 0, id: 'a', ...fn('n'.repeat(257), '{}') })
    expect(read([long, finish()]).error?.code).toBe('response_too_large')
  })

  it('without a name are left out with a warning', () => {
    const answer = read([call({ index: 0, id: 'a', ...fn(undefined, '{"x":1}') }), delta({ content: 'hi' }), finish()])
    expect(calls(answer)).toEqual([])
    expect(ends(answer)).toMatchObject([{ finishReason: 'stop' }])
    expect(answer.events).toContainEqual(expect.objectContaining({ type: 'warning' }))
  })

  it('keep what their service wants back with them', () => {
    const signed = { google: { thought_signature: 'sig' } }
    const { events } = read([call({ index: 0, id: 'a', extra_content: signed, ...fn('f', '{}') }), finish()])
    expect(events).toContainEqual(expect.objectContaining({ type: 'tool-call', opaque: { extra_content: signed } }))
  })
})

describe('the end of a stream', () => {
  it('is a finish word, told once however often it comes', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 1 }
    const answer = read([
      delta({ content: 'hi' }),
      finish('stop'),
      { ...finish('stop'), usage },
      { choices: [], usage: { ...usage, completion_tokens: 2 } },
    ])
    expect(ends(answer)).toHaveLength(1)
    const told = answer.events
      .filter((event) => event.type === 'usage')
      .map(({ usage: { outputTokens } }) => outputTokens)
    expect(told).toEqual([1, 2])
  })

  it('does not need the end mark', verifies('F84'), () => {
    expect(ends(read([delta({ content: 'hi' }), finish()], false))).toHaveLength(1)
  })

  it('is told before the usage, so that nobody waits for it', () => {
    const decoder = format.streamDecoder(request)
    const out: ProviderEvent[] = []
    decoder.push(finish(), undefined, out)
    expect(out).toEqual([{ type: 'finish', finishReason: 'stop', raw: 'stop' }])
  })

  it('without a finish word is unknown where the end mark came, with a warning', verifies('F92'), () => {
    for (const word of [undefined, null, '']) {
      const answer = read([delta({ content: 'hi' }, word)])
      expect(ends(answer)).toEqual([{ type: 'finish', finishReason: 'unknown' }])
      expect(answer.events).toContainEqual(
        expect.objectContaining({ warning: expect.objectContaining({ code: 'finish-missing' }) }),
      )
    }
  })

  it('is none where the connection merely closed, or where nothing was said', verifies('F88', 'F89'), () => {
    expect(ends(read([delta({ content: 'hi' })], false))).toEqual([])
    expect(read([], true).events).toEqual([])
    expect(ends(read([delta({ role: 'assistant', content: '' })], true))).toEqual([])
  })

  it.each([
    ['length', 'length'],
    ['content_filter', 'content-filter'],
    ['function_call', 'tool-calls'],
    ['eos', 'other'],
    ['constructor', 'other'],
    ['__proto__', 'other'],
  ])('keeps the word %s and calls it %s', (word, finishReason) => {
    expect(ends(read([delta({ content: 'hi' }), finish(word)]))).toEqual([{ type: 'finish', finishReason, raw: word }])
  })
})

describe('content', () => {
  it('is read where there is any', verifies('F83'), () => {
    const { events } = read(
      [
        { id: '', model: '', choices: [], prompt_filter_results: [] },
        { id: 'chatcmpl-1', model: 'gpt-x', choices: [] },
        delta({ role: 'assistant', content: null }),
        delta({ content: '' }),
        { choices: null },
        { choices: [null] },
        { choices: [{ index: 0, delta: null, finish_reason: null }] },
        {},
        delta({ content: 'hi' }),
      ],
      false,
    )
    expect(events).toEqual([
      { type: 'start', id: 'chatcmpl-1', model: 'gpt-x' },
      { type: 'text', text: 'hi' },
    ])
  })

  it('of other candidates is none of the answer', () => {
    const other = { choices: [{ index: 1, delta: { content: 'other' }, finish_reason: 'stop' }] }
    const both = { choices: [other.choices[0], { index: 0, delta: { content: 'hi' }, finish_reason: null }] }
    const answer = read([other, both, finish()])
    expect(answer.events.filter(({ type }) => type === 'text')).toEqual([{ type: 'text', text: 'hi' }])
    expect(ends(answer)).toHaveLength(1)
  })

  it.each([
    [{ reasoning_content: 'Hm' }],
    [{ reasoning: 'Hm' }],
    [{ reasoning: 'Hm', reasoning_content: 'Hm' }],
    [{ reasoning: null, reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm' }] }],
    [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }],
    [{ content: [{ type: 'thinking', thinking: 'Hm' }] }],
  ])('finds the reasoning of %j', (piece) => {
    expect(read([delta(piece)], false).events).toEqual([{ type: 'reasoning', text: 'Hm' }])
  })

  it('may be a list of parts', () => {
    const parts = [{ type: 'text', text: 'a' }, { type: 'reference' }, { type: 'text', text: 'b' }]
    expect(read([delta({ content: parts })], false).events).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ])
  })

  it.each([[42], [true], [{ text: 'hi' }], [['hi']], [[null]]])(
    'that is %j is refused for good',
    verifies('F68'),
    (content) => {
      const { error } = read([delta({ content })])
      expect(error?.code).toBe('bad_response')
      expect(policyOfError(error as LlmError)).toMatchObject({ retries: 0, countsForBreaker: true, next: 'yes' })
    },
  )

  it('includes refusals, citations and log probabilities', () => {
    const annotation = {
      type: 'url_citation',
      url_citation: { url: 'https://a.test', title: 'A', start_index: 1, end_index: 4, content: 'words' },
    }
    const logprobs = { content: [{ token: 'h', logprob: -0.1 }], refusal: null }
    const { events } = read(
      [
        delta({ refusal: 'No.' }),
        delta({ annotations: [annotation, { type: 'file' }, null] }),
        { choices: [{ index: 0, delta: { content: 'h' }, logprobs }] },
        { choices: [{ index: 0, delta: {}, logprobs: { content: [] } }] },
      ],
      false,
    )
    expect(events).toEqual([
      { type: 'refusal', text: 'No.' },
      {
        type: 'citation',
        citation: { url: 'https://a.test', title: 'A', quote: 'words', start: 1, end: 4, raw: annotation },
      },
      { type: 'text', text: 'h' },
      { type: 'logprobs', logprobs: logprobs.content },
    ])
  })

  it('keeps reasoning details for the service that wants them back, joined', () => {
    const openrouter = chatFormat({ kind: 'openrouter', details: () => new ReasoningDetails() })
    const piece = (details: Piece) => delta({ reasoning_details: [details] })
    const { events } = read(
      [
        piece({ type: 'reasoning.text', text: 'One', index: 0, format: null }),
        piece({ type: 'reasoning.text', text: ' two', index: 0, format: 'x' }),
        piece({ type: 'reasoning.text', signature: 'sig', index: 0 }),
        piece({ type: 'reasoning.encrypted', data: 'AAA', id: 'r1', index: 0 }),
        piece({ type: 'reasoning.encrypted', data: 'BBB', id: 'r2', index: 0 }),
        finish(),
      ],
      true,
      openrouter,
    )
    expect(events).toEqual([
      { type: 'reasoning', text: 'One' },
      { type: 'reasoning', text: ' two' },
      {
        type: 'reasoning',
        text: '',
        opaque: {
          reasoning_details: [
            { type: 'reasoning.text', text: 'One two', index: 0, format: 'x', signature: 'sig' },
            { type: 'reasoning.encrypted', data: 'AAA', id: 'r1', index: 0 },
            { type: 'reasoning.encrypted', data: 'BBB', id: 'r2', index: 0 },
          ],
        },
      },
      { type: 'finish', finishReason: 'stop', raw: 'stop' },
    ])
  })

  it('does not reach prototypes', verifies('F77'), () => {
    const evil =
      '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"reasoning_details":[{"type":"a","__proto__":{"polluted":1}},{"type":"a","__proto__":{"polluted":1}}],"content":"hi"},"finish_reason":"stop"}],"usage":{"__proto__":{"polluted":1}}}'
    const openrouter = chatFormat({ kind: 'openrouter', details: () => new ReasoningDetails() })
    read([JSON.parse(evil)], true, openrouter)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('a failure inside a stream', () => {
  const errorOf = (error: unknown, isAfterText = false) =>
    read([...(isAfterText ? [delta({ content: 'Hel' })] : []), { error }]).error

  it.each([
    [{ type: 'server_error', message: 'The server had an error' }, 'server_error'],
    [{ code: 'rate_limit_exceeded', message: 'slow down' }, 'rate_limited'],
    [{ code: '429', message: 'Rate limit reached' }, 'rate_limited'],
    [{ code: 429, message: 'x' }, 'rate_limited'],
    [{ code: 502, message: 'x' }, 'server_error'],
    [{ type: 'insufficient_quota', code: null, message: 'x' }, 'quota_exhausted'],
    [{ code: 'context_length_exceeded' }, 'context_length_exceeded'],
    [{ type: 'BadRequestError', code: 400, message: 'maximum context length is 10' }, 'context_length_exceeded'],
    [{ type: 'overloaded_error' }, 'overloaded'],
    [{ code: 'content_filter' }, 'content_filtered'],
    [{ message: 'The model has crashed' }, 'stream_error_event'],
    ['The model has crashed', 'stream_error_event'],
    [{}, 'stream_error_event'],
    [{ code: { deep: 1 }, type: ['x'] }, 'stream_error_event'],
    [true, 'stream_error_event'],
  ])('%j at the start is %s', verifies('F93'), (error, code) => expect(errorOf(error)?.code).toBe(code))

  it.each([
    [{ type: 'server_error' }, 'stream_error_event'],
    [{ code: 502 }, 'stream_error_event'],
    [{ message: 'crashed' }, 'stream_error_event'],
    [{ code: 'rate_limit_exceeded' }, 'rate_limited'],
    [{ type: 'overloaded_error' }, 'overloaded'],
  ])('%j after text is %s', verifies('F94'), (error, code) => expect(errorOf(error, true)?.code).toBe(code))

  it('is known by the name of its event, and in its flat form', verifies('F94'), () => {
    const decoder = format.streamDecoder(request)
    expect(() => decoder.push({ message: 'gone', type: 'server_error' }, 'error', [])).toThrow('gone')
    expect(read([{ object: 'error', message: 'gone', code: 400 }]).error?.code).toBe('bad_request')
  })

  it('is one after usage and text were handed out', () => {
    const { events, error } = read([
      { ...delta({ content: 'Hel' }), usage: { prompt_tokens: 1 }, error: { code: 502, message: 'gone' } },
    ])
    expect(events.map(({ type }) => type)).toEqual(['text', 'usage'])
    expect(error?.code).toBe('stream_error_event')
  })

  it.each([
    ['error', false, 'server_error'],
    ['error', true, 'stream_error_event'],
    ['insufficient_system_resource', true, 'overloaded'],
  ])('may be the finish word %s (after text: %s)', verifies('F94'), (word, isAfterText, code) => {
    expect(read([...(isAfterText ? [delta({ content: 'a' })] : []), finish(word)]).error?.code).toBe(code)
  })
})
