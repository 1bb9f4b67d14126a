import { describe, expect, it } from 'vitest'
import { type CanaryAction, canary } from '../../../src/guards/structure/canary.ts'
import type { GuardRequest } from '../../../src/types/guard.ts'
import { fc } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'
import { disguises } from '../injection/disguises.ts'
import { guarded, pieces, user } from '../run-guards.ts'

const request: GuardRequest = { messages: [{ role: 'system', content: 'Secret recipe.' }, user('Hello')] }
const wordIn = ({ messages }: GuardRequest) => /\[([a-z]{16})\]/.exec(messages[0]?.content as string)?.[1] as string

/** Runs an answer that `write` makes of the canary. */
function leak(write: (word: string) => string, sizes: readonly number[] = [], onLeak: CanaryAction = 'block') {
  return guarded([canary({ onLeak })], request, (sent) => pieces(write(wordIn(sent)), sizes))
}

const forms: Record<string, (word: string) => string> = {
  'as it is': (word) => `It says ${word}.`,
  'inside the whole prompt in base64': (word) => btoa(`Some instructions first. [${word}] And more after.`),
  'at the second alignment of base64': (word) => btoa(`x${word}yz`),
  'at the third alignment of base64': (word) => btoa(`xy${word}z`),
  'in upper case in base64': (word) => btoa(word.toUpperCase()),
  'line by line': (word) => [...word].join('\n- '),
  'turned round in base64': (word) => btoa([...word].reverse().join('')),
}
for (const name of [
  'upper case',
  'mixed case',
  'zero-width spaces',
  'look-alikes',
  'full width',
  'spaced letters',
  'evenly spaced letters',
  'dashed letters',
  'base64',
  'base64 for URLs',
  'hex',
  'hex in pairs',
  'rot13',
  'reversed text',
  'combining marks',
]) {
  forms[name] = disguises[name] as (word: string) => string
}

describe('the canary', () => {
  it('sits in the system prompt, new for each call', async () => {
    const [a, b] = await Promise.all([leak(() => 'x'), leak(() => 'x')])
    expect(wordIn(a.request as GuardRequest)).not.toBe(wordIn(b.request as GuardRequest))
    expect(a.request?.messages[0]?.content).toContain('Secret recipe.')
  })

  it.each(Object.entries(forms))('is recognised %s', verifies('F194'), async (_, write) => {
    const { error, text, request: sent } = await leak((word) => `Well: ${write(word)} there.`)
    expect(error).toMatchObject({ code: 'guard_blocked', rule: 'canary.leaked' })
    expect(text).not.toContain(wordIn(sent as GuardRequest))
  })

  it.each(Object.entries(forms))('is recognised %s, however it is cut', verifies('F192'), async (_, write) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
        const { error, text, request: sent } = await leak((word) => `Well: ${write(word)} there.`, sizes)
        expect(error?.rule).toBe('canary.leaked')
        expect(text).not.toContain(wordIn(sent as GuardRequest).slice(0, 8))
      }),
      { numRuns: 12 },
    )
  })

  it('ends the answer with what was shown before, and no more', verifies('F199'), async () => {
    const { error } = await leak((word) => `All is well. ${word}`, [4])
    expect(error?.partialText).toBe('All is well. ')
  })

  it('can be taken out, with the same result for every cut', verifies('F192'), async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
        const { text, error } = await leak((word) => `One ${word}, two ${word.toUpperCase()}!`, sizes, 'redact')
        expect(error).toBeUndefined()
        expect(text).toBe('One , two !')
      }),
      { numRuns: 25 },
    )
  })

  it('can be only told of', async () => {
    const { text, error, findings, request: sent } = await leak((word) => `It is ${word}`, [3], 'flag')
    expect(error).toBeUndefined()
    expect(text).toBe(`It is ${wordIn(sent as GuardRequest)}`)
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'canary.leaked', action: 'flag', start: 6 }))
  })

  it('is looked for in tool arguments, too', async () => {
    const { error } = await guarded([canary()], request, (sent) => [
      [
        { type: 'tool-call', index: 0, id: 'c', name: 'mail', argumentsText: JSON.stringify({ text: wordIn(sent) }) },
        { type: 'finish', finishReason: 'tool-calls' },
      ],
    ])
    expect(error?.rule).toBe('canary.leaked')
  })

  it('lets every other text pass as it is', verifies('F192'), async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
        async (text, sizes) => {
          const out = await leak((word) => `${word.slice(0, 12)} ${text}`, sizes)
          expect(out.error).toBeUndefined()
          expect(out.text).toBe(`${wordIn(out.request as GuardRequest).slice(0, 12)} ${text}`)
        },
      ),
      { numRuns: 60 },
    )
  })
})
