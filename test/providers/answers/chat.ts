/**
 * Chat completions as their servers write them. Sources: documentation of OpenAI, Azure, Groq, OpenRouter, DeepSeek,
 * Mistral and Moonshot; issues of vllm, sglang, lmdeploy, ollama, llama.cpp, litellm and vercel/ai that show chunks.
 */
import { type AnswerRow, sse } from './row.ts'

const chunk = (delta: unknown, finish_reason: unknown = null, more: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
})
const text = (content: string) => chunk({ content })
const stop = chunk({}, 'stop')
const done = 'data: [DONE]'
const usage = (prompt_tokens: number, completion_tokens: number, more: object = {}) => ({
  usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens, ...more },
})
const call = (index: unknown, id: unknown, name: unknown, args: unknown) =>
  chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] })
const whole = (message: object, finish_reason: unknown = 'stop', more: object = {}, choice: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason, ...choice }],
  ...more,
})
const hm = { reasoning: 'Hm', text: 'Hi', finish: 'stop' } as const

export const chatReasoning: readonly AnswerRow[] = [
  ['reasoning_content', sse(chunk({ reasoning_content: 'Hm' }), text('Hi'), stop, done), hm],
  ['reasoning', sse(chunk({ reasoning: 'Hm' }), text('Hi'), stop, done), hm],
  ['reasoning_text', sse(chunk({ reasoning_text: 'Hm' }), text('Hi'), stop, done), hm],
  ['thinking as a text', sse(chunk({ thinking: 'Hm' }), text('Hi'), stop, done), hm],
  ['both names for the same', sse(chunk({ reasoning: 'Hm', reasoning_content: 'Hm' }), text('Hi'), stop, done), hm],
  [
    'details only',
    sse(chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }] }), text('Hi'), stop, done),
    hm,
  ],
  [
    'a summary among the details, and an encrypted one',
    sse(
      chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm', index: 0 }] }),
      chunk({ reasoning: null, reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', index: 1 }] }),
      text('Hi'),
      stop,
      done,
    ),
    hm,
  ],
  [
    'parts of content',
    sse(
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'H' }], closed: true }] }),
      chunk({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'm' }] },
          { type: 'text', text: 'H' },
        ],
      }),
      chunk({ content: 'i' }, 'stop'),
    ),
    hm,
  ],
  [
    'beside an empty list of calls in each chunk',
    sse(
      chunk({ role: 'assistant', content: '', reasoning_content: 'Hm', tool_calls: [] }),
      chunk({ content: 'Hi', reasoning_content: '', tool_calls: [] }, 'stop'),
    ),
    { ...hm, calls: [] },
  ],
  ['a whole answer', whole({ reasoning: 'Hm', content: 'Hi' }), hm],
  ['a whole answer, the other name', whole({ reasoning_content: 'Hm', content: 'Hi' }), hm],
  [
    'cut while it still thought',
    whole({ content: null, reasoning_content: 'Hm' }, 'length'),
    { reasoning: 'Hm', text: '', finish: 'length' },
  ],
]

export const chatCalls: readonly AnswerRow[] = [
  [
    'two calls, their pieces mixed',
    sse(
      call(0, 'a', 'f', ''),
      call(1, 'b', 'g', ''),
      call(1, undefined, undefined, '{"y":'),
      call(0, undefined, undefined, '{"x":1}'),
      call(1, undefined, undefined, '2}'),
      chunk({}, 'tool_calls'),
      done,
    ),
    {
      calls: [
        ['f', '{"x":1}', 'a'],
        ['g', '{"y":2}', 'b'],
      ],
      finish: 'tool-calls',
    },
  ],
  [
    'all numbered 0, told apart by id, empty ids after the first piece (vLLM)',
    sse(
      call(0, 'a', 'f', ''),
      call(0, '', null, '{"x":1}'),
      call(0, 'b', 'f', ''),
      call(0, '', null, '{"x":2}'),
      chunk({}, 'tool_calls'),
    ),
    {
      calls: [
        ['f', '{"x":1}', 'a'],
        ['f', '{"x":2}', 'b'],
      ],
    },
  ],
  [
    'all numbered 0, the id in each piece (SGLang)',
    sse(
      call(0, '0', 'f', ''),
      call(0, '0', null, '{"x":1}'),
      call(0, '1', 'g', ''),
      call(0, '1', null, '{"x":2}'),
      chunk({}, 'tool_calls'),
    ),
    {
      calls: [
        ['f', '{"x":1}', '0'],
        ['g', '{"x":2}', '1'],
      ],
    },
  ],
  [
    'numbers as texts, ids only once',
    sse(
      call('0', 'a', 'f', ''),
      call('1', 'b', 'g', ''),
      call('0', null, null, '{"x":1}'),
      call('1', null, null, '{"y":2}'),
      chunk({}, 'tool_calls'),
    ),
    {
      calls: [
        ['f', '{"x":1}', 'a'],
        ['g', '{"y":2}', 'b'],
      ],
    },
  ],
  [
    'no numbers, whole calls (Ollama before it had them)',
    sse(call(undefined, 'a', 'f', '{"x":1}'), call(undefined, 'b', 'f', '{"x":2}'), stop, done),
    {
      calls: [
        ['f', '{"x":1}', 'a'],
        ['f', '{"x":2}', 'b'],
      ],
      finish: 'tool-calls',
    },
  ],
  [
    'numbers that begin at 1, after text',
    sse(text('On it.'), call(1, 'a', 'f', ''), call(1, undefined, undefined, '{}'), chunk({}, 'tool_calls'), done),
    { text: 'On it.', calls: [['f', '{}', 'a']] },
  ],
  [
    'the name in each piece',
    sse(call(0, 'a', 'f', '{"x"'), call(0, 'a', 'f', ':1}'), chunk({}, 'tool_calls')),
    { calls: [['f', '{"x":1}']] },
  ],
  [
    'arguments as the object itself',
    sse(call(0, 'a', 'f', { x: 1 }), chunk({}, 'tool_calls')),
    { calls: [['f', '{"x":1}']] },
  ],
  ['no arguments at all', sse(call(0, 'a', 'f', null), chunk({}, 'tool_calls')), { calls: [['f', '{}']] }],
  [
    'the last piece and the finish word in one chunk',
    sse(
      call(0, 'a', 'f', '{"x"'),
      chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }, 'tool_calls'),
      done,
    ),
    { calls: [['f', '{"x":1}']], finish: 'tool-calls' },
  ],
  [
    'the older form',
    sse(
      chunk({ function_call: { name: 'f', arguments: '' } }),
      chunk({ function_call: { arguments: '{"x":1}' } }),
      chunk({}, 'function_call'),
    ),
    { calls: [['f', '{"x":1}']], finish: 'tool-calls' },
  ],
  [
    'cut at its limit inside the arguments',
    sse(call(0, 'a', 'f', '{"note": "The'), chunk({}, 'length'), done),
    { calls: [['f', '{"note": "The']], finish: 'length' },
  ],
  [
    'whole, without content',
    whole({ tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }, 'tool_calls'),
    { text: '', calls: [['f', '{}', 'a']], finish: 'tool-calls' },
  ],
  [
    'whole, said to be stopped, arguments as an object',
    whole({ content: '', tool_calls: [{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }] }),
    { calls: [['f', '{"x":1}']], finish: 'tool-calls', raw: 'stop' },
  ],
]

export const chatUsage: readonly AnswerRow[] = [
  ['with the finish word', sse(text('Hi'), chunk({}, 'stop', usage(5, 2)), done), { input: 5, output: 2 }],
  ['behind it, without choices', sse(text('Hi'), stop, { choices: [], ...usage(5, 2) }, done), { input: 5, output: 2 }],
  ['before it', sse(text('Hi'), { choices: [], ...usage(5, 2) }, stop, done), { input: 5, output: 2 }],
  [
    'in each chunk',
    sse(chunk({ content: 'H' }, null, usage(5, 1)), chunk({ content: 'i' }, 'stop', usage(5, 2))),
    { input: 5, output: 2 },
  ],
  [
    'null, then told, then null again behind a moderation',
    sse(
      chunk({ content: 'Hi' }, 'stop', { usage: null }),
      { choices: [], ...usage(5, 2) },
      { choices: [], usage: null, moderation: { input: {}, output: {} } },
      done,
    ),
    { input: 5, output: 2, finish: 'stop' },
  ],
  [
    'under x_groq',
    sse(text('Hi'), chunk({}, 'stop', { x_groq: { id: 'r', ...usage(5, 2) } }), done),
    { input: 5, output: 2 },
  ],
  [
    'in the choice',
    sse(text('Hi'), { choices: [{ index: 0, delta: {}, finish_reason: 'stop', ...usage(5, 2) }] }, done),
    { input: 5, output: 2 },
  ],
  [
    'with its parts',
    whole(
      { content: 'Hi' },
      'stop',
      usage(100, 20, {
        prompt_tokens_details: { cached_tokens: 80, cache_write_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 15 },
      }),
    ),
    { input: 100, output: 20, cacheRead: 80, cacheWrite: 10, thought: 15 },
  ],
  [
    'with hits of the cache',
    whole({ content: 'Hi' }, 'stop', usage(100, 2, { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 })),
    { input: 100, cacheRead: 64 },
  ],
  [
    'with parts that are null',
    whole({ content: 'Hi' }, 'stop', usage(5, 2, { prompt_tokens_details: null, completion_tokens_details: null })),
    { input: 5, output: 2 },
  ],
  [
    'twice, one for each candidate',
    sse(
      { choices: [{ index: 1, delta: { content: 'No' }, finish_reason: null }] },
      text('Hi'),
      { choices: [{ index: 1, delta: {}, finish_reason: 'stop' }] },
      { choices: [], ...usage(5, 7) },
      stop,
      { choices: [], ...usage(5, 7) },
      done,
    ),
    { text: 'Hi', input: 5, output: 7, finish: 'stop' },
  ],
]

export const chatForms: readonly AnswerRow[] = [
  [
    'a placeholder first',
    sse({ choices: [], created: 0, id: '', model: '', object: '' }, text('Hi'), stop, done),
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'Azure filters around it',
    sse(
      { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }], model: '' },
      chunk({ role: 'assistant', content: '', refusal: null }),
      text('Hi'),
      {
        choices: [
          { index: 0, finish_reason: null, content_filter_offsets: { check_offset: 1 }, content_filter_results: {} },
        ],
      },
      stop,
      done,
    ),
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'nothing where a delta should be',
    sse(chunk(null), text('Hi'), chunk(null, 'stop'), done),
    { text: 'Hi', finish: 'stop' },
  ],
  ['no list of choices', sse({ id: 'x', choices: null }, text('Hi'), stop, done), { text: 'Hi', finish: 'stop' }],
  [
    'an empty finish word before the end',
    sse(chunk({ content: 'H', tool_calls: [] }, ''), chunk({ content: 'i', tool_calls: [] }, ''), stop, done),
    { text: 'Hi', finish: 'stop' },
  ],
  ['a filter by its other name', sse(text('Hi'), chunk({}, 'sensitive'), done), { finish: 'content-filter' }],
  ['a window that is full', sse(text('Hi'), chunk({}, 'model_context_window_exceeded'), done), { finish: 'length' }],
  [
    'a message where a delta should be',
    sse({ choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }] }),
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'the finish word again with the usage',
    sse(text('Hi'), stop, chunk({ content: '' }, 'stop', usage(5, 2)), done),
    { finish: 'stop', input: 5 },
  ],
  [
    'keep-alives of all kinds',
    sse(
      ': OPENROUTER PROCESSING',
      'data:',
      'data: : keepalive',
      'event: ping\ndata: {}',
      { type: 'ping' },
      text('Hi'),
      stop,
      done,
    ),
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'a refusal',
    sse(chunk({ refusal: 'I’m ' }), chunk({ refusal: 'sorry' }), stop, done),
    { refusal: 'I’m sorry', text: '', finish: 'stop' },
  ],
  [
    'a filter, in the middle',
    sse(text('Ha'), chunk({}, 'content_filter'), done),
    { text: 'Ha', finish: 'content-filter' },
  ],
  ['a word nobody knows', sse(text('Hi'), chunk({}, 'eos_token'), done), { finish: 'other', raw: 'eos_token' }],
  [
    'executed tools',
    sse(chunk({ executed_tools: [{ index: 0, type: 'search' }] }), text('Hi'), stop, done),
    { text: 'Hi', calls: [] },
  ],
  [
    'sources',
    sse(
      text('Hi'),
      chunk({
        annotations: [
          { type: 'url_citation', url_citation: { url: 'https://a.test', title: 'A', start_index: 0, end_index: 2 } },
        ],
      }),
      stop,
      done,
    ),
    { text: 'Hi', citations: 1 },
  ],
  [
    'sound without text',
    whole({ content: null, audio: { id: 'a', data: 'AAAA', transcript: 'Hi' } }),
    { text: '', finish: 'stop', blocks: 1 },
  ],
  [
    'pictures without text',
    whole({ content: null, images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }),
    { text: '', finish: 'stop', blocks: 1 },
  ],
  ['an empty text', whole({ content: '' }), { text: '', finish: 'stop' }],
  ['nothing at all', whole({ content: null }), { code: 'empty_response' }],
  ['no answer', { x: 42 }, { code: 'bad_response' }],
  ['no choice', { id: 'x', choices: [], ...usage(1, 0) }, { code: 'bad_response' }],
]

const half = text('Hel')
const failed = (error: unknown, more: object = {}) => ({ error, ...more })

export const chatFailures: readonly AnswerRow[] = [
  [
    'an error first',
    sse(failed({ message: 'Boom', type: 'server_error', code: null }), done),
    { text: '', code: 'server_error' },
  ],
  [
    'an error after text',
    sse(half, failed({ message: 'Boom', type: 'server_error' }), done),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  ['a text as an error', sse(half, failed('The model has crashed'), done), { text: 'Hel', code: 'stream_error_event' }],
  ['a named event', sse(half, 'event: error\ndata: {"message":"Boom"}'), { text: 'Hel', code: 'stream_error_event' }],
  [
    'an error object by itself',
    sse(half, { object: 'error', message: 'Boom', type: 'InternalServerError', code: 500 }),
    { code: 'stream_error_event' },
  ],
  [
    'a message and a code by themselves',
    sse(half, { message: 'Too many requests', code: 429 }),
    { text: 'Hel', code: 'rate_limited' },
  ],
  [
    'a field of its own (llama.cpp)',
    sse(half, 'error: {"code":500,"message":"Boom","type":"server_error"}'),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  [
    'a status among numbers',
    sse(failed({ code: 429, message: 'Slow', metadata: { error_type: 'rate_limit_exceeded' } }, { choices: [] })),
    { code: 'rate_limited' },
  ],
  ['a status in words', sse(failed({ code: '503', message: 'Overloaded' })), { code: 'overloaded' }],
  [
    'beside a finish word',
    sse(half, {
      ...chunk({ content: '' }, 'error'),
      error: { code: 429, message: 'Slow', metadata: { error_type: 'rate_limit_exceeded' } },
    }),
    { text: 'Hel', code: 'rate_limited' },
  ],
  [
    'in the choice',
    whole(
      { content: 'partial' },
      'error',
      {},
      { error: { code: 502, message: 'Gone', metadata: { error_type: 'provider_unavailable' } } },
    ),
    { code: 'server_error' },
  ],
  [
    'in the choice, a limit',
    whole(
      { content: 'partial' },
      'error',
      {},
      { error: { code: 429, message: 'Slow', metadata: { error_type: 'rate_limit_exceeded' } } },
    ),
    { code: 'rate_limited' },
  ],
  [
    'in the choice of a stream',
    sse(half, { choices: [{ index: 0, delta: {}, finish_reason: 'error', error: { code: 401, message: 'No' } }] }),
    { text: 'Hel', code: 'auth_failed' },
  ],
  [
    'under x_groq',
    sse(half, chunk({}, null, { x_groq: { error: 'over capacity' } })),
    { text: 'Hel', code: 'overloaded' },
  ],
  [
    'what the model wrote is refused',
    sse(
      half,
      'event: error\ndata: {"error":{"message":"Failed","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}',
    ),
    { code: 'bad_response' },
  ],
  [
    'too long',
    sse(failed({ message: "This model's maximum context length is 1024 tokens.", type: 'BadRequestError', code: 400 })),
    { code: 'context_length_exceeded' },
  ],
  [
    'money',
    sse(failed({ message: 'no', type: 'insufficient_quota', code: 'insufficient_quota' })),
    { code: 'quota_exhausted' },
  ],
  [
    'a finish word that says so',
    sse(half, chunk({}, 'insufficient_system_resource')),
    { text: 'Hel', code: 'overloaded' },
  ],
  ['a network that broke', sse(half, chunk({}, 'network_error')), { text: 'Hel', code: 'stream_error_event' }],
  ['a whole body that is an error', failed({ message: 'Slow', code: 429 }), { code: 'rate_limited' }],
  ['a whole body with a message and a code', { code: 401, message: 'Unauthorized' }, { code: 'auth_failed' }],
  ['a whole body that is a text', failed('Unexpected endpoint or method. (POST /chat)'), { code: 'model_not_found' }],
]
