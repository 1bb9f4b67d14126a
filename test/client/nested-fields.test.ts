import { type ChatRequest, UnifiedClient } from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { gemini } from 'holdfast/providers/gemini'
import { ollama } from 'holdfast/providers/ollama'
import { openai } from 'holdfast/providers/openai'
import { responses } from 'holdfast/providers/openai-responses'
import { fakeProvider } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { describe, expect, it } from 'vitest'

const hello = { role: 'user', content: 'Hi' }
const ofUser = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] })
const ofAssistant = (...content: unknown[]) => ({ messages: [hello, { role: 'assistant', content }] })
const withTool = (tool: unknown) => ({ prompt: 'Hi', tools: [tool] })

const wrong: readonly (readonly [path: string, request: object])[] = [
  ['messages[0].name', { messages: [{ ...hello, name: 'Ann' }] }],
  ['messages[1].tool_calls', { messages: [hello, { role: 'assistant', content: '', tool_calls: [] }] }],
  ['messages[0].provenance', { messages: [{ ...hello, provenance: 'me' }] }],
  ['messages[1].isError', { messages: [hello, { role: 'tool', toolCallId: 'c', content: 'x', isError: 'yes' }] }],
  ['messages[1].content', { messages: [hello, { role: 'tool', toolCallId: 'c', content: () => 1 }] }],
  ['messages[1].content', { messages: [hello, { role: 'tool', toolCallId: 'c', content: 10n }] }],
  ['messages[0].content[0]', ofUser(null)],
  ['messages[0].content[0]', ofUser('Hi')],
  ['messages[0].content[0].cache', ofUser({ type: 'text', text: 'Hi', cache: 'yes' })],
  ['messages[0].content[0]', ofUser({ type: 'image' })],
  ['messages[0].content[0].image_url', ofUser({ type: 'image', image_url: 'https://example.com/a.png' })],
  ['messages[0].content[0].url', ofUser({ type: 'image', url: './a.png' })],
  ['messages[0].content[0].data', ofUser({ type: 'image', data: new ArrayBuffer(4), mediaType: 'image/png' })],
  ['messages[0].content[0].data', ofUser({ type: 'image', data: '', mediaType: 'image/png' })],
  ['messages[0].content[0].detail', ofUser({ type: 'image', url: 'https://example.com/a.png', detail: 'ultra' })],
  ['messages[0].content[0]', ofUser({ type: 'file', filename: 'a.pdf' })],
  ['messages[0].content[0].mediaType', ofUser({ type: 'file', data: 'AAAA', mediaType: 'pdf' })],
  ['messages[1].content[0].id', ofAssistant({ type: 'tool-call', name: 'w', arguments: {} })],
  ['messages[1].content[0].name', ofAssistant({ type: 'tool-call', id: 'c' })],
  ['messages[1].content[0].arguments', ofAssistant({ type: 'tool-call', id: 'c', name: 'w', arguments: '{}' })],
  ['messages[1].content[0].text', ofAssistant({ type: 'reasoning' })],
  ['messages', { messages: [{ role: 'user', content: '' }] }],
  ['messages', { messages: [{ role: 'user', content: [] }] }],
  ['tools[0]', withTool(null)],
  ['tools[0].type', withTool({ type: 'function', function: { name: 'w' } })],
  ['tools[0].inputSchema', withTool({ name: 'w', inputSchema: {} })],
  ['tools[0].parameters', withTool({ name: 'w', parameters: 5 })],
  ['tools[0].description', withTool({ name: 'w', description: 7 })],
  ['tools[1].name', { prompt: 'Hi', tools: [{ name: 'w' }, { name: 'w' }] }],
  ['toolChoice.tool', { prompt: 'Hi', tools: [{ name: 'w' }], toolChoice: { tool: 'v' } }],
  ['toolChoice', { prompt: 'Hi', toolChoice: 'required' }],
  ['reasoning', { prompt: 'Hi', reasoning: [] }],
  ['reasoning.effort', { prompt: 'Hi', reasoning: { effort: 'mega' } }],
  ['reasoning.maxTokens', { prompt: 'Hi', reasoning: { maxTokens: -4 } }],
  ['reasoning.budget', { prompt: 'Hi', reasoning: { budget: 5 } }],
  ['metadata.a', { prompt: 'Hi', metadata: { a: 1 } }],
  ['metadata', { prompt: 'Hi', metadata: ['a'] }],
  ['providerOptions.fake', { prompt: 'Hi', providerOptions: { fake: 5 } }],
  ['model.fake', { prompt: 'Hi', model: { fake: 5 } }],
  ['model', { prompt: 'Hi', model: ['big-1'] }],
  ['model', { prompt: 'Hi', model: 'fake/' }],
]

describe('a field inside of a request', () => {
  it.each(wrong)('%s that is wrong is refused by its path, before anything is sent', async (path, request) => {
    const provider = fakeProvider('ok')
    const llm = new UnifiedClient({ providers: [provider] })
    const failure = { code: 'request_invalid', path, message: expect.stringContaining('allowed: ') }
    await expect(llm.chat(request as ChatRequest)).rejects.toMatchObject(failure)
    expect(() => llm.chatStream(request as ChatRequest)).toThrow(expect.objectContaining(failure))
    expect(provider.calls).toEqual([])
  })

  it('may be left undefined, and hold all that there is', async () => {
    const llm = new UnifiedClient({ providers: [fakeProvider('ok')] })
    const call = { id: 'c', name: 'w', arguments: { a: 1 }, argumentsText: '{"a":1}', isUnknownTool: false } as const
    const origin = { provider: 'fake', model: 'm' }
    const reply = await llm.chat({
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.', cache: true, provenance: 'trusted' }] },
        {
          role: 'user',
          provenance: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'image', data: new Uint8Array([1]), mediaType: 'image/png', detail: 'low' },
            { type: 'image', url: 'data:image/png;base64,AAAA' },
            { type: 'file', fileId: 'file-1', filename: 'a.pdf' },
            { type: 'file', url: 'gs://bucket/a.pdf', mediaType: 'application/pdf; version=1' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: '', origin, opaque: { signature: 'x' } },
            { type: 'text', text: 'Calling.', origin },
            { type: 'tool-call', ...call, origin },
            { type: 'provider', origin, data: {} },
          ],
        },
        { role: 'tool', toolCallId: 'c', toolName: 'w', content: null, isError: false },
      ],
      tools: [{ name: 'w', description: '', strict: true }],
      toolChoice: { tool: 'w' },
      reasoning: { effort: 'low', maxTokens: 10, summary: true },
      metadata: { a: 'b' },
      providerOptions: { fake: { any: [1] } },
      model: { fake: 'big-1' },
    })
    expect(reply.text).toBe('ok')
  })
})

it('a request that cannot be written is nobody else’s fault: no circuit counts it', async () => {
  const server = await fakeProviderServer('ok')
  const at = (dialect: 'openai' | 'anthropic' | 'gemini' | 'ollama-native') => ({
    apiKey: 'sk-test-1',
    baseUrl: server.url(dialect),
  })
  const providers = [
    openai(at('openai')),
    openai({ ...at('openai'), name: 'responses', api: responses() }),
    anthropic(at('anthropic')),
    gemini(at('gemini')),
    ollama({ ...at('ollama-native'), model: 'm' }),
  ]
  const llm = new UnifiedClient({ providers })
  for (const { name } of providers) {
    const request = { prompt: 'Hi', providers: [name], providerOptions: { [name]: { n: 10n } } }
    for (let i = 0; i < 4; i++) {
      await expect(llm.chat(request as unknown as ChatRequest)).rejects.toMatchObject({ code: 'request_invalid' })
      const stream = llm.chatStream(request as unknown as ChatRequest)
      await expect(stream.final()).rejects.toMatchObject({ code: 'request_invalid' })
    }
  }
  const states = Object.values(llm.circuits()).map(({ state, failures }) => `${state} ${failures}`)
  expect(new Set(states)).toEqual(new Set(['closed 0']))
  expect(server.requests).toEqual([])
  await llm.close()
  await server.close()
})
