/** Answers that do not fit the schema they were asked for. */
import {
  AllProvidersFailedError,
  type ChatRequest,
  type ClientEvent,
  type StandardSchema,
  UnifiedClient,
} from 'holdfast'
import { redactPii } from 'holdfast/guards'
import { template } from 'holdfast/providers/template'
import { decide, fail, fakeProvider, reply, type ScriptInput, toolCall } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'

const schema = z.object({ city: z.string() })
const good = '{"city":"Rome"}'

function clientOf(first: ScriptInput, second: ScriptInput, options: object = {}) {
  const events: ClientEvent[] = []
  const [a, b] = [fakeProvider({ name: 'a', script: first }), fakeProvider({ name: 'b', script: second })]
  const llm = new UnifiedClient({ providers: [a, b], onEvent: (event) => events.push(event), ...options })
  return { llm, a, b, events }
}

describe('an answer that does not fit its schema', () => {
  it('is asked for once more where it came from, then at the next provider, with the request as it was', async () => {
    const { llm, a, b, events } = clientOf('no', good)
    const answer = await llm.chat({ prompt: 'Where?', schema })
    expect(answer).toMatchObject({ object: { city: 'Rome' }, provider: 'b', routing: { strategy: 'fallback' } })
    expect([a.calls.length, b.calls.length]).toEqual([2, 1])
    expect(b.calls[0]?.request).toMatchObject({ messages: [{ role: 'user', content: 'Where?' }] })
    expect(events.filter(({ type }) => type === 'fallback-taken')).toMatchObject([
      { from: 'a', to: 'b', code: 'bad_response' },
    ])
    expect(events.filter(({ type }) => type === 'call-end')).toMatchObject([{ outcome: 'ok', provider: 'b' }])
    expect(llm.circuits()).toMatchObject({ a: { failures: 0 }, b: { failures: 0 } })
  })

  it('is mended where it came from, though that was not the first of the chain', async () => {
    const { llm, a, b } = clientOf(fail(401), reply('no').then(good))
    expect(await llm.chat({ prompt: 'Where?', schema })).toMatchObject({ object: { city: 'Rome' }, provider: 'b' })
    expect([a.calls.length, b.calls.length]).toEqual([1, 2])
  })

  it('is one error with the last word of each when nobody has a better one', async () => {
    const { llm } = clientOf('no', '{"city":7}')
    const error = await llm.chat({ prompt: 'Where?', schema }).catch((caught: unknown) => caught)
    if (!AllProvidersFailedError.isInstance(error)) throw error
    expect(error.errors).toMatchObject([
      { provider: 'a', code: 'bad_response', message: expect.stringContaining('not JSON') },
      { provider: 'b', code: 'bad_response', message: expect.stringContaining('city') },
    ])
    expect(error.attempts.map(({ provider }) => provider)).toEqual(['a', 'a', 'b', 'b'])
  })

  it('is one error, too, when the next provider fails in another way', async () => {
    const { llm } = clientOf('no', fail(403))
    await expect(llm.chat({ prompt: 'Where?', schema })).rejects.toMatchObject({
      code: 'all_providers_failed',
      errors: [
        { provider: 'a', code: 'bad_response' },
        { provider: 'b', code: 'forbidden' },
      ],
    })
  })

  it('ends the call with its attempts, and by a rule of the caller', async () => {
    const short = clientOf('no', good, { maxAttempts: 2 })
    await expect(short.llm.chat({ prompt: 'Where?', schema })).rejects.toMatchObject({ code: 'bad_response' })
    expect(short.b.calls).toHaveLength(0)
    const stay = clientOf('no', good, { errorRules: { bad_response: { next: 'no' } } })
    await expect(stay.llm.chat({ prompt: 'Where?', schema })).rejects.toMatchObject({ code: 'bad_response' })
    expect([stay.a.calls.length, stay.b.calls.length]).toEqual([2, 0])
    const once = clientOf('no', good, { errorRules: { bad_response: { retries: 0, retriesWithFallback: 0 } } })
    expect(await once.llm.chat({ prompt: 'Where?', schema })).toMatchObject({ provider: 'b' })
    expect([once.a.calls.length, once.b.calls.length]).toEqual([1, 1])
  })

  it('that is canned is not asked for again', async () => {
    const canned: string[] = []
    const last = template(() => {
      canned.push('asked')
      return 'Sorry.'
    })
    const llm = new UnifiedClient({ providers: [fakeProvider(fail(401)), last] })
    await expect(llm.chat({ prompt: 'Where?', schema })).rejects.toMatchObject({ code: 'bad_response' })
    expect(canned).toHaveLength(1)
  })

  it('may become a call of a tool when it is asked for again', async () => {
    const { llm } = clientOf(reply('no').then(toolCall('look', {})), good)
    const answer = await llm.chat({ prompt: 'Where?', schema, tools: [{ name: 'look' }] })
    expect(answer).toMatchObject({ provider: 'a', object: undefined, toolCalls: [{ name: 'look' }] })
  })
})

describe('what the model is told of its mistake', () => {
  const echo = decide(({ last }) => reply(JSON.stringify({ city: last?.text })))
  const strict = {
    city: z.string().refine((city) => city === 'Rome', { error: ({ input }) => `Not a city: ${input}` }),
  }

  it('goes through guards as it came: nothing they keep back is sent after all', async () => {
    const provider = fakeProvider(echo)
    const llm = new UnifiedClient({ providers: [provider], guards: [redactPii()] })
    const request: ChatRequest = { prompt: 'jane.roe@corp.example', schema: z.object(strict) }
    await expect(llm.chat(request)).rejects.toMatchObject({ code: 'bad_response' })
    const sent = provider.calls.map(({ request: one }) => JSON.stringify(one))
    expect(sent).toHaveLength(2)
    expect(sent[1]).toContain('Not a city: [EMAIL_1_')
    expect(sent.join()).not.toContain('jane.roe')
  })

  it('names what is wrong in full, the error of the call without the words of the answer', async () => {
    const provider = fakeProvider('{"city":"Jane lives at 5 Elm Street","age":66554433}')
    const llm = new UnifiedClient({ providers: [provider] })
    const loud = z.object({ ...strict, age: z.number().refine(() => false, { error: ({ input }) => `Is ${input}` }) })
    const error = await llm.chat({ prompt: 'Where?', schema: loud }).catch((caught: Error) => caught)
    expect(error).toMatchObject({ message: 'The answer does not fit the schema: city: Not a city: …; age: Is …' })
    expect(JSON.stringify(provider.calls[1]?.request)).toContain('Not a city: Jane lives at 5 Elm Street')
  })
})

it('a schema that throws is an error of the request, without a word of what was thrown', async () => {
  const validate = () => {
    throw new TypeError('no luck with {"city":"Rome"}')
  }
  const thrower: StandardSchema = {
    '~standard': { version: 1, vendor: 'own', validate, jsonSchema: { input: () => ({ type: 'object' }) } },
  }
  const { llm, a, b } = clientOf(good, good)
  for (const ask of [() => llm.chat({ prompt: 'Hi', schema: thrower }), () => final(llm, thrower)]) {
    const error = await ask().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'request_invalid', path: 'schema' })
    expect(String(error)).not.toContain('Rome')
  }
  expect([a.calls.length, b.calls.length]).toEqual([2, 0])
})

function final(llm: UnifiedClient, thrower: StandardSchema) {
  return llm.chatStream({ prompt: 'Hi', schema: thrower }).final()
}
