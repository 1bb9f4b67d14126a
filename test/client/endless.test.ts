import { UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { fault } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

it('a stream without end is ended by its size, with the text that was handed out', verifies('F100'), async () => {
  const server = await fakeProviderServer(fault('sse-endless'))
  const provider = openaiCompatible({ name: 'p', baseUrl: server.url('openai'), model: 'm' })
  const llm = new UnifiedClient({ providers: [provider], maxResponseBytes: 200_000 })
  let text = ''
  const stream = llm.chatStream('Hi')
  const read = async () => {
    for await (const piece of stream.text) text += piece
  }
  await expect(read()).rejects.toMatchObject({ code: 'response_too_large' })
  await expect(stream.final()).rejects.toMatchObject({ partialText: text })
  expect(text.length).toBeGreaterThan(1_000)
  expect(text.length).toBeLessThan(400_000)
  expect((await server.waitForEnd(1)).outcome).toBe('client-closed')
  await llm.close()
  await server.close()
})
