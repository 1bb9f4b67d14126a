import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProviderEvent } from '../../src/types/provider.ts'
import { Answer } from '../../src/utils/answer.ts'
import { TextPieces } from '../../src/utils/text-pieces.ts'

const origin = { provider: 'p', model: 'm' }
const wording = fc.record({
  type: fc.constantFrom('text' as const, 'reasoning' as const, 'refusal' as const),
  text: fc.string({ maxLength: 5 }),
})

function answerOf(events: readonly ProviderEvent[]): Answer {
  const answer = new Answer(origin)
  for (const event of events) answer.add(event)
  return answer
}

function said(events: readonly { type: string; text: string }[], type: string): string {
  return events.flatMap((event) => (event.type === type ? [event.text] : [])).join('')
}

describe('an answer in pieces', () => {
  it('is what its pieces are, by kind, whenever it is looked at', () => {
    fc.assert(
      fc.property(fc.array(wording, { maxLength: 40 }), fc.nat(40), (events, place) => {
        const answer = answerOf(events.slice(0, place))
        for (const seen of [events.slice(0, place), events]) {
          for (const event of seen.slice(place)) answer.add(event)
          expect([answer.text, answer.reasoning, answer.refusal]).toEqual(
            ['text', 'reasoning', 'refusal'].map((type) => said(seen, type)),
          )
          expect(answer.hasContent).toBe(seen.some(({ text }) => text !== ''))
        }
        const parts = answer.message().content as { type: string; text: string }[]
        expect(said(parts, 'text')).toBe(said(events, 'text'))
        expect(parts.every(({ text }) => text !== '')).toBe(true)
      }),
    )
  })

  it('takes the text of another one before its own', () => {
    fc.assert(
      fc.property(fc.array(wording, { maxLength: 20 }), fc.string(), fc.nat(30), (events, before, overlap) => {
        const answer = answerOf(events)
        const own = answer.text
        answer.prepend(before, overlap)
        expect(answer.text).toBe(before + own.slice(overlap))
        expect(said(answer.message().content as { type: string; text: string }[], 'text')).toBe(answer.text)
      }),
    )
  })

  it('has lists of its own', () => {
    const warning = { code: 'part-dropped', message: 'x' } as const
    const [one, other] = [answerOf([{ type: 'warning', warning }]), answerOf([])]
    expect([one.warnings, other.warnings]).toEqual([[warning], []])
  })
})

describe('a text in pieces', () => {
  it('is whole, however many there are', () => {
    const pieces = Array.from({ length: 2_000 }, (_, place) => `${place} `)
    const text = new TextPieces()
    for (const piece of pieces.slice(0, 1_500)) text.add(piece)
    expect(String(text)).toBe(pieces.slice(0, 1_500).join(''))
    for (const piece of pieces.slice(1_500)) text.add(piece)
    expect(String(text)).toBe(pieces.join(''))
    expect(String(new TextPieces())).toBe('')
  })
})
