/** Streams that a second provider is asked to go on with. */

import { openai } from 'holdfast/providers/openai'
import { fault, type ScriptInput, sampleText } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { type AskOptions, ask, type Outcome } from './support/ask.ts'
import { type MakeProvider, useBench } from './support/bench.ts'
import { checkEvents } from './support/judge.ts'

const bench = useBench()
const cutAfter = 20
const delivered = sampleText.split(' ').slice(0, cutAfter).join(' ')
const cut = fault('sse-cut-after-tokens', { tokens: cutAfter })

/** A service whose models go on from a last turn of the assistant. */
const make: MakeProvider = (options) => ({ ...openai(options), canPrefill: () => true })

async function heal(backup: ScriptInput, options: AskOptions = {}): Promise<Outcome> {
  bench.script(cut, backup)
  const outcome = await ask(bench, { hasBackup: true, make, midStream: 'continue', view: 'text', ...options })
  checkEvents(outcome)
  expect(outcome.primary).toBe(1)
  expect(outcome.attempts[0]).toMatchObject({ provider: 'primary', code: 'stream_interrupted', outcome: 'failed' })
  return outcome
}

describe('a continuation', () => {
  it('goes on exactly where the other stopped: nothing lost, nothing doubled', verifies('F253'), async () => {
    const { shown, reply, attempts } = await heal(fault('continuation-ok'))
    expect(shown).toBe(sampleText)
    expect(reply?.text).toBe(sampleText)
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'ok'])
    const body = bench.backup.requests[0]?.body as { messages: object[] } | undefined
    expect(body?.messages.at(-1)).toEqual({ role: 'assistant', content: delivered })
  })

  it('that says the last words again: they stand there once', verifies('F253'), async () => {
    for (const words of [3, 6, 20]) {
      const { shown, reply } = await heal(fault('continuation-repeats', { words }))
      expect([shown, reply?.text]).toEqual([sampleText, sampleText])
    }
  })

  it('is marked at its seam in the view of events', verifies('F253'), async () => {
    const { shown, stream } = await heal(fault('continuation-repeats', { words: 6 }), { view: 'events' })
    expect(shown).toBe(sampleText)
    expect(stream.filter(({ type }) => type === 'failover')).toMatchObject([
      { mode: 'continue', offset: delivered.length },
    ])
    expect(stream.map(({ type }) => type)).not.toContain('reset')
  })

  it(
    'that is refused: the same provider is asked afresh, and the refusal is not the error',
    verifies('F252'),
    async () => {
      for (const view of ['text', 'events'] as const) {
        const { error, shown, attempts, backup } = await heal(fault('prefill-refused'), { view })
        expect([error, shown, backup]).toEqual([undefined, sampleText, 2])
        expect(attempts.map(({ code, outcome }) => code ?? outcome)).toEqual([
          'stream_interrupted',
          'bad_request',
          'ok',
        ])
        bench.backup.reset()
      }
    },
  )

  it(
    'that is refused, and the fresh answer is another text: a reset, or the first failure',
    verifies('F252'),
    async () => {
      const other = 'Quite another answer.'
      const restarted = await heal(fault('prefill-refused', { text: other }), { view: 'events' })
      expect(restarted.shown).toBe(other)
      expect(restarted.stream.filter(({ type }) => type === 'reset')).toHaveLength(1)
      const thrown = await heal(fault('prefill-refused', { text: other }))
      expect(thrown.error).toMatchObject({ code: 'stream_interrupted', partialText: thrown.shown })
      expect(thrown.error?.message).not.toContain('prefill')
      expect(sampleText.startsWith(thrown.shown)).toBe(true)
    },
  )

  it('of a model known to refuse them is not even asked for', verifies('F252'), async () => {
    const { shown, attempts } = await heal(fault('prefill-refused'), { make: openai })
    expect(shown).toBe(sampleText)
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'ok'])
  })
})

describe('an answer that does not begin as what was shown', () => {
  it('is never joined to it', verifies('F253'), async () => {
    const text = 'Something else entirely, told at length.'
    const restarted = await heal(fault('continuation-ok', { text }), { midStream: 'align', view: 'events' })
    expect(restarted.shown).toBe(text)
    expect(restarted.stream.find(({ type }) => type === 'reset')).toMatchObject({ reason: 'stream_interrupted' })
    const thrown = await heal(fault('continuation-ok', { text }), { midStream: 'align' })
    expect(thrown.error).toMatchObject({ code: 'stream_interrupted', partialText: thrown.shown })
    expect(sampleText.startsWith(thrown.shown)).toBe(true)
    expect(thrown.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'superseded'])
  })

  it(
    'a continuation that contradicts is the model\u2019s own affair, but doubles no word',
    verifies('F253'),
    async () => {
      const { shown } = await heal(fault('continuation-contradicts'))
      const kept = shown.replace(' On the contrary, none of that is so.', '')
      expect(sampleText.startsWith(kept)).toBe(true)
      expect(shown.endsWith('On the contrary, none of that is so.')).toBe(true)
    },
  )
})
