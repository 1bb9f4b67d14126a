import { describe, expect, it } from 'vitest'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { azure } from '../../../src/providers/azure.ts'
import { deepseek } from '../../../src/providers/deepseek.ts'
import { groq } from '../../../src/providers/groq.ts'
import { type LocalServer, local } from '../../../src/providers/local.ts'
import { openai } from '../../../src/providers/openai.ts'
import { openaiCompatible } from '../../../src/providers/openai-compatible.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { Provider, ProviderEvent } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { type FakeAnswer, fakeHttp, recorded, streamed } from '../../support/fake-http.ts'
import { fc } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'
import { bodyText, codesOfClass, eventsOf, type WireCase, wireCases } from '../../support/wire-corpus.ts'

const apiKey = 'sk-test-0000000000000000'
const request: ProviderChatRequest = { model: 'test-model', messages: [{ role: 'user', content: 'Say hi.' }] }

const makers: Readonly<Record<string, () => Provider>> = {
  openai: () => openai({ apiKey }),
  azure: () => azure({ apiKey, resource: 'test', deployment: 'test-model' }),
  groq: () => groq({ apiKey }),
  openrouter: () => openrouter({ apiKey }),
  deepseek: () => deepseek({ apiKey }),
  gemini: () => openaiCompatible({ name: 'gemini-layer', baseUrl: 'https://gemini.test/v1', model: 'm', apiKey }),
  mistralrs: () => openaiCompatible({ name: 'mistralrs', baseUrl: 'http://localhost:1234/v1', model: 'm' }),
}

function providerOf(name: string): Provider {
  return makers[name]?.() ?? local({ server: name as LocalServer, model: 'test-model' })
}

interface Outcome {
  readonly events: readonly ProviderEvent[]
  readonly error: unknown
}

async function outcomeOf(wireCase: WireCase, more: FakeAnswer = {}): Promise<Outcome> {
  const provider = providerOf(wireCase.provider)
  const { context } = fakeHttp(recorded(wireCase, more))
  if (wireCase.tags.includes('stream')) return streamed(provider, request, context)
  try {
    return { events: await provider.chat(request, context), error: undefined }
  } catch (error) {
    return { events: [], error }
  }
}

const joined = (events: readonly ProviderEvent[], wanted: 'text' | 'reasoning' | 'refusal') =>
  events.flatMap((event) => (event.type === wanted ? [event.text] : [])).join('')

const last = <Type extends ProviderEvent['type']>(events: readonly ProviderEvent[], type: Type) =>
  events.findLast((event): event is ProviderEvent & { type: Type } => event.type === type)

const parsed = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function checkCalls(events: readonly ProviderEvent[], wireCase: WireCase): void {
  const calls = events.filter((event) => event.type === 'tool-call')
  const expected = wireCase.expect.toolCalls ?? []
  if (wireCase.tags.includes('finish-function_call')) return
  expect(calls.map(({ name }) => name)).toEqual(expected.map(({ name }) => name))
  expected.forEach((call, index) => {
    const got = calls[index]
    if (call.id === null) expect(got?.id).toMatch(/^call_[0-9a-f]{32}$/)
    else expect(got?.id).toBe(call.id)
    if (call.argumentsText !== undefined) expect(got?.argumentsText).toBe(call.argumentsText)
    else expect(parsed(got?.argumentsText ?? '')).toEqual(call.arguments)
  })
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
}

function checkAnswer(events: readonly ProviderEvent[], wireCase: WireCase): void {
  const { text, reasoning, refusal, finishRaw, usageRaw, error } = wireCase.expect
  if (text !== undefined && error === undefined) expect(joined(events, 'text')).toBe(text)
  if (reasoning !== undefined) expect(joined(events, 'reasoning')).toBe(reasoning)
  if (refusal !== undefined) expect(joined(events, 'refusal')).toBe(refusal)
  if (finishRaw !== undefined && error === undefined) expect(last(events, 'finish')?.raw).toBe(finishRaw ?? undefined)
  if (usageRaw) expect(last(events, 'usage')?.usage.raw).toEqual(usageRaw)
  expect(events.filter(({ type }) => type === 'finish').length).toBeLessThanOrEqual(1)
}

const isCut = ({ tags, expect: { truncated } }: WireCase) =>
  truncated === true || tags.some((tag) => tag.startsWith('cut-'))
/** What the transport answers for is no matter of a wire format. */
const isTransport = ({ expect: { class: kind } }: WireCase) => kind === 'malformed'

const cases = wireCases((wireCase) => wireCase.api === 'chat.completions' && !isTransport(wireCase))

describe('recorded chat completions', verifies('C1'), () => {
  it.each(cases.filter((wireCase) => wireCase.expect.class === undefined && !isCut(wireCase)))(
    'reads $id',
    async (wireCase) => {
      const { events, error } = await outcomeOf(wireCase)
      expect(error).toBeUndefined()
      checkAnswer(events, wireCase)
      checkCalls(events, wireCase)
    },
  )

  const refused = cases.filter((wireCase) => wireCase.expect.class !== undefined && !isCut(wireCase))
  it.each(refused)('knows what $id means', async (wireCase) => {
    const { events, error } = await outcomeOf(wireCase)
    const { class: kind = '', error: words, retryAfterMs } = wireCase.expect
    if (last(events, 'finish')?.finishReason === 'content-filter' && kind === 'content_policy') return
    expect(codesOfClass.get(kind)).toContain((error as LlmError | undefined)?.code)
    expect(LlmError.isInstance(error)).toBe(true)
    const failure = error as LlmError
    if (words?.message) expect(failure.message).toContain(words.message.slice(0, 60).replaceAll('\n', '\\u000a'))
    if (retryAfterMs !== undefined) expect(failure.retryAfterMs).toBe(retryAfterMs)
    const id = wireCase.response.headers['x-request-id']
    if (id) expect(failure.providerRequestId).toBe(id)
    if (wireCase.tags.includes('stream')) checkAnswer(events, wireCase)
  })

  it.each(cases.filter(isCut))('never takes $id for complete', verifies('F89', 'F91'), async (wireCase) => {
    const { events } = await outcomeOf(wireCase)
    expect(last(events, 'finish')).toBeUndefined()
    if (wireCase.expect.text !== undefined) expect(joined(events, 'text')).toBe(wireCase.expect.text)
  })

  it('says the same however a stream is cut into reads', async () => {
    const streams = cases.filter(({ tags }) => tags.includes('stream'))
    const clean = (outcome: Outcome) => ({
      ...outcome,
      events: outcome.events.map((event) => ({ ...event, ...('id' in event && { id: '' }) })),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...streams),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (wireCase, batches) => {
          const whole = await outcomeOf(wireCase, { batches: [1_000] })
          expect(clean(await outcomeOf(wireCase, { batches }))).toEqual(clean(whole))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('stays incomplete at every place a stream can be cut, until its finish word', verifies('F89'), async () => {
    const streams = cases.filter(({ tags, expect: { class: kind } }) => tags.includes('stream') && kind === undefined)
    for (const wireCase of streams.filter(({ response }) => bodyText({ response }).length < 20_000)) {
      const events = eventsOf(bodyText(wireCase))
      const finish = events.findIndex(({ data }) => /"finish_reason": ?"\w/.test(data))
      const kept = events.slice(0, Math.max(0, finish)).map(({ data }) => `data: ${data}\n\n`)
      const { context } = fakeHttp({ text: kept.join('') })
      const outcome = await streamed(providerOf(wireCase.provider), request, context)
      expect(last(outcome.events, 'finish'), wireCase.id).toBeUndefined()
    }
  })
})

describe('recorded embeddings', verifies('C1'), () => {
  const embeddings = wireCases(({ api, provider }) => api === 'embeddings' && provider !== 'gemini')

  it.each(embeddings)('reads $id', async (wireCase) => {
    const { context } = fakeHttp(recorded(wireCase))
    const { vectors = 0, class: kind, usageRaw } = wireCase.expect
    const input = Array.from({ length: Math.max(1, vectors) }, (_, i) => `text ${i}`)
    const answer = providerOf(wireCase.provider).embed?.({ input, model: 'test-model' }, context)
    if (kind !== undefined) {
      const error = await answer?.catch((thrown) => thrown)
      expect(codesOfClass.get(kind)).toContain(error.code)
      return
    }
    const reply = await answer
    expect(reply?.vectors.length).toBe(vectors)
    expect(reply?.vectors.every((vector) => vector.length > 0)).toBe(true)
    expect(new Set(reply?.vectors.map(({ length }) => length)).size).toBe(1)
    if (usageRaw) expect(reply?.usage).toMatchObject({ inputTokens: usageRaw.prompt_tokens, raw: usageRaw })
  })
})

describe('recorded lists of models', verifies('C1'), () => {
  const lists = wireCases(({ api, provider }) => api === 'models' && !['gemini', 'anthropic'].includes(provider))

  // One model by name, or Ollama's own list, is not what is asked for here.
  it.each(lists.filter(({ request: { url } }) => /\/models(?:\?|$)/.test(url)))('reads $id', async (wireCase) => {
    const { context } = fakeHttp(recorded(wireCase))
    const answer = providerOf(wireCase.provider).models?.(context)
    const { models, class: kind } = wireCase.expect
    if (kind !== undefined) {
      const error = await answer?.catch((thrown) => thrown)
      expect(codesOfClass.get(kind)).toContain(error.code)
    } else expect((await answer)?.length).toBe(models)
  })
})
