import { type ClientEvent, type Provider, UnifiedClient } from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { groq } from 'holdfast/providers/groq'
import { openai } from 'holdfast/providers/openai'
import { openrouter } from 'holdfast/providers/openrouter'
import { fail, fakeProvider } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

const apiKey = 'sk-test-1'

it('a beginning that names no provider of the client belongs to the model', async () => {
  const first = fakeProvider({ name: 'first', script: 'ok' })
  const groqLike = fakeProvider({ name: 'groq', script: 'ok' })
  const llm = new UnifiedClient({ providers: [first, groqLike] })
  await llm.chat({ prompt: 'Hi', model: 'meta-llama/llama-3.3' })
  await llm.chat({ prompt: 'Hi', model: 'groq/openai/gpt-oss-120b' })
  expect(first.calls.map(({ request }) => request?.model)).toEqual(['meta-llama/llama-3.3'])
  expect(groqLike.calls.map(({ request }) => request?.model)).toEqual(['openai/gpt-oss-120b'])
})

it('an object names providers there are', async () => {
  const llm = new UnifiedClient({ providers: [fakeProvider({ name: 'first', script: 'ok' })] })
  await expect(llm.chat({ prompt: 'Hi', model: { frist: 'm' } })).rejects.toMatchObject({
    code: 'request_invalid',
    path: 'model',
    message: "model: got 'frist'; allowed: first",
  })
})

it('a prompt that is too long goes on to the models that are known to take more', verifies('F31'), async () => {
  const server = await fakeProviderServer()
  const at = (dialect: 'openai' | 'anthropic' | 'groq') => ({ apiKey, baseUrl: server.url(dialect) })
  server.use(fail('context_length_exceeded'), { dialect: 'openai' })
  server.use('ok', { dialect: 'anthropic' })
  server.use('ok', { dialect: 'groq' })
  const small = openai({ ...at('openai'), model: 'gpt-4' })
  const middle = openai({ ...at('openai'), name: 'middle', model: 'gpt-4o' })
  const large = anthropic({ ...at('anthropic'), model: 'claude-opus-5' })
  const other = groq({ ...at('groq'), model: 'openai/gpt-oss-120b' })
  const unknown = openai({ ...at('openai'), name: 'unknown', model: 'somebody-elses' })
  const answered = async (...providers: Provider[]) => {
    const llm = new UnifiedClient({ providers })
    server.reset()
    const outcome = await llm.chat('Hi').then(
      ({ provider }) => provider,
      ({ code }) => code,
    )
    await llm.close()
    return [outcome, server.requests.map(({ model }) => model)]
  }
  expect(await answered(small, unknown, large)).toEqual(['anthropic', ['gpt-4', 'claude-opus-5']])
  expect(await answered(small, middle, other, large)).toEqual(['groq', ['gpt-4', 'gpt-4o', 'openai/gpt-oss-120b']])
  expect(await answered(middle, small)).toEqual(['context_length_exceeded', ['gpt-4o']])
  await server.close()
})

it('the one who answered behind OpenRouter is named', async () => {
  const chunk = (rest: object) => ({ id: 'gen-1', model: 'openai/gpt-4o', provider: 'Azure', ...rest })
  const whole = chunk({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] })
  const pieces = [
    chunk({ choices: [{ delta: { content: 'ok' } }] }),
    chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] }),
  ]
  const events: ClientEvent[] = []
  const llm = new UnifiedClient({
    providers: [openrouter({ apiKey })],
    onEvent: (event) => events.push(event),
    fetch: async (_, init) => {
      const isStream = JSON.parse(String(init?.body)).stream === true
      const stream = `${pieces.map((piece) => `data: ${JSON.stringify(piece)}\n\n`).join('')}data: [DONE]\n\n`
      const type = isStream ? 'text/event-stream' : 'application/json'
      return new Response(isStream ? stream : JSON.stringify(whole), { headers: { 'content-type': type } })
    },
  })
  const replies = [await llm.chat('Hi'), await llm.chatStream('Hi').final()]
  for (const { upstream, routing } of replies) {
    expect(upstream).toBe('Azure')
    expect(routing.attempts).toMatchObject([{ provider: 'openrouter', upstream: 'Azure', outcome: 'ok' }])
  }
  const ends = events.filter((event) => event.type === 'attempt-end')
  expect(ends).toMatchObject([{ record: { upstream: 'Azure' } }, { record: { upstream: 'Azure' } }])
  await llm.close()
})
