/** Answers whose HTTP is wrong, or odd. */
import { openai } from 'holdfast/providers/openai'
import { fault, sampleText } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask, type View } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { dead, elsewhere, final, judge, passing, type Row, silent, unusable } from './support/judge.ts'

const bench = useBench()
const malformed: Row = { code: 'http_protocol', ...unusable, billing: 'U1' }
const foreign: Row = { code: 'http_protocol', ...dead, billing: 'U1' }

describe('an answer that is not right HTTP', () => {
  const cases: [string, Row, ReturnType<typeof verifies>][] = [
    ['bad-status-line', malformed, verifies('F22')],
    ['bad-header', malformed, verifies('F22')],
    ['bad-chunk', malformed, verifies('F22')],
    ['two-lengths', malformed, verifies('F22')],
    ['header-flood', foreign, verifies('F23')],
    ['1xx-forever', { code: 'headers_timeout', ...silent, billing: 'U1' }, verifies('F25')],
    ['switching-101', foreign, verifies('F26')],
    ['http-999', { code: 'server_error', ...passing, billing: 'U2', status: 999 }, verifies('F28')],
    ['http-204', { code: 'empty_response', ...unusable, billing: 'U3' }, verifies('F29')],
    ['empty-200', { code: 'empty_response', ...unusable, billing: 'U3' }, verifies('F29')],
  ]
  for (const [name, row, id] of cases) {
    for (const view of ['chat', 'text'] as const) {
      it(`${name}, ${view}`, id, async () => {
        bench.script(fault(name))
        const [alone, beside] = await judge(bench, row, { view })
        expect(alone.error?.message).not.toMatch(/smuggled|banana|no header/)
        expect(beside.shown).toBe(sampleText)
      })
    }
  }

  it('1xx-forever: the limit is not begun again with each', verifies('F25'), async () => {
    bench.script(fault('1xx-forever'))
    expect((await ask(bench, { hasBackup: true })).ms).toBe(30_000)
  })

  it('header-flood: the rest is not taken in', verifies('F23'), async () => {
    bench.script(fault('header-flood', { megabytes: 64 }))
    const before = process.memoryUsage().arrayBuffers
    await ask(bench)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1_048_576)
    expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
  })
})

describe('early-hints-flood', () => {
  it.each<View>(['chat', 'text'])('five hundred hints are not the answer: %s', verifies('F24'), async (view) => {
    bench.script(fault('early-hints-flood'))
    const { shown, attempts, failures } = await ask(bench, { view })
    expect([shown, attempts.length, failures]).toEqual([sampleText, 1, 0])
  })
})

describe('a refusal while eight megabytes are still on their way', () => {
  const prompt = 'a'.repeat(8 * 1_048_576)
  const tooLarge: Row = { code: 'request_too_large', ...final, billing: 'U2', status: 413 }

  it('is read, and the prompt is sent once', verifies('F27'), async () => {
    bench.script(fault('early-413-close'))
    await judge(bench, tooLarge, { prompt, patienceMs: 100 })
  })

  it('goes on to a provider that is known to take more', verifies('F27'), async () => {
    bench.script(fault('early-413-close'))
    const make = (options: Parameters<typeof openai>[0]) => ({
      ...openai(options),
      contextWindow: (model: string) => (model === 'b' ? 9_000_000 : 100_000),
    })
    await judge(bench, { ...tooLarge, ...elsewhere }, { prompt, make, patienceMs: 100 })
  })
})
