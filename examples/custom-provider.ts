/**
 * A service that speaks no known dialect, made a provider: retries, circuit, fallback, limits and events come with the
 * client. (One that speaks OpenAI's dialect needs no code: openaiCompatible({ name, baseUrl, model }).)
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Provider, ProviderError, type ProviderEvent, UnifiedClient } from 'holdfast'

// The service: {"question"} in, {"answer", "words"} out.
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  const { question } = JSON.parse(body)
  response.end(JSON.stringify({ answer: `You asked: ${question}`, words: question.split(' ').length }))
}).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))

function oracle(baseUrl: string): Provider {
  const chat: Provider['chat'] = async ({ messages }, { http }) => {
    const last = messages.at(-1)
    const response = await http({
      method: 'POST',
      url: `${baseUrl}/ask`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question: typeof last?.content === 'string' ? last.content : '' }),
    })
    // The code decides what follows: a retry, the next provider, or the end of the call.
    if (response.status === 429) throw new ProviderError('rate_limited', 'The oracle rests')
    if (response.status !== 200) throw new ProviderError('server_error', `The oracle answered ${response.status}`)
    const { answer, words } = (await response.json()) as { answer: string; words: number }
    return [
      { type: 'text', text: answer },
      { type: 'usage', usage: { inputTokens: words, input: {}, output: {} } },
      { type: 'finish', finishReason: 'stop' },
    ]
  }
  return {
    name: 'oracle',
    kind: 'oracle',
    defaultModel: 'oracle-1',
    endpoint: baseUrl,
    capabilities: { chat: true, chatStream: true, embed: false, models: false },
    chat,
    // It cannot stream, so its whole answer is one batch.
    async *chatStream(request, context): AsyncGenerator<readonly ProviderEvent[]> {
      yield await chat(request, context)
    },
  }
}

const { port } = server.address() as AddressInfo
const llm = new UnifiedClient({ providers: [oracle(`http://127.0.0.1:${port}`)] })
console.log((await llm.chat('Will it rain?')).text)
for await (const text of llm.chatStream('Will it snow?').text) console.log(text)

await llm.close()
server.close()
