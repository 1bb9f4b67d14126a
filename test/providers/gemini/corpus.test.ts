import { describe, expect, test } from 'vitest'
import { geminiFormat } from '../../../src/providers/gemini/format.ts'
import { assembled, eventsOfCase, expectAsRecorded, expectErrorAsRecorded } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'
import { wireCases } from '../../support/wire-corpus.ts'

const format = geminiFormat({ provider: 'gemini', name: 'gemini', embeddingModel: 'gemini-embedding-001' })
const cases = wireCases(({ provider }) => provider === 'gemini')
type Case = (typeof cases)[number]
const named = (filter: (wireCase: Case) => boolean) =>
  cases.filter(filter).map((wireCase) => [wireCase.id, wireCase] as const)
// The stream has one event, and it came whole before the cut: finish word, usage and all.
const uncut = 'gemini/stream-streaming-grammar-parallel-function-calls--cut-between-events'
const isChat = ({ api, response }: Case) => /enerateContent/.test(api) && response.status === 200

describe('recorded answers', verifies('C1'), () => {
  test.each(named((one) => isChat(one) && one.expect.partialArgs === undefined && one.id !== uncut))(
    '%s is read as it was meant',
    (_, one) => {
      expectAsRecorded(assembled(eventsOfCase(format, one)), one)
    },
  )

  test('a stream that is cut behind its finish word is complete', () => {
    for (const [, one] of named(({ id }) => id === uncut)) {
      expect(assembled(eventsOfCase(format, one))).toMatchObject({
        finishReason: 'tool-calls',
        finishReasonRaw: 'STOP',
      })
    }
  })

  // Arguments that come value by value: the recordings leave open what they come to.
  const partial: Readonly<Record<string, unknown[]>> = {
    'gemini/fx-stream-no-args-tool-call': [
      ['read_theme', {}],
      ['read_screen', { id: 'A' }],
      ['read_screen', { id: 'B' }],
      ['read_screen', { id: 'C' }],
    ],
    'gemini/fx-stream-tool-call-arguments': [
      ['getWeather', { location: 'Boston' }],
      ['getWeather', { location: 'San Francisco' }],
    ],
    'gemini/fx-stream-tool-call-array-arguments-missing-terminal-function-call': [
      [
        'writeItems',
        {
          operations: [
            { action: 'add', description: 'Fresh red apple', itemid: 'apple_001', price: 0.5 },
            { action: 'add', description: 'Ripe yellow banana', itemid: 'banana_001', price: 0.3 },
          ],
        },
      ],
    ],
  }
  test.each(named((one) => one.expect.partialArgs === true))('%s gives whole calls', (id, one) => {
    const answer = assembled(eventsOfCase(format, one))
    expect(answer.toolCalls.map((call) => [call.name, JSON.parse(call.argumentsText)])).toEqual(partial[id])
    expect([answer.finishReason, answer.finishReasonRaw, answer.text]).toEqual(['tool-calls', 'STOP', ''])
    expect(answer.usage?.raw).toMatchObject(one.expect.usageRaw ?? {})
    const [first] = answer.message().content as unknown as { opaque?: object }[]
    expect(one.expect.reasoning ? answer.reasoning : first?.opaque).toEqual(
      one.expect.reasoning ?? { thoughtSignature: expect.any(String) },
    )
  })

  test.each(named((one) => isChat(one) && one.expect.class === 'content_policy'))('%s ends by a filter', (_, one) => {
    expect(assembled(eventsOfCase(format, one)).finishReason).toBe('content-filter')
  })
})

describe('recorded failures', () => {
  test.each(named(({ response }) => response.status >= 400))('%s has its class, words and wait', (_, one) => {
    expectErrorAsRecorded(format, one)
  })
})

describe('recorded lists, counts and vectors', verifies('C1'), () => {
  test.each(named(({ api, response }) => api === 'models' && response.status === 200))('%s', (_, one) => {
    const { models } = format.decodeModels?.(one.response.body, 'g') ?? { models: [] }
    expect(models).toHaveLength(one.expect.models ?? -1)
    for (const { id, provider, contextWindow } of models) {
      expect(id).not.toContain('/')
      expect([provider, typeof contextWindow]).toEqual(['g', 'number'])
    }
  })

  test.each(named(({ api, response }) => api === 'count_tokens' && response.status === 200))('%s', (_, one) => {
    expect(format.decodeCountTokens?.(one.response.body)).toBe(
      (one.response.body as { totalTokens: number }).totalTokens,
    )
  })

  test.each(named(({ api, response }) => api === 'embeddings' && response.status === 200))('%s', (_, one) => {
    const input = Array.from({ length: one.expect.vectors ?? 0 }, (_, index) => `text ${index}`)
    const part = format.decodeEmbed?.(one.response.body, { input })
    expect(part?.vectors).toHaveLength(input.length)
    expect(part?.model).toBe('gemini-embedding-001')
    const told = one.expect.usageRaw?.promptTokenCount
    expect(part?.usage.inputTokens).toBe(told)
    expect(() => format.decodeEmbed?.(one.response.body, { input: [...input, 'more'] })).toThrow(/vectors/)
  })
})

test('every recorded case was looked at', () => {
  const apis = new Set(cases.map(({ api }) => api))
  expect([...apis].sort()).toEqual([
    'chat.completions',
    'count_tokens',
    'embeddings',
    'generateContent',
    'models',
    'streamGenerateContent',
  ])
})
