import { describe, expect, it } from 'vitest'
import { billingOf, billOf } from '../../src/metering/billing.ts'
import { priceTable } from '../../src/metering/prices.ts'
import type { ErrorCode } from '../../src/types/error-code.ts'
import type { AttemptResult } from '../../src/types/meter.ts'
import type { Usage } from '../../src/types/usage.ts'
import { estimateTokens } from '../../src/utils/estimate-tokens.ts'
import { verifies } from '../support/verifies.ts'

const attempt = { provider: 'openai', model: 'gpt-5', inputTokens: 100 }
const price = priceTable({ 'gpt-5': { input: 1, output: 10 } })
const failed = (code: ErrorCode, more: Partial<AttemptResult> = {}): AttemptResult => ({
  outcome: 'failed',
  code,
  ms: 5,
  ...more,
})
const usage = (inputTokens: number, outputTokens: number, more: Partial<Usage> = {}): Usage => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  input: {},
  output: {},
  ...more,
})
const numbers = (bill: ReturnType<typeof billOf>) => [
  bill.billing,
  bill.usage.inputTokens,
  bill.usage.outputTokens,
  bill.usage.totalTokens,
  bill.usage.isEstimated ?? false,
]

describe('the class of an attempt', () => {
  it.each([
    ['dns_failed', 'U0'],
    ['connect_refused', 'U0'],
    ['connect_timeout', 'U0'],
    ['tls_failed', 'U0'],
    ['circuit_open', 'U0'],
    ['headers_timeout', 'U1'],
    ['connection_reset', 'U1'],
    ['first_token_timeout', 'U1'],
    ['body_timeout', 'U1'],
    ['stream_interrupted', 'U1'],
    ['http_protocol', 'U1'],
    ['deadline_exceeded', 'U1'],
    ['rate_limited', 'U2'],
    ['auth_failed', 'U2'],
    ['server_error', 'U2'],
    ['overloaded', 'U2'],
    ['redirect_refused', 'U2'],
    ['bad_response', 'U3'],
    ['empty_response', 'U3'],
    ['response_too_large', 'U3'],
  ] as const)('%s is %s', (code, billing) => {
    expect(billingOf(failed(code))).toBe(billing)
  })

  it('that broke after tokens is U4, whatever broke it', () => {
    for (const code of ['stream_interrupted', 'idle_timeout', 'connection_reset', 'response_too_large'] as const) {
      expect(billingOf(failed(code, { receivedText: 'Hello' }))).toBe('U4')
    }
    expect(billingOf({ outcome: 'aborted', ms: 1, firstTokenMs: 1 })).toBe('U4')
    expect(billingOf({ outcome: 'hedge_lost', ms: 1, receivedText: 'x' })).toBe('U4')
  })

  it('that ended early without tokens is U1, and U0 when nothing was sent', () => {
    expect(billingOf({ outcome: 'aborted', code: 'aborted', ms: 1 })).toBe('U1')
    expect(billingOf({ outcome: 'superseded', ms: 1 })).toBe('U1')
    expect(billingOf({ outcome: 'not_sent', ms: 0 })).toBe('U0')
  })
})

describe('a bill', () => {
  it('has nothing on it when nothing was sent', () => {
    const bill = billOf(attempt, failed('connect_refused', { usage: usage(5, 5) }), price)
    expect(bill).toMatchObject({ billing: 'U0', cost: 0 })
  })

  it('has the estimated prompt when no answer was seen', () => {
    const bill = billOf(attempt, failed('headers_timeout'), price)
    expect(numbers(bill)).toEqual(['U1', 100, 0, 100, true])
    expect(bill.cost).toBeCloseTo(100 / 1e6)
  })

  it('has what an error reports, else nothing', () => {
    expect(numbers(billOf(attempt, failed('server_error'), price))).toEqual(['U2', 0, 0, 0, false])
    expect(numbers(billOf(attempt, failed('server_error', { usage: usage(7, 0) }), price))).toEqual([
      'U2',
      7,
      0,
      7,
      false,
    ])
  })

  it('has the prompt and the text received when a stream broke', () => {
    const receivedText = 'The sky is blue because of Rayleigh scattering.'
    const bill = billOf(attempt, failed('stream_interrupted', { receivedText }), price)
    expect(numbers(bill)).toEqual(['U4', 100, estimateTokens(receivedText), 100 + estimateTokens(receivedText), true])
    const reported = billOf(attempt, failed('stream_interrupted', { receivedText, usage: usage(90, 12) }), price)
    expect(numbers(reported)).toEqual(['U4', 90, 12, 102, false])
  })

  it('has what a good answer reports, and an exact zero stays zero', verifies('F76'), () => {
    expect(numbers(billOf(attempt, { outcome: 'ok', ms: 5, usage: usage(80, 20) }, price))).toEqual([
      'U5',
      80,
      20,
      100,
      false,
    ])
    expect(numbers(billOf(attempt, { outcome: 'ok', ms: 5, usage: usage(0, 0) }, price))).toEqual([
      'U5',
      0,
      0,
      0,
      false,
    ])
  })

  it('is estimated and marked when usage is missing', verifies('F75'), () => {
    const bill = billOf(attempt, { outcome: 'ok', ms: 5, receivedText: 'Hello there.' }, price)
    expect(numbers(bill)).toEqual(['U5', 100, 3, 103, true])
    const half = billOf(attempt, { outcome: 'ok', ms: 5, usage: { outputTokens: 9, input: {}, output: {} } }, price)
    expect(numbers(half)).toEqual(['U5', 100, 9, 109, true])
  })

  it.each([Number.POSITIVE_INFINITY, -5, Number.NaN, 2 ** 60, 1.5, '7', 2e9])(
    'takes %s for an estimate',
    verifies('F74'),
    (number) => {
      const bill = billOf(
        attempt,
        { outcome: 'ok', ms: 5, receivedText: 'Hi.', usage: usage(number as number, 3) },
        price,
      )
      expect(numbers(bill)).toEqual(['U5', 100, 2, 102, true])
      expect(Number.isFinite(bill.cost)).toBe(true)
    },
  )

  it('has no cost when the price is not known, fails or makes no sense', () => {
    const ok: AttemptResult = { outcome: 'ok', ms: 5, usage: usage(1, 1) }
    const throwing = () => {
      throw new Error('no price')
    }
    for (const source of [undefined, () => undefined, throwing, () => NaN, () => -1, () => Number.POSITIVE_INFINITY]) {
      expect(billOf(attempt, ok, source)).not.toHaveProperty('cost')
    }
  })
})
