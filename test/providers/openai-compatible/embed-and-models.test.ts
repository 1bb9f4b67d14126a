import { describe, expect, it } from 'vitest'
import type { LlmError } from '../../../src/errors/llm-error.ts'
import { local } from '../../../src/providers/local.ts'
import { openai } from '../../../src/providers/openai.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { ModelInfo } from '../../../src/types/model.ts'
import { type FakeAnswer, fakeHttp } from '../../support/fake-http.ts'
import { verifies } from '../../support/verifies.ts'

const apiKey = 'sk-test-0000000000000000'
const provider = openai({ apiKey })

async function embed(answer: FakeAnswer['body'], input = ['a', 'b'], more = {}) {
  const { context, requests } = fakeHttp({ body: answer })
  const reply = await provider.embed?.({ input, ...more }, context)
  return { reply, body: requests[0]?.json }
}

const item = (index: number | undefined, embedding: unknown) => ({ object: 'embedding', index, embedding })

describe('embeddings', verifies('C1'), () => {
  it('come in the order of their inputs, with what they cost', async () => {
    const usage = { prompt_tokens: 7, total_tokens: 7 }
    const { reply, body } = await embed({ model: 'e-1', data: [item(1, [2, 2]), item(0, [1, 1])], usage }, ['a', 'b'], {
      dimensions: 2,
    })
    expect(body).toEqual({ model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 2 })
    expect(reply).toMatchObject({
      vectors: [
        [1, 1],
        [2, 2],
      ],
      model: 'e-1',
      usage: { inputTokens: 7, raw: usage },
    })
  })

  it('may lack index, usage and model', async () => {
    const { reply } = await embed({ data: [item(undefined, [1]), item(undefined, [2])] }, undefined, { model: 'mine' })
    expect(reply).toMatchObject({ vectors: [[1], [2]], model: 'mine', usage: { input: {}, output: {} } })
  })

  it('may come in base64', async () => {
    const bytes = new Uint8Array(new Float32Array([0.5, -2]).buffer)
    const { reply } = await embed({ data: [item(0, btoa(String.fromCharCode(...bytes)))] }, ['a'])
    expect(reply?.vectors).toEqual([[0.5, -2]])
  })

  it.each([
    null,
    {},
    { data: 'x' },
    { data: [item(0, [1])] },
    { data: [item(0, [1]), item(0, [2])] },
    { data: [item(0, [1]), item(7, [2])] },
    { data: [item(0, [1]), item(-1, [2])] },
    { data: [item(0, [1]), item(1, [])] },
    { data: [item(0, [1]), item(1, ['2'])] },
    { data: [item(0, [1]), item(1, [null])] },
    { data: [item(0, [1]), item(1, '!!!')] },
    { data: [item(0, [1]), item(1, 'AA==')] },
    { data: [item(0, [1]), item(1, [2]), item(2, [3])] },
  ])('that are %j are none', verifies('F66'), async (answer) => {
    const error = await embed(answer).catch((thrown: LlmError) => thrown)
    expect((error as LlmError).code).toBe('bad_response')
  })

  it('are asked for in batches the service takes', async () => {
    const input = Array.from({ length: 2_050 }, (_, i) => `t${i}`)
    const batch = (from: number, to: number) => ({
      body: { data: input.slice(from, to).map((_, i) => item(i, [from + i])), usage: { prompt_tokens: 3 } },
    })
    const { context, requests } = fakeHttp(batch(0, 2_048), batch(2_048, 2_050))
    const reply = await provider.embed?.({ input }, context)
    expect(requests).toHaveLength(2)
    expect(reply?.vectors.map(([value]) => value)).toEqual(input.map((_, i) => i))
    expect(reply?.usage.inputTokens).toBe(6)
  })

  it('need a model', async () => {
    const { context, requests } = fakeHttp({})
    const failed = local({ model: 'm' }).embed?.({ input: ['a'] }, context)
    await expect(failed).rejects.toMatchObject({ code: 'request_invalid', path: 'model' })
    expect(requests).toEqual([])
  })
})

async function list(body: unknown, by = provider): Promise<readonly ModelInfo[]> {
  const { context } = fakeHttp({ body })
  return (await by.models?.(context)) ?? []
}

describe('models', verifies('C1'), () => {
  it('are told apart by name where nothing more is told', async () => {
    const ids = {
      'gpt-4.1-mini': ['chat'],
      'o4-mini': ['chat', 'reasoning'],
      'gpt-5.6-terra': ['chat', 'reasoning'],
      'openai/o3': ['chat', 'reasoning'],
      'openai/gpt-oss-20b': ['chat', 'reasoning'],
      'text-embedding-3-small': ['embed'],
      'nomic-embed-text-v1.5': ['embed'],
      'gpt-image-1': ['image'],
      'dall-e-3': ['image'],
      'gpt-4o-mini-tts': ['audio'],
      'whisper-1': ['audio'],
      'gpt-realtime': ['audio'],
      'omni-moderation-latest': [],
    }
    const models = await list({ data: Object.keys(ids).map((id) => ({ id, object: 'model' })) })
    expect(Object.fromEntries(models.map(({ id, capabilities }) => [id, capabilities]))).toEqual(ids)
    expect(models.every(({ isGuessed, provider: name }) => isGuessed && name === 'openai')).toBe(true)
  })

  it('carry what the service tells of them', async () => {
    const entry = {
      id: 'anthropic/claude',
      context_length: 200_000,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
      pricing: { prompt: '0.000003', completion: '0.000015', input_cache_read: '0.0000003', request: '0', image: '-1' },
      top_provider: { max_completion_tokens: 64_000 },
      supported_parameters: ['tools', 'reasoning', 'structured_outputs', 'temperature'],
    }
    expect(await list({ data: [entry] }, openrouter({ apiKey }))).toEqual([
      {
        id: 'anthropic/claude',
        provider: 'openrouter',
        capabilities: ['chat', 'vision', 'tools', 'reasoning', 'schema'],
        contextWindow: 200_000,
        maxOutputTokens: 64_000,
        price: { input: 3, output: 15, cacheRead: 0.3 },
        raw: entry,
      },
    ])
  })

  it.each([
    [
      { data: [{ id: 'a', context_window: 8_192, max_completion_tokens: 1_024 }] },
      { contextWindow: 8_192, maxOutputTokens: 1_024 },
    ],
    [{ data: [{ id: 'a', max_model_len: 4_096 }] }, { contextWindow: 4_096 }],
    [{ data: [{ id: 'a', meta: { n_ctx_train: 32_768 } }] }, { contextWindow: 32_768 }],
    [
      { data: [{ id: 'a', type: 'vlm', max_context_length: 100 }] },
      { contextWindow: 100, capabilities: ['chat', 'vision'] },
    ],
    [{ data: [{ id: 'a', type: 'embeddings' }] }, { capabilities: ['embed'] }],
    [[{ id: 'a' }], { id: 'a' }],
    [{ models: [{ name: 'a' }] }, { id: 'a' }],
    [{ data: [null, 3, { id: 7 }, { id: 'a', context_length: -1, pricing: { prompt: 'free' } }] }, { id: 'a' }],
  ])('are read from %j', async (body, expected) => {
    const models = await list(body)
    expect(models).toHaveLength(1)
    expect(models[0]).toMatchObject(expected)
  })

  it.each([null, {}, { data: 'x' }, 'text'])('are not in %j', async (body) => {
    await expect(list(body)).rejects.toMatchObject({ code: 'bad_response' })
  })
})
