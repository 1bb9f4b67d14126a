import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { RequestError } from '../../../src/errors/families.ts'
import { azure } from '../../../src/providers/azure.ts'
import { deepseek } from '../../../src/providers/deepseek.ts'
import { groq } from '../../../src/providers/groq.ts'
import { local } from '../../../src/providers/local.ts'
import { openai } from '../../../src/providers/openai.ts'
import { openaiCompatible } from '../../../src/providers/openai-compatible.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { Provider } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { arbitraryRequest } from '../../support/arbitrary-request.ts'
import { fakeHttp } from '../../support/fake-http.ts'
import { fc } from '../../support/property.ts'
import {
  azureRequest,
  complaintsOfReasoningModels,
  deepseekRequest,
  groqRequest,
  localRequest,
  openaiRequest,
  openrouterRequest,
} from '../../support/schemas/openai-chat.ts'
import { verifies } from '../../support/verifies.ts'

const apiKey = 'sk-test-0000000000000000'
const openaiModels = [
  'gpt-5.6-terra',
  'gpt-5.3-chat-latest',
  'gpt-4.1-mini',
  'gpt-4o',
  'gpt-3.5-turbo',
  'o4-mini',
  'o1',
]

const rows: readonly { provider: Provider; schema: z.ZodType; models: readonly string[] }[] = [
  { provider: openai({ apiKey }), schema: openaiRequest, models: openaiModels },
  { provider: azure({ apiKey, resource: 'test', deployment: 'gpt-4.1' }), schema: azureRequest, models: openaiModels },
  {
    provider: groq({ apiKey }),
    schema: groqRequest,
    models: ['openai/gpt-oss-120b', 'llama-3.3-70b-versatile', 'qwen/qwen3.6-27b'],
  },
  {
    provider: openrouter({ apiKey }),
    schema: openrouterRequest,
    models: ['openrouter/auto', 'anthropic/claude-opus-5'],
  },
  { provider: deepseek({ apiKey }), schema: deepseekRequest, models: ['deepseek-v4-flash', 'deepseek-v4-pro'] },
  ...(['lmstudio', 'ollama', 'vllm', 'llamacpp'] as const).map((server) => ({
    provider: local({ server, model: 'm' }),
    schema: localRequest,
    models: ['qwen3'],
  })),
  {
    provider: openaiCompatible({ name: 'acme', baseUrl: 'https://acme.test/v1', model: 'm' }),
    schema: localRequest,
    models: ['any/model'],
  },
]

const details = { reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0, signature: 'sig' }] }

function arbitrary(provider: Provider, models: readonly string[]): fc.Arbitrary<ProviderChatRequest> {
  const more = fc.record(
    {
      frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }),
      logprobs: fc.constant(true),
      topLogprobs: fc.integer({ min: 0, max: 20 }),
      cacheKey: fc.constant('group-1'),
    },
    { requiredKeys: [] },
  )
  const range = { models, provider: provider.kind, opaque: details, data: { type: 'elsewhere' } }
  return fc.tuple(arbitraryRequest(range), more).map(([request, settings]) => ({ ...request, ...settings }))
}

async function sent(provider: Provider, request: ProviderChatRequest, isStream: boolean): Promise<unknown> {
  const answer = { choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }] }
  const { context, requests } = fakeHttp({ body: answer })
  try {
    if (isStream) for await (const _ of provider.chatStream(request, context));
    else await provider.chat(request, context)
  } catch (error) {
    // What a service cannot take at all is refused before anything is sent.
    expect(RequestError.isInstance(error)).toBe(true)
    expect(requests).toEqual([])
    return undefined
  }
  return requests[0]?.json
}

describe('any request', verifies('C1'), () => {
  it.each(rows)('becomes a body $provider.name accepts', { timeout: 60_000 }, async ({ provider, schema, models }) => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(arbitrary(provider, models), fc.boolean(), async (request, isStream) => {
        const body = await sent(provider, request, isStream)
        if (body === undefined || (body as { messages: unknown[] }).messages.length === 0) return
        accepted++
        schema.parse(body)
        if (provider.kind === 'openai' || provider.kind === 'azure')
          expect(complaintsOfReasoningModels(body as Record<string, unknown>)).toEqual([])
        expect((body as { stream?: boolean }).stream).toBe(isStream ? true : undefined)
        expect(await sent(provider, request, isStream)).toEqual(body)
      }),
      { numRuns: 300 },
    )
    expect(accepted).toBeGreaterThan(100)
  })
})
