import { UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { fail, reply, virtualClock } from 'holdfast/testing'
import { type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

const servers: FakeProviderServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function setUp(script: Parameters<typeof fakeProviderServer>[0], timeouts = {}, options = {}) {
  const clock = virtualClock()
  const server = await fakeProviderServer({ script: script as string, clock })
  servers.push(server)
  const provider = openaiCompatible({ name: 'p', baseUrl: server.url('openai'), model: 'm' })
  const llm = new UnifiedClient({ providers: [provider], clock, maxConnections: 2, timeouts, ...options })
  return { clock, server, llm }
}

describe('calls beyond maxConnections', () => {
  // What the first call loads takes real time.
  beforeAll(async () => {
    const server = await fakeProviderServer()
    const provider = openaiCompatible({ name: 'p', baseUrl: server.url('openai'), model: 'm' })
    const llm = new UnifiedClient({ providers: [provider] })
    await llm.chat('Hi')
    await llm.chatStream('Hi').final()
    await llm.close()
    await server.close()
  })

  it('stand in line, in order, whole answers and streams alike', async () => {
    const { clock, server, llm } = await setUp(reply('hello there', { everyMs: 500, headersAfterMs: 500 }))
    const prompts = ['1', '2', '3', '4', '5']
    const calls = prompts.map((prompt, index) => (index % 2 ? llm.chat(prompt) : llm.chatStream(prompt).final()))
    await clock.advance(400)
    expect(server.requests).toHaveLength(2)
    const replies = await clock.run(Promise.all(calls))
    expect(replies.map(({ text }) => text)).toEqual(prompts.map(() => 'hello there'))
    const asked = server.requests.map(({ body }) => (body as { messages: { content: string }[] }).messages[0]?.content)
    // Streams take a few steps more before they stand in line.
    expect(asked.filter((text) => Number(text) % 2 === 0)).toEqual(['2', '4'])
    expect(asked.filter((text) => Number(text) % 2 === 1)).toEqual(['1', '3', '5'])
    expect(server.connections).toBeLessThanOrEqual(2)
    await llm.close()
    expect(clock.pending).toBe(0)
  })

  it('have the time of the line for free: the limits of the provider begin with the request', async () => {
    const { clock, llm } = await setUp(reply('hello', { headersAfterMs: 900 }), { readMs: 1_000 })
    const replies = await clock.run(Promise.all(Array.from({ length: 8 }, () => llm.chat('Hi'))))
    expect(replies.flatMap(({ routing }) => routing.attempts.map(({ outcome }) => outcome))).toEqual(
      Array(8).fill('ok'),
    )
    await llm.close()
  })

  it('leave the line when they are aborted, or too late, and nobody else is held up', async () => {
    const { clock, server, llm } = await setUp(reply('hello', { headersAfterMs: 900 }))
    const controller = new AbortController()
    const ask = (options: object) =>
      llm.chat({ prompt: 'Hi', ...options }).then(
        ({ text }) => text,
        ({ code }) => code,
      )
    const calls = [ask({}), ask({}), ask({ signal: controller.signal }), ask({ timeoutMs: 100 }), ask({})]
    await clock.advance(50)
    controller.abort()
    expect(await clock.run(Promise.all(calls))).toEqual(['hello', 'hello', 'aborted', 'deadline_exceeded', 'hello'])
    expect(server.requests).toHaveLength(3)
    await llm.close()
    expect(clock.pending).toBe(0)
  })

  it('get the places that aborted and failed calls give back', async () => {
    const { clock, server, llm } = await setUp(reply('hello', { headersAfterMs: 900 }))
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController()
      const calls = [1, 2].map(() => llm.chat({ prompt: 'Hi', signal: controller.signal }).catch(() => {}))
      await clock.advance(100)
      controller.abort()
      await clock.run(Promise.all(calls))
    }
    expect(server.requests).toHaveLength(6)
    expect((await clock.run(llm.chat('Hi'))).text).toBe('hello')
    await llm.close()
  })

  it('are told of when they were not sent', async () => {
    const { clock, llm } = await setUp(reply('hello', { headersAfterMs: 900 }))
    const calls = [llm.chat('Hi'), llm.chat('Hi'), llm.chat({ prompt: 'Hi', timeoutMs: 100 })]
    await expect(clock.run(calls[2] as Promise<unknown>)).rejects.toMatchObject({
      code: 'deadline_exceeded',
      attempts: [{ provider: 'p', attempt: 0, outcome: 'not_sent', code: 'deadline_exceeded' }],
    })
    await clock.run(Promise.all(calls.slice(0, 2)))
    await llm.close()
  })

  it.each([
    ['whose circuit opened', fail(500), 'circuit_open'],
    ['whose key was refused', fail(401), 'auth_failed'],
  ] as const)('are not sent to a provider %s meanwhile', async (_, script, code) => {
    const { clock, server, llm } = await setUp(script, {}, { retry: { retries: 0 } })
    const calls = Array.from({ length: 20 }, () =>
      llm.chat('Hi').then(
        () => 'ok',
        (error) => error.code,
      ),
    )
    const codes = await clock.run(Promise.all(calls))
    // Those that were under way already, two at a time.
    expect(server.requests.length).toBeLessThanOrEqual(4)
    expect(codes.slice(4)).toEqual(Array(16).fill(code))
    await llm.close()
    expect(clock.pending).toBe(0)
  })
})
