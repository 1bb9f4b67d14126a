import { describe, expect, test } from 'vitest'
import { geminiFormat } from '../../../src/providers/gemini/format.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../../src/types/request.ts'
import { assembled, eventsOfCase } from '../../support/read-case.ts'
import { verifies } from '../../support/verifies.ts'
import { wireCases } from '../../support/wire-corpus.ts'

const format = geminiFormat({ provider: 'gemini', name: 'gemini', embeddingModel: 'e' })
const request: ProviderChatRequest = { model: 'gemini-3.5-flash', messages: [{ role: 'user', content: 'hi' }] }

/** One piece of a stream, or a whole answer. */
const piece = (parts: readonly object[] | undefined, finishReason?: string, more: object = {}) => ({
  candidates: [
    { ...(parts && { content: { parts, role: 'model' } }), ...(finishReason && { finishReason }), index: 0 },
  ],
  responseId: 'r1',
  modelVersion: 'gemini-3.5-flash',
  ...more,
})
const call = (functionCall: object, more: object = {}) => piece([{ functionCall, ...more }])

function stream(payloads: readonly unknown[]): ProviderEvent[] {
  const decoder = format.streamDecoder(request)
  const out: ProviderEvent[] = []
  for (const payload of payloads) decoder.push(payload, undefined, out)
  decoder.end(out, false)
  return out
}

const read = (...payloads: readonly unknown[]) => assembled(stream(payloads))
const whole = (body: unknown) => assembled(format.decodeChat(body, request))

describe('pieces', () => {
  test('anything may be missing in any of them', () => {
    const answer = read(
      {},
      null,
      5,
      [],
      { candidates: null },
      { candidates: [] },
      { candidates: [null, {}] },
      { candidates: [{ content: null }] },
      { candidates: [{ content: { parts: null } }] },
      { candidates: [{ content: { parts: [null, 5, {}, { text: 7 }] } }] },
      piece([{ text: 'a' }]),
      piece(undefined),
      piece([{ text: '' }], 'STOP'),
    )
    expect([answer.text, answer.finishReason]).toEqual(['a', 'stop'])
  })

  test('every piece may say STOP, and the answer goes on', () => {
    const events = stream([
      piece([{ text: 'a' }], 'STOP'),
      piece([{ text: 'b' }], 'STOP'),
      piece([{ text: 'c' }], 'MAX_TOKENS'),
    ])
    expect(assembled(events)).toMatchObject({ text: 'abc', finishReason: 'length' })
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1)
  })

  test('a stream without its finish word has none', () => {
    expect(stream([piece([{ text: 'a' }])]).some(({ type }) => type === 'finish')).toBe(false)
    expect(stream([piece([{ text: 'a' }], 'FINISH_REASON_UNSPECIFIED')]).some(({ type }) => type === 'finish')).toBe(
      false,
    )
  })

  test('an array of pieces is read as the stream it is', () => {
    expect(whole([piece([{ text: 'a' }]), piece([{ text: 'b' }], 'STOP')])).toMatchObject({ text: 'ab' })
  })

  test('other candidates are not mixed in', () => {
    const other = { index: 1, content: { parts: [{ text: 'other' }] } }
    const body = piece([{ text: 'a' }], 'STOP')
    expect(whole({ ...body, candidates: [other, ...body.candidates] }).text).toBe('a')
    expect(whole({ candidates: [{ content: { parts: [{ text: 'a' }] } }] })).toMatchObject({
      text: 'a',
      finishReason: 'unknown',
    })
  })
})

describe('calls', () => {
  test('come whole, and make a STOP a call of tools', () => {
    const answer = read(
      call({ name: 'f', args: { x: [1] } }, { thoughtSignature: 's' }),
      call({ name: 'g', id: 'own' }),
      piece([{ text: '' }], 'STOP'),
    )
    expect(answer.toolCalls).toMatchObject([
      { id: 'call_r1_0', name: 'f', argumentsText: '{"x":[1]}' },
      { id: 'own', name: 'g', argumentsText: '{}' },
    ])
    expect(answer.finishReason).toBe('tool-calls')
    expect(answer.message().content).toMatchObject([{ opaque: { thoughtSignature: 's' } }, { id: 'own' }])
    expect(read(call({ name: 'f' }), piece([], 'MAX_TOKENS')).finishReason).toBe('length')
  })

  test('ids made here differ from answer to answer', () => {
    const ids = ['r1', 'r2'].map((responseId) => read({ ...call({ name: 'f' }), responseId }).toolCalls[0]?.id)
    expect(new Set(ids).size).toBe(2)
  })

  test('may come value by value', () => {
    const pieces = [
      { jsonPath: '$.name', stringValue: 'Bo', willContinue: true },
      { jsonPath: '$.name', stringValue: 'ston' },
      { jsonPath: '$.count', numberValue: 0.5 },
      { jsonPath: '$.on', boolValue: false },
      { jsonPath: '$.none', nullValue: 'NULL_VALUE' },
      { jsonPath: "$['odd.key'][0].x", stringValue: 'a' },
      { jsonPath: '$["odd.key"][1]', numberValue: 2 },
      { jsonPath: '$.name2', stringValue: 'x' },
      { jsonPath: '$.name2', stringValue: 'y' },
    ]
    const events = stream([
      call({ name: 'f', willContinue: true }, { thoughtSignature: 's' }),
      ...pieces.map((partial) => call({ partialArgs: [partial], willContinue: true })),
      call({}),
      piece(undefined, 'STOP'),
    ])
    const { toolCalls, finishReason } = assembled(events)
    expect(toolCalls.map(({ argumentsText }) => JSON.parse(argumentsText))).toEqual([
      { name: 'Boston', count: 0.5, on: false, none: null, 'odd.key': [{ x: 'a' }, 2], name2: 'y' },
    ])
    expect(finishReason).toBe('tool-calls')
    expect(events.filter(({ type }) => type === 'tool-call-delta')).toHaveLength(1 + pieces.length)
  })

  test('a call whose end mark is missing ends with the answer, a cut one stays open', () => {
    const open = call({ name: 'f', willContinue: true })
    const part = call({ partialArgs: [{ jsonPath: '$.a', numberValue: 1 }], willContinue: true })
    expect(read(open, part, piece(undefined, 'STOP')).toolCalls).toMatchObject([{ argumentsText: '{"a":1}' }])
    expect(read(open, part)).toMatchObject({ toolCalls: [], hasOpenToolCall: true })
    expect(read(call({}), call({ partialArgs: [{ jsonPath: '$.a', numberValue: 1 }] })).toolCalls).toEqual([])
  })

  test('paths of arguments reach no prototype and no far places', verifies('F77'), () => {
    const paths = ['$.__proto__.polluted', '$.constructor.prototype.polluted', '$.list[999999999]', '$', '', '$.a..b[']
    const { toolCalls } = read(
      call({ name: 'f', willContinue: true }),
      ...paths.map((jsonPath) => call({ partialArgs: [{ jsonPath, stringValue: 'x' }], willContinue: true })),
      piece(undefined, 'STOP'),
    )
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(toolCalls[0]?.argumentsText.length).toBeLessThan(200)
  })

  test('a call the model got wrong ends in an error that says so', () => {
    const body = piece(undefined, 'MALFORMED_FUNCTION_CALL')
    const finishMessage = 'Malformed function call: print(f())'
    const answer = whole({ ...body, candidates: [{ ...body.candidates[0], finishMessage }] })
    expect(answer).toMatchObject({ finishReason: 'error', finishReasonRaw: 'MALFORMED_FUNCTION_CALL' })
    expect(answer.warnings).toEqual([{ code: 'finish-message', message: finishMessage }])
  })
})

test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['UNEXPECTED_TOOL_CALL', 'error'],
  ['LANGUAGE', 'other'],
  ['NO_IMAGE', 'other'],
  ['toString', 'other'],
])('%s is %s', (raw, expected) => {
  expect(read(piece([], raw))).toMatchObject({ finishReason: expected, finishReasonRaw: raw })
})

describe('thoughts and blocks', () => {
  test('thoughts are never in the text, and signatures stay on their part', () => {
    const answer = read(
      piece([{ text: 'Let me ', thought: true }]),
      piece([{ text: 'see.', thought: true, thoughtSignature: 's0' }]),
      piece([{ text: 'Blue.', thought: false }]),
      piece([{ text: '', thoughtSignature: 's1' }], 'STOP'),
    )
    expect(answer).toMatchObject({ text: 'Blue.', reasoning: 'Let me see.' })
    expect(answer.message().content).toMatchObject([
      { type: 'reasoning', text: 'Let me see.', opaque: { thoughtSignature: 's0' } },
      { type: 'text', text: 'Blue.', opaque: { thoughtSignature: 's1' } },
    ])
  })

  test('parts of other kinds travel with the conversation', () => {
    const blocks = [
      { executableCode: { language: 'PYTHON', code: '1+1' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } },
      { thoughtSignature: 's', toolCall: { toolType: 'FILE_SEARCH', id: 'x' } },
      { inlineData: { mimeType: 'image/png', data: 'AA==' } },
    ]
    const answer = read(piece([...blocks, { text: '2', partMetadata: { new: true } }], 'STOP'))
    expect(answer.text).toBe('2')
    expect(answer.message().content).toMatchObject([
      ...blocks.map((data) => ({ type: 'provider', data })),
      { text: '2' },
    ])
  })

  test('what was recorded goes back as it came', verifies('C1'), () => {
    type Body = {
      modelVersion?: string
      candidates?: { content?: { parts?: { text?: string; thought?: boolean }[] } }[]
    }
    const partsOf = (body: unknown) => (body as Body | undefined)?.candidates?.[0]?.content?.parts ?? []
    const cases = wireCases(({ provider, api, response }) => {
      const parts = response.status === 200 ? partsOf(response.body) : []
      // Texts of one kind beside each other come back as one.
      const isPlain = parts.every(({ thought, text }, at) => {
        const next = parts[at + 1]
        return text === undefined || next?.text === undefined || next.thought !== thought
      })
      return provider === 'gemini' && api === 'generateContent' && parts.length > 0 && isPlain
    })
    expect(cases.length).toBeGreaterThan(10)
    for (const one of cases) {
      const model = (one.response.body as Body).modelVersion ?? 'gemini-2.5-flash'
      const own = assembled(eventsOfCase(format, one)).message().content
      const content = (own as object[]).map((part) => ({ ...part, origin: { provider: 'gemini', model } }))
      const messages = [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content },
        { role: 'user', content: 'go on' },
      ]
      const { body } = format.encodeChat({ model, messages: messages as never }, false)
      const sent = (body as { contents: { parts: { functionCall?: { id?: string } }[] }[] }).contents[1]?.parts ?? []
      // Calls that came without an id get one, for the answer to name.
      const back = sent.map(({ functionCall, ...part }) => {
        const { id, ...named } = functionCall ?? {}
        return functionCall ? { ...part, functionCall: id?.startsWith('call_') ? named : functionCall } : part
      })
      const skipped = 'skip_thought_signature_validator'
      expect(
        back.map((part) =>
          'thoughtSignature' in part && part.thoughtSignature === skipped
            ? (({ thoughtSignature: _, ...rest }) => rest)(part)
            : part,
        ),
        one.id,
      ).toEqual(partsOf(one.response.body))
    }
  })
})

describe('usage', () => {
  const usageOf = (...usages: object[]) => read(...usages.map((usageMetadata) => ({ usageMetadata }))).usage

  test('thoughts are part of the output, and searches of the input', () => {
    expect(
      usageOf({
        promptTokenCount: 15,
        toolUsePromptTokenCount: 770,
        cachedContentTokenCount: 5,
        candidatesTokenCount: 37,
        thoughtsTokenCount: 742,
        totalTokenCount: 1564,
      }),
    ).toMatchObject({
      inputTokens: 785,
      outputTokens: 779,
      totalTokens: 1564,
      input: { fresh: 780, cacheRead: 5 },
      output: { text: 37, reasoning: 742 },
    })
  })

  test('each number is the last one told', () => {
    const usage = usageOf(
      { promptTokenCount: 9, candidatesTokenCount: 1 },
      { candidatesTokenCount: 4, promptTokenCount: null },
      {},
    )
    expect(usage).toMatchObject({ inputTokens: 9, outputTokens: 4 })
  })

  test('nothing produced is 0 where the total says so, unknown where nothing does', () => {
    expect(usageOf({ promptTokenCount: 14, totalTokenCount: 14 })).toMatchObject({ inputTokens: 14, outputTokens: 0 })
    expect(usageOf({ promptTokenCount: 14 })?.outputTokens).toBeUndefined()
    expect(usageOf({ trafficType: 'ON_DEMAND' })).toMatchObject({ raw: { trafficType: 'ON_DEMAND' } })
  })

  test('a cut stream still tells what it told', () => {
    const answer = read(
      piece([{ text: 'a' }], undefined, { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1 } }),
    )
    expect([answer.finishReason, answer.usage?.totalTokens]).toEqual([undefined, 10])
  })
})

describe('sources', () => {
  test('are placed in characters, though told in bytes', () => {
    const groundingChunks = [
      { web: { uri: 'https://a.org', title: 'A' } },
      { retrievedContext: { title: 'B', text: 'b' } },
    ]
    const groundingSupports = [
      { segment: { endIndex: 11, text: 'It is 20 °' }, groundingChunkIndices: [0, 1, 9] },
      { segment: { startIndex: 12, endIndex: 16, text: '🌱' }, groundingChunkIndices: [0] },
    ]
    const events = stream([
      piece([{ text: 'It is 20 ' }], undefined, {}),
      {
        candidates: [
          { content: { parts: [{ text: '° 🌱!' }] }, groundingMetadata: { groundingChunks, groundingSupports } },
        ],
      },
      { candidates: [{ finishReason: 'STOP', groundingMetadata: {} }] },
    ])
    const { citations, text } = assembled(events)
    expect(text).toBe('It is 20 ° 🌱!')
    expect(citations.map(({ raw: _, ...citation }) => citation)).toEqual([
      { url: 'https://a.org', title: 'A', start: 0, end: 10, quote: 'It is 20 °' },
      { title: 'B', start: 0, end: 10, quote: 'It is 20 °' },
      { url: 'https://a.org', title: 'A', start: 11, end: 13, quote: '🌱' },
    ])
  })

  test('without places, and of recited texts, are told too', () => {
    const groundingMetadata = { groundingChunks: [{ web: { uri: 'https://a.org' } }] }
    const citationMetadata = { citationSources: [{ startIndex: 0, endIndex: 1, uri: 'https://b.org' }] }
    const body = {
      candidates: [{ content: { parts: [{ text: 'ab' }] }, finishReason: 'STOP', groundingMetadata, citationMetadata }],
    }
    expect(whole(body).citations.map(({ raw: _, ...citation }) => citation)).toEqual([
      { url: 'https://a.org' },
      { url: 'https://b.org', start: 0, end: 1 },
    ])
  })
})

describe('blocked and broken', () => {
  test('a blocked prompt ends by a filter, with the reason', () => {
    expect(whole({ promptFeedback: { blockReason: 'JAILBREAK' } })).toMatchObject({
      finishReason: 'content-filter',
      finishReasonRaw: 'blocked:JAILBREAK',
    })
    expect(read({ promptFeedback: { blockReason: 'OTHER' } }).finishReason).toBe('content-filter')
  })

  test.each([[null], [[]], [{}], [{ usageMetadata: {} }], ['text'], [5], [{ choices: [] }]])(
    '%o is no answer',
    (body) => {
      expect(() => format.decodeChat(body, request)).toThrow(expect.objectContaining({ code: 'bad_response' }))
    },
  )

  test('an error inside a stream keeps its real code, wrapped or not', () => {
    const error = { code: 503, status: 'UNAVAILABLE', message: 'The model is overloaded.' }
    for (const payload of [{ error }, [{ error }]]) {
      expect(() => stream([piece([{ text: 'a' }]), payload])).toThrow(expect.objectContaining({ code: 'overloaded' }))
    }
    const internal = { error: { code: 500, status: 'INTERNAL', message: 'x' } }
    expect(() => stream([internal])).toThrow(expect.objectContaining({ code: 'server_error' }))
    expect(() => stream([piece([{ text: 'a' }]), internal])).toThrow(
      expect.objectContaining({ code: 'stream_error_event' }),
    )
    expect(() => format.decodeChat([piece([{ text: 'a' }]), { error }], request)).toThrow(/overloaded/)
  })
})

describe('failures', () => {
  const read = (status: number, error: object, isWrapped = false) =>
    format.decodeError({
      status,
      headers: { get: () => null },
      body: isWrapped ? [{ error }] : { error },
      isInBody: false,
    })
  const quota = (quotaId: string, quotaValue = '20') => ({
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: 'You exceeded your current quota, please check your plan and billing details.',
    details: [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId, quotaValue }] }],
  })

  test.each([
    [429, quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), 'quota_exhausted'],
    [429, quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'), 'rate_limited'],
    [429, quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '0'), 'quota_exhausted'],
    [
      429,
      { status: 'RESOURCE_EXHAUSTED', message: 'Your project has exceeded its monthly spending cap.' },
      'quota_exhausted',
    ],
    [429, { status: 'RESOURCE_EXHAUSTED', message: 'Your prepayment credits are depleted.' }, 'billing'],
    [
      400,
      {
        status: 'INVALID_ARGUMENT',
        message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      },
      'context_length_exceeded',
    ],
    [
      400,
      { status: 'INVALID_ARGUMENT', message: 'Request payload size exceeds the limit: 20971520 bytes.' },
      'request_too_large',
    ],
    [400, { status: 'INVALID_ARGUMENT', message: 'API key expired. Please renew the API key.' }, 'auth_failed'],
    [499, { status: 'CANCELLED', message: 'The operation was cancelled.' }, 'server_error'],
    [503, { message: 'x' }, 'server_error'],
  ])('%i %o is %s', (status, error, expected) => {
    expect(read(status, error).code).toBe(expected)
    expect(read(status, error, true).code).toBe(expected)
  })

  test('a refused key of the old form is told its remedy', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED' }]
    const message = 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie.'
    const error = read(401, { code: 401, status: 'UNAUTHENTICATED', message, details })
    expect(error.code).toBe('auth_failed')
    expect(error.message).toMatch(/remedy is a new key/)
  })

  test('the refused field is named, and a key in the message is not', () => {
    const fieldViolations = [
      { field: 'tools[0].function_declarations[0].parameters', description: 'Cannot find field.' },
    ]
    const error = read(400, {
      status: 'INVALID_ARGUMENT',
      message: 'key=AQ.Ab8RN6abcdefghijk is wrong',
      details: [{ fieldViolations }],
    })
    expect(error.path).toBe('tools[0].function_declarations[0].parameters')
    expect(error.message).not.toContain('Ab8RN6')
  })

  test('bodies of any kind are read', () => {
    for (const body of [
      null,
      [],
      [null],
      'upstream connect error',
      { error: 'text' },
      { error: { code: 'x', details: 5 } },
    ]) {
      const error = format.decodeError({ status: 502, headers: { get: () => null }, body, isInBody: false })
      expect(error.code).toBe('server_error')
    }
  })
})
