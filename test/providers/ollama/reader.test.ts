import { describe, expect, it } from 'vitest'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { ollamaFormat } from '../../../src/providers/ollama/format.ts'
import { decodeError } from '../../../src/providers/ollama/reader.ts'
import type { ErrorCode } from '../../../src/types/error-code.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { assembled } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'

const format = ollamaFormat({ provider: 'ollama', name: 'ollama' })
const request: ProviderChatRequest = { model: 'qwen3:4b', messages: [] }
const headers = { get: () => null }

function read(...lines: unknown[]): ProviderEvent[] {
  const decoder = format.streamDecoder(request)
  const out: ProviderEvent[] = []
  for (const line of lines) decoder.push(line, undefined, out)
  decoder.end(out, false)
  return out
}

const line = (message: object, more: object = {}) => ({ model: 'qwen3:4b', message, done: false, ...more })
const last = (more: object = {}) =>
  line({ role: 'assistant', content: '' }, { done: true, done_reason: 'stop', ...more })

describe('the lines of an answer', () => {
  it('are thoughts, text and calls, in this order', verifies('C1'), () => {
    const events = read(
      line({ content: '', thinking: 'Hm' }),
      line({ content: 'Hi', thinking: '.' }),
      line({ content: '', tool_calls: [{ id: 'call_a', function: { name: 'now', arguments: { zone: 'UTC' } } }] }),
      last({ prompt_eval_count: 10, eval_count: 0, total_duration: 7 }),
    )
    expect(events).toEqual([
      { type: 'start', model: 'qwen3:4b' },
      { type: 'reasoning', text: 'Hm' },
      { type: 'reasoning', text: '.' },
      { type: 'text', text: 'Hi' },
      { type: 'tool-call', index: 0, id: 'call_a', name: 'now', argumentsText: '{"zone":"UTC"}' },
      {
        type: 'usage',
        usage: {
          inputTokens: 10,
          outputTokens: 0,
          totalTokens: 10,
          input: { fresh: 10 },
          output: { text: 0 },
          raw: { prompt_eval_count: 10, eval_count: 0 },
        },
      },
      { type: 'finish', finishReason: 'tool-calls', raw: 'stop' },
    ])
  })

  it('leave out a count that was not reported: the prompt was cached', verifies('F75'), () => {
    const { usage } = assembled(read(last({ eval_count: 3 })))
    expect(usage).toMatchObject({ outputTokens: 3 })
    expect(usage?.inputTokens).toBeUndefined()
    expect(assembled(read(last())).usage).toBeUndefined()
  })

  it('give calls ids where the server gave none or repeated one', () => {
    const called = (id?: string) => ({ ...(id && { id }), function: { name: 'now', arguments: {} } })
    const events = read(line({ tool_calls: [called(), called(), called('a'), called('a')] }), last())
    const ids = events.filter((event) => event.type === 'tool-call').map(({ id }) => id)
    expect(new Set(ids).size).toBe(4)
    expect(ids[2]).toBe('a')
    expect(ids[0]).toMatch(/^call_[0-9a-f]{32}$/)
  })

  it.each([
    [{ arguments: { a: 1 } }, '{"a":1}'],
    [{ arguments: '{"a": 1}' }, '{"a": 1}'],
    [{ arguments: '' }, '{}'],
    [{ arguments: null }, '{}'],
    [{}, '{}'],
  ])('hold arguments as %j', (given, argumentsText) => {
    const [event] = read(line({ tool_calls: [{ function: { name: 'now', ...given } }] }), last()).slice(1)
    expect(event).toMatchObject({ type: 'tool-call', argumentsText })
  })

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['load', 'other'],
    ['unload', 'other'],
    ['__proto__', 'other'],
    [undefined, 'unknown'],
  ])('end by the word %s as %s', (done_reason, finishReason) => {
    expect(read(last({ done_reason })).at(-1)).toMatchObject({ type: 'finish', finishReason })
  })

  it('end as cut short though there are calls', () => {
    const tool_calls = [{ function: { name: 'now', arguments: {} } }]
    expect(read(line({ tool_calls }), last({ done_reason: 'length' })).at(-1)).toMatchObject({ finishReason: 'length' })
  })

  it('are no complete answer without the last one', verifies('F89'), () => {
    expect(read(line({ content: 'Hel' })).some(({ type }) => type === 'finish')).toBe(false)
  })

  it('let the connection go at the last one', verifies('F86'), () => {
    const decoder = format.streamDecoder(request)
    decoder.push(line({ content: 'Hi' }), undefined, [])
    expect(decoder.isDone).toBe(false)
    decoder.push(last(), undefined, [])
    expect(decoder.isDone).toBe(true)
  })

  it('may say in the middle that the answer failed', verifies('F93', 'F94'), () => {
    const failed = { error: 'an error was encountered while running the model' }
    expect(thrownBy(() => read(failed))).toMatchObject({ code: 'server_error', status: 200 })
    expect(thrownBy(() => read(line({ content: 'Hel' }), failed))).toMatchObject({ code: 'stream_error_event' })
    expect(thrownBy(() => read({ error: 'model "nope" not found, try pulling it first' }))).toMatchObject({
      code: 'model_not_found',
    })
  })

  it('hold nothing but text', verifies('F68'), () => {
    expect(thrownBy(() => read(line({ content: 7 })))).toMatchObject({ code: 'bad_response' })
    expect(thrownBy(() => read(line({ thinking: {} })))).toMatchObject({ code: 'bad_response' })
  })

  it('hold a bounded number of calls', verifies('F109'), () => {
    const tool_calls = Array.from({ length: 129 }, () => ({ function: { name: 'now', arguments: {} } }))
    expect(thrownBy(() => read(line({ tool_calls })))).toMatchObject({ code: 'response_too_large' })
  })

  it('may be of any other form without harm', () => {
    expect(read([], {}, line({}), line({ tool_calls: [null, 7], logprobs: [] }), { message: null })).toEqual([
      { type: 'start', model: 'qwen3:4b' },
    ])
  })
})

describe('a whole answer', () => {
  it('is read like its lines', () => {
    const events = format.decodeChat(last({ message: { content: 'Hi', thinking: 'Hm' }, eval_count: 1 }), request)
    expect(assembled(events)).toMatchObject({ text: 'Hi', reasoning: 'Hm', finishReason: 'stop' })
    const { done: _, ...unmarked } = last({ message: { content: 'Hi' } })
    expect(assembled(format.decodeChat(unmarked, request)).finishReason).toBe('stop')
  })

  it('without any content is an empty one', verifies('F67'), () => {
    const empty = last({ message: { content: null }, prompt_eval_count: 7, eval_count: 3 })
    const { code, usage } = thrownBy(() => format.decodeChat(empty, request))
    expect([code, usage?.inputTokens, usage?.outputTokens]).toEqual(['empty_response', 7, 3])
    expect(format.decodeChat(last(), request)).toHaveLength(2)
  })

  it.each([[null], [[]], [{}], ['text'], [{ message: 'text' }]])('is not %j', verifies('F66'), (body) => {
    expect(thrownBy(() => format.decodeChat(body, request)).code).toBe('bad_response')
  })
})

describe('a failed answer', () => {
  it.each<[number, unknown, ErrorCode]>([
    [400, { error: 'registry.ollama.ai/library/gemma:2b does not support tools' }, 'bad_request'],
    [400, { error: 'the input length exceeds the context length' }, 'context_length_exceeded'],
    [500, { error: 'input exceeds maximum context length' }, 'context_length_exceeded'],
    [401, { error: 'unauthorized' }, 'auth_failed'],
    [404, { error: "model 'nope' not found" }, 'model_not_found'],
    [404, '404 page not found', 'model_not_found'],
    [429, { error: 'too many concurrent requests' }, 'rate_limited'],
    [429, { error: "you've reached your hourly usage limit" }, 'quota_exhausted'],
    [500, { error: 'model requires more system memory (7.0 GiB) than is available' }, 'server_error'],
    [500, { error: { message: 'llama runner process has terminated' } }, 'server_error'],
    [503, { error: 'server busy, please try again.  maximum pending requests exceeded' }, 'overloaded'],
    [500, { error: 'the usage limit of the runner is wrong' }, 'server_error'],
    [503, { error: 'not now' }, 'overloaded'],
    [502, '<html>Bad gateway</html>', 'server_error'],
    [500, null, 'server_error'],
  ])('%i %j is %s', (status, body, code) => {
    const error = decodeError({ status, headers, body, isInBody: false })
    expect(error).toMatchObject({ code, status })
    expect(error.message).not.toContain('<')
  })

  it('keeps the words of the server', () => {
    const words = (body: unknown) => decodeError({ status: 500, headers, body, isInBody: false }).message
    expect(words({ error: 'runner died' })).toContain('runner died')
    expect(words({ error: { message: 'runner died' } })).toContain('runner died')
  })
})

describe('embeddings and models', () => {
  const asked = { model: 'all-minilm', input: ['a', 'b'] }

  it('gives one vector for each text', verifies('C1'), () => {
    expect(format.encodeEmbed?.({ ...asked, dimensions: 2 })).toEqual({
      path: '/api/embed',
      body: { model: 'all-minilm', input: ['a', 'b'], truncate: false, dimensions: 2 },
    })
    const body = {
      model: 'all-minilm',
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      prompt_eval_count: 4,
    }
    expect(format.decodeEmbed?.(body, asked)).toMatchObject({
      vectors: [
        [1, 2],
        [3, 4],
      ],
      model: 'all-minilm',
      usage: { inputTokens: 4, raw: { prompt_eval_count: 4 } },
    })
  })

  it.each([[{}], [{ embeddings: [[1]] }], [{ embeddings: [[1], ['x']] }], [{ embeddings: [[1], []] }]])(
    'refuses %j for two texts',
    (body) => {
      expect(thrownBy(() => format.decodeEmbed?.(body, asked)).code).toBe('bad_response')
    },
  )

  it('needs a model to embed with', () => {
    expect(thrownBy(() => format.encodeEmbed?.({ input: ['a'] }))).toMatchObject({
      code: 'request_invalid',
      path: 'model',
    })
  })

  it('tells what models can do, or guesses it from their names', () => {
    const models = [
      { model: 'all-minilm:latest', details: { family: 'bert' } },
      { name: 'qwen3:4b', details: { families: ['qwen3'] } },
      { model: 'gemma4', capabilities: ['completion', 'vision', 'tools', 'thinking', 'audio', 'constructor'] },
    ]
    const listed = format.decodeModels?.({ models }, 'ollama').models ?? []
    expect(listed.map(({ id, capabilities, isGuessed }) => [id, capabilities, isGuessed])).toEqual([
      ['all-minilm:latest', ['embed'], true],
      ['qwen3:4b', ['chat'], true],
      ['gemma4', ['chat', 'vision', 'tools', 'reasoning'], undefined],
    ])
    expect(format.decodeModels?.({ models: null }, 'ollama').models).toEqual([])
  })
})

function thrownBy(action: () => unknown): LlmError {
  try {
    action()
  } catch (error) {
    if (LlmError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
