import { describe, expect, test } from 'vitest'
import { geminiFormat } from '../../../src/providers/gemini/format.ts'
import type { AssistantPart, Message } from '../../../src/types/message.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { arbitraryRequest, recipe } from '../../support/arbitrary-request.ts'
import { fc } from '../../support/property.ts'
import { complaintsOfGemini2, complaintsOfGemini3, geminiRequest } from '../../support/schemas/gemini.ts'
import { verifies } from '../../support/verifies.ts'

const service = { provider: 'gemini', name: 'gemini', embeddingModel: 'gemini-embedding-001' }
const format = geminiFormat(service)
const here = { provider: 'gemini', model: 'gemini-3.5-flash' }
const elsewhere = { provider: 'anthropic', model: 'claude-opus-5' }
const hi: Message = { role: 'user', content: 'hi' }
const sentinel = 'skip_thought_signature_validator'

function encode(request: Partial<ProviderChatRequest>, isStream = false) {
  const encoded = format.encodeChat({ model: 'gemini-3.5-flash', messages: [hi], ...request }, isStream)
  // biome-ignore lint/suspicious/noExplicitAny: the form is checked by the schema, tests look at single fields.
  return { ...encoded, body: encoded.body as any, codes: (encoded.warnings ?? []).map(({ code }) => code) }
}

const assistant = (...content: AssistantPart[]): Message => ({ role: 'assistant', content })

test('any request becomes a body the service accepts', verifies('C1'), () => {
  const third = ['gemini-3.6-flash', 'gemini-3.1-pro-preview', 'gemini-3-pro-preview', 'gemini-4-something']
  const second = ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-2.0-flash', 'gemma-3-27b-it']
  const range = {
    models: [...third, ...second],
    provider: 'gemini',
    opaque: { thoughtSignature: 'sig' },
    data: { executableCode: { language: 'PYTHON', code: '1+1' } },
  }
  fc.assert(
    fc.property(arbitraryRequest(range), fc.boolean(), (request, isStream) => {
      const { body, warnings } = format.encodeChat(request, isStream)
      const parsed = geminiRequest.parse(JSON.parse(JSON.stringify(body)))
      expect(third.includes(request.model) ? complaintsOfGemini3(parsed) : complaintsOfGemini2(parsed)).toEqual([])
      for (const { code, message } of warnings ?? []) expect(code && message).toBeTruthy()
    }),
    { numRuns: 600 },
  )
})

describe('contents', () => {
  test('a plain question, whole and streamed', () => {
    const messages: Message[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Be kind.' },
      hi,
    ]
    const { body, path, warnings } = encode({ messages })
    expect(path).toBe('/models/gemini-3.5-flash:generateContent')
    expect(encode({}, true).path).toBe('/models/gemini-3.5-flash:streamGenerateContent?alt=sse')
    expect(warnings).toEqual([])
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.\n\nBe kind.' }] },
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    })
  })

  test('instructions go to the user where a model has no other place for them', () => {
    const { body } = encode({ model: 'gemma-3-27b-it', messages: [{ role: 'system', content: 'Be brief.' }, hi] })
    expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Be brief.' }, { text: 'hi' }] }] })
  })

  test('the model is one segment of the path, whatever it holds', verifies('F233'), () => {
    const paths = [
      ['models/gemini-3.5-flash', '/models/gemini-3.5-flash:generateContent'],
      ['gpt-4/../../admin', '/models/gpt-4%2F..%2F..%2Fadmin:generateContent'],
      ['m?x=1#y', '/models/m%3Fx%3D1%23y:generateContent'],
      ['%2e%2e', '/models/%252e%252e:generateContent'],
    ]
    for (const [model, path] of paths) {
      const encoded = encode({ model: model as string })
      expect(encoded.path).toBe(path)
      expect(new URL(`https://host/v1beta${encoded.path}`).pathname).toBe(`/v1beta${path}`)
    }
  })

  test('pictures and files go by bytes or by address', () => {
    const { body } = encode({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', data: Uint8Array.from([1, 2]), mediaType: 'image/png' },
            { type: 'image', url: 'https://example.com/a.png' },
            { type: 'file', url: 'https://example.com/talk', mediaType: 'video/mp4' },
            { type: 'file', fileId: 'https://generativelanguage.googleapis.com/v1beta/files/abc' },
          ],
        },
      ],
    })
    expect(body.contents[0].parts).toEqual([
      { inlineData: { mimeType: 'image/png', data: 'AQI=' } },
      { fileData: { fileUri: 'https://example.com/a.png', mimeType: 'image/png' } },
      { fileData: { fileUri: 'https://example.com/talk', mimeType: 'video/mp4' } },
      { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
    ])
    expect(() => encode({ messages: [{ role: 'user', content: [{ type: 'image' }] }] })).toThrow(
      expect.objectContaining({ code: 'request_invalid', policy: expect.objectContaining({ next: 'yes' }) }),
    )
  })

  test('results carry the name of their call and an object', () => {
    const picture = { type: 'image', data: 'iVBORw0KGgo=', mediaType: 'image/png' } as const
    const messages: Message[] = [
      hi,
      assistant(
        { type: 'tool-call', id: 'a', name: 'f', arguments: { x: 1 } },
        { type: 'tool-call', id: 'b', name: 'g', arguments: {} },
        { type: 'tool-call', id: 'c', name: 'h', arguments: {} },
      ),
      { role: 'tool', toolCallId: 'a', content: 'text' },
      { role: 'tool', toolCallId: 'b', content: { ok: true } },
      { role: 'tool', toolCallId: 'c', content: [{ type: 'text', text: 'look' }, picture], isError: true },
    ]
    const inlineData = { mimeType: 'image/png', data: 'iVBORw0KGgo=' }
    const results = [
      { functionResponse: { id: 'a', name: 'f', response: { result: 'text' } } },
      { functionResponse: { id: 'b', name: 'g', response: { ok: true } } },
    ]
    const failed = { id: 'c', name: 'h', response: { error: 'look' } }
    expect(encode({ messages }).body.contents[2]).toEqual({
      role: 'user',
      parts: [...results, { functionResponse: { ...failed, parts: [{ inlineData }] } }],
    })
    expect(encode({ model: 'gemini-2.5-flash', messages }).body.contents[2].parts).toEqual([
      ...results,
      { functionResponse: failed },
      { inlineData },
    ])
  })

  test('an answer cut short is not left at the end', () => {
    const { body, codes } = encode({ messages: [hi, { role: 'assistant', content: 'Once' }] })
    expect([body.contents.at(-1).role, codes]).toEqual(['user', ['turn-added']])
    expect(format.canPrefill?.('gemini-3.5-flash')).toBe(false)
  })
})

describe('signatures', verifies('C1'), () => {
  const call = (more: object): AssistantPart => ({ type: 'tool-call', id: 'a', name: 'f', arguments: {}, ...more })
  const partsFor = (model: string, ...parts: AssistantPart[]) =>
    encode({ model, messages: [hi, assistant(...parts), { role: 'tool', toolCallId: 'a', content: '1' }] })

  test('return on the part they came with', () => {
    const { body, warnings } = partsFor(
      'gemini-3.5-flash',
      { type: 'reasoning', text: 'hm', origin: here, opaque: { thoughtSignature: 's0' } },
      { type: 'text', text: '', origin: here, opaque: { thoughtSignature: 's1' } },
      call({ origin: here, opaque: { thoughtSignature: 's2' } }),
      call({ id: 'b', origin: here }),
      {
        type: 'provider',
        origin: here,
        data: { executableCode: { language: 'PYTHON', code: '1' }, thoughtSignature: 's3' },
      },
    )
    expect(body.contents[1].parts).toEqual([
      { text: 'hm', thought: true, thoughtSignature: 's0' },
      { text: '', thoughtSignature: 's1' },
      { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 's2' },
      { functionCall: { id: 'b', name: 'f', args: {} } },
      { executableCode: { language: 'PYTHON', code: '1' }, thoughtSignature: 's3' },
    ])
    expect(warnings).toEqual([])
  })

  test('are replaced by the sentinel where another provider made the call', () => {
    const foreign = [
      call({ origin: elsewhere, opaque: { signature: 'x' } }),
      call({ id: 'b', origin: elsewhere }),
    ] as AssistantPart[]
    const { body, codes } = partsFor('gemini-3.5-flash', ...foreign)
    expect(body.contents[1].parts.map((part: { thoughtSignature?: string }) => part.thoughtSignature)).toEqual([
      sentinel,
      undefined,
    ])
    expect(codes).toEqual(['part-dropped'])
    const old = partsFor('gemini-2.5-flash', ...foreign).body.contents[1].parts
    expect(old[0]).not.toHaveProperty('thoughtSignature')
  })
})

describe('settings', () => {
  test('fill the generation config', () => {
    const { body, warnings } = encode({
      maxTokens: 9,
      temperature: 2,
      topP: 0.5,
      topK: 3,
      seed: 4,
      stop: ['a'],
      serviceTier: 'flex',
    })
    expect(body.generationConfig).toEqual({
      maxOutputTokens: 9,
      temperature: 2,
      topP: 0.5,
      topK: 3,
      seed: 4,
      stopSequences: ['a'],
    })
    expect([body.serviceTier, warnings]).toEqual(['flex', []])
  })

  test('what models do not take is left out with a warning', () => {
    const settings = { presencePenalty: 1, frequencyPenalty: 1, logprobs: true, topLogprobs: 2, user: 'u' }
    expect(encode(settings).codes).toEqual(Array(5).fill('parameter-dropped'))
    const taken = encode({ model: 'gemini-2.0-flash', ...settings })
    expect(taken.body.generationConfig).toEqual({
      presencePenalty: 1,
      frequencyPenalty: 1,
      responseLogprobs: true,
      logprobs: 2,
    })
    expect(encode({ serviceTier: 'auto' }).codes).toEqual(['parameter-dropped'])
    const stops = encode({ stop: ['a', 'b', 'c', 'd', 'e', 'f'] })
    expect([stops.body.generationConfig.stopSequences.length, stops.codes]).toEqual([5, ['parameter-dropped']])
  })

  test('the caller has the last word, field by field', () => {
    const named = geminiFormat({ ...service, name: 'gemini-eu' })
    const { body } = named.encodeChat(
      {
        model: 'gemini-3.5-flash',
        messages: [hi],
        maxTokens: 5,
        providerOptions: {
          gemini: { generationConfig: { responseModalities: ['TEXT'] }, safetySettings: [] },
          'gemini-eu': { cachedContent: 'cachedContents/1' },
        },
      },
      false,
    )
    expect(body).toMatchObject({
      generationConfig: { maxOutputTokens: 5, responseModalities: ['TEXT'] },
      safetySettings: [],
      cachedContent: 'cachedContents/1',
    })
  })
})

describe('reasoning', () => {
  test.each([
    ['gemini-3.6-flash', { effort: 'none' }, { thinkingLevel: 'minimal' }],
    ['gemini-3.1-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'low' }],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'low' }],
    ['gemini-4-pro', { effort: 'max', summary: true }, { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }],
    ['gemini-2.5-flash', { effort: 'max' }, { thinkingBudget: 24_576 }],
    ['gemini-2.5-flash', { maxTokens: 700 }, { thinkingBudget: 700 }],
    ['gemini-2.5-flash', { summary: false }, { includeThoughts: false }],
    ['gemini-2.0-flash', { effort: 'none' }, undefined],
  ] as const)('%s with %o', (model, reasoning, expected) => {
    const { body, warnings } = encode({ model, reasoning })
    expect(body.generationConfig?.thinkingConfig).toEqual(expected)
    expect(warnings).toEqual([])
  })

  test('is left out with a warning where there is none', () => {
    expect(encode({ model: 'gemini-2.0-flash', reasoning: { effort: 'high' } }).codes).toEqual(['parameter-dropped'])
    expect(encode({ reasoning: { maxTokens: 700 } })).toMatchObject({
      codes: ['parameter-dropped'],
      body: { contents: [{}] },
    })
  })
})

test('the user knows models better than the table', () => {
  const own = geminiFormat({ ...service, quirks: [{ model: 'gemini-4*', levels: ['low', 'ultra'], contextWindow: 5 }] })
  const asked = { model: 'gemini-4-pro', messages: [hi], reasoning: { effort: 'high' as const } }
  expect(own.encodeChat(asked, false).body?.generationConfig).toEqual({ thinkingConfig: { thinkingLevel: 'low' } })
  expect([own.contextWindow?.('gemini-4-pro'), own.contextWindow?.('gemini-3.5-flash')]).toEqual([5, 1_048_576])
})

describe('tools', () => {
  const tools = [{ name: 'find', description: 'Finds', parameters: recipe, strict: true }, { name: 'all' }]

  test('are described in JSON Schema, without the words that are refused', () => {
    const parameters = {
      type: 'object',
      properties: {
        kind: { const: 'dish' },
        either: { oneOf: [{ type: 'string' }, { type: 'number' }] },
        const: { type: 'string' },
        part: { $ref: '#/definitions/part', description: 'beside a reference' },
      },
      definitions: { part: { type: 'object', properties: { definitions: { type: 'string' } } } },
    }
    const { body } = encode({ tools: [{ name: 'f', parameters }] })
    expect(body.tools[0].functionDeclarations).toEqual([
      {
        name: 'f',
        description: '',
        parametersJsonSchema: {
          type: 'object',
          properties: {
            kind: { enum: ['dish'] },
            either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
            const: { type: 'string' },
            part: { $ref: '#/$defs/part' },
          },
          $defs: { part: { type: 'object', properties: { definitions: { type: 'string' } } } },
        },
      },
    ])
  })

  test.each([
    [undefined, { mode: 'VALIDATED' }],
    ['auto', { mode: 'VALIDATED' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [{ tool: 'find' }, { mode: 'ANY', allowedFunctionNames: ['find'] }],
  ] as const)('choice %o', (toolChoice, expected) => {
    const { body, warnings } = encode({ tools, ...(toolChoice && { toolChoice }) })
    expect(body.toolConfig.functionCallingConfig).toEqual(expected)
    expect(body.tools[0].functionDeclarations[1]).toEqual({ name: 'all', description: '' })
    expect(warnings).toEqual([])
  })

  test('what cannot be promised is said', () => {
    const { body, codes } = encode({ model: 'gemini-2.5-flash', tools, parallelToolCalls: false })
    expect([body.toolConfig, codes]).toEqual([undefined, ['parameter-dropped', 'parameter-dropped']])
    expect(encode({ tools, parallelToolCalls: true }).codes).toEqual([])
    expect(encode({ tools: [{ name: 'f' }], toolChoice: 'auto' }).body.toolConfig.functionCallingConfig.mode).toBe(
      'AUTO',
    )
  })
})

describe('answers of a shape', () => {
  test('are held to the schema by the service', () => {
    const { body } = encode({ schema: recipe })
    expect(body.generationConfig.responseMimeType).toBe('application/json')
    expect(body.generationConfig.responseJsonSchema.properties.kind).toEqual({
      anyOf: [{ enum: ['sweet'] }, { enum: ['sour', 'salty'] }],
    })
    expect(body.systemInstruction).toBeUndefined()
    expect(encode({ responseFormat: 'json' }).body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: { responseMimeType: 'application/json' },
    })
  })

  test('are asked for in words of models that know no JSON mode', () => {
    const { body } = encode({ model: 'gemma-3-27b-it', schema: recipe })
    expect(body.generationConfig).toBeUndefined()
    expect(body.contents[0].parts[0].text).toContain(JSON.stringify(recipe))
  })

  test('are asked for in words beside the tools of models that take only one of them', () => {
    const both = { schema: recipe, tools: [{ name: 'f' }] }
    expect(encode(both).body.generationConfig.responseJsonSchema).toBeDefined()
    const { body } = encode({ model: 'gemini-2.5-flash', ...both })
    expect(body.generationConfig).toBeUndefined()
    expect(body.systemInstruction.parts[0].text).toContain(JSON.stringify(recipe))
    const json = encode({ model: 'gemini-2.5-flash', responseFormat: 'json', tools: both.tools })
    expect(json.body.systemInstruction.parts[0].text).toContain('JSON object')
  })
})

describe('counting, embedding and listing', verifies('C1'), () => {
  test('counting asks about the whole request', () => {
    const encoded = format.encodeCountTokens?.({ model: 'gemini-3.5-flash', messages: [hi], maxTokens: 5 })
    expect(encoded).toMatchObject({
      path: '/models/gemini-3.5-flash:countTokens',
      body: { generateContentRequest: { model: 'models/gemini-3.5-flash', contents: [{ role: 'user' }] } },
    })
  })

  test('embedding asks for one vector each', () => {
    expect(format.encodeEmbed?.({ input: ['a', 'b'], dimensions: 768 })).toEqual({
      path: '/models/gemini-embedding-001:batchEmbedContents',
      body: {
        requests: ['a', 'b'].map((text) => ({
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text }] },
          outputDimensionality: 768,
        })),
      },
      warnings: [{ code: 'not-normalised', message: expect.any(String) }],
    })
    expect(format.encodeEmbed?.({ model: 'gemini-embedding-2', input: ['a'], dimensions: 768 }).warnings).toEqual([])
    expect(format.maxEmbedInputs).toBe(100)
  })

  test('a single vector is read too, broken ones are not', () => {
    expect(format.decodeEmbed?.({ embedding: { values: [1, 2] } }, { input: ['a'] }).vectors).toEqual([[1, 2]])
    for (const body of [{}, null, { embeddings: [{ values: [] }] }, { embeddings: [{ values: ['x'] }] }])
      expect(() => format.decodeEmbed?.(body, { input: ['a'] })).toThrow(/vectors/)
  })

  test('pages of models are followed by their mark', () => {
    expect(format.encodeModels?.()).toEqual({ method: 'GET', path: '/models?pageSize=1000' })
    expect(format.encodeModels?.('a b').path).toBe('/models?pageSize=1000&pageToken=a%20b')
    expect(format.decodeModels?.({ models: [], nextPageToken: 'x' }, 'g')).toEqual({ models: [], next: 'x' })
    expect(() => format.decodeModels?.({}, 'g')).toThrow(/list of models/)
    const told = [
      { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
      { name: 'models/gemini-2.5-flash-preview-tts', supportedGenerationMethods: ['generateContent'] },
      { name: 'models/imagen-4', supportedGenerationMethods: ['predict'] },
      { name: 'models/gemini-3.5-flash', supportedGenerationMethods: ['generateContent'], thinking: true },
    ]
    expect(format.decodeModels?.({ models: told }, 'g').models.map(({ capabilities }) => capabilities)).toEqual([
      ['embed'],
      ['chat', 'audio'],
      ['image'],
      ['chat', 'tools', 'vision', 'schema', 'reasoning'],
    ])
  })
})
