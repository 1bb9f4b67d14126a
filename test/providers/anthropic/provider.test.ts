import { afterEach, describe, expect, test, vi } from 'vitest'
import { anthropic } from '../../../src/providers/anthropic.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { fakeHttp, streamed } from '../../support/fake-http.ts'
import { assembled } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'

const apiKey = 'sk-ant-test-0123456789'
const request: ProviderChatRequest = { model: 'claude-sonnet-5', messages: [{ role: 'user', content: 'hi' }] }
const reply = {
  id: 'msg_1',
  model: 'claude-sonnet-5',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
}

afterEach(() => vi.unstubAllEnvs())

describe('requests', () => {
  test('go to the usual place with the key and the version', async () => {
    const { context, requests } = fakeHttp({ body: reply })
    const provider = anthropic({ apiKey })
    expect(assembled(await provider.chat(request, context)).text).toBe('Hello')
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.anthropic.com/v1/messages',
      headers: { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      json: { model: 'claude-sonnet-5' },
    })
    expect(requests[0]?.json).not.toHaveProperty('stream')
    expect(provider).toMatchObject({ name: 'anthropic', kind: 'anthropic', endpoint: 'https://api.anthropic.com' })
  })

  test('carry beta flags and can go elsewhere under another name', async () => {
    const { context, requests } = fakeHttp({ body: reply })
    const provider = anthropic({ apiKey, betas: ['a', 'b'], name: 'proxy', baseUrl: 'https://proxy.example.com/v1/' })
    await provider.chat(request, context)
    expect(requests[0]?.url).toBe('https://proxy.example.com/v1/messages')
    expect(requests[0]?.headers['anthropic-beta']).toBe('a,b')
    expect([provider.name, provider.kind]).toEqual(['proxy', 'anthropic'])
  })

  test('what was changed to fit is told before the answer', async () => {
    const { context } = fakeHttp({ body: reply })
    const [first, second] = await anthropic({ apiKey }).chat({ ...request, temperature: 1 }, context)
    expect([first?.type, second?.type]).toEqual(['warning', 'start'])
  })

  test('models of all pages are listed, and tokens counted', verifies('C1'), async () => {
    const page = (id: string, more: object) => ({ body: { data: [{ id }], ...more } })
    const listing = fakeHttp(
      page('claude-a', { has_more: true, last_id: 'claude-a' }),
      page('claude-b', { has_more: false }),
    )
    const models = await anthropic({ apiKey, name: 'c' }).models?.(listing.context)
    expect(models?.map(({ id, provider, isGuessed }) => [id, provider, isGuessed])).toEqual([
      ['claude-a', 'c', true],
      ['claude-b', 'c', true],
    ])
    expect(listing.requests.map(({ url }) => url.split('?')[1])).toEqual(['limit=1000', 'limit=1000&after_id=claude-a'])
    const counting = fakeHttp({ body: { input_tokens: 7 } })
    expect(await anthropic({ apiKey }).countTokens?.(request, counting.context)).toBe(7)
  })

  test('a page that comes again is the last one', async () => {
    const listing = fakeHttp({ body: { data: [{ id: 'a' }, { id: 'b' }], has_more: true, last_id: 'b' } })
    const models = await anthropic({ apiKey }).models?.(listing.context)
    expect(models?.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(listing.requests).toHaveLength(2)
  })
})

describe('streams', () => {
  const event = (data: object & { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const opening =
    event({ type: 'message_start', message: { id: 'm', content: [] } } as never) +
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as never) +
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } } as never)

  test('are asked for and read to their end mark', async () => {
    const text = `${opening}${event({ type: 'message_delta', delta: { stop_reason: 'end_turn' } } as never)}${event({ type: 'message_stop' })}${event({ type: 'ping' })}`
    const { context, requests, cancelled } = fakeHttp({ text })
    const { events, error } = await streamed(anthropic({ apiKey }), request, context)
    expect(requests[0]?.json).toMatchObject({ stream: true })
    expect([assembled(events).text, assembled(events).finishReason, error]).toEqual(['Hel', 'stop', undefined])
    expect(cancelled).toHaveLength(1)
  })

  test('an error event comes after what came before it', async () => {
    const failure = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as never)
    const { events, error } = await streamed(
      anthropic({ apiKey }),
      request,
      fakeHttp({ text: opening + failure }).context,
    )
    expect(assembled(events).text).toBe('Hel')
    expect(error).toMatchObject({ code: 'overloaded' })
  })

  test('a whole answer in place of a stream is read, an error in its place is thrown', async () => {
    const whole = await streamed(anthropic({ apiKey }), request, fakeHttp({ body: reply }).context)
    expect(assembled(whole.events).text).toBe('Hello')
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }
    expect((await streamed(anthropic({ apiKey }), request, fakeHttp({ body }).context)).error).toMatchObject({
      code: 'rate_limited',
    })
  })
})

describe('failures', () => {
  test('a key the service repeats is not shown', async () => {
    const body = { type: 'error', error: { type: 'authentication_error', message: `invalid x-api-key: ${apiKey}` } }
    const { context } = fakeHttp({ status: 401, body, headers: { 'request-id': 'req_1' } })
    const error = await anthropic({ apiKey })
      .chat(request, context)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'auth_failed', status: 401, providerRequestId: 'req_1' })
    expect(String(error)).not.toContain('0123456789')
  })
})

describe('options', () => {
  test('come from the usual environment variables', verifies('D1'), () => {
    expect(() => anthropic()).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('ANTHROPIC_API_KEY') }),
    )
    vi.stubEnv('ANTHROPIC_API_KEY', apiKey)
    vi.stubEnv('ANTHROPIC_MODEL', 'claude-opus-5')
    expect(anthropic().defaultModel).toBe('claude-opus-5')
    expect(anthropic({ model: 'claude-haiku-4-5' }).defaultModel).toBe('claude-haiku-4-5')
  })

  test('are checked', () => {
    expect(() => anthropic({ apiKey, betas: 'x' as never })).toThrow(/betas/)
    expect(() => anthropic({ apiKey, quirk: [] } as never)).toThrow(/quirks/)
  })

  test('windows and prefill are known by model', () => {
    const provider = anthropic({ apiKey })
    expect(provider.contextWindow?.('claude-haiku-4-5-20251001')).toBe(200_000)
    expect(provider.contextWindow?.('claude-opus-5')).toBe(1_000_000)
    expect([provider.canPrefill?.('claude-sonnet-4-5'), provider.canPrefill?.('claude-opus-4-6')]).toEqual([
      true,
      false,
    ])
  })
})
