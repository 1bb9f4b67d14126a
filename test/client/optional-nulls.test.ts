import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { fakeProvider } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { fakeHttp } from '../support/fake-http.ts'

const schema = z.object({ city: z.string(), note: z.string().optional() })

describe('an answer held to a schema with optional properties', () => {
  it('may say null where it means nothing, as the strict form has it', async () => {
    const provider = openai({ apiKey: 'sk-test-0123456789abcdef', model: 'gpt-4o' })
    const { context, requests } = fakeHttp({
      body: { choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] },
    })
    await provider.chat({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }], schema }, context)
    expect(requests[0]?.json).toMatchObject({
      response_format: { json_schema: { strict: true, schema: { required: ['city', 'note'] } } },
    })
    const model = fakeProvider('{"city":"Rome","note":null}')
    const llm = new UnifiedClient({ providers: [model] })
    const { object } = await llm.chat({ prompt: 'Where?', schema })
    expect(object).toEqual({ city: 'Rome' })
    expect(model.calls).toHaveLength(1)
    await llm.close()
  })

  it('is refused with the first complaints when nulls are not what is wrong', async () => {
    const model = fakeProvider('{"city":7,"note":null}')
    const llm = new UnifiedClient({ providers: [model] })
    await expect(llm.chat({ prompt: 'Where?', schema })).rejects.toMatchObject({
      code: 'bad_response',
      message: expect.stringContaining('city'),
    })
    await llm.close()
  })
})
