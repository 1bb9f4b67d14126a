import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { encodeResponse, type ResponsesService } from '../../../src/providers/openai-responses/request.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import type { Message } from '../../../src/types/message.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { arbitraryRequest } from '../../support/arbitrary-request.ts'
import { fc } from '../../support/property.ts'
import { responsesRequest } from '../../support/schemas/openai-responses.ts'
import { verifies } from '../../support/verifies.ts'

const service: ResponsesService = { provider: 'openai' }
const own = { provider: 'openai', model: 'gpt-5.6' }

function encode(request: Partial<ProviderChatRequest>, changed: Partial<ResponsesService> = {}) {
  const complete: ProviderChatRequest = {
    model: 'gpt-5.6',
    messages: [{ role: 'user', content: 'Say hi.' }],
    ...request,
  }
  const { body, warnings = [], path } = encodeResponse(complete, false, { ...service, ...changed })
  return { body: body as JsonObject & { input: JsonObject[] }, codes: warnings.map(({ code }) => code), path }
}

const input = (...messages: Message[]) => encode({ messages }).body.input

describe('a request to the Responses API', () => {
  it('asks that nothing be stored and that reasoning come back encrypted', () => {
    expect(encode({})).toEqual({
      path: '/responses',
      body: {
        model: 'gpt-5.6',
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Say hi.' }] }],
        store: false,
        include: ['reasoning.encrypted_content'],
      },
      codes: [],
    })
  })

  it('does not ask models for encrypted reasoning that refuse it, and others when told', () => {
    for (const model of ['gpt-4o', 'gpt-5.3-chat-latest', 'qwen3'])
      expect(encode({ model }).body).not.toHaveProperty('include')
    for (const model of ['o4-mini', 'openai/gpt-5-nano']) expect(encode({ model }).body).toHaveProperty('include')
    expect(encode({ model: 'qwen3' }, { encryptedReasoning: ['qwen*'] }).body).toHaveProperty('include')
    expect(encode({}, { encryptedReasoning: [] }).body).not.toHaveProperty('include')
  })

  it('puts opening system messages into the instructions and later ones where they were said', () => {
    const { body } = encode({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'Now be long.' },
        { role: 'user', content: 'Go on' },
      ],
    })
    expect(body.instructions).toBe('Be brief.\n\nBe kind.')
    expect(body.input.map(({ role }) => role)).toEqual(['user', 'system', 'user'])
  })

  it('sends instructions that stand alone as input, since a request needs some', () => {
    const { body } = encode({ messages: [{ role: 'system', content: 'Write a poem.' }] })
    expect(body).not.toHaveProperty('instructions')
    expect(body.input).toEqual([{ type: 'message', role: 'system', content: 'Write a poem.' }])
  })

  it('sends pictures and files by URL, as bytes and by id', () => {
    const [message] = input({
      role: 'user',
      content: [
        { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
        { type: 'image', data: Uint8Array.of(1, 2), mediaType: 'image/png' },
        { type: 'file', url: 'https://example.com/a.pdf' },
        { type: 'file', data: 'JVBERi0=', filename: 'a.pdf' },
        { type: 'file', data: 'e30=', mediaType: 'application/json' },
        { type: 'file', fileId: 'file-1' },
      ],
    })
    expect(message?.content).toEqual([
      { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
      { type: 'input_image', image_url: 'data:image/png;base64,AQI=' },
      { type: 'input_file', file_url: 'https://example.com/a.pdf' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
      { type: 'input_file', filename: 'file.json', file_data: 'data:application/json;base64,e30=' },
      { type: 'input_file', file_id: 'file-1' },
    ])
  })

  it('refuses sound, so that another provider can be asked', () => {
    const audio: Message = { role: 'user', content: [{ type: 'file', data: 'AAAA', mediaType: 'audio/wav' }] }
    expect(() => input(audio)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it('gives each call its result by call_id, pictures in results included', () => {
    const items = input(
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.', origin: own, opaque: { phase: 'commentary' } },
          { type: 'tool-call', id: 'call_1', name: 'weather', argumentsText: '{"city": "Rome"}', origin: own },
          { type: 'tool-call', id: 'call_2', name: 'radar', arguments: {}, origin: own },
        ],
      },
      { role: 'tool', toolCallId: 'call_1', content: { celsius: 21 } },
      { role: 'tool', toolCallId: 'call_2', content: [{ type: 'image', data: 'AAAA', mediaType: 'image/png' }] },
    )
    expect(items.slice(1)).toEqual([
      { type: 'message', role: 'assistant', content: 'I look.', phase: 'commentary' },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city": "Rome"}' },
      { type: 'function_call', call_id: 'call_2', name: 'radar', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: '{"celsius":21}' },
      {
        type: 'function_call_output',
        call_id: 'call_2',
        output: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }],
      },
    ])
  })

  it('answers calls of custom tools in their own form', () => {
    const items = input(
      {
        role: 'assistant',
        content: [
          {
            type: 'tool-call',
            id: 'call_1',
            name: 'sql',
            argumentsText: 'SELECT 1',
            origin: own,
            opaque: { type: 'custom_tool_call' },
          },
        ],
      },
      { role: 'tool', toolCallId: 'call_1', content: '1' },
    )
    expect(items).toEqual([
      { type: 'custom_tool_call', call_id: 'call_1', name: 'sql', input: 'SELECT 1' },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: '1' },
    ])
  })

  it('sends its own reasoning and server items back unchanged, and leaves out what others made', verifies('C1'), () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }
    const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' }
    const elsewhere = { provider: 'anthropic', model: 'claude-opus-5' }
    const { body, codes } = encode({
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: '', origin: own, opaque: reasoning },
            { type: 'reasoning', text: 'a summary alone', origin: own },
            { type: 'provider', origin: own, data: search },
            { type: 'reasoning', text: 'foreign', origin: elsewhere, opaque: { signature: 'sig' } },
            { type: 'text', text: 'Found it.' },
          ],
        },
      ],
    })
    expect(body.input).toEqual([reasoning, search, { type: 'message', role: 'assistant', content: 'Found it.' }])
    expect(codes).toEqual(['part-dropped', 'part-dropped'])
  })

  it('names every tool flat and says whether it is strict, since the service would make it so', () => {
    const { body, codes } = encode({
      tools: [
        { name: 'plain', parameters: z.object({ a: z.string().optional() }) },
        { name: 'strict', description: 'Does it', parameters: z.object({ a: z.string().optional() }), strict: true },
        { name: 'open', parameters: { type: 'object', additionalProperties: true }, strict: true },
      ],
      toolChoice: { tool: 'plain' },
      parallelToolCalls: false,
    })
    expect(body.tools).toMatchObject([
      { type: 'function', name: 'plain', strict: false, parameters: { properties: { a: { type: 'string' } } } },
      { name: 'strict', description: 'Does it', strict: true, parameters: { required: ['a'] } },
      { name: 'open', strict: false },
    ])
    expect(body.tool_choice).toEqual({ type: 'function', name: 'plain' })
    expect(body.parallel_tool_calls).toBe(false)
    expect(codes).toEqual(['schema-not-strict'])
  })

  it('asks for an answer of a shape, strict where the shape allows it', () => {
    const schema = z.object({ city: z.string() })
    expect(encode({ schema }).body.text).toMatchObject({
      format: { type: 'json_schema', name: 'answer', strict: true, schema: { additionalProperties: false } },
    })
    const open = encode({ schema: { type: 'object' }, schemaName: 'any' })
    expect(open.body.text).toEqual({
      format: { type: 'json_schema', name: 'any', strict: false, schema: { type: 'object' } },
    })
    expect(open.codes).toEqual(['schema-not-strict'])
  })

  it('speaks of JSON where it asks for some, since the service wants to hear the word', () => {
    const json = encode({ responseFormat: 'json' }).body
    expect(json.text).toEqual({ format: { type: 'json_object' } })
    expect(json.instructions).toMatch(/JSON/)
    const schema = z.object({ city: z.string() })
    const quirks = [{ model: '*', refuses: ['jsonSchema'] as const }]
    const { body } = encode(
      {
        schema,
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Rome?' },
        ],
      },
      { quirks },
    )
    expect(body.text).toEqual({ format: { type: 'json_object' } })
    expect(body.instructions).toMatch(/^Be brief\.\n\nAnswer with JSON alone .*"city"/)
  })

  it('leaves out what the API has no word for, and says so', verifies('C6'), () => {
    const { body, codes } = encode({
      stop: ['END'],
      seed: 1,
      topK: 3,
      presencePenalty: 1,
      frequencyPenalty: 1,
      reasoning: { effort: 'low', summary: true, maxTokens: 100 },
    })
    for (const field of ['stop', 'seed', 'top_k', 'presence_penalty', 'frequency_penalty'])
      expect(body).not.toHaveProperty(field)
    expect(body.reasoning).toEqual({ effort: 'low', summary: 'auto' })
    expect(codes).toEqual(Array.from({ length: 6 }, () => 'parameter-dropped'))
  })

  it('sends them where a service says it takes them', () => {
    const { body, codes } = encode({ seed: 1 }, { quirks: [{ model: '*', accepts: ['seed'] }] })
    expect(body.seed).toBe(1)
    expect(codes).toEqual([])
  })

  it('raises a limit below the least the service takes', () => {
    const { body, codes } = encode({ maxTokens: 1 })
    expect(body.max_output_tokens).toBe(16)
    expect(codes).toEqual(['parameter-changed'])
  })

  it('lets the caller lay fields over the body without losing what stands beside them', () => {
    const { body } = encode({
      schema: z.object({ city: z.string() }),
      providerOptions: { openai: { text: { verbosity: 'low' }, store: true }, other: { store: false } },
    })
    expect(body.text).toMatchObject({ verbosity: 'low', format: { type: 'json_schema' } })
    expect(body.store).toBe(true)
  })

  it('is what the service documents, whatever is asked of it', () => {
    const requests = arbitraryRequest({
      models: ['gpt-5.6', 'gpt-4o'],
      provider: 'openai',
      opaque: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
      data: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
    })
    fc.assert(
      fc.property(requests, fc.boolean(), (request, isStream) => {
        const { body } = encodeOrSkip(request, isStream)
        responsesRequest.parse(body)
      }),
      { numRuns: 500 },
    )
  })
})

/** A conversation may be empty once everything empty is taken out, or hold what the API refuses: both are told apart. */
function encodeOrSkip(request: ProviderChatRequest, isStream: boolean) {
  try {
    const encoded = encodeResponse(request, isStream, service)
    fc.pre(Array.isArray(encoded.body?.input) && encoded.body.input.length > 0)
    return encoded
  } catch (error) {
    fc.pre(!(LlmError.isInstance(error) && error.code === 'request_invalid'))
    throw error
  }
}
