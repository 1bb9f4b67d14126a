import { describe, expect, it } from 'vitest'
import { checkGrounding, type GroundingCheck } from '../../../src/guards/grounding/check.ts'

const sources = [
  {
    id: 'handbook',
    title: 'Staff handbook',
    text: 'Employees get 25 days of paid leave per year. The office in Berlin opened on 3 May 2019. Anna Meyer leads the team. "Safety comes first in every project we run," the handbook says.',
  },
  { id: 'r23', url: 'https://example.com/r23', text: 'Revenue rose 12% to 3.4 million euros in 2023.' },
]

const check = (answer: string, options: Partial<GroundingCheck> = {}) => checkGrounding(answer, { sources, ...options })
const faultsOf = async (answer: string, options: Partial<GroundingCheck> = {}) =>
  (await check(answer, options)).claims.map(({ fault }) => fault ?? 'ok')

describe('grounding', () => {
  it.each([
    ['a claim with its citation', 'Employees get 25 days of paid leave [handbook].', ['ok']],
    ['a number of the list', 'Revenue rose 12% in 2023 [2].', ['ok']],
    ['a title in brackets', 'The Berlin office opened on May 3rd, 2019 (Staff handbook).', ['ok']],
    ['a mark after the full stop', 'Employees get 25 days of paid leave. [1]', ['ok']],
    ['several sources', 'Anna Meyer leads the team [1, 2].', ['ok']],
    ['a citation for a whole paragraph', 'Revenue rose 12% in 2023. It reached 3.4 million euros [r23].', ['ok', 'ok']],
    ['a quotation', 'It says "Safety comes first in every project we run" [handbook].', ['ok']],
    ['other words for a number', 'Revenue rose to 3,400,000 euros in 2023 [r23].', ['ok']],
    ['no citation', 'Employees get 25 days of paid leave.', ['uncited']],
    ['a source that does not exist', 'Employees get 25 days of paid leave [7].', ['unknown-source']],
    ['the wrong source', 'Employees get 25 days of paid leave [r23].', ['number']],
    ['a wrong number', 'Employees get 30 days of paid leave [handbook].', ['number']],
    ['a wrong date', 'The Berlin office opened on 4 May 2019 [handbook].', ['number']],
    ['a wrong name', 'The team is led by Peter Schmidt [handbook].', ['name']],
    ['an altered quotation', 'It says "Safety comes last in every project we run" [handbook].', ['quote']],
    ['words of its own', 'Staff may bring dogs to work on any weekday [handbook].', ['support']],
  ])('judges %s', async (_, answer, faults) => {
    expect(await faultsOf(answer)).toEqual(faults)
  })

  it('holds only claims to it: no headings, questions, code', async () => {
    const { claims, ratio } = await check(
      '# Summary\n\n- Employees get 25 days of paid leave [1]\n\n```\nx = 99\n```\nAnything else?',
    )
    expect(claims).toHaveLength(1)
    expect(ratio).toBe(1)
  })

  it('tells where each claim stands, and its evidence', async () => {
    const answer = 'Well. Revenue rose 12% in 2023 [r23].'
    const [, claim] = (await check(answer)).claims
    expect(answer.slice(claim?.start, claim?.end).trim()).toBe('Revenue rose 12% in 2023 [r23].')
    expect(claim?.evidence).toEqual({ source: 'r23', start: 0, end: 46 })
  })

  it('knows four levels', async () => {
    const good = 'Revenue rose 12% in 2023 [r23].\n'
    const bad = 'Staff may bring dogs to work [handbook].\n'
    const levels = [good, good + good + bad, good + bad + bad, bad].map(async (answer) => (await check(answer)).level)
    expect(await Promise.all(levels)).toEqual(['fully', 'mostly', 'partially', 'ungrounded'])
  })

  it('lets the fixed words of declining stand', async () => {
    const refusal = 'The sources do not say.'
    expect((await check(refusal, { refusal })).ratio).toBe(1)
    expect((await check(refusal)).ratio).toBe(0)
  })

  it('takes names from the question, but no facts', async () => {
    const question = 'Does Peter Schmidt get 40 days of paid leave?'
    expect(await faultsOf('Peter gets 25 days of paid leave per year [1].', { question, minSupport: 0.6 })).toEqual([
      'ok',
    ])
    expect(await faultsOf('Peter gets 40 days of paid leave per year [1].', { question })).toEqual(['number'])
  })

  it('works without citations, when told to', async () => {
    expect(await faultsOf('Employees get 25 days of paid leave.', { requireCitations: false })).toEqual(['ok'])
  })

  it('asks about claims that words do not bear, and about no others', async () => {
    const asked: string[] = []
    const entails = (claim: string) => {
      asked.push(claim)
      return claim.includes('holiday') ? 0.9 : 0.1
    }
    const answer =
      'Workers enjoy five weeks of holiday [1].\nWorkers may bring dogs [1].\nEmployees get 25 days of paid leave [1].'
    expect(await faultsOf(answer, { entails })).toEqual(['ok', 'support', 'ok'])
    expect(asked).toHaveLength(2)
  })

  describe('with citations of the provider', () => {
    const answer = 'Employees get 25 days of paid leave. Revenue rose 12% in 2023.'

    it('takes them for the sentence they stand at, when they hold', async () => {
      const citations = [
        { title: 'Staff handbook', quote: '25 days of paid leave', start: 0, end: 36 },
        { url: 'https://example.com/r23', start: 37, end: answer.length },
      ]
      const report = await check(answer, { citations })
      expect(report.claims.map(({ sources: ids }) => ids)).toEqual([['handbook'], ['r23']])
      expect(report).toMatchObject({ ratio: 1, falseCitations: [] })
    })

    it('finds the source by the number of the document, or by the words', async () => {
      const citations = [
        { quote: 'Employees get 25 days', start: 0, end: 36, raw: { type: 'char_location', document_index: 0 } },
        { quote: 'Revenue rose 12%', start: 37, end: answer.length },
      ]
      expect((await check(answer, { citations })).ratio).toBe(1)
    })

    it('does not believe words that are not there, or sources nobody gave', async () => {
      const citations = [
        { title: 'Staff handbook', quote: '30 days of paid leave', start: 0, end: 36 },
        { url: 'https://elsewhere.example/', start: 37, end: answer.length },
      ]
      const report = await check(answer, { citations })
      expect(report.falseCitations).toEqual([0, 1])
      expect(report.claims.map(({ fault }) => fault)).toEqual(['uncited', 'uncited'])
    })
  })
})
