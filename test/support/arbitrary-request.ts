/** Arbitrary chat requests: anything a caller may write, foreign parts and odd ids included. */

import type { JsonObject } from '../../src/types/json.ts'
import type { AssistantPart, Message, Origin, UserPart } from '../../src/types/message.ts'
import type { ProviderChatRequest } from '../../src/types/request.ts'
import type { Tool } from '../../src/types/tool.ts'
import { fc } from './property.ts'

const text = fc.oneof(fc.constantFrom('', ' ', '\n', 'hello', 'grün 🌱'), fc.string({ maxLength: 12 }))
const word = fc.stringMatching(/^[a-z]{1,8}$/)
const png = 'iVBORw0KGgoAAAANSUhEUg=='
const object = fc.dictionary(word, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), {
  maxKeys: 3,
}) as fc.Arbitrary<JsonObject>

const userPart: fc.Arbitrary<UserPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text, cache: fc.boolean() }),
  fc.constantFrom<UserPart>(
    { type: 'image', url: 'https://example.com/a.png' },
    { type: 'image', data: png, mediaType: 'image/png' },
    { type: 'image', url: `data:image/png;base64,${png}` },
    { type: 'image', data: Uint8Array.from([137, 80, 78, 71]), mediaType: 'image/jpeg' },
    { type: 'file', data: 'JVBERi0xLjc=', filename: 'a.pdf' },
    { type: 'file', url: 'https://example.com/a.pdf' },
    { type: 'file', data: 'aGVsbG8=', mediaType: 'text/plain', filename: 'a.txt' },
  ),
)

function assistantPart(origins: readonly Origin[], opaque: JsonObject, data: JsonObject): fc.Arbitrary<AssistantPart> {
  const origin = fc.constantFrom(...origins)
  return fc.oneof(
    fc.record({ type: fc.constant('text' as const), text, origin }),
    fc.record({ type: fc.constant('refusal' as const), text, origin }),
    fc.record({ type: fc.constant('reasoning' as const), text, origin, opaque: fc.constant(opaque) }),
    fc.record({ type: fc.constant('provider' as const), origin, data: fc.constant(data) }),
    fc.record({
      type: fc.constant('tool-call' as const),
      id: fc.oneof(fc.string({ maxLength: 80 }), fc.constantFrom('call_1', 'call_2')),
      name: fc.constantFrom('find', 'list_all'),
      arguments: object,
      origin,
    }),
  )
}

const toolContent = fc.oneof(text, fc.array(userPart, { maxLength: 2 }), object, fc.integer(), fc.constant(null))

/** A turn of the user, or a turn of the assistant with the results of its calls behind it. */
function turn(part: fc.Arbitrary<AssistantPart>): fc.Arbitrary<Message[]> {
  return fc.oneof(
    fc.oneof(text, fc.array(userPart, { maxLength: 3 })).map((content): Message[] => [{ role: 'user', content }]),
    fc
      .constantFrom<Message>(
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.', cache: true }] },
      )
      .map((message) => [message]),
    fc
      .tuple(fc.oneof(text, fc.array(part, { maxLength: 4 })), toolContent, fc.boolean())
      .map(([content, result, isError]): Message[] => {
        const calls = typeof content === 'string' ? [] : content.filter((item) => item.type === 'tool-call')
        const results = calls.map(({ id }): Message => ({ role: 'tool', toolCallId: id, content: result, isError }))
        return [{ role: 'assistant', content }, ...results]
      }),
  )
}

export const recipe = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, description: 'What it is called' },
    minutes: { type: 'integer', minimum: 0 },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
    kind: { oneOf: [{ const: 'sweet' }, { enum: ['sour', 'salty'] }] },
    note: { type: ['string', 'null'], format: 'email', pattern: '^.+$' },
  },
  required: ['name', 'tags'],
} as const

const tools: readonly Tool[] = [
  { name: 'find', description: 'Finds things', parameters: recipe, strict: true },
  { name: 'list_all' },
  {
    name: 'either',
    parameters: {
      anyOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { type: 'object', properties: { b: { $ref: '#/$defs/b' } } },
      ],
      $defs: { b: { type: 'number' } },
    },
  },
]

const open = { type: 'object', additionalProperties: { type: 'number' } } as const
const tree = { type: 'object', properties: { left: { $ref: '#' }, value: { type: 'string' } } } as const

/** What a test says about its provider. */
export interface RequestRange {
  readonly models: readonly string[]
  readonly provider: string
  /** Opaque data and a provider part of its own making. */
  readonly opaque: JsonObject
  readonly data: JsonObject
}

/** Requests to one of the models, in conversations its own and other providers took part in. */
export function arbitraryRequest({ models, provider, opaque, data }: RequestRange): fc.Arbitrary<ProviderChatRequest> {
  const origins = [{ provider: 'elsewhere', model: 'm' }, ...models.map((model) => ({ provider, model }))]
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
  return fc
    .record({
      model: fc.constantFrom(...models),
      messages: fc.array(turn(assistantPart(origins, opaque, data)), { maxLength: 6 }).map((turns) => turns.flat()),
      maxTokens: optional(fc.constantFrom(1, 64, 1024, 4096, 100_000)),
      temperature: optional(fc.double({ min: 0, max: 2, noNaN: true })),
      topP: optional(fc.double({ min: 0, max: 1, noNaN: true })),
      topK: optional(fc.integer({ min: 1, max: 100 })),
      seed: optional(fc.integer()),
      presencePenalty: optional(fc.double({ min: -2, max: 2, noNaN: true })),
      stop: optional(fc.array(fc.constantFrom('END', '\n', ' ', '###', 'a', 'b', 'c'), { maxLength: 7 })),
      tools: optional(fc.subarray([...tools])),
      toolChoice: optional(fc.constantFrom('auto' as const, 'none' as const, 'required' as const, { tool: 'find' })),
      parallelToolCalls: optional(fc.boolean()),
      schema: optional(fc.constantFrom(recipe, open, tree)),
      responseFormat: optional(fc.constantFrom('json' as const, 'text' as const)),
      reasoning: optional(
        fc.record(
          {
            effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
            maxTokens: fc.constantFrom(1, 2000, 50_000),
            summary: fc.boolean(),
          },
          { requiredKeys: [] },
        ) as fc.Arbitrary<NonNullable<ProviderChatRequest['reasoning']>>,
      ),
      serviceTier: optional(fc.constantFrom('auto', 'flex', 'priority', 'standard_only')),
      user: optional(fc.constant('user-1')),
    })
    .map((drawn) => {
      const told = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined))
      const request = told as unknown as ProviderChatRequest
      const hasFind = request.tools?.some(({ name }) => name === 'find')
      const isForced = typeof request.toolChoice === 'object' || request.toolChoice === 'required'
      // A choice without its tools is a mistake of the caller, found before any provider is asked.
      return (isForced && !hasFind) || (request.toolChoice && !request.tools?.length)
        ? (({ toolChoice: _, ...rest }) => rest)(request)
        : request
    })
}
