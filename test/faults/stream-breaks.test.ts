/** Streams that end too early, go wrong or fall silent: before the first token, and after some. In every dialect. */
import { fail, fault, sampleText } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { elsewhere, judge, passing, type Row, silent } from './support/judge.ts'
import { type BreakRow, judgeBreak } from './support/judge-stream.ts'

const bench = useBench()
const dialects = ['openai', 'anthropic', 'gemini'] as const

describe.each(dialects)('before the first token, %s', (dialect) => {
  const cut: Row = { code: 'stream_interrupted', ...passing, billing: 'U1' }
  const noToken: Row = { code: 'first_token_timeout', ...silent, billing: 'U1' }
  const cases: [string, Row, ReturnType<typeof verifies>][] = [
    ['sse-cut-before-first', cut, verifies('F88')],
    ['sse-rst-before-first', cut, verifies('F88')],
    ['sse-fin-before-first', cut, verifies('F88')],
    ['sse-done-only', cut, verifies('F88')],
    ['rst-after-headers', cut, verifies('F17')],
    ['sse-stall-first', noToken, verifies('F96')],
    ['sse-ping-first', noToken, verifies('F98')],
    ['sse-empty-forever', noToken, verifies('F98')],
  ]
  for (const [name, row, id] of cases) {
    it(name, id, async () => {
      bench.script(fault(name))
      const [alone, beside] = await judge(bench, row, { dialect, view: 'events' })
      expect(alone.error?.partialText).toBeUndefined()
      expect(alone.stream).toEqual([])
      expect(beside.shown).toBe(sampleText)
      if (row === noToken) expect([alone.ms, beside.attempts[0]?.ms]).toEqual([60_000, 10_000])
    })
  }

  const errors: [string, Row][] = [
    ['overloaded', { code: 'overloaded', ...passing, billing: 'U2' }],
    [
      'rate_limited',
      { code: 'rate_limited', alone: 3, beside: 3, counts: false, next: true, billing: 'U2', gateMs: 1_000 },
    ],
    ['quota_exhausted', { code: 'quota_exhausted', ...elsewhere, billing: 'U2', gateMs: 600_000 }],
    ['bad_request', { code: 'bad_request', ...elsewhere, next: false, billing: 'U2' }],
  ]
  for (const [code, row] of errors) {
    it(`sse-error-first, ${code}: as its own code says`, verifies('F93'), async () => {
      bench.script(fault('sse-error-first', { code }))
      await judge(bench, row, { dialect, view: 'text' })
    })
  }
})

describe.each(dialects)('after some tokens, %s', (dialect) => {
  const cut: BreakRow = { code: 'stream_interrupted', counts: true }
  const stalled: BreakRow = { code: 'idle_timeout', counts: true }
  const cases: [string, BreakRow, ReturnType<typeof verifies>, object?][] = [
    ['sse-cut-after-tokens', cut, verifies('F89')],
    ['sse-rst-after-tokens', cut, verifies('F90')],
    ['sse-fin-after-tokens', cut, verifies('F90')],
    ['sse-cut-mid-event', cut, verifies('F91')],
    ['sse-cut-mid-utf8', cut, verifies('F91')],
    ['sse-stall-mid', stalled, verifies('F97')],
    ['sse-ping-mid', stalled, verifies('F98')],
    ['sse-empty-forever', stalled, verifies('F98'), { tokens: 2 }],
    ['sse-error-mid', { code: 'stream_error_event', counts: true }, verifies('F94'), { code: 'server_error' }],
    ['sse-error-named', { code: 'stream_error_event', counts: true }, verifies('F94'), { code: 'server_error' }],
    // What the error itself says clearly is kept.
    ['sse-error-mid', { code: 'overloaded', counts: true }, verifies('F94'), { code: 'overloaded' }],
    ['sse-bad-json', { code: 'stream_protocol', counts: false }, verifies('F95'), { count: 4 }],
  ]
  for (const [name, row, id, options = {}] of cases) {
    it(`${name} ${Object.values(options)}`, id, async () => {
      bench.script(fault(name, { ...options }))
      const thrown = await judgeBreak(bench, row, { dialect })
      expect(thrown.shown).not.toContain('\ufffd')
      if (row === stalled) expect(thrown.ms).toBe(30_000)
    })
  }

  it('one event that is no JSON is skipped with a warning', verifies('F95'), async () => {
    bench.script(fault('sse-bad-json'))
    const { error, shown, reply, attempts, stream } = await ask(bench, { dialect, view: 'events' })
    expect([error, shown, attempts.length]).toEqual([undefined, sampleText, 1])
    expect(reply?.warnings).toMatchObject([{ code: 'event-skipped' }])
    const message = reply?.warnings[0]?.message ?? ''
    expect(message).not.toContain('\u001b')
    expect(message.length).toBeLessThan(160)
    expect(stream.filter(({ type }) => type === 'warning')).toHaveLength(1)
  })

  it('a token each 400 ms for longer than any limit but the last', verifies('F99'), async () => {
    bench.script(fault('slow-tokens-ok'))
    const { error, shown, ms } = await ask(bench, { dialect, view: 'text', timeouts: { readMs: 1_000, idleMs: 500 } })
    expect([error, shown, ms]).toEqual([undefined, sampleText, 60 * 400])
  })
})

describe('a finish word that says the answer failed', () => {
  it('is an error of the stream', verifies('F94'), async () => {
    bench.script(fault('sse-finish-error'))
    await judgeBreak(bench, { code: 'stream_error_event', counts: true })
  })
})

describe('a refusal in place of a stream', () => {
  it('is the same as for a chat', verifies('F43'), async () => {
    bench.script(fail(503))
    await judge(bench, { code: 'server_error', ...passing, billing: 'U2', status: 503 }, { view: 'text' })
  })
})
