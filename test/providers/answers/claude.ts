/** Events of Anthropic’s messages. Sources: docs.claude.com (streaming, tools, thinking, context editing), vercel/ai issues. */
import { type AnswerRow, sse } from './row.ts'

const start = (more: object = {}) => ({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 10, output_tokens: 1 },
    ...more,
  },
})
const begin = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block })
const piece = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta })
const end = (index: number) => ({ type: 'content_block_stop', index })
const text = (index: number, words: string) => [
  begin(index, { type: 'text', text: '' }),
  piece(index, { type: 'text_delta', text: words }),
  end(index),
]
const stopped = (stop_reason: string, more: object = {}) => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 }, ...more },
  { type: 'message_stop' },
]
const hi = { text: 'Hi', finish: 'stop', raw: 'end_turn', input: 10, output: 5 } as const
const error = (type: string, message: string, more: object = {}) => ({
  type: 'error',
  error: { type, message, ...more },
  request_id: 'req_1',
})
const whole = (content: object[], stop_reason: string, usage: object = { input_tokens: 10, output_tokens: 5 }) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content,
  stop_reason,
  usage,
})

export const claudeRows: readonly AnswerRow[] = [
  ['text, with pings', sse(start(), { type: 'ping' }, ...text(0, 'Hi'), { type: 'ping' }, ...stopped('end_turn')), hi],
  ['no last event', sse(start(), ...text(0, 'Hi'), stopped('end_turn')[0]), hi],
  [
    'blocks that were not ended',
    sse(
      start(),
      begin(0, { type: 'text', text: '' }),
      piece(0, { type: 'text_delta', text: 'Hi' }),
      ...stopped('end_turn'),
    ),
    hi,
  ],
  [
    'a block that begins with text',
    sse(
      start(),
      begin(0, { type: 'text', text: 'H' }),
      piece(0, { type: 'text_delta', text: 'i' }),
      end(0),
      ...stopped('end_turn'),
    ),
    hi,
  ],
  [
    'all content in the first event',
    sse(
      start({ content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } }], stop_reason: 'tool_use' }),
      { type: 'message_stop' },
    ),
    { calls: [['f', '{"x":1}', 'toolu_1']], finish: 'tool-calls' },
  ],
  [
    'thoughts, open and hidden',
    sse(
      start(),
      begin(0, { type: 'thinking', thinking: '', signature: '' }),
      piece(0, { type: 'thinking_delta', thinking: 'Hm' }),
      piece(0, { type: 'signature_delta', signature: 'sig' }),
      end(0),
      begin(1, { type: 'redacted_thinking', data: 'x' }),
      end(1),
      ...text(2, 'Hi'),
      ...stopped('end_turn'),
    ),
    { ...hi, reasoning: 'Hm' },
  ],
  [
    'a change of model in the middle',
    sse(
      start(),
      ...text(0, 'H'),
      begin(1, { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }),
      end(1),
      ...text(2, 'i'),
      ...stopped('end_turn'),
    ),
    { ...hi, blocks: 1 },
  ],
  [
    'a call in pieces, an empty one first',
    sse(
      start(),
      begin(0, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
      piece(0, { type: 'input_json_delta', partial_json: '' }),
      piece(0, { type: 'input_json_delta', partial_json: '{"x": ' }),
      piece(0, { type: 'input_json_delta', partial_json: '1}' }),
      end(0),
      ...stopped('tool_use'),
    ),
    { calls: [['f', '{"x": 1}', 'toolu_1']], finish: 'tool-calls' },
  ],
  [
    'two calls, their blocks mixed',
    sse(
      start(),
      begin(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      begin(1, { type: 'tool_use', id: 'b', name: 'g', input: {} }),
      piece(1, { type: 'input_json_delta', partial_json: '{"y":2}' }),
      piece(0, { type: 'input_json_delta', partial_json: '{"x":1}' }),
      end(1),
      end(0),
      ...stopped('tool_use'),
    ),
    {
      finish: 'tool-calls',
      calls: [
        ['g', '{"y":2}', 'b'],
        ['f', '{"x":1}', 'a'],
      ],
    },
  ],
  [
    'tools of the service',
    sse(
      start(),
      begin(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      piece(0, { type: 'input_json_delta', partial_json: '{"query":"x"}' }),
      end(0),
      begin(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
      end(1),
      begin(2, { type: 'mcp_tool_use', id: 'm', name: 'x', input: {} }),
      end(2),
      ...text(3, 'Hi'),
      ...stopped('end_turn'),
    ),
    { ...hi, calls: [], blocks: 3 },
  ],
  [
    'sources',
    sse(
      start(),
      begin(0, { type: 'text', text: '', citations: [] }),
      piece(0, {
        type: 'citations_delta',
        citation: { type: 'web_search_result_location', url: 'https://a.test', title: 'A', cited_text: 'x' },
      }),
      piece(0, { type: 'text_delta', text: 'Hi' }),
      end(0),
      ...stopped('end_turn'),
    ),
    { ...hi, citations: 1 },
  ],
  [
    'a turn that pauses',
    sse(start(), ...text(0, 'Hi'), ...stopped('pause_turn')),
    { finish: 'other', raw: 'pause_turn' },
  ],
  [
    'a window that is full',
    sse(start(), ...text(0, 'Hi'), ...stopped('model_context_window_exceeded')),
    { finish: 'length' },
  ],
  ['a refusal', sse(start(), ...stopped('refusal')), { text: '', code: 'content_filtered' }],
  [
    'context that was edited',
    sse(
      start(),
      ...text(0, 'Hi'),
      ...stopped('end_turn', { context_management: { applied_edits: [{ type: 'clear_tool_uses_20250919' }] } }),
    ),
    hi,
  ],
  [
    'usage that grows',
    sse(
      start({
        usage: { input_tokens: 10, cache_read_input_tokens: 0, cache_creation_input_tokens: 4, output_tokens: 1 },
      }),
      ...text(0, 'Hi'),
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: {
          input_tokens: 12,
          cache_read_input_tokens: 8,
          cache_creation_input_tokens: null,
          output_tokens: 9,
          output_tokens_details: { thinking_tokens: 3 },
        },
      },
      { type: 'message_stop' },
    ),
    { input: 24, cacheRead: 8, cacheWrite: 4, output: 9, thought: 3 },
  ],
  [
    'deltas and events nobody knows',
    sse(
      { type: 'vertex_event' },
      start(),
      begin(0, { type: 'text', text: '' }),
      piece(0, { type: 'glitter_delta', glitter: 1 }),
      piece(0, { type: 'text_delta', text: 'Hi' }),
      end(0),
      ...stopped('end_turn'),
    ),
    hi,
  ],
  ['no text in an answer to a tool', whole([], 'end_turn'), { text: '', finish: 'stop' }],
  [
    'a whole answer',
    whole(
      [
        { type: 'thinking', thinking: 'Hm', signature: 's' },
        { type: 'text', text: 'Hi', citations: null },
      ],
      'end_turn',
    ),
    { ...hi, reasoning: 'Hm' },
  ],
  [
    'an error first',
    sse(
      'event: error\ndata: {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}',
    ),
    { code: 'overloaded' },
  ],
  [
    'an error after text',
    sse(
      start(),
      begin(0, { type: 'text', text: '' }),
      piece(0, { type: 'text_delta', text: 'Hel' }),
      error('api_error', 'Internal server error'),
    ),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  ['a limit in the stream', sse(start(), error('rate_limit_error', 'Slow')), { code: 'rate_limited' }],
  [
    'a prompt that is too long',
    sse(error('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum')),
    { code: 'context_length_exceeded' },
  ],
  ['a whole body that is an error', error('overloaded_error', 'Overloaded'), { code: 'overloaded' }],
  [
    'cut off',
    sse(start(), begin(0, { type: 'text', text: '' }), piece(0, { type: 'text_delta', text: 'Hel' })),
    { text: 'Hel', code: 'stream_interrupted' },
  ],
]
