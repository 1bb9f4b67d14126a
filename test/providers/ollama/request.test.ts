import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { encodeChat, type OllamaService } from '../../../src/providers/ollama/request.ts'
import { ollama } from '../../../src/providers/ollama.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import type { Message } from '../../../src/types/message.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { arbitraryRequest } from '../../support/arbitrary-request.ts'
import { fakeHttp } from '../../support/fake-http.ts'
import { fc } from '../../support/property.ts'
import { ollamaRequest } from '../../support/schemas/ollama.ts'
import { verifies } from '../../support/verifies.ts'

const service: OllamaService = { provider: 'ollama', name: 'gpu' }
const own = { provider: 'ollama', model: 'qwen3:4b' }

function encode(request: Partial<ProviderChatRequest>, changed: Partial<OllamaService> = {}) {
  const complete: ProviderChatRequest = {
    model: 'qwen3:4b',
    messages: [{ role: 'user', content: 'Say hi.' }],
    ...request,
  }
  const { body, warnings = [], path } = encodeChat({ ...service, ...changed }, complete, false)
  return { body: body as JsonObject & { messages: JsonObject[] }, codes: warnings.map(({ code }) => code), path }
}

const messages = (...given: Message[]) => encode({ messages: given }).body.messages

describe('a request to Ollama', () => {
  it('asks that a long prompt be refused rather than cut', verifies('F31'), () => {
    expect(encode({})).toEqual({
      path: '/api/chat',
      body: {
        model: 'qwen3:4b',
        messages: [{ role: 'user', content: 'Say hi.' }],
        truncate: false,
        stream: false,
      },
      codes: [],
    })
  })

  it('keeps system messages in place, and sends pictures as bytes and documents as text', () => {
    expect(
      messages(
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look:' },
            { type: 'image', data: Uint8Array.of(1, 2), mediaType: 'image/png' },
            { type: 'file', data: 'aGVsbG8=', mediaType: 'text/plain' },
          ],
        },
      ),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look:\nhello', images: ['AQI='] },
    ])
  })

  it('refuses what it could only leave out, so that another provider can be asked', () => {
    const refused = expect.objectContaining({ code: 'request_invalid' })
    const user = (part: object) => () => messages({ role: 'user', content: [part as never] })
    expect(user({ type: 'image', url: 'https://example.com/a.png' })).toThrow(refused)
    expect(user({ type: 'file', data: 'JVBERi0=', filename: 'a.pdf' })).toThrow(refused)
    expect(user({ type: 'file', fileId: 'file-1' })).toThrow(refused)
  })

  it('sends calls with their arguments as objects, results by name and id, and its own thoughts', () => {
    const elsewhere = { provider: 'anthropic', model: 'claude-opus-5' }
    const { body, codes } = encode({
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.', origin: own },
            { type: 'reasoning', text: 'foreign', origin: elsewhere },
            { type: 'text', text: 'I look.' },
            { type: 'tool-call', id: 'a', name: 'weather', argumentsText: '{"city": "Rome"}' },
            { type: 'tool-call', id: 'b', name: 'now', argumentsText: 'broken {' },
          ],
        },
        { role: 'tool', toolCallId: 'a', content: '21 degrees' },
        { role: 'tool', toolCallId: 'b', content: { at: 1 } },
      ],
    })
    expect(body.messages).toEqual([
      {
        role: 'assistant',
        content: 'I look.',
        thinking: 'Hm.',
        tool_calls: [
          { id: 'a', function: { name: 'weather', arguments: { city: 'Rome' } } },
          { id: 'b', function: { name: 'now', arguments: { argumentsText: 'broken {' } } },
        ],
      },
      { role: 'tool', content: '21 degrees', tool_name: 'weather', tool_call_id: 'a' },
      { role: 'tool', content: '{"at":1}', tool_name: 'now', tool_call_id: 'b' },
    ])
    expect(codes).toEqual(['part-dropped'])
  })

  it('puts settings among the runner’s options, over those of the provider', () => {
    const { body } = encode(
      {
        maxTokens: 5,
        temperature: 0,
        topP: 0.5,
        topK: 3,
        seed: 1,
        stop: ['END'],
        presencePenalty: 1,
        frequencyPenalty: 2,
      },
      { options: { num_ctx: 32_768, temperature: 1 }, keepAlive: '10m' },
    )
    expect(body.options).toEqual({
      num_ctx: 32_768,
      num_predict: 5,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      seed: 1,
      stop: ['END'],
      presence_penalty: 1,
      frequency_penalty: 2,
    })
    expect(body.keep_alive).toBe('10m')
  })

  it('holds the answer to a schema, or to JSON', () => {
    expect(encode({ schema: z.object({ city: z.string() }) }).body.format).toMatchObject({ required: ['city'] })
    expect(encode({ responseFormat: 'json' }).body.format).toBe('json')
    expect(encode({}).body).not.toHaveProperty('format')
  })

  it.each([
    ['qwen3:4b', { effort: 'none' }, false],
    ['qwen3:4b', { effort: 'max' }, true],
    ['qwen3:4b', { summary: true }, true],
    ['gpt-oss:20b', { effort: 'minimal' }, 'low'],
    ['gpt-oss:20b', { effort: 'medium' }, 'medium'],
    ['gpt-oss:20b', { effort: 'xhigh' }, 'high'],
    ['gpt-oss:20b', { effort: 'none' }, false],
    ['hf.co/openai/gpt-oss:20b', { effort: 'low' }, 'low'],
    ['qwen3:4b', {}, undefined],
  ] as const)('has %s think by %j as %s', (model, reasoning, think) => {
    expect(encode({ model, reasoning }).body.think).toBe(think)
  })

  it('leaves out what there is no word for, and says so', () => {
    const tools = [{ name: 'now' }]
    const told = encode({ tools, parallelToolCalls: true, serviceTier: 'flex', cacheKey: 'k', user: 'u' })
    expect(told.codes).toEqual(Array.from({ length: 4 }, () => 'parameter-dropped'))
    expect(encode({ tools, toolChoice: 'auto' }).codes).toEqual([])
    expect(encode({ tools, toolChoice: 'required' }).codes).toEqual(['parameter-dropped'])
    expect(encode({ tools, toolChoice: { tool: 'now' } }).codes).toEqual(['parameter-dropped'])
    expect(encode({ tools, toolChoice: 'none' }).body).not.toHaveProperty('tools')
    expect(encode({ reasoning: { maxTokens: 9 } })).toMatchObject({
      body: { think: true },
      codes: ['parameter-dropped'],
    })
  })

  it('lets the caller lay fields over the body, by the name of the provider or of the service', () => {
    const { body } = encode({
      maxTokens: 5,
      providerOptions: { ollama: { options: { num_ctx: 9 } }, gpu: { truncate: true }, other: { stream: 7 } },
    })
    expect(body).toMatchObject({ options: { num_predict: 5, num_ctx: 9 }, truncate: true, stream: false })
  })

  it('is what the server documents, whatever is asked of it', () => {
    const requests = arbitraryRequest({
      models: ['qwen3:4b', 'gpt-oss:20b'],
      provider: 'ollama',
      opaque: {},
      data: { type: 'none' },
    })
    fc.assert(
      fc.property(requests, fc.boolean(), (request, isStream) => {
        ollamaRequest.parse(encodeOrSkip(request, isStream).body)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the provider', () => {
  it('needs no key and answers through its own API', verifies('C1'), async () => {
    const { context, requests } = fakeHttp({ body: { message: { content: 'Hi' }, done: true, done_reason: 'stop' } })
    const provider = ollama({ model: 'qwen3:4b', options: { num_ctx: 8_192 } })
    expect(provider).toMatchObject({ name: 'ollama', kind: 'ollama', endpoint: 'http://localhost:11434' })
    expect(provider.contextWindow?.('qwen3:4b')).toBe(8_192)
    await provider.chat({ model: 'qwen3:4b', messages: [{ role: 'user', content: 'Hi' }] }, context)
    expect(requests[0]).toMatchObject({
      url: 'http://localhost:11434/api/chat',
      json: { options: { num_ctx: 8_192 }, stream: false },
    })
    expect(requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('sends a key where there is one, and refuses options it does not know', async () => {
    const { context, requests } = fakeHttp({ body: { models: [] } })
    await ollama({ model: 'm', apiKey: 'sk-test-12345678' }).models?.(context)
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: 'http://localhost:11434/api/tags',
      headers: { authorization: 'Bearer sk-test-12345678' },
    })
    expect(() => ollama({ model: 'm', keepalive: 5 } as never)).toThrow("did you mean 'keepAlive'?")
    expect(() => ollama({ model: 'm', keepAlive: true as never })).toThrow('keepAlive')
  })
})

/** Pictures by URL and the like are refused, as they should be. */
function encodeOrSkip(request: ProviderChatRequest, isStream: boolean) {
  try {
    return encodeChat(service, request, isStream)
  } catch (error) {
    fc.pre(!(LlmError.isInstance(error) && error.code === 'request_invalid'))
    throw error
  }
}
