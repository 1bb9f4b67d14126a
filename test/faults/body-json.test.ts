/** Whole answers whose JSON is of the wrong shape, or holds odd things. In every dialect. */
import { createMeter } from 'holdfast/metering'
import { memoryStores } from 'holdfast/stores/memory'
import { fault, sampleText } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { billOf } from '../../src/metering/billing.ts'
import { verifies } from '../support/verifies.ts'
import { ask, type Outcome } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { elsewhere, judge, passing, type Row, unusable } from './support/judge.ts'

const bench = useBench()
const dialects = ['openai', 'anthropic', 'gemini'] as const
const bad: Row = { code: 'bad_response', ...unusable, billing: 'U3' }
const once = { alone: 1, beside: 1 }

describe('an answer of the wrong shape', () => {
  const cases: [string, Row, ReturnType<typeof verifies>][] = [
    ['json-null', bad, verifies('F66')],
    ['json-array', bad, verifies('F66')],
    ['json-other', bad, verifies('F66')],
    ['json-text', bad, verifies('F66')],
    ['choices-empty', bad, verifies('F66')],
    ['content-null', { code: 'empty_response', ...unusable, counts: false, billing: 'U3' }, verifies('F67')],
    ['content-number', { ...bad, ...once }, verifies('F68')],
    ['content-object', { ...bad, ...once }, verifies('F68')],
  ]
  for (const [name, row, id] of cases) {
    // Messages without any block are how Claude says that it has nothing to add.
    const meant = name === 'choices-empty' ? (['openai', 'gemini'] as const) : dialects
    it.each(meant)(`${name}, %s`, id, async (dialect) => {
      bench.script(fault(name))
      const [alone] = await judge(bench, row, { dialect })
      expect(alone.error?.message).not.toMatch(/undefined|is not a function|Cannot/)
    })
  }
})

describe('an error inside of a good answer', () => {
  const cases: [string, Row][] = [
    ['overloaded', { code: 'overloaded', ...passing, billing: 'U2' }],
    ['auth_failed', { code: 'auth_failed', ...elsewhere, gateMs: 60_000, billing: 'U2' }],
    ['bad_request', { code: 'bad_request', ...elsewhere, next: false, billing: 'U2' }],
  ]
  for (const [code, row] of cases) {
    it.each(dialects)(`${code}, %s: as its own code says`, verifies('F69'), async (dialect) => {
      bench.script(fault('error-in-200', { code }))
      await judge(bench, row, { dialect })
    })
  }
})

/** The call's one good answer, which nothing disturbed. */
async function answered(name: string, dialect: (typeof dialects)[number], options = {}): Promise<Outcome> {
  bench.script(fault(name, options))
  const outcome = await ask(bench, { dialect })
  expect(outcome.error).toBeUndefined()
  expect([outcome.attempts.length, outcome.failures, outcome.billing]).toEqual([1, 0, ['U5']])
  return outcome
}

/** What the ledger makes of an answer to a prompt of seven tokens. */
function bill({ attempts }: Outcome) {
  const [record] = attempts
  return billOf({ provider: 'primary', model: 'm', inputTokens: 7 }, record as NonNullable<typeof record>, undefined)
    .usage
}

describe.each(dialects)('an answer with odd contents, %s', (dialect) => {
  it('bytes that are no UTF-8 become the mark for that', verifies('F72'), async () => {
    expect((await answered('invalid-utf8', dialect)).shown).toMatch(/^before .*\ufffd.* after$/)
  })

  it('of keys that appear twice the last one counts, for text and usage alike', verifies('F73'), async () => {
    const { shown, reply } = await answered('dup-keys', dialect)
    expect(shown).toBe(sampleText)
    expect(reply?.usage.inputTokens).not.toBe(999_999)
  })

  it('numbers that cannot be: none gets through, estimates take their place', verifies('F74'), async () => {
    const outcome = await answered('huge-numbers', dialect)
    const { raw, ...usage } = outcome.reply?.usage ?? { input: {}, output: {} }
    for (const number of numbersIn(usage)) expect(Number.isSafeInteger(number) && number >= 0).toBe(true)
    expect(new Set(outcome.reply?.warnings.map(({ code }) => code))).toEqual(new Set(['usage-insane']))
    const { inputTokens, outputTokens, isEstimated } = bill(outcome)
    expect(isEstimated).toBe(true)
    expect([inputTokens, outputTokens].every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true)
  })

  it('no usage at all: the ledger has an estimate, never 0', verifies('F75'), async () => {
    const stores = memoryStores({ clock: bench.clock })
    const meter = createMeter({ stores, clock: bench.clock })
    bench.script(fault('usage-missing'))
    for (const view of ['chat', 'text'] as const) await ask(bench, { dialect, view, meter })
    await meter.flush()
    const rows = await stores.usage.list({})
    expect(rows.map(({ outcome, billing, isEstimated }) => [outcome, billing, isEstimated])).toEqual(
      Array(2).fill(['ok', 'U5', true]),
    )
    for (const { outputTokens, inputTokens } of rows) {
      expect(outputTokens).toBeGreaterThan(40)
      expect(inputTokens).toBeGreaterThan(0)
    }
    await meter.close()
  })

  it('a usage of exactly 0 stays 0', verifies('F76'), async () => {
    const outcome = await answered('usage-zero', dialect)
    expect(outcome.reply?.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 })
    expect(bill(outcome)).toMatchObject({ inputTokens: 0, outputTokens: 0 })
    expect(bill(outcome).isEstimated).toBeUndefined()
  })

  it('keys that aim at prototypes reach none', verifies('F77'), async () => {
    const { reply } = await answered('proto-keys', dialect)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    const args = reply?.toolCalls[0]?.arguments
    expect([Object.getPrototypeOf(args), args?.a, (args as { polluted?: unknown }).polluted]).toEqual([
      null,
      1,
      undefined,
    ])
  })

  it('a hundred thousand levels of nesting', verifies('F78'), async () => {
    expect((await answered('deep-json', dialect)).shown).toBe(sampleText)
  })
})

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}
