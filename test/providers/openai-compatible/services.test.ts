import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../../src/errors/families.ts'
import type { LlmError } from '../../../src/errors/llm-error.ts'
import { azure } from '../../../src/providers/azure.ts'
import { deepseek } from '../../../src/providers/deepseek.ts'
import { groq } from '../../../src/providers/groq.ts'
import { local } from '../../../src/providers/local.ts'
import { openai } from '../../../src/providers/openai.ts'
import { openaiCompatible } from '../../../src/providers/openai-compatible.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { Message } from '../../../src/types/message.ts'
import type { Provider } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { fakeHttp } from '../../support/fake-http.ts'
import { verifies } from '../../support/verifies.ts'

const apiKey = 'sk-test-0000000000000000'
const hi: Message = { role: 'user', content: 'hi' }
const answer = { body: { choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }] } }

afterEach(() => vi.unstubAllEnvs())

async function sent(provider: Provider, request: Partial<ProviderChatRequest> = {}, isStream = false) {
  const { context, requests } = fakeHttp(answer)
  const whole = { model: provider.defaultModel, messages: [hi], ...request }
  const events = []
  if (isStream) for await (const batch of provider.chatStream(whole, context)) events.push(...batch)
  else events.push(...(await provider.chat(whole, context)))
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.warning.message] : []))
  const [request0] = requests
  // biome-ignore lint/suspicious/noExplicitAny: any-request.test.ts checks the form, here single fields are looked at.
  return { url: request0?.url, headers: request0?.headers ?? {}, body: request0?.json as any, warnings }
}

describe('each service', verifies('D1'), () => {
  it.each<[string, () => Provider, string, Record<string, string>]>([
    ['openai', () => openai(), 'https://api.openai.com/v1', { OPENAI_API_KEY: apiKey }],
    ['groq', () => groq(), 'https://api.groq.com/openai/v1', { GROQ_API_KEY: apiKey }],
    ['openrouter', () => openrouter(), 'https://openrouter.ai/api/v1', { OPENROUTER_API_KEY: apiKey }],
    ['deepseek', () => deepseek(), 'https://api.deepseek.com', { DEEPSEEK_API_KEY: apiKey }],
    ['lmstudio', () => local(), 'http://localhost:1234/v1', { LMSTUDIO_MODEL: 'm', LMSTUDIO_API_KEY: apiKey }],
    [
      'ollama',
      () => local({ server: 'ollama' }),
      'http://localhost:11434/v1',
      { OLLAMA_MODEL: 'm', OLLAMA_API_KEY: apiKey },
    ],
    ['vllm', () => local({ server: 'vllm' }), 'http://localhost:8000/v1', { VLLM_MODEL: 'm', VLLM_API_KEY: apiKey }],
    ['llamacpp', () => local({ server: 'llamacpp' }), 'http://localhost:8080/v1', { LLAMACPP_API_KEY: apiKey }],
  ])('%s is found by its variables and asked at its address', async (name, make, url, variables) => {
    for (const [variable, value] of Object.entries(variables)) vi.stubEnv(variable, value)
    const provider = make()
    expect(provider).toMatchObject({ name, kind: name, endpoint: new URL(url).origin })
    const request = await sent(provider)
    expect(request.url).toBe(`${url}/chat/completions`)
    expect(request.headers).toMatchObject({ authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' })
    vi.stubEnv(`${name.toUpperCase()}_MODEL`, 'other-model')
    expect(make().defaultModel).toBe('other-model')
  })

  it.each([
    ['OPENAI_API_KEY', () => openai()],
    ['GROQ_API_KEY', () => groq()],
    ['OPENROUTER_API_KEY', () => openrouter()],
    ['DEEPSEEK_API_KEY', () => deepseek()],
    ['AZURE_OPENAI_API_KEY', () => azure({ resource: 'r', deployment: 'd' })],
  ])('asks for %s where there is no key', (variable, make) => {
    vi.stubEnv(variable, '')
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(variable)
  })

  it('needs no key on this machine', async () => {
    expect((await sent(local({ model: 'm' }))).headers).toEqual({ 'content-type': 'application/json' })
  })

  it('is one line where nobody knows it', verifies('D7'), async () => {
    vi.stubEnv('TOGETHER_AI_API_KEY', apiKey)
    const together = openaiCompatible({
      name: 'together-ai',
      baseUrl: 'https://api.together.test/v1/',
      model: 'some/model',
    })
    expect(together).toMatchObject({ name: 'together-ai', kind: 'together-ai', defaultModel: 'some/model' })
    const { url, headers, body } = await sent(together)
    expect(url).toBe('https://api.together.test/v1/chat/completions')
    expect(headers.authorization).toBe(`Bearer ${apiKey}`)
    expect(body).toEqual({ model: 'some/model', messages: [hi] })
  })

  it.each<[string, () => unknown]>([
    ["Unknown option nam; allowed: did you mean 'name'?", () => openai({ apiKey, nam: 'x' } as never)],
    ['Option server', () => local({ server: 'lmstudi' as never, model: 'm' })],
    ['Option baseUrl', () => local({ baseUrl: 'http://192.168.1.5:1234/v1', model: 'm' })],
    ['Option model: got none; allowed: a model name, here or in LMSTUDIO_MODEL', () => local()],
    ['Option quirks', () => groq({ apiKey, quirks: [{}] as never })],
    ['Option api', () => openai({ apiKey, api: 'responses' as never })],
    ['Option resource', () => azure({ apiKey, resource: 'a/b', deployment: 'd' })],
    ['Option resource: got none', () => azure({ apiKey, deployment: 'd' })],
    ['Option apiVersion', () => azure({ apiKey, resource: 'r', deployment: 'd', apiVersion: '1&x=y' })],
    ['Option model: got none', () => azure({ apiKey, resource: 'r' })],
    ['Option name', () => openaiCompatible({ name: 'a b', baseUrl: 'https://a.test', model: 'm' })],
    ['Option options: got undefined', () => openaiCompatible(undefined as never)],
  ])('refuses wrong options: %s', verifies('F207', 'F211'), (message, make) => {
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
  })

  it('keeps its key to itself', verifies('F185'), () => {
    const provider = openai({ apiKey })
    expect(JSON.stringify(provider) + String(provider)).not.toContain(apiKey)
  })
})

describe('another API of a service', () => {
  it('takes the place of chat completions, with the service and its quirks', async () => {
    const quirks = [{ model: 'x', refuses: ['stop' as const] }]
    const provider = openai({
      apiKey,
      quirks,
      api: (base, service) => {
        expect(service.provider).toBe('openai')
        expect(service.quirks?.at(-1)).toEqual(quirks[0])
        return { ...base, encodeChat: () => ({ path: '/elsewhere', body: { mine: true } }) }
      },
    })
    expect(await sent(provider)).toMatchObject({ url: 'https://api.openai.com/v1/elsewhere', body: { mine: true } })
  })
})

describe('OpenAI', () => {
  it('counts for an organization and a project, and names end users safely', async () => {
    const { headers, body } = await sent(openai({ apiKey, organization: 'org-1', project: 'proj_1' }), { user: 'u' })
    expect(headers).toMatchObject({ 'openai-organization': 'org-1', 'openai-project': 'proj_1' })
    expect(body).toMatchObject({ safety_identifier: 'u' })
    expect(() => openai({ apiKey, organization: 'a\nb' })).toThrow(ConfigError)
  })
})

describe('Azure', () => {
  const options = { apiKey, resource: 'my-res', deployment: 'my gpt' }

  it('is asked by deployment and dated version, with the key in its own header', async () => {
    const { url, headers } = await sent(azure(options))
    expect(url).toBe(
      'https://my-res.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    )
    expect(headers['api-key']).toBe(apiKey)
    expect(headers).not.toHaveProperty('authorization')
  })

  it('is asked without a version by its newer API, by tokens where there are any', async () => {
    const { url, headers, body } = await sent(azure({ ...options, apiVersion: 'v1', isToken: true }))
    expect(url).toBe('https://my-res.openai.azure.com/openai/v1/chat/completions')
    expect(headers.authorization).toBe(`Bearer ${apiKey}`)
    expect(body.model).toBe('my gpt')
  })

  it('takes its address from the environment, in either form', async () => {
    for (const form of ['https://e.test', 'https://e.test/', 'https://e.test/openai/v1/', 'https://e.test/openai']) {
      vi.stubEnv('AZURE_OPENAI_ENDPOINT', form)
      expect((await sent(azure({ apiKey, deployment: 'd' }))).url).toMatch(
        /^https:\/\/e\.test\/openai\/deployments\/d\/chat/,
      )
    }
  })

  it('embeds by the deployment of the embedding model, and lists models', async () => {
    const { context, requests } = fakeHttp({ body: { data: [{ index: 0, embedding: [1] }] } }, { body: { data: [] } })
    const provider = azure({ ...options, embeddingModel: 'emb' })
    await provider.embed?.({ input: ['a'] }, context)
    await provider.models?.(context)
    expect(requests.map(({ method, url }) => [method, new URL(url).pathname])).toEqual([
      ['POST', '/openai/deployments/emb/embeddings'],
      ['GET', '/openai/models'],
    ])
  })
})

describe('Groq', () => {
  it.each([
    ['openai/gpt-oss-120b', { effort: 'max', summary: false }, { reasoning_effort: 'high', include_reasoning: false }],
    ['openai/gpt-oss-120b', { effort: 'medium' }, { reasoning_effort: 'medium' }],
    [
      'qwen/qwen3.6-27b',
      { effort: 'high', summary: true },
      { reasoning_effort: 'default', reasoning_format: 'parsed' },
    ],
    ['qwen/qwen3.6-27b', { effort: 'none', summary: false }, { reasoning_effort: 'none', reasoning_format: 'hidden' }],
    ['llama-3.3-70b-versatile', { effort: 'high' }, {}],
  ] as const)('%s thinks as asked: %j', async (model, reasoning, fields) => {
    const { body } = await sent(groq({ apiKey }), { model, reasoning })
    const { model: _, messages: __, ...rest } = body
    expect(rest).toEqual(fields)
  })

  it('lacks embeddings', () => {
    expect(groq({ apiKey }).capabilities.embed).toBe(false)
    expect(groq({ apiKey }).embed).toBeUndefined()
  })

  it('gets a schema where its model and request allow one', async () => {
    const schema = { type: 'object', properties: {} } as const
    const typeOf = async (request: Partial<ProviderChatRequest>) =>
      (await sent(groq({ apiKey }), { schema, ...request })).body.response_format?.type
    expect(await typeOf({ model: 'openai/gpt-oss-20b' })).toBe('json_schema')
    expect(await typeOf({ model: 'llama-3.3-70b-versatile' })).toBe('json_object')
    expect(await typeOf({ model: 'openai/gpt-oss-20b', tools: [{ name: 'f' }] })).toBeUndefined()
  })
})

describe('OpenRouter', () => {
  it('leaves fallbacks to the client, and tells who asks', async () => {
    const { body, headers } = await sent(openrouter({ apiKey, referer: 'https://me.test', title: 'Me' }), {
      providerOptions: { openrouter: { provider: { order: ['Groq'] } } },
    })
    expect(body.provider).toEqual({ allow_fallbacks: false, order: ['Groq'] })
    expect(headers).toMatchObject({ 'http-referer': 'https://me.test', 'x-title': 'Me' })
    expect((await sent(openrouter({ apiKey, allowFallbacks: true }))).body.provider).toEqual({ allow_fallbacks: true })
  })

  it.each([
    [{ effort: 'max' }, { effort: 'xhigh' }],
    [{ maxTokens: 100, effort: 'low' }, { max_tokens: 100 }],
    [{ summary: false }, { exclude: true }],
    [{}, undefined],
  ] as const)('is asked to reason: %j', async (reasoning, field) => {
    expect((await sent(openrouter({ apiKey }), { reasoning })).body.reasoning).toEqual(field)
  })

  it('gets its reasoning back as it sent it, and nobody else does', async () => {
    const details = [{ type: 'reasoning.text', text: 'Hm', signature: 'sig', index: 0 }]
    const origin = { provider: 'openrouter', model: 'anthropic/claude' }
    const message: Message = {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm', origin, opaque: { reasoning_details: details } },
        { type: 'tool-call', id: 'a', name: 'f', origin },
      ],
    }
    const messages: Message[] = [hi, message, { role: 'tool', toolCallId: 'a', content: 'ok' }]
    expect((await sent(openrouter({ apiKey }), { messages })).body.messages[1].reasoning_details).toEqual(details)
    const elsewhere = await sent(openai({ apiKey }), { messages })
    expect(JSON.stringify(elsewhere.body)).not.toContain('Hm')
    expect(elsewhere.warnings[0]).toContain('reasoning')
  })
})

describe('DeepSeek', () => {
  const turn = (provider: string): Message => ({
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'Hm', origin: { provider, model: 'm' } },
      { type: 'tool-call', id: 'a', name: 'f', origin: { provider, model: 'm' } },
    ],
  })
  const tool: Message = { role: 'tool', toolCallId: 'a', content: 'ok' }

  it('gets its reasoning back, and an empty one for turns of others', async () => {
    const own = await sent(deepseek({ apiKey }), { messages: [hi, turn('deepseek'), tool] })
    expect(own.body.messages[1]).toMatchObject({ content: null, reasoning_content: 'Hm' })
    const other = await sent(deepseek({ apiKey }), { messages: [hi, turn('openai'), tool] })
    expect(other.body.messages[1]).toMatchObject({ reasoning_content: '' })
    expect(
      JSON.stringify((await sent(groq({ apiKey }), { messages: [hi, turn('deepseek'), tool] })).body),
    ).not.toContain('Hm')
  })

  it.each([
    [{ reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }],
    [{ reasoning: { effort: 'minimal' } }, { thinking: { type: 'enabled' }, reasoning_effort: 'low' }],
    [{ reasoning: { effort: 'xhigh' } }, { thinking: { type: 'enabled' }, reasoning_effort: 'max' }],
    [{ reasoning: {} }, { thinking: { type: 'enabled' } }],
    [{}, {}],
  ] as const)('thinks as asked: %j', async (request, fields) => {
    const { model: _, messages: __, ...rest } = (await sent(deepseek({ apiKey }), request)).body
    expect(rest).toEqual(fields)
  })

  it('does not think where a tool is forced, unless asked to think', async () => {
    const tools = [{ name: 'f' }]
    const forced = await sent(deepseek({ apiKey }), { tools, toolChoice: 'required' })
    expect(forced.body).toMatchObject({ tool_choice: 'required', thinking: { type: 'disabled' } })
    const thinking = await sent(deepseek({ apiKey }), { tools, toolChoice: 'required', reasoning: { effort: 'high' } })
    expect(thinking.body).not.toHaveProperty('tool_choice')
    expect(thinking.warnings).toEqual(['toolChoice was left out: deepseek-v4-flash does not take it'])
  })

  it('gets no pictures', async () => {
    const messages: Message[] = [{ role: 'user', content: [{ type: 'image', url: 'https://a.test/a.png' }] }]
    const error = await sent(deepseek({ apiKey }), { messages }).catch((thrown: LlmError) => thrown)
    expect(error).toMatchObject({ code: 'request_invalid', path: 'messages' })
  })
})

describe('a server of one’s own', () => {
  it('gets pictures as bytes only, where it takes no others', async () => {
    const messages: Message[] = [{ role: 'user', content: [{ type: 'image', url: 'https://a.test/a.png' }] }]
    for (const server of ['lmstudio', 'ollama'] as const)
      await expect(sent(local({ server, model: 'm' }), { messages })).rejects.toThrow('give the bytes')
    expect((await sent(local({ server: 'vllm', model: 'm' }), { messages })).body.messages[0].content[0].type).toBe(
      'image_url',
    )
  })

  it('may take minutes to load a model', () => {
    expect(local({ model: 'm', timeouts: { idleMs: 5 } }).timeouts).toEqual({
      firstTokenMs: 300_000,
      readMs: 300_000,
      idleMs: 5,
    })
  })
})

describe('windows', () => {
  it.each([
    ['gpt-4', 8_192],
    ['gpt-4-32k', 32_768],
    ['gpt-4-turbo-2024-04-09', 128_000],
    ['gpt-4o', 128_000],
    ['gpt-4o-mini', 128_000],
    ['gpt-4.1-nano', 1_000_000],
    ['gpt-3.5-turbo', 16_385],
    ['o3-mini', 200_000],
    ['o4-mini', 200_000],
    ['gpt-5', 400_000],
    ['gpt-5-chat-latest', 128_000],
    ['gpt-5.5', 1_050_000],
    ['ft:gpt-4o:org', undefined],
    ['somebody-elses', undefined],
  ])('of %s is %s', (model, window) => expect(openai({ apiKey }).contextWindow?.(model)).toBe(window))

  it('are known where the user tells them', () => {
    const provider = openai({ apiKey, quirks: [{ model: 'gpt-4.1*', contextWindow: 1_047_576 }] })
    expect(provider.contextWindow?.('gpt-4.1-mini')).toBe(1_047_576)
    expect(provider.contextWindow?.('gpt-5.6-terra')).toBeUndefined()
  })
})
