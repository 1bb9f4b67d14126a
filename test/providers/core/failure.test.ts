import { describe, expect, it } from 'vitest'
import { ProviderError, StreamError } from '../../../src/errors/families.ts'
import { policyOfError } from '../../../src/errors/llm-error.ts'
import { codeOfStatus, failureError, requestIdIn, statusIn } from '../../../src/providers/core/failure.ts'
import { saysContextLength } from '../../../src/providers/core/failure-words.ts'
import type { Failure } from '../../../src/providers/core/wire-format.ts'
import { verifies } from '../../support/verifies.ts'

function failure(status: number, headers: Record<string, string> = {}, more: Partial<Failure> = {}): Failure {
  return { status, headers: { get: (name) => headers[name] ?? null }, body: '', isInBody: false, ...more }
}

describe('the code of a status', () => {
  it.each([
    [400, 'bad_request'],
    [401, 'auth_failed'],
    [402, 'billing'],
    [403, 'forbidden'],
    [404, 'model_not_found'],
    [405, 'bad_request'],
    [408, 'server_error'],
    [409, 'server_error'],
    [410, 'model_not_found'],
    [413, 'request_too_large'],
    [418, 'bad_request'],
    [422, 'bad_request'],
    [425, 'server_error'],
    [429, 'rate_limited'],
    [498, 'overloaded'],
    [500, 'server_error'],
    [501, 'server_error'],
    [502, 'server_error'],
    [503, 'server_error'],
    [504, 'server_error'],
    [520, 'server_error'],
    [526, 'server_error'],
    [529, 'overloaded'],
    [599, 'server_error'],
    [999, 'server_error'],
    [0, 'server_error'],
    [Number.NaN, 'server_error'],
  ] as const)(
    '%d is %s',
    verifies('F28', 'F30', 'F33', 'F35', 'F36', 'F37', 'F38', 'F39', 'F40', 'F41', 'F43', 'F45'),
    (status, code) => expect(codeOfStatus(status)).toBe(code),
  )

  it('an error inside a good answer, with nothing known of it, is stream_error_event', () => {
    expect(codeOfStatus(200, true)).toBe('stream_error_event')
    expect(codeOfStatus(502, true)).toBe('server_error')
    expect(codeOfStatus(429, true)).toBe('rate_limited')
  })
})

describe('a status told in a body', () => {
  it.each([
    [429, 429],
    ['429', 429],
    [500, 500],
    ['invalid_request_error', undefined],
    ['4e2', undefined],
    [' 429', undefined],
    ['', undefined],
    [null, undefined],
    [true, undefined],
    [[429], undefined],
    [0, undefined],
    [200, undefined],
    [42.9, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [4290, undefined],
  ])('%j is %s', (value, status) => expect(statusIn(value)).toBe(status))
})

describe('the error of a failure', () => {
  it('says what failed, in whose words, for which parameter, under which id', () => {
    const error = failureError(failure(400, { 'x-request-id': 'req_1' }), {
      code: 'bad_request',
      message: "Unsupported value: 'temperature'",
      param: 'temperature',
      advice: 'Leave it out.',
    })
    expect(ProviderError.isInstance(error)).toBe(true)
    expect(error.message).toBe("The provider refused the request (400): Unsupported value: 'temperature' Leave it out.")
    expect(error).toMatchObject({ status: 400, path: 'temperature', providerRequestId: 'req_1' })
    expect(error.retryAfterMs).toBeUndefined()
  })

  it('reads the wait of a failed answer, in whole milliseconds', verifies('F52'), () => {
    expect(failureError(failure(429, { 'retry-after': '0.0005' }), { code: 'rate_limited' }).retryAfterMs).toBe(1)
  })

  it('masks keys and escapes control characters in foreign words', verifies('F34', 'F49'), () => {
    const words = 'Incorrect API key sk-test-abcdefghijkl\r\n[error] forged\u0000\u001b[2J\u2028'
    const { message } = failureError(failure(401), { code: 'auth_failed', message: words })
    expect(message).toContain('[secret]\\u000d\\u000a[error] forged\\u0000\\u001b[2J\\u2028')
    expect(message).not.toMatch(/abcdefghijkl|\p{Cc}|\u2028/u)
  })

  it('keeps an error page to its words, cut short', verifies('F46'), () => {
    const body = `<html><style>a{}</style>\n<h1>502 Bad Gateway</h1><script>alert(1)</script>${'x'.repeat(5_000)}<`
    const { message } = failureError(failure(502, {}, { body }), { code: 'server_error' })
    expect(message).toContain('502 Bad Gateway')
    expect(message).not.toMatch(/[<>\n]/)
    expect(message.length).toBeLessThan(260)
  })

  it('is done with a page of opening brackets in no time', () => {
    const body = '<'.repeat(65_536)
    expect(failureError(failure(502, {}, { body }), { code: 'server_error' }).message).toBe('The provider failed (502)')
  })

  it('is not retried when the provider says so', verifies('F51'), () => {
    const error = failureError(failure(500, { 'x-should-retry': 'false' }), { code: 'server_error' })
    expect(policyOfError(error)).toMatchObject({ retries: 0, retriesWithFallback: 0, countsForBreaker: true })
    expect(error.isRetryable).toBe(false)
    const other = failureError(failure(500, { 'x-should-retry': 'true' }), { code: 'server_error' })
    expect(policyOfError(other).retries).toBe(2)
  })

  it('is not retried where the server lacks the ability', verifies('F44'), () => {
    expect(policyOfError(failureError(failure(501), { code: 'server_error' })).retries).toBe(0)
  })

  it(
    'keeps its own code inside a stream, and a server error after output is stream_error_event',
    verifies('F93', 'F94'),
    () => {
      const inStream = { isInBody: true, status: 200 }
      const coded = (code: 'server_error' | 'rate_limited', hasOutput: boolean) =>
        failureError(failure(200, {}, { ...inStream, hasOutput }), { code })
      expect(coded('server_error', false).code).toBe('server_error')
      expect(coded('server_error', true).code).toBe('stream_error_event')
      expect(StreamError.isInstance(coded('server_error', true))).toBe(true)
      expect(coded('rate_limited', true).code).toBe('rate_limited')
    },
  )

  it('finds request ids under the names services give them', () => {
    for (const name of ['x-request-id', 'request-id', 'x-generation-id', 'x-ds-trace-id', 'apim-request-id'])
      expect(requestIdIn(failure(500, { [name]: 'a\nb' }).headers)).toBe('a\\u000ab')
    expect(requestIdIn(failure(500).headers)).toBeUndefined()
    const { providerRequestId } = failureError(failure(500, { 'x-request-id': 'a' }), {
      code: 'server_error',
      requestId: 'b',
    })
    expect(providerRequestId).toBe('b')
  })
})

describe('words about the length of the prompt', () => {
  it.each([
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 140012 tokens.",
    'prompt is too long: 210000 tokens > 200000 maximum',
    "However, the model's context length is only 1024 tokens",
    'the request exceeds the available context size, try increasing it',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
  ])('are found in "%s"', verifies('F31'), (message) => expect(saysContextLength(message)).toBe(true))

  it.each(['Request too large for gpt-4o on tokens per min', 'max_tokens is too large', 'prompt flagged', ''])(
    'are not found in "%s"',
    (message) => expect(saysContextLength(message)).toBe(false),
  )
})
