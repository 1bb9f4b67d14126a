/** Gemini’s pieces. Sources: ai.google.dev (generateContent, thinking, function calling, safety), issues of js-genai and vercel/ai. */
import { type AnswerRow, sse } from './row.ts'

const part = (parts: object[] | undefined, more: object = {}, rest: object = {}) => ({
  candidates: [{ content: { role: 'model', ...(parts && { parts }) }, index: 0, ...more }],
  modelVersion: 'gemini',
  responseId: 'r1',
  ...rest,
})
const text = (words: string, more: object = {}) => part([{ text: words }], more)
const stop = { finishReason: 'STOP' }
const counted = (counts: object) => ({ usageMetadata: counts })
const hi = { text: 'Hi', finish: 'stop', raw: 'STOP' } as const

export const geminiRows: readonly AnswerRow[] = [
  ['pieces', sse(text('H'), text('i', stop)), hi],
  ['a finish word in each piece', sse(text('H', stop), text('i', stop)), hi],
  ['a finish word by itself', sse(text('Hi'), part(undefined, stop)), hi],
  ['a finish word without content', sse(text('Hi'), { candidates: [stop] }), hi],
  ['no word yet', sse(text('Hi', { finishReason: 'FINISH_REASON_UNSPECIFIED' }), text('', stop)), hi],
  [
    'another candidate first',
    sse({
      candidates: [
        { index: 1, content: { parts: [{ text: 'No' }] } },
        { index: 0, content: { parts: [{ text: 'Hi' }] }, ...stop },
      ],
    }),
    hi,
  ],
  ['an array of pieces', [text('H'), text('i', stop)], hi],
  [
    'thoughts',
    sse(part([{ text: 'Hm', thought: true }]), part([{ text: 'Hi', thoughtSignature: 'sig' }], stop)),
    { ...hi, reasoning: 'Hm' },
  ],
  ['a signature on an empty text', sse(text('Hi'), part([{ text: '', thoughtSignature: 'sig' }], stop)), hi],
  [
    'calls with and without ids',
    sse(
      part([
        { functionCall: { id: 'c1', name: 'f', args: { x: 1 } }, thoughtSignature: 's' },
        { functionCall: { name: 'g' } },
      ]),
      part([{ text: '' }], stop),
    ),
    {
      calls: [
        ['f', '{"x":1}', 'c1'],
        ['g', '{}'],
      ],
      finish: 'tool-calls',
      raw: 'STOP',
    },
  ],
  [
    'arguments value by value, without their end',
    sse(
      part([{ functionCall: { name: 'f', willContinue: true } }]),
      part([
        {
          functionCall: {
            partialArgs: [{ jsonPath: '$.a[0].b', stringValue: 'x', willContinue: true }],
            willContinue: true,
          },
        },
      ]),
      part([{ functionCall: { partialArgs: [{ jsonPath: '$.a[0].b', stringValue: 'y' }], willContinue: true } }]),
      part([{ functionCall: { partialArgs: [{ jsonPath: '$.a[0].c', numberValue: 0.5 }] } }]),
      part([{ text: '' }], stop),
    ),
    { calls: [['f', '{"a":[{"b":"xy","c":0.5}]}']] },
  ],
  [
    'code and its result',
    sse(
      part(
        [
          { executableCode: { language: 'PYTHON', code: '1' } },
          { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
          { text: 'Hi' },
        ],
        stop,
      ),
    ),
    { ...hi, blocks: 2 },
  ],
  ['a picture', sse(part([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }], stop)), { text: '', blocks: 1 }],
  [
    'sources',
    sse(
      part([{ text: 'Hi' }], {
        ...stop,
        groundingMetadata: {
          groundingChunks: [{ web: { uri: 'https://a.test', title: 'A' } }],
          groundingSupports: [{ segment: { endIndex: 2, text: 'Hi' }, groundingChunkIndices: [0] }],
        },
      }),
    ),
    { ...hi, citations: 1 },
  ],
  [
    'usage that comes late',
    sse(
      { ...text('H'), ...counted({ trafficType: 'ON_DEMAND' }) },
      {
        ...text('i', stop),
        ...counted({
          promptTokenCount: 10,
          candidatesTokenCount: 4,
          thoughtsTokenCount: 6,
          toolUsePromptTokenCount: 2,
          cachedContentTokenCount: 3,
          totalTokenCount: 22,
        }),
      },
    ),
    { input: 12, output: 10, cacheRead: 3, thought: 6 },
  ],
  [
    'usage of thoughts only',
    {
      ...part(undefined, { finishReason: 'MAX_TOKENS' }),
      ...counted({ promptTokenCount: 15, thoughtsTokenCount: 2, totalTokenCount: 17 }),
    },
    { text: '', finish: 'length', input: 15, output: 2 },
  ],
  [
    'no finish word in a whole answer',
    { ...text('Hi'), ...counted({ promptTokenCount: 7, candidatesTokenCount: 11, totalTokenCount: 18 }) },
    { text: 'Hi', finish: 'unknown' },
  ],
  [
    'a blocked prompt',
    sse({
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      ...counted({ promptTokenCount: 9, totalTokenCount: 9 }),
    }),
    { text: '', code: 'content_filtered' },
  ],
  [
    'a blocked prompt, by a template',
    {
      promptFeedback: { blockReason: 'MODEL_ARMOR', blockReasonMessage: 'x' },
      ...counted({ trafficType: 'ON_DEMAND' }),
    },
    { code: 'content_filtered' },
  ],
  [
    'a blocked answer',
    { candidates: [{ finishReason: 'MODEL_ARMOR', finishMessage: 'x' }] },
    { code: 'content_filtered' },
  ],
  [
    'safety in the middle',
    sse(text('Ha'), { candidates: [{ finishReason: 'SAFETY', index: 0, safetyRatings: [] }] }),
    { text: 'Ha', finish: 'content-filter' },
  ],
  [
    'no picture',
    { candidates: [{ content: {}, finishReason: 'NO_IMAGE', index: 0 }] },
    { finish: 'other', raw: 'NO_IMAGE' },
  ],
  [
    'a call that is broken',
    { candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'x' }] },
    { finish: 'error' },
  ],
  [
    'an error in the stream',
    sse(text('Hel'), { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }),
    { text: 'Hel', code: 'overloaded' },
  ],
  [
    'an error in an array',
    [{ error: { code: 429, message: 'Slow', status: 'RESOURCE_EXHAUSTED' } }],
    { code: 'rate_limited' },
  ],
  [
    'an error of the server after text',
    sse(text('Hel'), { error: { code: 500, message: 'Internal', status: 'INTERNAL' } }),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  ['nothing', { usageMetadata: {} }, { code: 'bad_response' }],
  ['cut off', sse(text('Hel')), { text: 'Hel', code: 'stream_interrupted' }],
]
