import { describe, expect, it } from 'vitest'
import { durationMs, retryHint } from '../../../src/providers/core/retry-hints.ts'
import type { Failure } from '../../../src/providers/core/wire-format.ts'
import { verifies } from '../../support/verifies.ts'
import { headersOf, headerValues, wireCases } from '../../support/wire-corpus.ts'

const now = Date.parse('2026-11-21T10:00:00Z')

function failure(headers: Record<string, string> = {}, body: unknown = '', more: Partial<Failure> = {}): Failure {
  return {
    status: 429,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    body,
    isInBody: false,
    ...more,
  }
}

const wait = (headers: Record<string, string>, body?: unknown, more?: Partial<Failure>) =>
  retryHint(failure(headers, body, more), now)

/** The answer in which a value of the table would stand. */
function answerWith(header: string, value: string): Failure {
  if (header.includes('retryDelay')) return failure({}, { error: { code: 429, details: [{ retryDelay: value }] } })
  const dimension = /reset-(\w+)$/.exec(header)?.[1]
  if (dimension) return failure({ [header]: value, [`x-ratelimit-remaining-${dimension}`]: '0' })
  if (header.startsWith('anthropic-')) return failure({ [header]: value, [header.replace('reset', 'remaining')]: '0' })
  return failure({ [header]: value })
}

describe('the wait a failure asks for', () => {
  it.each(headerValues)('reads $header: $value', verifies('F52', 'F55'), ({ header, value, ms, at }) => {
    const from = at === undefined ? now : Date.parse(at) - 30_000
    const expected = at === undefined ? ms : 30_000
    const hint = retryHint(answerWith(header, value), from)
    // A wait of zero is a form that was read, and no hint.
    if (!expected) expect(hint).toBeUndefined()
    else expect(hint).toBeCloseTo(expected, 5)
  })

  it.each(headerValues.filter(({ header, ms }) => header.includes('reset-') && ms !== undefined))(
    'reads the duration $value',
    ({ value, ms }) => expect(durationMs(value.split(',')[0] as string)).toBeCloseTo(ms as number, 6),
  )

  it.each([
    ['retry-after-ms before retry-after', { 'retry-after-ms': '644', 'retry-after': '1' }, 644],
    ['retry-after where retry-after-ms is 0', { 'retry-after-ms': '0', 'retry-after': '7' }, 7_000],
    [
      'a reset only where nothing remains',
      { 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': '9s' },
      undefined,
    ],
    [
      'the longest of the allowances that are used up',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2m0s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '9s',
      },
      120_000,
    ],
    [
      'retry-after before resets',
      { 'retry-after': '8', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '9s' },
      8_000,
    ],
    ['a moment that is past', { 'retry-after': 'Sat, 21 Nov 2026 09:59:00 GMT' }, undefined],
    ['two values in one header', { 'retry-after': '5, 10' }, undefined],
    ['a number that is no decimal', { 'retry-after': '0x10' }, undefined],
    ['more than a number can hold', { 'retry-after': '9'.repeat(60) }, undefined],
    ['a header that never ends', { 'retry-after': '1s'.repeat(50_000) }, undefined],
    [
      'the first of two joined headers',
      { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '16s, req_1' },
      16_000,
    ],
    ['a duration', { 'retry-after': '34s' }, 34_000],
  ] as const)('takes %s', verifies('F52', 'F55'), (_, headers, expected) => expect(wait(headers)).toBe(expected))

  it('measures a moment from the Date of the answer, not from our clock', verifies('F56'), () => {
    const headers = { date: 'Sat, 21 Nov 2026 08:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 08:00:30 GMT' }
    expect(wait(headers)).toBe(30_000)
    expect(wait({ ...headers, date: 'yesterday' })).toBeUndefined()
  })

  it('finds the reset a gateway repeats in the body, with capital letters', () => {
    const metadata = { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(now + 5_000) } }
    expect(wait({}, { error: { code: 429, metadata } })).toBe(5_000)
  })

  it('takes epoch seconds for what they are', () => {
    expect(wait({ 'x-ratelimit-reset': String(now / 1_000 + 7), 'x-ratelimit-remaining': '0' })).toBe(7_000)
  })

  it('passes over a reset of an allowance that still holds something', () => {
    const headers = { 'x-ratelimit-reset': String(now + 5_000), 'x-ratelimit-remaining': '12' }
    expect(wait(headers)).toBeUndefined()
    expect(wait({ 'x-ratelimit-reset': String(now + 5_000) }, '', { status: 500 })).toBeUndefined()
  })

  it.each([
    ['Please try again in 9.58s. Visit …', 9_580],
    ['Please try again in 644ms.', 644],
    ['Please try again in 9m38.016s. Need more tokens?', 578_016],
    ['Please retry after 26 seconds.', 26_000],
    ['Please try again in 2 minutes', 120_000],
    ['Please retry in 34.4s.', 34_400],
    ['Try again in a moment', undefined],
    ['try again in 5 parts', undefined],
  ])('reads "%s" as a last resort', (message, expected) => {
    expect(wait({}, { error: { message } })).toBe(expected)
    expect(wait({ 'retry-after': '3' }, { error: { message } })).toBe(3_000)
  })

  it('finds the words behind "Provider returned error"', () => {
    const error = { message: 'Provider returned error', metadata: { raw: 'Please try again in 2s' } }
    expect(wait({}, { error })).toBe(2_000)
  })

  it('looks into wrapped errors', () => {
    expect(wait({}, [{ error: { error: { details: [null, 3, { retryDelay: '4s' }] } } }])).toBe(4_000)
  })

  it('does not take the headers of a good answer for those of the failure inside it', () => {
    const headers = { 'retry-after': '31', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '9s' }
    expect(wait(headers, { error: { message: 'overloaded' } }, { status: 200, isInBody: true })).toBeUndefined()
    expect(wait(headers, { error: { message: 'try again in 2s' } }, { status: 200, isInBody: true })).toBe(2_000)
  })

  it.each([
    null,
    undefined,
    3,
    'text',
    [],
    [[]],
    { error: null },
    { error: 'x', details: 3 },
    { error: { details: [{}] } },
  ])('finds nothing in %j', (body) => expect(wait({}, body)).toBeUndefined())

  const asking = wireCases(
    ({ expect: { retryAfterMs, retryAt } }) => retryAfterMs !== undefined || retryAt !== undefined,
  )
  it.each(asking)('reads the recorded answer $id', (wireCase) => {
    const { body, text, status } = wireCase.response
    const { retryAfterMs, retryAt } = wireCase.expect
    const from = retryAt === undefined ? now : Date.parse(retryAt) - 1_000
    const hint = retryHint({ status, headers: headersOf(wireCase), body: body ?? text, isInBody: false }, from)
    expect(hint).toBe(retryAfterMs ?? 1_000)
  })
})
