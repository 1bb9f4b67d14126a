/** Lines of Ollama’s own API. Sources: its documentation and server code, issues that show answers. */
import type { AnswerRow } from './row.ts'

const lines = (...objects: object[]) => objects.map((object) => JSON.stringify(object)).join('\n')
const say = (message: object, more: object = {}) => ({
  model: 'm',
  message: { role: 'assistant', content: '', ...message },
  done: false,
  ...more,
})
const last = (more: object = {}) => ({
  model: 'm',
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 10,
  eval_count: 4,
  ...more,
})
const hi = { text: 'Hi', finish: 'stop', raw: 'stop', input: 10, output: 4 } as const

export const ollamaRows: readonly AnswerRow[] = [
  ['lines', lines(say({ content: 'H' }), say({ content: 'i' }), last()), hi],
  ['blank lines between', `\n${lines(say({ content: 'Hi' }))}\n\n\n${lines(last())}\n\n`, hi],
  ['text in the last line', lines(last({ message: { content: 'Hi' } })), hi],
  [
    'thoughts',
    lines(say({ thinking: 'H' }), say({ thinking: 'm' }), say({ content: 'Hi' }), last()),
    { ...hi, reasoning: 'Hm' },
  ],
  [
    'calls',
    lines(
      say({ tool_calls: [{ id: 'c1', function: { index: 0, name: 'f', arguments: { x: 1 } } }] }),
      say({ tool_calls: [{ function: { index: 1, name: 'f', arguments: { x: 2 } } }] }),
      last(),
    ),
    {
      calls: [
        ['f', '{"x":1}', 'c1'],
        ['f', '{"x":2}'],
      ],
      finish: 'tool-calls',
      raw: 'stop',
    },
  ],
  [
    'arguments as a text',
    lines(say({ tool_calls: [{ function: { name: 'f', arguments: '{"x":1}' } }] }), last()),
    { calls: [['f', '{"x":1}']] },
  ],
  ['no arguments', lines(say({ tool_calls: [{ function: { name: 'f' } }] }), last()), { calls: [['f', '{}']] }],
  ['cut at its limit', lines(say({ content: 'Hi' }), last({ done_reason: 'length' })), { finish: 'length' }],
  [
    'a model that was loaded',
    lines(last({ done_reason: 'load', prompt_eval_count: undefined, eval_count: undefined })),
    { text: '', finish: 'other', raw: 'load' },
  ],
  ['a prompt from the cache', lines(say({ content: 'Hi' }), last({ prompt_eval_count: undefined })), { output: 4 }],
  ['no reason', lines(say({ content: 'Hi' }), last({ done_reason: undefined })), { text: 'Hi', finish: 'unknown' }],
  [
    'an error line',
    lines(say({ content: 'Hel' }), { error: 'an error was encountered while running the model' }),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  ['an error line first', lines({ error: 'model runner has unexpectedly stopped' }), { code: 'server_error' }],
  [
    'an error line with a status',
    lines(say({ content: 'Hel' }), { error: 'you have reached your usage limit', status_code: 429 }),
    { text: 'Hel', code: 'quota_exhausted' },
  ],
  [
    'an error line with a status in words',
    lines({ StatusCode: 503, Status: '503 Service Unavailable', error: 'upstream' }),
    { code: 'overloaded' },
  ],
  [
    'an error object',
    lines({ error: { message: 'the input length exceeds the context length' } }),
    { code: 'context_length_exceeded' },
  ],
  ['cut off', lines(say({ content: 'Hel' })), { text: 'Hel', code: 'stream_interrupted' }],
  ['whole', { ...last({ message: { role: 'assistant', content: 'Hi', thinking: 'Hm' } }) }, { ...hi, reasoning: 'Hm' }],
]
