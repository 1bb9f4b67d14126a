/** Events of the Responses API. Sources: OpenAI’s specification, openrouter.ai (errors), LM Studio, DeepSeek, mistral.rs. */
import { type AnswerRow, sse } from './row.ts'

const usage = {
  input_tokens: 10,
  output_tokens: 4,
  total_tokens: 14,
  input_tokens_details: { cached_tokens: 6 },
  output_tokens_details: { reasoning_tokens: 3 },
}
const created = { type: 'response.created', response: { id: 'resp_1', model: 'm', status: 'in_progress', output: [] } }
const ended = (output: object[], more: object = {}, type = 'response.completed') => ({
  type,
  response: { id: 'resp_1', model: 'm', status: type.slice(9), output, usage, ...more },
})
const message = (...content: object[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content,
})
const said = (text: string, more: object = {}) => message({ type: 'output_text', text, annotations: [], ...more })
const delta = (text: string, more: object = {}) => ({
  type: 'response.output_text.delta',
  output_index: 0,
  content_index: 0,
  delta: text,
  ...more,
})
const call = (args: unknown, more: object = {}) => ({
  id: 'fc_1',
  type: 'function_call',
  call_id: 'call_1',
  name: 'f',
  arguments: args,
  status: 'completed',
  ...more,
})
const failed = (error: unknown, more: object = {}) => ({
  type: 'response.failed',
  response: { id: 'resp_1', status: 'failed', output: [], error, ...more },
})
const hi = { text: 'Hi', finish: 'stop', raw: 'completed', input: 10, output: 4, cacheRead: 6, thought: 3 } as const

export const responsesRows: readonly AnswerRow[] = [
  ['pieces', sse(created, delta('H'), delta('i'), ended([said('Hi')])), hi],
  ['the last event only', sse(created, ended([said('Hi')])), hi],
  [
    'no pieces, the whole of the part',
    sse(
      created,
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Hi' },
      ended([said('Hi')]),
    ),
    hi,
  ],
  [
    'no pieces, the whole of the item',
    sse(created, { type: 'response.output_item.done', output_index: 0, item: said('Hi') }, ended([said('Hi')])),
    hi,
  ],
  [
    'ids that change from event to event',
    sse(
      created,
      delta('H', { item_id: 'x1' }),
      delta('i', { item_id: 'x2' }),
      { type: 'response.output_item.done', output_index: 0, item: { ...said('Hi'), id: 'x3' } },
      ended([{ ...said('Hi'), id: 'x4' }]),
    ),
    hi,
  ],
  ['an end mark behind the end', sse(created, delta('Hi'), ended([said('Hi')]), 'data: [DONE]'), hi],
  ['no output in the last event', sse(created, delta('Hi'), ended([])), hi],
  ['null for output in the last event', sse(created, delta('Hi'), ended([], { output: null })), hi],
  [
    'two parts',
    sse(
      created,
      delta('One. '),
      delta('Two.', { content_index: 1 }),
      ended([message({ type: 'output_text', text: 'One. ' }, { type: 'output_text', text: 'Two.' })]),
    ),
    { text: 'One. Two.' },
  ],
  [
    'events nobody knows',
    sse(
      { type: 'response.debug', debug: {} },
      { type: 'keepalive' },
      created,
      { type: 'response.shell_call_command.delta', delta: 'ls' },
      delta('Hi'),
      ended([said('Hi')]),
    ),
    hi,
  ],
  [
    'a refusal, in pieces and whole',
    sse(
      created,
      { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'No' },
      { type: 'response.refusal.done', output_index: 0, content_index: 0, refusal: 'No' },
      ended([message({ type: 'refusal', refusal: 'No' })]),
    ),
    { refusal: 'No', text: '', finish: 'stop' },
  ],
  [
    'a call whose arguments come whole',
    sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: call('', { status: 'in_progress' }) },
      { type: 'response.function_call_arguments.done', output_index: 0, item_id: 'fc_1', arguments: '{"x":1}' },
      { type: 'response.output_item.done', output_index: 0, item: call('{"x":1}') },
      ended([call('{"x":1}')]),
    ),
    { calls: [['f', '{"x":1}', 'call_1']], finish: 'tool-calls' },
  ],
  [
    'a call in pieces',
    sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: call('') },
      { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'fc_1', delta: '{"x"' },
      { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'fc_1', delta: ':1}' },
      ended([call('{"x":1}')]),
    ),
    { calls: [['f', '{"x":1}', 'call_1']] },
  ],
  ['a call without arguments', sse(created, ended([call('')])), { calls: [['f', '{}', 'call_1']] }],
  [
    'two calls, their pieces mixed',
    sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: call('') },
      {
        type: 'response.output_item.added',
        output_index: 1,
        item: call('', { id: 'fc_2', call_id: 'call_2', name: 'g' }),
      },
      { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{"y":2}' },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"x":1}' },
      ended([call('{"x":1}'), call('{"y":2}', { id: 'fc_2', call_id: 'call_2', name: 'g' })]),
    ),
    {
      calls: [
        ['f', '{"x":1}', 'call_1'],
        ['g', '{"y":2}', 'call_2'],
      ],
    },
  ],
  [
    'a call of a tool with free text',
    sse(
      created,
      { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: 'SELECT 1' },
      ended([{ type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'sql', input: 'SELECT 1' }]),
    ),
    { calls: [['sql', 'SELECT 1', 'call_1']] },
  ],
  [
    'thoughts as a summary in two parts',
    sse(
      created,
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'One' },
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 1, delta: 'Two' },
      ended([
        {
          id: 'rs_1',
          type: 'reasoning',
          summary: [
            { type: 'summary_text', text: 'One' },
            { type: 'summary_text', text: 'Two' },
          ],
        },
        said('Hi'),
      ]),
    ),
    { reasoning: 'OneTwo', text: 'Hi' },
  ],
  [
    'raw thoughts',
    sse(
      created,
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'Hm' },
      { type: 'response.reasoning_text.done', output_index: 0, content_index: 0, text: 'Hm' },
      ended([
        { id: 'rs_1', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] },
        said('Hi'),
      ]),
    ),
    { reasoning: 'Hm', text: 'Hi' },
  ],
  [
    'tools of the service',
    sse(
      created,
      { type: 'response.web_search_call.in_progress', output_index: 0 },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { id: 'ws_1', type: 'web_search_call', status: 'completed' },
      },
      { type: 'response.code_interpreter_call_code.delta', output_index: 1, delta: '1' },
      {
        type: 'response.output_item.done',
        output_index: 1,
        item: { id: 'ci_1', type: 'code_interpreter_call', code: '1', status: 'completed' },
      },
      { type: 'response.mcp_call_arguments.delta', output_index: 2, delta: '{}' },
      {
        type: 'response.output_item.done',
        output_index: 2,
        item: { id: 'mcp_1', type: 'mcp_call', name: 'x', arguments: '{}', output: 'y' },
      },
      delta('Hi', { output_index: 3 }),
      ended([
        { id: 'ws_1', type: 'web_search_call' },
        { id: 'ci_1', type: 'code_interpreter_call' },
        { id: 'mcp_1', type: 'mcp_call' },
        said('Hi'),
      ]),
    ),
    { ...hi, calls: [], blocks: 3 },
  ],
  [
    'sources',
    sse(
      created,
      delta('Hi'),
      {
        type: 'response.output_text.annotation.added',
        output_index: 0,
        content_index: 0,
        annotation: { type: 'url_citation', url: 'https://a.test', start_index: 0, end_index: 2 },
      },
      ended([
        said('Hi', { annotations: [{ type: 'url_citation', url: 'https://a.test', start_index: 0, end_index: 2 }] }),
      ]),
    ),
    { ...hi, citations: 1 },
  ],
  [
    'cut at its limit',
    sse(
      created,
      delta('Hi'),
      ended([said('Hi')], { incomplete_details: { reason: 'max_output_tokens' } }, 'response.incomplete'),
    ),
    { text: 'Hi', finish: 'length', raw: 'incomplete:max_output_tokens' },
  ],
  [
    'cut by a filter',
    sse(created, ended([], { incomplete_details: { reason: 'content_filter' } }, 'response.incomplete')),
    { code: 'content_filtered' },
  ],
  ['a failure', sse(created, failed({ code: 'server_error', message: 'Boom' })), { code: 'server_error' }],
  [
    'a failure after text',
    sse(created, delta('Hel'), failed({ code: 'server_error', message: 'Boom' })),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  ['a failure without a reason', sse(created, failed(null)), { code: 'stream_error_event' }],
  [
    'a failure that is a limit',
    sse(created, failed({ code: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 3s.' })),
    { code: 'rate_limited' },
  ],
  [
    'a failure that no wait helps',
    sse(
      created,
      failed({
        code: 'rate_limit_exceeded',
        message: 'Request too large for gpt-4o-mini on tokens per min (TPM): Limit 30000, Requested 35364.',
      }),
    ),
    { code: 'request_too_large' },
  ],
  [
    'a failure by the prompt’s length',
    sse(
      created,
      failed({ code: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' }),
    ),
    { code: 'context_length_exceeded' },
  ],
  [
    'a failure by a picture',
    sse(created, failed({ code: 'invalid_image_format', message: 'The picture is broken' })),
    { code: 'bad_request' },
  ],
  [
    'a failure by policy',
    sse(created, failed({ code: 'cyber_policy_violation', message: 'No' })),
    { code: 'content_filtered' },
  ],
  [
    'an error event',
    sse(created, { type: 'error', code: 'rate_limit_exceeded', message: 'Slow', param: null, sequence_number: 2 }),
    { code: 'rate_limited' },
  ],
  [
    'an error event with an object',
    sse(created, delta('Hel'), {
      type: 'error',
      error: { type: 'server_error', code: null, message: 'Boom', param: null },
    }),
    { text: 'Hel', code: 'stream_error_event' },
  ],
  [
    'an error event with a status',
    sse({
      type: 'error',
      status: 429,
      error: { type: 'usage_limit_reached', message: 'The usage limit has been reached' },
    }),
    { code: 'quota_exhausted' },
  ],
  [
    'an error as chat has it',
    sse({ error: { message: 'Overloaded', type: 'server_error', code: 503 } }),
    { code: 'overloaded' },
  ],
  ['cut off', sse(created, delta('Hel')), { text: 'Hel', code: 'stream_interrupted' }],
  ['whole', { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [said('Hi')], usage }, hi],
  [
    'whole, failed',
    { id: 'resp_1', status: 'failed', output: [], error: { code: 'server_error', message: 'Boom' } },
    { code: 'server_error' },
  ],
  [
    'whole, waiting in the background',
    { id: 'resp_1', status: 'queued', output: [], usage: null },
    { text: '', finish: 'other', raw: 'queued' },
  ],
  [
    'whole, an odd status',
    { id: 'resp_1', status: 'complete', output: [said('Hi')] },
    { text: 'Hi', finish: 'other', raw: 'complete' },
  ],
  [
    'whole, a tool that the caller runs',
    {
      id: 'resp_1',
      status: 'completed',
      output: [{ type: 'tool_search_call', call_id: 'c', arguments: { goal: 'x' }, execution: 'client' }],
    },
    { text: '', blocks: 1, finish: 'stop' },
  ],
]

/** OpenRouter keeps the precise reason beside the error. */
export const routedResponses: readonly AnswerRow[] = [
  [
    'a reason beside the error',
    sse(created, failed({ code: 'server_error', message: 'Invalid credentials' }, { error_type: 'authentication' })),
    { code: 'auth_failed' },
  ],
  [
    'the same in a whole answer',
    {
      id: 'resp_1',
      status: 'failed',
      output: [],
      error: { code: 'server_error', message: 'Busy' },
      error_type: 'provider_overloaded',
    },
    { code: 'overloaded' },
  ],
  [
    'a reason that says nothing more',
    sse(created, failed({ code: 'server_error', message: 'Boom' }, { error_type: 'server' })),
    { code: 'server_error' },
  ],
  [
    'a request that is wrong',
    sse(created, failed({ code: 'invalid_prompt', message: 'Empty content' }, { error_type: 'invalid_request' })),
    { code: 'bad_request' },
  ],
  [
    'a prompt that is too long',
    sse(created, failed({ code: 'invalid_prompt', message: 'Too long' }, { error_type: 'context_length_exceeded' })),
    { code: 'context_length_exceeded' },
  ],
  [
    'an event of its own name',
    sse(created, { type: 'response.error', error: { code: 'rate_limit_exceeded', message: 'Slow' } }),
    { code: 'rate_limited' },
  ],
]
