import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UnifiedClient } from '../../../src/client/unified-client.ts'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { anthropic } from '../../../src/providers/anthropic.ts'
import { gemini } from '../../../src/providers/gemini.ts'
import { groq } from '../../../src/providers/groq.ts'
import { ollama } from '../../../src/providers/ollama.ts'
import { openai } from '../../../src/providers/openai.ts'
import { responses } from '../../../src/providers/openai-responses.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { Provider } from '../../../src/types/provider.ts'
import type { ProviderOptions } from '../../../src/types/provider-options.ts'
import type { ChatReply } from '../../../src/types/reply.ts'
import { type LoopbackServer, startLoopbackServer } from '../../wire/loopback-server.ts'
import { chatCalls, chatFailures, chatForms, chatReasoning, chatUsage } from './chat.ts'
import { claudeRows } from './claude.ts'
import { geminiRows } from './gemini.ts'
import { ollamaRows } from './ollama.ts'
import { responsesRows, routedResponses } from './responses.ts'
import type { AnswerRow, Reading } from './row.ts'

type Factory = (options: ProviderOptions) => Provider

const tables: readonly (readonly [string, Factory, readonly AnswerRow[]])[] = [
  ['thoughts in chat completions', openai, chatReasoning],
  ['thoughts behind OpenRouter', openrouter, chatReasoning],
  ['calls in chat completions', openai, chatCalls],
  ['usage in chat completions', groq, chatUsage],
  ['forms of chat completions', openrouter, chatForms],
  ['failures in chat completions', groq, chatFailures],
  ['responses', (options) => openai({ ...options, api: responses() }), responsesRows],
  ['responses of OpenRouter', (options) => openrouter({ ...options, api: responses() }), routedResponses],
  ['Anthropic', anthropic, claudeRows],
  ['Gemini', gemini, geminiRows],
  ['Ollama', ollama, ollamaRows],
]

let server: LoopbackServer

beforeAll(async () => {
  server = await startLoopbackServer()
})
afterAll(() => server.close())

describe.each(tables)('%s', (_, factory, rows) => {
  it.each(rows)('%s', async (_, answer, reading) => {
    server.answer(typeof answer === 'string' ? { text: answer } : { body: answer })
    const isStream = typeof answer === 'string'
    const expected = { ...reading, ...(reading.calls && { calls: reading.calls.map(withAnyId) }) }
    expect(await read(factory, isStream)).toMatchObject(expected)
    // One JSON body may also answer where a stream was asked for.
    if (!isStream) expect(await read(factory, true)).toMatchObject(expected)
  })
})

/** Ids that were not sent are made up. */
function withAnyId([name, argumentsText, id]: NonNullable<Reading['calls']>[number]): unknown[] {
  return [name, argumentsText, id ?? expect.any(String)]
}

async function read(factory: Factory, isStream: boolean): Promise<Reading> {
  const provider = factory({ apiKey: 'sk-test-0000000000000000', model: 'some-model', baseUrl: server.origin })
  const client = new UnifiedClient({ providers: [provider], retry: { retries: 0 }, midStream: 'error' })
  const shown: string[] = []
  try {
    if (!isStream) return readingOf(await client.chat('Hi'))
    const stream = client.chatStream('Hi')
    for await (const event of stream) if (event.type === 'text') shown.push(event.text)
    return readingOf(await stream.final())
  } catch (error) {
    if (!LlmError.isInstance(error)) throw error
    return { text: shown.join(''), code: error.code }
  } finally {
    await client.close()
  }
}

function readingOf(reply: ChatReply<unknown>): Reading {
  const { text, reasoning, refusal = '', usage, message, finishReasonRaw: raw } = reply
  return {
    text,
    reasoning,
    refusal,
    calls: reply.toolCalls.map(({ id, name, argumentsText }) => [name, argumentsText, id]),
    finish: reply.finishReason,
    ...(raw !== undefined && { raw }),
    ...(usage.isEstimated ? {} : { input: usage.inputTokens ?? -1 }),
    output: usage.outputTokens ?? -1,
    cacheRead: usage.input.cacheRead ?? -1,
    cacheWrite: usage.input.cacheWrite ?? -1,
    thought: usage.output.reasoning ?? -1,
    citations: reply.citations.length,
    blocks: Array.isArray(message.content) ? message.content.filter(({ type }) => type === 'provider').length : 0,
  }
}
