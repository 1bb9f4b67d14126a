import { afterEach, describe, expect, test, vi } from 'vitest'
import { gemini } from '../../../src/providers/gemini.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { fakeHttp, streamed } from '../../support/fake-http.ts'
import { assembled } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'

const apiKey = 'AQ.test-0123456789'
const request: ProviderChatRequest = { model: 'gemini-3.5-flash', messages: [{ role: 'user', content: 'hi' }] }
const piece = (text: string, finishReason?: string) => ({
  candidates: [{ content: { parts: [{ text }] }, ...(finishReason && { finishReason }) }],
})

afterEach(() => vi.unstubAllEnvs())

describe('requests', () => {
  test('carry exactly one credential, in its header and nowhere else', verifies('F187'), async () => {
    const { context, requests } = fakeHttp(
      { body: piece('Hello', 'STOP') },
      { body: { models: [] } },
      { body: { totalTokens: 3 } },
    )
    const provider = gemini({ apiKey })
    await provider.chat(request, context)
    await provider.models?.(context)
    expect(await provider.countTokens?.(request, context)).toBe(3)
    for (const { headers, url, body } of requests) {
      const carriers = Object.entries(headers).filter(([, value]) => value.includes(apiKey))
      expect(carriers).toEqual([['x-goog-api-key', apiKey]])
      expect(headers).not.toHaveProperty('authorization')
      expect(`${url}${body}`).not.toContain('0123456789')
    }
    expect(requests.map(({ url }) => url)).toEqual([
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:generateContent',
      'https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000',
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:countTokens',
    ])
    expect(() => gemini({ apiKey, headers: { Authorization: 'Bearer x' } })).toThrow(/headers\.Authorization/)
  })

  test('keys of every form are taken', () => {
    for (const key of ['AQ.Ab8RN6test', 'AIzaSyTest0123456789', 'anything'])
      expect(gemini({ apiKey: key }).name).toBe('gemini')
  })

  test('many texts are embedded in batches the service takes', verifies('C1'), async () => {
    const vectors = (count: number) => ({
      body: { embeddings: Array.from({ length: count }, (_, at) => ({ values: [at] })) },
    })
    const { context, requests } = fakeHttp(vectors(100), vectors(50))
    const input = Array.from({ length: 150 }, (_, at) => `text ${at}`)
    const reply = await gemini({ apiKey, embeddingModel: 'gemini-embedding-2' }).embed?.({ input }, context)
    expect([reply?.vectors.length, reply?.model, reply?.usage.inputTokens]).toEqual([
      150,
      'gemini-embedding-2',
      undefined,
    ])
    expect(requests.map(({ json }) => (json as { requests: unknown[] }).requests.length)).toEqual([100, 50])
  })
})

describe('streams', () => {
  const text = [piece('Hel'), piece('lo', 'STOP')].map((data) => `data: ${JSON.stringify(data)}\r\n\r\n`).join('')

  test('are asked for as events', async () => {
    const { context, requests } = fakeHttp({ text })
    const { events, error } = await streamed(gemini({ apiKey }), request, context)
    expect(requests[0]?.url).toMatch(/:streamGenerateContent\?alt=sse$/)
    expect([assembled(events).text, assembled(events).finishReason, error]).toEqual(['Hello', 'stop', undefined])
  })

  test('a plain JSON body in their place is an error or an answer', async () => {
    const error = { code: 503, status: 'UNAVAILABLE', message: 'The model is overloaded.' }
    for (const body of [{ error }, [{ error }]]) {
      const failed = await streamed(gemini({ apiKey }), request, fakeHttp({ body }).context)
      expect(failed.error).toMatchObject({ code: 'overloaded' })
    }
    const whole = await streamed(
      gemini({ apiKey }),
      request,
      fakeHttp({ body: [piece('a'), piece('b', 'STOP')] }).context,
    )
    expect(assembled(whole.events).text).toBe('ab')
  })
})

test('a daily quota and a minute of it are told apart, with their wait', async () => {
  const failure = (quotaId: string) => ({
    status: 429,
    body: {
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: 'You exceeded your current quota.',
        details: [{ violations: [{ quotaId }] }, { retryDelay: '34.4s' }],
      },
    },
  })
  const codeOf = (quotaId: string) =>
    gemini({ apiKey })
      .chat(request, fakeHttp(failure(quotaId)).context)
      .catch((error: unknown) => error)
  expect(await codeOf('RequestsPerDay')).toMatchObject({ code: 'quota_exhausted', retryAfterMs: 34_400 })
  expect(await codeOf('RequestsPerMinute')).toMatchObject({ code: 'rate_limited', retryAfterMs: 34_400 })
})

test('options come from the usual environment variables', verifies('D1'), () => {
  expect(() => gemini()).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringContaining('GEMINI_API_KEY or GOOGLE_API_KEY'),
    }),
  )
  vi.stubEnv('GOOGLE_API_KEY', apiKey)
  expect(gemini().defaultModel).toBe('gemini-3.6-flash')
  vi.stubEnv('GEMINI_MODEL', 'gemini-3.1-pro-preview')
  expect(gemini().defaultModel).toBe('gemini-3.1-pro-preview')
  expect(() => gemini({ quirks: {} as never })).toThrow(/quirks/)
})
