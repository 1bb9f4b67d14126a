import { describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/families.ts'
import { policyOfError } from '../../../src/errors/llm-error.ts'
import { chatFormat } from '../../../src/providers/openai-compatible/format.ts'
import { openaiQuirks } from '../../../src/providers/openai-compatible/openai-quirks.ts'
import type { ChatService } from '../../../src/providers/openai-compatible/service.ts'
import type { AssistantPart, Message, UserPart } from '../../../src/types/message.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { verifies } from '../../support/verifies.ts'

const hi: Message = { role: 'user', content: 'hi' }
const png = 'iVBORw0KGgo='

function encode(request: Partial<ProviderChatRequest>, service: Partial<ChatService> = {}, isStream = false) {
  const encoded = chatFormat({ kind: 'test', ...service }).encodeChat(
    { model: 'm', messages: [hi], ...request },
    isStream,
  )
  // biome-ignore lint/suspicious/noExplicitAny: any-request.test.ts checks the form, here single fields are looked at.
  return { ...encoded, body: encoded.body as any, warnings: (encoded.warnings ?? []).map(({ message }) => message) }
}

const messagesOf = (messages: readonly Message[], service: Partial<ChatService> = {}) =>
  encode({ messages }, service).body.messages
const assistant = (...content: AssistantPart[]): Message => ({ role: 'assistant', content })
const user = (...content: UserPart[]): Message => ({ role: 'user', content })

describe('a request', () => {
  it('is no more than it has to be', () => {
    expect(encode({}).body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })
    expect(encode({}).path).toBe('/chat/completions')
    expect(encode({}, {}, true).body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
  })

  it('carries every setting under its name', verifies('C1'), () => {
    const { body, warnings } = encode({
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stop: ['END'],
      presencePenalty: 1,
      frequencyPenalty: -1,
      seed: 0,
      topLogprobs: 2,
      serviceTier: 'flex',
      cacheKey: 'group',
      user: 'u1',
      reasoning: { effort: 'low' },
    })
    expect(warnings).toEqual([])
    expect(body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 5,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      stop: ['END'],
      presence_penalty: 1,
      frequency_penalty: -1,
      seed: 0,
      logprobs: true,
      top_logprobs: 2,
      service_tier: 'flex',
      prompt_cache_key: 'group',
      user: 'u1',
      reasoning_effort: 'low',
    })
  })

  it('lays the fields of its provider over the rest, last, by service and by name', () => {
    const providerOptions = {
      test: { verbosity: 'low', temperature: 1, response_format: { extra: true } },
      mine: { verbosity: 'high' },
      other: { secret: true },
    }
    const { body } = encode({ temperature: 0, responseFormat: 'json', providerOptions }, { name: 'mine' })
    expect(body).toMatchObject({
      verbosity: 'high',
      temperature: 1,
      response_format: { type: 'json_object', extra: true },
    })
    expect(body).not.toHaveProperty('secret')
  })

  it('sends as many stop texts as the service takes, and says so', () => {
    const { body, warnings } = encode({ stop: ['a', 'b', 'c'] }, { maxStop: 2 })
    expect(body.stop).toEqual(['a', 'b'])
    expect(warnings).toEqual(['Only the first 2 stop texts were sent: m takes no more'])
    expect(encode({ stop: [] }).body).not.toHaveProperty('stop')
  })

  it('never writes to what it was given', () => {
    const request = { model: 'o3', messages: [hi], temperature: 1, stop: ['a'], providerOptions: { test: { n: 1 } } }
    const before = structuredClone(request)
    encode(request, { quirks: openaiQuirks })
    expect(request).toEqual(before)
  })
})

describe('what a model does not take', () => {
  it.each([
    ['gpt-5.6-terra', ['temperature', 'topP', 'stop']],
    ['o4-mini', ['temperature', 'topP', 'stop']],
    ['gpt-5.3-chat-latest', ['stop']],
    ['gpt-4.1-mini', []],
    ['gpt-4o', []],
  ])('%s: %j is left out with a warning', (model, names) => {
    const settings = { temperature: 0.5, topP: 0.5, stop: ['x'] }
    const { body, warnings } = encode({ model, ...settings }, { quirks: openaiQuirks })
    expect(warnings.map((message) => message.split(' ')[0]).sort()).toEqual([...names].sort())
    for (const [name, field] of [
      ['temperature', 'temperature'],
      ['topP', 'top_p'],
      ['stop', 'stop'],
    ] as const)
      expect(field in body).toBe(!names.includes(name))
  })

  it('says the limit in the field the model knows', () => {
    expect(encode({ model: 'gpt-5.5', maxTokens: 9 }, { quirks: openaiQuirks }).body).toMatchObject({
      max_completion_tokens: 9,
    })
    expect(encode({ maxTokens: 9 }).body).toMatchObject({ max_tokens: 9 })
  })

  it.each([
    ['gpt-5.5', 'developer'],
    ['o1-mini', 'user'],
    ['gpt-4o', 'system'],
  ])('gives instructions to %s as %s', (model, role) => {
    for (const given of ['system', 'developer'] as const) {
      const messages: Message[] = [{ role: given, content: 'Be brief.' }, hi]
      expect(encode({ model, messages }, { quirks: openaiQuirks }).body.messages[0]).toEqual({
        role,
        content: 'Be brief.',
      })
    }
  })

  it('can be told otherwise by the user', () => {
    const quirks = [
      ...openaiQuirks,
      { model: 'gpt-5*', accepts: ['temperature' as const], maxTokensField: 'max_tokens' as const },
    ]
    expect(encode({ model: 'gpt-5.9', temperature: 1, maxTokens: 3 }, { quirks }).body).toMatchObject({
      temperature: 1,
      max_tokens: 3,
    })
  })

  it('is refused where leaving it out would change the question; the chain goes on', () => {
    const image = user({ type: 'image', url: 'https://a.test/a.png' })
    const quirks = [{ model: '*', refuses: ['images', 'tools', 'files', 'audio'] as const }]
    const attempts = [
      { messages: [image] },
      { tools: [{ name: 'f' }] },
      { messages: [user({ type: 'file', data: 'JVBERi0=', filename: 'a.pdf' })] },
      { messages: [user({ type: 'file', data: 'AAAA', mediaType: 'audio/wav' })] },
    ]
    for (const request of attempts) {
      try {
        encode(request, { quirks })
        expect.unreachable()
      } catch (error) {
        expect(RequestError.isInstance(error) && policyOfError(error)).toMatchObject({ next: 'yes', retries: 0 })
      }
    }
  })
})

describe('a conversation', () => {
  it('keeps every turn in its place', () => {
    const call: AssistantPart = { type: 'tool-call', id: 'c1', name: 'f', arguments: { x: 1 } }
    expect(
      messagesOf([
        {
          role: 'system',
          content: [
            { type: 'text', text: 'One.' },
            { type: 'text', text: 'Two.' },
          ],
        },
        user({ type: 'text', text: 'Go' }),
        assistant({ type: 'text', text: 'Let me' }, { type: 'text', text: ' see' }, call),
        { role: 'tool', toolCallId: 'c1', content: { ok: true } },
        assistant({ type: 'tool-call', id: 'c2', name: 'g', argumentsText: '' }),
        { role: 'tool', toolCallId: 'c2', content: '' },
        { role: 'assistant', content: 'Done.' },
        { role: 'system', content: 'Later.' },
        hi,
      ]),
    ).toEqual([
      { role: 'system', content: 'One.\nTwo.' },
      { role: 'user', content: 'Go' },
      {
        role: 'assistant',
        content: 'Let me see',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '{"ok":true}' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c2', content: '' },
      { role: 'assistant', content: 'Done.' },
      { role: 'system', content: 'Later.' },
      { role: 'user', content: 'hi' },
    ])
  })

  it.each<[UserPart, unknown]>([
    [
      { type: 'image', url: 'https://a.test/a.png', detail: 'low' },
      { type: 'image_url', image_url: { url: 'https://a.test/a.png', detail: 'low' } },
    ],
    [
      { type: 'image', data: png, mediaType: 'image/png' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
    ],
    [
      { type: 'image', data: Uint8Array.from([1, 2, 3]), mediaType: 'image/webp' },
      { type: 'image_url', image_url: { url: 'data:image/webp;base64,AQID' } },
    ],
    [
      { type: 'file', data: png, mediaType: 'image/png' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
    ],
    [
      { type: 'file', data: 'AAAA', mediaType: 'audio/mpeg' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    ],
    [
      { type: 'file', data: 'AAAA', mediaType: 'audio/x-wav' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ],
    [
      { type: 'file', data: 'JVBERi0=', filename: 'a.pdf' },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    ],
    [
      { type: 'file', fileId: 'file-1' },
      { type: 'file', file: { file_id: 'file-1' } },
    ],
    [
      { type: 'file', data: 'aGVsbG8=', mediaType: 'text/csv', filename: 'a.csv' },
      { type: 'text', text: 'a.csv:\nhello' },
    ],
  ])('carries the part %j', (part, encoded) => {
    expect(messagesOf([user({ type: 'text', text: 'See' }, part)])[0].content).toEqual([
      { type: 'text', text: 'See' },
      encoded,
    ])
  })

  it('refuses content no service could find', () => {
    for (const part of [
      { type: 'file', url: 'https://a.test/a.pdf' },
      { type: 'image' },
      { type: 'file' },
    ] as UserPart[])
      expect(() => messagesOf([user(part)])).toThrow(RequestError)
  })

  it('shows pictures in results to the model in a turn behind them', () => {
    const messages = messagesOf([
      assistant({ type: 'tool-call', id: 'c1', name: 'shot' }, { type: 'tool-call', id: 'c2', name: 'f' }),
      {
        role: 'tool',
        toolCallId: 'c1',
        content: [
          { type: 'text', text: 'Here' },
          { type: 'image', data: png, mediaType: 'image/png' },
        ],
      },
      { role: 'tool', toolCallId: 'c2', content: 'ok' },
    ])
    expect(messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: 'Here' },
      { role: 'tool', tool_call_id: 'c2', content: 'ok' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of shot:' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
        ],
      },
    ])
  })

  it('sends cache hints where they are understood', () => {
    const messages: Message[] = [
      { role: 'system', content: [{ type: 'text', text: 'Long.', cache: true }] },
      user({ type: 'text', text: 'Hint', cache: true }),
    ]
    const hinted = (text: string) => [{ type: 'text', text, cache_control: { type: 'ephemeral' } }]
    expect(messagesOf(messages, { hasCacheHints: true }).map(({ content }: { content: unknown }) => content)).toEqual([
      hinted('Long.'),
      hinted('Hint'),
    ])
    expect(messagesOf(messages).map(({ content }: { content: unknown }) => content)).toEqual(['Long.', 'Hint'])
  })

  it('renames ids of calls that are too long, on both sides', () => {
    const id = 'x'.repeat(60)
    const [turn, result] = messagesOf(
      [assistant({ type: 'tool-call', id, name: 'f' }), { role: 'tool', toolCallId: id, content: '' }],
      {
        toolIds: { maxLength: 40 },
      },
    )
    expect(turn.tool_calls[0].id).toHaveLength(40)
    expect(result.tool_call_id).toBe(turn.tool_calls[0].id)
  })

  it('puts refusals where the service has a place for them', () => {
    const turn = assistant({ type: 'refusal', text: 'No.' })
    expect(messagesOf([turn], { takesRefusals: true })).toEqual([{ role: 'assistant', content: null, refusal: 'No.' }])
    expect(messagesOf([turn])).toEqual([{ role: 'assistant', content: 'No.' }])
  })

  it('sends what came with a call back to the service it came from, alone', () => {
    const call = (provider: string): Message =>
      assistant({
        type: 'tool-call',
        id: 'a',
        name: 'f',
        opaque: { extra_content: { g: 1 } },
        origin: { provider, model: 'm' },
      })
    expect(messagesOf([call('test')])[0].tool_calls[0]).toMatchObject({ extra_content: { g: 1 } })
    expect(messagesOf([call('elsewhere')])[0].tool_calls[0]).not.toHaveProperty('extra_content')
  })
})

describe('tools', () => {
  const parameters = { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] } as const

  it('are described, and chosen', () => {
    const tools = [{ name: 'f', description: 'Does f', parameters }, { name: 'g' }]
    const { body } = encode({ tools, toolChoice: { tool: 'g' }, parallelToolCalls: false })
    expect(body).toMatchObject({
      tools: [
        { type: 'function', function: { name: 'f', description: 'Does f', parameters } },
        { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
      ],
      tool_choice: { type: 'function', function: { name: 'g' } },
      parallel_tool_calls: false,
    })
    expect(encode({ toolChoice: 'none', parallelToolCalls: true }).body).toEqual({ model: 'm', messages: [hi] })
  })

  it('are strict when asked and possible', () => {
    const open = { type: 'object', additionalProperties: { type: 'string' } } as const
    const { body, warnings } = encode({
      tools: [
        { name: 'f', parameters, strict: true },
        { name: 'g', parameters: open, strict: true },
      ],
    })
    expect(body.tools[0].function).toMatchObject({ strict: true, parameters: { additionalProperties: false } })
    expect(body.tools[1].function).not.toHaveProperty('strict')
    expect(warnings[0]).toContain('The schema of tool g has no strict form')
  })

  it('are not forced on models that refuse that', () => {
    const quirks = [{ model: 'm', refuses: ['forcedToolChoice'] as const }]
    const { body, warnings } = encode({ tools: [{ name: 'f' }], toolChoice: 'required' }, { quirks })
    expect(body).not.toHaveProperty('tool_choice')
    expect(warnings).toEqual(['toolChoice was left out: m does not take it'])
    expect(encode({ tools: [{ name: 'f' }], toolChoice: 'none' }, { quirks }).body.tool_choice).toBe('none')
  })
})

describe('an answer of a given form', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'number' } },
    required: ['a'],
  } as const
  const noSchema = { quirks: [{ model: '*', refuses: ['jsonSchema'] as const }] }

  it('is held to a strict schema', () => {
    const { body, warnings } = encode({ schema, schemaName: 'my recipe' })
    expect(warnings).toEqual([])
    expect(body.response_format).toEqual({
      type: 'json_schema',
      json_schema: {
        name: 'my_recipe',
        strict: true,
        schema: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: ['number', 'null'] } },
          required: ['a', 'b'],
          additionalProperties: false,
        },
      },
    })
    expect(body.messages).toEqual([{ role: 'user', content: 'hi' }])
  })

  it('is held to a schema that cannot be strict as it is, with a warning', () => {
    const { body, warnings } = encode({ schema: { type: 'object', additionalProperties: { type: 'string' } } })
    expect(body.response_format.json_schema).not.toHaveProperty('strict')
    expect(warnings[0]).toContain('has no strict form')
  })

  it('is asked for in words and as an object where schemas are not taken', () => {
    const { body } = encode({ schema, messages: [{ role: 'system', content: 'Be brief.' }, hi] }, noSchema)
    expect(body.response_format).toEqual({ type: 'json_object' })
    expect(body.messages[0].content).toMatch(
      /^Be brief\.\n\nAnswer with JSON alone that fits this JSON Schema: \{"type":"object"/,
    )
    expect(body.messages).toHaveLength(2)
    expect(encode({ schema }, noSchema).body.messages[0]).toMatchObject({ role: 'system' })
  })

  it('is asked for in words alone where that is all there is', () => {
    const quirks = [{ model: '*', refuses: ['jsonSchema', 'jsonObject'] as const, systemRole: 'user' as const }]
    const { body } = encode({ schema }, { quirks })
    expect(body).not.toHaveProperty('response_format')
    expect(body.messages[0]).toMatchObject({ role: 'user', content: expect.stringContaining('JSON Schema') })
  })

  it('leaves out response_format beside tools and in streams where the service refuses that', () => {
    const service = { hasPlainFormatOnly: true }
    expect(encode({ schema }, service).body.response_format.type).toBe('json_schema')
    for (const encoded of [encode({ schema }, service, true), encode({ schema, tools: [{ name: 'f' }] }, service)]) {
      expect(encoded.body).not.toHaveProperty('response_format')
      expect(encoded.body.messages[0].content).toContain('JSON Schema')
    }
  })

  it('as JSON always comes with the word the service looks for', () => {
    expect(encode({ responseFormat: 'json' }).body.messages[0]).toEqual({
      role: 'system',
      content: 'Answer with one JSON object and nothing else.',
    })
    const messages: Message[] = [
      user({ type: 'text', text: 'Give json' }, { type: 'image', url: 'https://a.test/a.png' }),
    ]
    expect(encode({ responseFormat: 'json', messages }).body.messages).toHaveLength(1)
    expect(encode({ responseFormat: 'text' }).body).not.toHaveProperty('response_format')
  })
})
