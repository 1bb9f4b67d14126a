import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../../src/errors/families.ts'
import { LlmError, policyOfError } from '../../../src/errors/llm-error.ts'
import { openai } from '../../../src/providers/openai.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { type FakeAnswer, fakeHttp, streamed } from '../../support/fake-http.ts'
import { verifies } from '../../support/verifies.ts'

const apiKey = 'sk-test-0000000000000000'
const request: ProviderChatRequest = { model: 'gpt-4.1', messages: [{ role: 'user', content: 'hi' }] }
const provider = openai({ apiKey })

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const say = (content: string) => chunk({ content })
const end = `${chunk({}, 'stop')}data: [DONE]\n\n`
const answer = { choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }] }

async function stream(response: FakeAnswer, asked = request) {
  const http = fakeHttp(response)
  return { ...(await streamed(provider, asked, http.context)), ...http }
}

async function failure(response: FakeAnswer): Promise<LlmError> {
  const { context } = fakeHttp(response)
  const error = await provider.chat(request, context).catch((thrown) => thrown)
  expect(LlmError.isInstance(error)).toBe(true)
  return error
}

const text = (events: readonly ProviderEvent[]) =>
  events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('')
const codes = (events: readonly ProviderEvent[]) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.warning.code] : []))

describe('a request', () => {
  it('is one POST with body and key, whose headers the user may overrule', async () => {
    const mine = openai({ apiKey, headers: { 'x-mine': 'yes', authorization: 'Bearer other' } })
    const { context, requests } = fakeHttp({ body: answer })
    await mine.chat(request, context)
    expect(requests).toEqual([
      expect.objectContaining({
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer other', 'x-mine': 'yes' },
      }),
    ])
  })

  it('asks for a fresh key after the last one was refused', verifies('C10'), async () => {
    const asked: boolean[] = []
    const fetched = openai({
      apiKey: async ({ isRefresh }) => {
        asked.push(isRefresh)
        return isRefresh ? 'sk-test-fresh' : 'sk-test-stale'
      },
    })
    expect(fetched.canRefreshKey).toBe(true)
    expect(provider.canRefreshKey).toBeUndefined()
    const { context, requests } = fakeHttp({ body: answer })
    await fetched.chat(request, context)
    await fetched.chat(request, { ...context, isKeyRefresh: true })
    expect(asked).toEqual([false, true])
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-test-stale',
      'Bearer sk-test-fresh',
    ])
  })

  it('is not sent with a malformed key from a function, nor is the key shown', verifies('F188'), async () => {
    const bad = openai({ apiKey: () => 'sk-test\nsecret' })
    const { context, requests } = fakeHttp({ body: answer })
    const error = await bad.chat(request, context).catch((thrown) => thrown)
    expect(error.code).toBe('config_invalid')
    expect(error.message).not.toContain('secret')
    expect(policyOfError(error).next).toBe('yes')
    expect(requests).toEqual([])
  })

  it('that lacks its key because it could not be fetched leaves the others their turn', verifies('C10'), async () => {
    const broken = openai({
      apiKey: () => {
        throw new Error('vault is sealed')
      },
    })
    const { context, requests } = fakeHttp({ body: answer })
    const error = await broken.chat(request, context).catch((thrown) => thrown)
    expect(error.code).toBe('auth_failed')
    expect(error.cause.message).toBe('vault is sealed')
    expect(policyOfError(error)).toMatchObject({ next: 'yes', countsForBreaker: false })
    expect(requests).toEqual([])
  })

  it('tells what was left out before the answer', async () => {
    const reasoning = { ...request, model: 'o3', temperature: 1 }
    const { context } = fakeHttp({ body: answer })
    const [first] = await provider.chat(reasoning, context)
    expect(first).toMatchObject({ type: 'warning', warning: { code: 'parameter-dropped' } })
    const { events } = await stream({ text: say('a') + end }, reasoning)
    expect(events[0]).toEqual(first)
  })
})

describe('a failed answer', () => {
  it('does not show the key it repeats', verifies('F34'), async () => {
    const odd = 'my+odd=key~0123456789'
    const { context } = fakeHttp({ status: 401, body: { error: { message: `Wrong key: ${odd}.` } } })
    const error = await openai({ apiKey: odd })
      .chat(request, context)
      .catch((thrown) => thrown)
    expect(error.code).toBe('auth_failed')
    expect(error.message).toContain('Wrong key: [secret].')
  })

  it('carries the id under which the provider knows it', async () => {
    const headers = { 'x-request-id': 'req_7' }
    expect((await failure({ status: 500, headers, text: 'x' })).providerRequestId).toBe('req_7')
    expect((await failure({ headers, body: { error: { code: 500 } } })).providerRequestId).toBe('req_7')
    expect((await failure({ headers, body: { choices: [] } })).providerRequestId).toBe('req_7')
    const { error } = await stream({ headers, text: `${say('a')}data: {"error":{"message":"x"}}\n\n` })
    expect((error as LlmError).providerRequestId).toBe('req_7')
  })

  it.each([
    ['chat', { error: 'Unexpected endpoint or method. (POST /chat/completions)' }],
    ['stream', { error: 'Unexpected endpoint or method. (POST /chat/completions)' }],
    ['models', { error: 'Unexpected endpoint or method. (GET /models)' }],
    ['embed', [{ error: { code: 404, message: 'model not found' } }]],
  ])('may have the status of a good one: %s', verifies('F69', 'F104'), async (operation, body) => {
    const { context } = fakeHttp({ body })
    const attempts: Record<string, () => Promise<unknown> | undefined> = {
      chat: () => provider.chat(request, context),
      stream: async () => Promise.reject((await streamed(provider, request, context)).error),
      models: () => provider.models?.(context),
      embed: () => provider.embed?.({ input: ['a'] }, context),
    }
    await expect(attempts[operation]?.()).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('a stream', () => {
  it('hands out what came before a failure, even from the same read', verifies('F94'), async () => {
    const { events, error, cancelled } = await stream({
      text: `${say('Hel')}${say('lo')}data: {"error":{"code":"rate_limit_exceeded"}}\n\n${say('!')}`,
      batches: [10],
    })
    expect(text(events)).toBe('Hello')
    expect((error as LlmError).code).toBe('rate_limited')
    expect(cancelled).toHaveLength(1)
  })

  it('passes on what broke it, after what came before', async () => {
    const broken = new ConnectionError('connection_reset', 'gone')
    const { events, error } = await stream({ text: say('Hel'), error: broken })
    expect(text(events)).toBe('Hel')
    expect(error).toBe(broken)
  })

  it('ends at its end mark, whatever follows', verifies('F86', 'F87'), async () => {
    const { events, cancelled } = await stream({ text: say('a') + end + say('late'), batches: [1] })
    expect(text(events)).toBe('a')
    expect(cancelled).toHaveLength(1)
  })

  it('skips up to three events that are no JSON, each with a warning', verifies('F95'), async () => {
    const bad = 'data: {"choices": [nope\n\n'
    const { events, error } = await stream({ text: `${bad}${say('a')}${bad}data: "text"\n\n${end}` })
    expect(error).toBeUndefined()
    expect(text(events)).toBe('a')
    expect(codes(events)).toEqual(['event-skipped', 'event-skipped', 'event-skipped'])
    const broken = await stream({ text: say('a') + bad.repeat(4) + end })
    expect(text(broken.events)).toBe('a')
    expect((broken.error as LlmError).code).toBe('stream_protocol')
  })

  it('shows no raw bytes of what it skipped', async () => {
    const { events } = await stream({ text: `data: {\u001b[2J${'x'.repeat(500)}\n\n${end}` })
    const [warning] = events.flatMap((event) => (event.type === 'warning' ? [event.warning.message] : []))
    expect(warning).toContain('\\u001b')
    expect(warning?.length).toBeLessThan(160)
  })

  it('passes over keep-alives without a word', verifies('F83'), async () => {
    const { events } = await stream({
      text: `data: \n\ndata: : keepalive\n\ndata: null\n\n: ping\n\n${say('a')}${end}`,
    })
    expect(codes(events)).toEqual([])
    expect(text(events)).toBe('a')
  })

  it('may be answered by one JSON body', verifies('F104'), async () => {
    const { events, error } = await stream({ body: answer })
    expect(error).toBeUndefined()
    expect(text(events)).toBe('ok')
    expect(events.at(-1)?.type).toBe('finish')
  })

  it('is let go when its reader leaves', verifies('F110'), async () => {
    const { context, cancelled } = fakeHttp({ text: say('a') + say('b') + end })
    for await (const batch of provider.chatStream(request, context)) {
      expect(text(batch)).toBe('a')
      break
    }
    expect(cancelled).toHaveLength(1)
  })

  it('is not asked for again when it failed to open, or was left before', async () => {
    const { context, requests } = fakeHttp({ status: 500, text: 'x' })
    const iterator = provider.chatStream(request, context)[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'server_error' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(requests).toHaveLength(1)
    const left = provider.chatStream(request, context)[Symbol.asyncIterator]()
    await left.return?.()
    expect(await left.next()).toEqual({ done: true, value: undefined })
    expect(requests).toHaveLength(1)
  })

  it('left while it opens is let go at once', async () => {
    const { context, cancelled } = fakeHttp({ text: say('a') + end })
    // The wire format is loaded with the first call; from then on a request goes out at once.
    await provider
      .chatStream(request, fakeHttp({ text: say('a') + end }).context)
      [Symbol.asyncIterator]()
      .next()
    const iterator = provider.chatStream(request, context)[Symbol.asyncIterator]()
    const first = iterator.next()
    await iterator.return?.()
    expect(await first).toEqual({ done: true, value: undefined })
    expect(cancelled).toHaveLength(1)
  })

  it('fails once', async () => {
    const { context } = fakeHttp({ text: 'data: {"error":{"message":"x"}}\n\n' })
    const iterator = provider.chatStream(request, context)[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'stream_error_event' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})
