import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { claudeFormat } from '../../../src/providers/anthropic/format.ts'
import type { AssistantPart, Message } from '../../../src/types/message.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { arbitraryRequest, recipe } from '../../support/arbitrary-request.ts'
import { fc } from '../../support/property.ts'
import { anthropicRequest, complaintsOfNewModels, wordsRefusedIn } from '../../support/schemas/anthropic.ts'
import { verifies } from '../../support/verifies.ts'

const format = claudeFormat({ provider: 'anthropic', name: 'anthropic' })
const here = (model = 'claude-sonnet-5') => ({ provider: 'anthropic', model })
const elsewhere = { provider: 'openai', model: 'gpt-5.5' }
const hi: Message = { role: 'user', content: 'hi' }
const newModels = [
  'claude-opus-5',
  'claude-sonnet-5',
  'claude-opus-4-8',
  'claude-opus-5-5',
  'claude-fable-5-1',
  'claude-next',
]
const oldModels = [
  'claude-sonnet-4-6',
  'claude-haiku-4-5-20251001',
  'claude-opus-4-1-20250805',
  'claude-sonnet-4-20250514',
  'claude-3-7-sonnet-20250219',
  'claude-3-haiku-20240307',
]

function encode(request: Partial<ProviderChatRequest>, isStream = false) {
  const encoded = format.encodeChat({ model: 'claude-sonnet-5', messages: [hi], ...request }, isStream)
  // biome-ignore lint/suspicious/noExplicitAny: the form is checked by the schema, tests look at single fields.
  return { ...encoded, body: encoded.body as any, codes: (encoded.warnings ?? []).map(({ code }) => code) }
}

const assistant = (...content: AssistantPart[]): Message => ({ role: 'assistant', content })

describe('any request', () => {
  const range = {
    models: [...newModels, ...oldModels],
    provider: 'anthropic',
    opaque: { signature: 'sig' },
    data: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  }

  test('becomes a body the service accepts', verifies('C1'), () => {
    fc.assert(
      fc.property(arbitraryRequest(range), fc.boolean(), (request, isStream) => {
        const { body, warnings } = format.encodeChat(request, isStream)
        const parsed = anthropicRequest.parse(JSON.parse(JSON.stringify(body)))
        if (newModels.includes(request.model)) expect(complaintsOfNewModels(parsed)).toEqual([])
        expect(wordsRefusedIn(parsed.output_config?.format?.schema)).toEqual([])
        for (const tool of parsed.tools ?? []) if (tool.strict) expect(wordsRefusedIn(tool.input_schema)).toEqual([])
        for (const { code, message } of warnings ?? []) expect(code && message).toBeTruthy()
        expect(format.encodeChat(request, isStream)).toEqual({ ...format.encodeChat(request, isStream) })
      }),
      { numRuns: 600 },
    )
  })

  test('can be counted with the fields that counting knows', () => {
    fc.assert(
      fc.property(arbitraryRequest(range), (request) => {
        const encoded = format.encodeCountTokens?.(request)
        expect(encoded?.path).toBe('/messages/count_tokens')
        const known = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config']
        for (const key of Object.keys(encoded?.body ?? {})) expect(known).toContain(key)
      }),
      { numRuns: 50 },
    )
  })
})

describe('messages', () => {
  test('a plain question is sent with the required limit', () => {
    const { body, path, warnings } = encode({ messages: [{ role: 'system', content: 'Be brief.' }, hi] }, true)
    expect(path).toBe('/messages')
    expect(warnings).toEqual([])
    expect(body).toEqual({
      model: 'claude-sonnet-5',
      max_tokens: 32_000,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      stream: true,
    })
  })

  test('the default limit fits the model', () => {
    expect(encode({ model: 'claude-3-haiku-20240307' }).body.max_tokens).toBe(4_096)
    expect(encode({ model: 'claude-3-5-sonnet-20241022' }).body.max_tokens).toBe(8_192)
    expect(encode({ maxTokens: 7 }).body.max_tokens).toBe(7)
  })

  test('all results of a turn are one user message, before the text of the user', () => {
    const { body } = encode({
      messages: [
        hi,
        assistant(
          { type: 'text', text: 'looking' },
          { type: 'tool-call', id: 'a', name: 'f', arguments: { x: 1 } },
          { type: 'tool-call', id: 'b', name: 'g' },
        ),
        { role: 'tool', toolCallId: 'a', content: { ok: 1 } },
        { role: 'user', content: 'well?' },
        { role: 'tool', toolCallId: 'b', content: 'broken', isError: true },
      ],
    })
    expect(body.messages[1].content).toEqual([
      { type: 'text', text: 'looking' },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'g', input: {} },
    ])
    expect(body.messages.slice(2)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '{"ok":1}' }] },
          { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'broken' }], is_error: true },
          { type: 'text', text: 'well?' },
        ],
      },
    ])
  })

  test('pictures and documents go in the form they came in', () => {
    const { body, headers } = encode({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', url: 'https://example.com/a.png' },
            { type: 'image', data: Uint8Array.from([1, 2]), mediaType: 'image/png' },
            { type: 'file', data: 'JVBERi0xLjc=', filename: 'report.pdf' },
            { type: 'file', data: btoa('a,b'), mediaType: 'text/csv' },
            { type: 'file', fileId: 'file_1' },
          ],
        },
      ],
    })
    expect(body.messages[0].content).toEqual([
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AQI=' } },
      {
        type: 'document',
        title: 'report.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjc=' },
      },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    ])
    expect(headers?.['anthropic-beta']).toContain('files-api')
  })

  test('what Claude cannot take is refused so that another provider is asked', () => {
    const content = [{ type: 'file', data: 'UklGRgAAAABXQVZF', mediaType: 'audio/wav' } as const]
    expect(() => encode({ messages: [{ role: 'user', content }] })).toThrow(
      expect.objectContaining({ code: 'request_invalid', policy: expect.objectContaining({ next: 'yes' }) }),
    )
    const empty = [{ type: 'image' } as const]
    expect(() => encode({ messages: [{ role: 'user', content: empty }] })).toThrow(/neither url, data nor id/)
  })

  test('pictures go into results of tools', () => {
    const { body } = encode({
      messages: [
        hi,
        assistant({ type: 'tool-call', id: 'a', name: 'f' }),
        { role: 'tool', toolCallId: 'a', content: [{ type: 'image', url: 'https://example.com/a.png' }] },
      ],
    })
    expect(body.messages[2].content[0].content).toEqual([
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ])
  })

  test('marks for caching are passed on, the last four of them', () => {
    const marked = (text: string) => ({ type: 'text', text, cache: true }) as const
    const { body, codes } = encode({
      messages: [
        { role: 'system', content: [marked('s1'), marked('s2')] },
        { role: 'user', content: [marked('u1'), marked('u2'), marked('u3')] },
      ],
    })
    expect(body.system[0]).toEqual({ type: 'text', text: 's1' })
    expect(body.system[1].cache_control).toEqual({ type: 'ephemeral' })
    expect(body.messages[0].content.every((block: object) => 'cache_control' in block)).toBe(true)
    expect(codes).toEqual(['parameter-dropped'])
  })
})

describe('reasoning that travels with the conversation', verifies('C1'), () => {
  const thought = (origin = here(), opaque: Record<string, string> = { signature: 's1' }): AssistantPart => ({
    type: 'reasoning',
    text: 'hm',
    origin,
    opaque,
  })
  const sent = (model: string, part: AssistantPart) =>
    encode({ model, messages: [hi, assistant(part, { type: 'text', text: 'x' }), hi] })

  test('goes back unchanged with its signature, or redacted', () => {
    expect(sent('claude-sonnet-5', thought()).body.messages[1].content[0]).toEqual({
      type: 'thinking',
      thinking: 'hm',
      signature: 's1',
    })
    expect(sent('claude-sonnet-5', thought(here(), { data: 'xyz' })).body.messages[1].content[0]).toEqual({
      type: 'redacted_thinking',
      data: 'xyz',
    })
  })

  test('of another provider, or without a signature, is left out with a warning', () => {
    for (const part of [thought(elsewhere), thought(here(), {})]) {
      const { body, codes } = sent('claude-sonnet-5', part)
      expect(body.messages[1].content).toEqual([{ type: 'text', text: 'x' }])
      expect(codes).toEqual(['part-dropped'])
    }
  })

  test('stays with its model where models bind it', () => {
    expect(sent('claude-opus-5-5', thought(here('claude-opus-5'))).codes).toEqual(['part-dropped'])
    expect(sent('claude-opus-5', thought(here('claude-opus-5-5'))).codes).toEqual(['part-dropped'])
    expect(sent('claude-opus-5-5', thought(here('claude-opus-5-5-20260922'))).codes).toEqual([])
    expect(sent('claude-sonnet-4-5', thought(here('claude-opus-4-5'))).codes).toEqual([])
  })

  test('at the end of a turn that was cut is left out', () => {
    const { body, codes } = encode({ messages: [hi, assistant({ type: 'text', text: 'x' }, thought()), hi] })
    expect(body.messages[1].content).toEqual([{ type: 'text', text: 'x' }])
    expect(codes).toEqual(['part-dropped'])
  })

  test('blocks of server tools go back as they came', () => {
    const data = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ encrypted_content: 'e' }] }
    const { body } = encode({ messages: [hi, assistant({ type: 'provider', origin: here(), data })] })
    expect(body.messages[1]).toEqual({ role: 'assistant', content: [data] })
  })
})

describe('reasoning that is asked for', () => {
  const ask = (model: string, reasoning: ProviderChatRequest['reasoning'], more: Partial<ProviderChatRequest> = {}) =>
    encode({ model, ...more, ...(reasoning && { reasoning }) })

  test.each([
    ['claude-opus-5', { effort: 'xhigh' }, { type: 'adaptive' }, 'xhigh'],
    ['claude-opus-5', { effort: 'minimal' }, { type: 'adaptive' }, 'low'],
    ['claude-opus-4-6', { effort: 'xhigh' }, { type: 'adaptive' }, 'high'],
    ['claude-opus-4-6', { maxTokens: 5_000 }, { type: 'enabled', budget_tokens: 5_000 }, undefined],
    ['claude-sonnet-4-5', { effort: 'high' }, { type: 'enabled', budget_tokens: 16_384 }, undefined],
    ['claude-sonnet-4-5', { maxTokens: 5 }, { type: 'enabled', budget_tokens: 1_024 }, undefined],
    ['claude-opus-5', { summary: true }, { type: 'adaptive', display: 'summarized' }, undefined],
    ['claude-opus-5', { effort: 'none' }, { type: 'disabled' }, undefined],
    ['claude-sonnet-5-5', { effort: 'none' }, { type: 'between_tools' }, undefined],
    ['claude-3-haiku-20240307', { effort: 'none' }, undefined, undefined],
  ] as const)('%s with %o', (model, reasoning, thinking, effort) => {
    const { body, warnings } = ask(model, reasoning)
    expect(body.thinking).toEqual(thinking)
    expect(body.output_config?.effort).toBe(effort)
    expect(warnings).toEqual([])
  })

  test('what a model does not have is left out with a warning', () => {
    const none = ask('claude-3-haiku-20240307', { effort: 'high' })
    expect([none.body.thinking, none.codes]).toEqual([undefined, ['parameter-dropped']])
    const budget = ask('claude-opus-5', { maxTokens: 5_000 })
    expect([budget.body.thinking, budget.codes]).toEqual([{ type: 'adaptive' }, ['parameter-dropped']])
    const always = ask('claude-opus-5-5', { effort: 'none' })
    expect([always.body.thinking, always.body.output_config, always.codes]).toEqual([
      undefined,
      { effort: 'low' },
      ['parameter-dropped'],
    ])
    const cramped = ask('claude-sonnet-4-5', { effort: 'high' }, { maxTokens: 500 })
    expect([cramped.body.thinking, cramped.codes]).toEqual([undefined, ['parameter-dropped']])
  })

  test('gives way to a forced call and to a prefill', () => {
    const tools = [{ name: 'f' }]
    const forced = ask('claude-opus-5', { effort: 'high' }, { tools, toolChoice: 'required' })
    expect([forced.body.thinking, forced.body.tool_choice]).toEqual([undefined, { type: 'any' }])
    expect(forced.codes).toEqual(['parameter-dropped'])
    const messages = [hi, assistant({ type: 'text', text: 'Once ' })]
    const prefilled = ask('claude-sonnet-4-5', { effort: 'high' }, { messages })
    expect([prefilled.body.thinking, prefilled.codes]).toEqual([undefined, ['parameter-dropped']])
  })

  test('gives way when a tool turn of another provider is going on', () => {
    const messages = [
      hi,
      assistant({ type: 'tool-call', id: 'a', name: 'f', origin: elsewhere }),
      { role: 'tool', toolCallId: 'a', content: '1' } as const,
    ]
    expect(ask('claude-sonnet-4-5', { effort: 'high' }, { messages }).body.thinking).toBeUndefined()
    expect(ask('claude-sonnet-4-6', { effort: 'high' }, { messages }).body.thinking).toEqual({ type: 'adaptive' })
  })

  test('takes sampling with it', () => {
    const { body, codes } = ask('claude-sonnet-4-5', { effort: 'low' }, { temperature: 0.5, topK: 5 })
    expect([body.temperature, body.top_k, codes.length]).toEqual([undefined, undefined, 2])
  })
})

describe('settings', () => {
  test('sampling is left out for models that refuse it, and clamped for the others', () => {
    const settings = { temperature: 1.5, topP: 0.5, topK: 3 }
    const refused = encode({ model: 'claude-opus-4-7', ...settings })
    expect([refused.body.temperature, refused.body.top_p, refused.body.top_k]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(refused.codes).toEqual(['parameter-dropped', 'parameter-dropped', 'parameter-dropped'])
    const single = encode({ model: 'claude-sonnet-4-5', ...settings })
    expect([single.body.temperature, single.body.top_p, single.body.top_k]).toEqual([1, undefined, 3])
    expect(single.codes).toEqual(['parameter-dropped', 'parameter-changed'])
    expect(encode({ model: 'claude-sonnet-4-20250514', ...settings }).body).toMatchObject({
      temperature: 1,
      top_p: 0.5,
    })
  })

  test('what the format has no word for is left out with a warning each', () => {
    const { codes } = encode({ seed: 1, presencePenalty: 1, frequencyPenalty: 1, logprobs: true, topLogprobs: 2 })
    expect(codes).toEqual(Array(5).fill('parameter-dropped'))
  })

  test('stops, user and tier are passed on where the service takes them', () => {
    const { body, codes } = encode({ stop: ['END', '\n'], user: 'u1', serviceTier: 'standard_only' })
    expect(body).toMatchObject({ stop_sequences: ['END'], metadata: { user_id: 'u1' }, service_tier: 'standard_only' })
    expect(codes).toEqual(['parameter-dropped'])
    expect(encode({ serviceTier: 'flex' })).toMatchObject({
      body: { max_tokens: 32_000 },
      codes: ['parameter-dropped'],
    })
  })

  test('the caller has the last word', () => {
    const format = claudeFormat({ provider: 'anthropic', name: 'claude-eu', betas: ['one'] })
    const { body, headers } = format.encodeChat(
      {
        model: 'claude-opus-5',
        messages: [hi],
        reasoning: { effort: 'low' },
        providerOptions: {
          anthropic: { output_config: { task_budget: 1 }, betas: ['two'], max_tokens: 5 },
          'claude-eu': { inference_geo: 'eu' },
          openai: { verbosity: 'low' },
        },
      },
      false,
    )
    expect(body).toMatchObject({ output_config: { effort: 'low', task_budget: 1 }, max_tokens: 5, inference_geo: 'eu' })
    expect(body).not.toHaveProperty('betas')
    expect(body).not.toHaveProperty('verbosity')
    expect(headers).toEqual({ 'anthropic-beta': 'one,two' })
  })

  test('the user knows models better than the table', () => {
    const quirks = [{ model: 'claude-next*', accepts: ['temperature', 'prefill'] as const, contextWindow: 5 }]
    const own = claudeFormat({ provider: 'anthropic', name: 'anthropic', quirks })
    expect(own.encodeChat({ model: 'claude-next-1', messages: [hi], temperature: 0 }, false).body?.temperature).toBe(0)
    const thinking = [{ model: 'claude-next*', thinking: 'budget' as const }]
    const asked = { model: 'claude-next-1', messages: [hi], reasoning: { maxTokens: 2_000 } }
    const budgeted = claudeFormat({ provider: 'anthropic', name: 'anthropic', quirks: thinking }).encodeChat(
      asked,
      false,
    )
    expect(budgeted.body?.thinking).toEqual({ type: 'enabled', budget_tokens: 2_000 })
    expect([own.canPrefill?.('claude-next-1'), own.contextWindow?.('claude-next-1')]).toEqual([true, 5])
  })
})

describe('prefill', () => {
  const messages: Message[] = [hi, { role: 'assistant', content: 'Once upon ' }]

  test('is sent to models that go on from it, without white space at its end', () => {
    const { body, warnings } = encode({ model: 'claude-sonnet-4-5', messages })
    expect(body.messages.at(-1)).toEqual({ role: 'assistant', content: [{ type: 'text', text: 'Once upon' }] })
    expect(warnings).toEqual([])
    expect(format.canPrefill?.('claude-sonnet-4-5')).toBe(true)
  })

  test('gets a user turn behind it for models that refuse it', () => {
    for (const model of ['claude-sonnet-4-6', 'claude-opus-5', 'claude-unheard-of']) {
      const { body, codes } = encode({ model, messages })
      expect(body.messages.at(-1).role).toBe('user')
      expect(codes).toEqual(['turn-added'])
      expect(format.canPrefill?.(model)).toBe(false)
    }
  })

  test('a paused turn is sent back as it is', () => {
    const data = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
    const part: AssistantPart = { type: 'provider', origin: here(), data }
    const { body, warnings } = encode({ messages: [hi, assistant({ type: 'text', text: 'looking' }, part)] })
    expect(body.messages.at(-1).role).toBe('assistant')
    expect(warnings).toEqual([])
  })
})

describe('tools', () => {
  const tools = [
    { name: 'find', description: 'Finds', parameters: z.object({ q: z.string() }), strict: true },
    { name: 'all' },
  ]

  test('are described by their schema, strictly where asked for', () => {
    const { body, warnings } = encode({ tools })
    expect(body.tools).toEqual([
      {
        name: 'find',
        description: 'Finds',
        strict: true,
        input_schema: {
          type: 'object',
          properties: { q: { type: 'string' } },
          required: ['q'],
          additionalProperties: false,
        },
      },
      { name: 'all', input_schema: { type: 'object', properties: {} } },
    ])
    expect(body.tool_choice).toBeUndefined()
    expect(warnings).toEqual([])
    const old = encode({ model: 'claude-opus-4-1-20250805', tools })
    expect([old.body.tools[0].strict, old.codes]).toEqual([undefined, ['parameter-dropped']])
  })

  test.each([
    ['auto', undefined, { type: 'auto' }],
    ['none', undefined, { type: 'none' }],
    ['required', undefined, { type: 'any' }],
    [{ tool: 'find' }, false, { type: 'tool', name: 'find', disable_parallel_tool_use: true }],
    [undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
  ] as const)('choice %o, parallel %o', (toolChoice, parallelToolCalls, expected) => {
    const { body } = encode({
      tools,
      ...(toolChoice && { toolChoice }),
      ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    })
    expect(body.tool_choice).toEqual(expected)
  })

  test('a forced choice is left out where the model refuses it', () => {
    const { body, codes } = encode({ model: 'claude-opus-5-5', tools, toolChoice: 'required' })
    expect([body.tool_choice, codes]).toEqual([undefined, ['parameter-dropped']])
  })

  test('alternatives at the top of a schema are joined', () => {
    const parameters = {
      anyOf: [
        { type: 'object', properties: { a: { type: 'string' } } },
        { type: 'object', properties: { b: { type: 'number' } } },
      ],
    }
    expect(encode({ tools: [{ name: 'f', parameters }] }).body.tools[0].input_schema).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' } },
    })
  })
})

describe('answers of a shape', () => {
  const recursive = { type: 'object', properties: { next: { $ref: '#/$defs/n' } }, $defs: { n: { $ref: '#/$defs/n' } } }
  const free = { type: 'object', additionalProperties: { type: 'number' } }

  test('are held to the schema by the service, in words it takes', () => {
    const { body } = encode({ schema: recipe })
    expect(body.output_config.format.type).toBe('json_schema')
    expect(body.output_config.format.schema).toMatchObject({
      properties: { kind: { anyOf: [{ const: 'sweet' }, { enum: ['sour', 'salty'] }] }, note: { format: 'email' } },
      required: ['name', 'tags'],
      additionalProperties: false,
    })
    expect(wordsRefusedIn(body.output_config.format.schema)).toEqual([])
  })

  test.each([
    ['older models', 'claude-sonnet-4-20250514', recipe],
    ['recursive schemas', 'claude-opus-5', recursive],
    ['free keys', 'claude-opus-5', free],
  ])('come by a forced tool for %s', (_, model, schema) => {
    const { body } = encode({ model, schema, schemaName: 'the dish' })
    expect(body.tools).toMatchObject([{ name: 'the_dish', input_schema: schema }])
    expect(body.tool_choice).toEqual({ type: 'tool', name: 'the_dish' })
    expect(body.output_config).toBeUndefined()
    const both = encode({ model, schema, tools: [{ name: 'answer' }] })
    expect(both.body.tools.map(({ name }: { name: string }) => name)).toEqual(['answer', 'answer_'])
    expect(both.body.tool_choice).toEqual({ type: 'any' })
  })

  test('are asked for in words where no call can be forced', () => {
    for (const request of [
      { model: 'claude-opus-5-5', schema: free },
      { model: 'claude-sonnet-4-20250514', schema: recipe, reasoning: { effort: 'high' as const } },
      { model: 'claude-opus-5', schema: { type: 'array', items: { type: 'string' } } },
    ]) {
      const { body } = encode(request)
      expect(body.system.at(-1).text).toContain(JSON.stringify(request.schema))
      expect([body.tools, body.output_config?.format]).toEqual([undefined, undefined])
    }
    expect(encode({ responseFormat: 'json' }).body.system.at(-1).text).toContain('JSON')
  })
})
