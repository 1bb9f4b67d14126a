/** Holds a stream that broke after its first tokens against a row of the catalogue. */
import type { ErrorCode } from 'holdfast'
import { sampleText } from 'holdfast/testing'
import { expect } from 'vitest'
import { type AskOptions, ask, type Outcome } from './ask.ts'
import type { Bench } from './bench.ts'
import { checkEvents, ofType } from './judge.ts'

/** A row about streams that broke after tokens: never tried again at the same provider. */
export interface BreakRow {
  readonly code: ErrorCode
  readonly counts: boolean
  /** May another provider go on? Default `true`. */
  readonly next?: boolean
}

/**
 * Told to throw: the code, with the text that was handed out. Told nothing, and with a healthy second provider: the
 * whole answer, nothing doubled, in both views.
 */
export async function judgeBreak(bench: Bench, row: BreakRow, options: AskOptions = {}): Promise<Outcome> {
  bench.primary.reset()
  bench.backup.reset()
  const thrown = await ask(bench, { view: 'text', ...options, midStream: 'error', hasBackup: true })
  expect(thrown.error).toMatchObject({ code: row.code, partialText: thrown.shown, provider: 'primary', model: 'm' })
  expect(thrown.shown).not.toBe('')
  expect(sampleText.startsWith(thrown.shown)).toBe(true)
  expect([thrown.primary, thrown.backup]).toEqual([1, 0])
  check(thrown, row, options)

  for (const view of ['text', 'events'] as const) {
    bench.primary.reset()
    const healed = await ask(bench, { ...options, view, hasBackup: true })
    check(healed, row, options)
    expect(healed.primary).toBe(1)
    if (row.next === false) {
      expect(healed.error).toMatchObject({ code: row.code, partialText: healed.shown })
      expect(healed.backup).toBe(0)
      continue
    }
    expect(healed.error).toBeUndefined()
    expect(healed.shown).toBe(sampleText)
    expect(healed.reply).toMatchObject({ text: sampleText, provider: 'backup', finishReason: 'stop' })
    expect(healed.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['primary', 'failed'],
      ['backup', 'ok'],
    ])
    if (view === 'events') {
      expect(healed.stream.map(({ type }) => type)).not.toContain('reset')
      const seams = healed.stream.filter(({ type }) => type === 'failover')
      expect(seams).toMatchObject([{ mode: 'align', code: row.code, from: 'primary', to: 'backup' }])
    }
    bench.backup.reset()
  }
  return thrown
}

/** The broken attempt's own cells. */
function check(outcome: Outcome, row: BreakRow, { dialect }: AskOptions): void {
  const [broken] = outcome.attempts
  expect(broken).toMatchObject({ provider: 'primary', outcome: 'failed', code: row.code, attempt: 1 })
  expect(broken?.firstTokenMs).toBeGreaterThanOrEqual(0)
  // Gemini tells with each piece what there was so far; of the others it is guessed.
  expect(broken?.usage?.isEstimated).toBe(dialect === 'gemini' ? undefined : true)
  expect(broken?.usage?.outputTokens).toBeGreaterThan(0)
  expect(outcome.billing).toEqual(['U4'])
  expect(outcome.failures).toBe(row.counts ? 1 : 0)
  expect(ofType(outcome, 'retry-scheduled')).toEqual([])
  checkEvents(outcome)
}
