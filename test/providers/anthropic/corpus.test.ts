import { describe, expect, test } from 'vitest'
import { StreamError } from '../../../src/errors/families.ts'
import { claudeFormat } from '../../../src/providers/anthropic/format.ts'
import { assembled, eventsOfCase, expectAsRecorded, expectErrorAsRecorded } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'
import { wireCases } from '../../support/wire-corpus.ts'

const format = claudeFormat({ provider: 'anthropic', name: 'anthropic' })
const cases = wireCases(({ provider }) => provider === 'anthropic')
const named = (filter: (wireCase: (typeof cases)[number]) => boolean) =>
  cases.filter(filter).map((wireCase) => [wireCase.id, wireCase] as const)

// Two answers in one stream: the reader that was recorded joins them, which must never go unnoticed.
const spliced = 'anthropic/fx-stream-spliced-message-start'
const isChat = ({ api, response }: (typeof cases)[number]) => api === 'messages' && response.status === 200
const isErrorEvent = ({ expect: { error } }: (typeof cases)[number]) => error !== undefined

describe('recorded answers', verifies('C1'), () => {
  test.each(named((one) => isChat(one) && !isErrorEvent(one) && one.id !== spliced))(
    '%s is read as it was meant',
    (_, one) => {
      expectAsRecorded(assembled(eventsOfCase(format, one)), one)
    },
  )

  test('a stream that goes over into another answer fails instead of joining them', () => {
    const [[, one]] = named(({ id }) => id === spliced) as [
      (typeof cases)[number] extends infer C ? [string, C] : never,
    ]
    const caught = thrownBy(() => eventsOfCase(format, one))
    expect(StreamError.isInstance(caught) && caught.code).toBe('stream_protocol')
  })

  test.each(named((one) => isChat(one) && isErrorEvent(one)))('%s fails with the real code', (_, one) => {
    const caught = thrownBy(() => eventsOfCase(format, one))
    expect(caught).toMatchObject({ code: 'overloaded', isRetryable: true })
  })
})

describe('recorded failures', () => {
  test.each(named(({ response }) => response.status >= 400))('%s has its class, words and wait', (_, one) => {
    expectErrorAsRecorded(format, one)
  })
})

describe('recorded lists and counts', verifies('C1'), () => {
  test.each(named(({ api, response }) => api === 'models' && response.status === 200))('%s', (_, one) => {
    const { models } = format.decodeModels?.(one.response.body, 'claude') ?? { models: [] }
    expect(models).toHaveLength(one.expect.models ?? -1)
    for (const model of models) {
      expect(model).toMatchObject({ provider: 'claude', capabilities: expect.arrayContaining(['chat', 'vision']) })
      expect(model.contextWindow).toBeGreaterThan(100_000)
    }
  })

  test.each(named(({ api, response }) => api === 'count_tokens' && response.status === 200))('%s', (_, one) => {
    expect(format.decodeCountTokens?.(one.response.body)).toBe(
      (one.response.body as { input_tokens: number }).input_tokens,
    )
  })
})

test('every recorded case was looked at', () => {
  const apis = new Set(cases.map(({ api }) => api))
  expect([...apis].sort()).toEqual(['count_tokens', 'messages', 'models'])
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
