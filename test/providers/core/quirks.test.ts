import { describe, expect, it } from 'vitest'
import { matchesModel, type Quirk, quirksOf, withoutRefused } from '../../../src/providers/core/quirks.ts'
import type { Warning } from '../../../src/types/reply.ts'

describe('a pattern of models', () => {
  it.each([
    ['gpt-5', 'gpt-5', true],
    ['gpt-5', 'gpt-5.1', false],
    ['gpt-5*', 'gpt-5.6-terra', true],
    ['gpt-5*', 'gpt-5', true],
    ['*-chat', 'gpt-5-chat', true],
    ['*-chat', 'gpt-5-chat-2', false],
    ['*gpt-oss*', 'openai/gpt-oss-20b', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxcyyb', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['gpt.5*', 'gpt-5', false],
    ['$&*', '$&x', true],
  ])('%s against %s: %s', (pattern, model, fits) => expect(matchesModel(pattern, model)).toBe(fits))
})

describe('quirks of a model', () => {
  const table: readonly Quirk[] = [
    { model: 'o*', refuses: ['temperature', 'stop'], maxTokensField: 'max_completion_tokens' },
    { model: 'o1-mini*', refuses: ['tools'], systemRole: 'user' },
  ]

  it('are joined from every rule that fits, later ones winning', () => {
    const { refuses, ...rest } = quirksOf('o1-mini-2026', table, undefined, [
      { model: '*', accepts: ['stop'], maxTokensField: 'max_tokens' },
    ])
    expect([...refuses]).toEqual(['temperature', 'tools'])
    expect(rest).toMatchObject({ maxTokensField: 'max_tokens', systemRole: 'user' })
  })

  it('are none for a model no rule speaks of', () => {
    expect(quirksOf('gpt-4.1', table).refuses.size).toBe(0)
  })

  it('leave tools to the encoder, since without them the question is another', () => {
    const request = { model: 'o1-mini', tools: [{ name: 'f' }] }
    expect(withoutRefused(request, quirksOf('o1-mini', table), [])).toEqual(request)
  })

  it('take refused settings out of a copy and tell each loss', () => {
    const request = { model: 'o3', messages: [], temperature: 0, stop: ['x'], seed: 1 }
    const warnings: Warning[] = []
    const kept = withoutRefused(request, quirksOf('o3', table), warnings)
    expect(kept).toEqual({ model: 'o3', messages: [], seed: 1 })
    expect(request.temperature).toBe(0)
    expect(warnings).toEqual([
      { code: 'parameter-dropped', message: 'temperature was left out: o3 does not take it' },
      { code: 'parameter-dropped', message: 'stop was left out: o3 does not take it' },
    ])
  })
})
