import { describe, expect, test } from 'vitest'
import { argumentsOf, joinedText, lowerConversation, type Target } from '../../../src/providers/core/conversation.ts'
import type { AssistantPart, Message } from '../../../src/types/message.ts'
import type { Warning } from '../../../src/types/reply.ts'
import { fc } from '../../support/property.ts'

const target: Target = { provider: 'here', model: 'm' }
const here = { provider: 'here', model: 'other-model' }
const there = { provider: 'there', model: 'x' }

function lower(messages: readonly Message[], overrides: Partial<Target> = {}) {
  const warnings: Warning[] = []
  return { ...lowerConversation(messages, { ...target, ...overrides }, warnings), warnings }
}

const assistant = (...content: AssistantPart[]): Message => ({ role: 'assistant', content })

describe('parts from elsewhere', () => {
  test('reasoning of another provider is dropped with one warning that names its maker', () => {
    const { turns, warnings } = lower([
      { role: 'user', content: 'hi' },
      assistant(
        { type: 'reasoning', text: 'hm', origin: there, opaque: { signature: 's' } },
        { type: 'text', text: 'hello', origin: there },
      ),
    ])
    expect(turns[1]).toEqual({ role: 'assistant', parts: [{ type: 'text', text: 'hello' }] })
    expect(warnings).toEqual([{ code: 'part-dropped', message: expect.stringContaining('reasoning of there') }])
  })

  test('the text of foreign reasoning stays where the format takes it, never its opaque data', () => {
    const part = { type: 'reasoning', text: 'hm', origin: there, opaque: { signature: 's' } } as const
    const { turns, warnings } = lower([assistant(part)], { takesForeignReasoning: true })
    expect(turns).toEqual([{ role: 'assistant', parts: [{ type: 'reasoning', text: 'hm' }] }])
    expect(warnings).toEqual([])
  })

  test('each signature and provider part from elsewhere is one warning', () => {
    const { turns, warnings } = lower([
      assistant(
        { type: 'text', text: 'a', origin: there, opaque: { thoughtSignature: 's' } },
        { type: 'tool-call', id: 'c', name: 'f', arguments: {}, origin: there, opaque: { thoughtSignature: 's' } },
        { type: 'provider', origin: there, data: { type: 'web_search_call' } },
      ),
    ])
    expect(turns).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'a' },
          { type: 'tool-call', id: 'c', name: 'f', argumentsText: '{}' },
        ],
      },
    ])
    expect(warnings.map(({ code }) => code)).toEqual(['part-dropped', 'part-dropped', 'part-dropped'])
    expect(warnings[2]?.message).toContain('web_search_call')
  })

  test('opaque data without an origin is taken for foreign', () => {
    const { turns, warnings } = lower([assistant({ type: 'reasoning', text: 'hm', opaque: { signature: 's' } })])
    expect(turns).toEqual([])
    expect(warnings).toHaveLength(1)
  })

  test('parts the same provider made come back unchanged, whichever model made them', () => {
    const parts: AssistantPart[] = [
      { type: 'reasoning', text: '', origin: here, opaque: { data: 'xyz' } },
      { type: 'text', text: '', origin: here, opaque: { thoughtSignature: 's' } },
      { type: 'provider', origin: here, data: { type: 'server_tool_use', id: 'x' } },
    ]
    const { turns, warnings } = lower([assistant(...parts)])
    expect(turns).toEqual([{ role: 'assistant', parts }])
    expect(warnings).toEqual([])
  })

  test('a service may hold models apart', () => {
    const isOwn = (origin: { model: string }) => origin.model === 'm'
    const part: AssistantPart = { type: 'reasoning', text: 'hm', origin: here, opaque: { s: 1 } }
    expect(lower([assistant(part)], { isOwn }).warnings).toHaveLength(1)
    expect(lower([assistant({ ...part, origin: { ...here, model: 'm' } })], { isOwn }).warnings).toEqual([])
  })

  test('refusals become text where there is no place for them', () => {
    const part: AssistantPart = { type: 'refusal', text: 'No.' }
    expect(lower([assistant(part)]).turns).toEqual([{ role: 'assistant', parts: [{ type: 'text', text: 'No.' }] }])
    expect(lower([assistant(part)], { takesRefusals: true }).turns).toEqual([{ role: 'assistant', parts: [part] }])
  })
})

describe('turns', () => {
  test('system and developer messages are collected in order, or stay in place', () => {
    const messages: Message[] = [
      { role: 'system', content: 'one' },
      { role: 'user', content: 'hi' },
      { role: 'developer', content: [{ type: 'text', text: 'two', cache: true }] },
    ]
    const two = { type: 'text', text: 'two', cache: true }
    const apart = lower(messages)
    expect(apart.system).toEqual([{ type: 'text', text: 'one' }, two])
    expect(apart.turns.map(({ role }) => role)).toEqual(['user'])
    const inline = lower(messages, { hasInlineSystem: true })
    expect(inline.system).toEqual([])
    expect(inline.turns.map(({ role }) => role)).toEqual(['system', 'user', 'system'])
  })

  test('all results of one assistant turn come together and right after it', () => {
    const { turns } = lower([
      assistant(
        { type: 'tool-call', id: 'a', name: 'f', arguments: {} },
        { type: 'tool-call', id: 'b', name: 'g', arguments: {} },
      ),
      { role: 'tool', toolCallId: 'a', content: '1' },
      { role: 'user', content: 'and?' },
      { role: 'tool', toolCallId: 'b', content: '2', isError: true },
    ])
    expect(turns.slice(1)).toEqual([
      {
        role: 'tool',
        results: [
          { id: 'a', name: 'f', parts: [{ type: 'text', text: '1' }], isError: false },
          { id: 'b', name: 'g', parts: [{ type: 'text', text: '2' }], isError: true },
        ],
      },
      { role: 'user', parts: [{ type: 'text', text: 'and?' }] },
    ])
  })

  test('a conversation the assistant begins gets a user turn where one is needed', () => {
    const messages: Message[] = [
      { role: 'assistant', content: 'Hello, how can I help?' },
      { role: 'user', content: 'hi' },
    ]
    expect(lower(messages).turns.map(({ role }) => role)).toEqual(['assistant', 'user'])
    const { turns, warnings } = lower(messages, { needsUserFirst: true })
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(warnings.map(({ code }) => code)).toEqual(['turn-added'])
    expect(lower(messages.slice(1), { needsUserFirst: true }).warnings).toEqual([])
  })

  test('a text of the assistant at the end gets a user turn where the model does not go on from it', () => {
    const messages: Message[] = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'Once' },
    ]
    expect(lower(messages).turns.map(({ role }) => role)).toEqual(['user', 'assistant'])
    const { turns, warnings } = lower(messages, { needsUserLast: true })
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(warnings.map(({ code }) => code)).toEqual(['turn-added'])
    const paused = [...messages, assistant({ type: 'provider', origin: here, data: { type: 'server_tool_use' } })]
    expect(lower(paused, { needsUserLast: true }).warnings).toEqual([])
  })

  test('empty texts and turns that hold nothing are left out', () => {
    const { turns, system } = lower([
      { role: 'system', content: '' },
      { role: 'user', content: '' },
      { role: 'user', content: [{ type: 'text', text: '' }] },
      { role: 'assistant', content: '' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'text', text: 'x' },
        ],
      },
    ])
    expect(system).toEqual([])
    expect(turns).toEqual([{ role: 'user', parts: [{ type: 'text', text: 'x' }] }])
  })

  test('texts of white space alone are empty where the service refuses them', () => {
    const messages: Message[] = [
      { role: 'user', content: ' ' },
      assistant(
        { type: 'text', text: '\n' },
        { type: 'refusal', text: ' ' },
        { type: 'text', text: ' ', origin: here },
      ),
      { role: 'tool', toolCallId: 'a', content: ' ' },
    ]
    expect(lower(messages).turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
    const { turns } = lower(messages, { refusesBlanks: true })
    expect(turns).toEqual([{ role: 'tool', results: [{ id: 'a', name: 'a', parts: [], isError: false }] }])
  })

  test('a result can be text, parts or any JSON value', () => {
    const contentOf = (content: Extract<Message, { role: 'tool' }>['content']) => {
      const turn = lower([{ role: 'tool', toolCallId: 'a', toolName: 'f', content }]).turns[0]
      return turn?.role === 'tool' ? turn.results[0] : undefined
    }
    expect(contentOf('')).toMatchObject({ parts: [] })
    expect(contentOf({ ok: true })).toMatchObject({
      parts: [{ type: 'text', text: '{"ok":true}' }],
      value: { ok: true },
    })
    expect(contentOf([1, 2])).toMatchObject({ parts: [{ type: 'text', text: '[1,2]' }], value: [1, 2] })
    expect(contentOf([])).toMatchObject({ parts: [{ type: 'text', text: '[]' }], value: [] })
    expect(contentOf(null)).toMatchObject({ parts: [{ type: 'text', text: 'null' }], value: null })
    const image = { type: 'image', url: 'https://example.com/a.png' } as const
    expect(contentOf([image])).toMatchObject({ parts: [image] })
    expect(contentOf([image])).not.toHaveProperty('value')
  })
})

describe('tool-call ids', () => {
  const toolIds = { maxLength: 64 }
  const call = (id: string): AssistantPart => ({ type: 'tool-call', id, name: `f_${id.length}`, arguments: {} })

  test('any ids become fit, stay apart, and the result follows its call', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 90 }), { minLength: 1, maxLength: 8 }), (ids) => {
        const messages = ids.flatMap((id): Message[] => [
          assistant(call(id)),
          { role: 'tool', toolCallId: id, content: 'done' },
        ])
        const { turns, originalIds } = lower(messages, { toolIds })
        const sent = turns.flatMap((turn) =>
          turn.role === 'assistant' ? turn.parts.map((part) => (part.type === 'tool-call' ? part.id : '')) : [],
        )
        const answered = turns.flatMap((turn) => (turn.role === 'tool' ? turn.results.map(({ id }) => id) : []))
        expect(answered).toEqual(sent)
        expect(new Set(sent).size).toBe(ids.length)
        for (const id of sent) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
        expect(sent.map((id) => originalIds.get(id) ?? id)).toEqual(ids)
        expect(lower(messages, { toolIds }).turns).toEqual(turns)
      }),
    )
  })

  test('calls of one turn that share an id are answered in their order', () => {
    const result = (content: string): Message => ({ role: 'tool', toolCallId: 'a', content })
    const { turns } = lower([assistant(call('a'), call('a')), result('one'), result('two')], { toolIds })
    const made = turns.flatMap((turn) => (turn.role === 'assistant' ? turn.parts : []))
    const [first, second] = made.map((part) => (part.type === 'tool-call' ? part.id : ''))
    const results = turns.flatMap((turn) => (turn.role === 'tool' ? turn.results.map(({ id }) => id) : []))
    expect(first).not.toBe(second)
    expect(results).toEqual([first, second])
  })

  test('a fit id is not touched', () => {
    const { turns, originalIds } = lower([assistant(call('toolu_01-Ab'))], { toolIds })
    expect(turns).toMatchObject([{ parts: [{ id: 'toolu_01-Ab' }] }])
    expect(originalIds.size).toBe(0)
  })

  test('the name of a result is found from its call, else told, else the id', () => {
    const { turns } = lower([
      assistant(call('a')),
      { role: 'tool', toolCallId: 'a', content: '' },
      { role: 'tool', toolCallId: 'lost', toolName: 'told', content: '' },
      { role: 'tool', toolCallId: 'gone', content: '' },
    ])
    expect(turns[1]).toMatchObject({ results: [{ name: 'f_1' }, { name: 'told' }, { name: 'gone' }] })
  })
})

describe('arguments', () => {
  const first = (part: Partial<Extract<AssistantPart, { type: 'tool-call' }>>) => {
    const turn = lower([assistant({ type: 'tool-call', id: 'a', name: 'f', ...part })]).turns[0]
    const lowered = turn?.role === 'assistant' ? turn.parts[0] : undefined
    if (lowered?.type !== 'tool-call') throw new Error('no call')
    return lowered
  }

  test('the text wins over the object, and nothing means no arguments', () => {
    expect(first({ arguments: { a: 1 }, argumentsText: '{ "a": 2 }' }).argumentsText).toBe('{ "a": 2 }')
    expect(first({ arguments: { a: 1 } }).argumentsText).toBe('{"a":1}')
    for (const argumentsText of ['', ' ', 'null']) expect(first({ argumentsText }).argumentsText).toBe('{}')
    expect(first({}).argumentsText).toBe('{}')
  })

  test('as an object they are whole, and broken text is wrapped, not lost', () => {
    expect(argumentsOf(first({ argumentsText: '{"a":[1]}' }))).toEqual({ a: [1] })
    expect(argumentsOf(first({ argumentsText: '{"a":' }))).toEqual({ argumentsText: '{"a":' })
    expect(argumentsOf(first({ argumentsText: '[1]' }))).toEqual({ argumentsText: '[1]' })
  })
})

test('joinedText joins what is text', () => {
  expect(
    joinedText([
      { type: 'text', text: 'a' },
      { type: 'image', url: 'https://x' },
      { type: 'text', text: 'b' },
    ]),
  ).toBe('a\nb')
})
