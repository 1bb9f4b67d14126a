/** Sources: openrouter.ai (errors, limits), console.groq.com (errors, rate limits), api-docs.deepseek.com, issues quoting their answers. */
import { error, type FailureRow, invalid } from './row.ts'

const routed = (code: number, message: string, metadata?: object) => ({
  error: { code, message, ...(metadata && { metadata }) },
  user_id: 'user_1',
})
const returned = (code: number, raw: unknown, more: object = {}) =>
  routed(code, 'Provider returned error', {
    raw: typeof raw === 'string' ? raw : JSON.stringify(raw),
    provider_name: 'Upstream',
    ...more,
  })

export const openrouterFailures: readonly FailureRow[] = [
  [401, routed(401, 'No auth credentials found'), 'auth_failed'],
  [401, routed(401, 'User not found.'), 'auth_failed'],
  [402, routed(402, 'Insufficient credits. This account never purchased credits.'), 'billing'],
  [
    402,
    routed(402, 'Too much in flight', { limit_source: 'openrouter_in_flight_budget' }),
    'rate_limited',
    { headers: { 'retry-after': '4' }, waitMs: 4_000 },
  ],
  [
    403,
    routed(403, 'Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys'),
    'quota_exhausted',
  ],
  [
    403,
    routed(403, 'x/y requires moderation on Upstream. Your input was flagged for "violence".', {
      reasons: ['violence'],
      flagged_input: 'x',
    }),
    'content_filtered',
  ],
  [
    403,
    returned(403, {
      error: {
        code: 'unsupported_country_region_territory',
        message: 'Country, region, or territory not supported',
        type: 'request_forbidden',
      },
    }),
    'forbidden',
  ],
  [403, routed(403, 'This model is not available in your region.'), 'forbidden'],
  [404, routed(404, 'No endpoints found that support tool use.'), 'model_not_found'],
  [404, routed(404, 'No allowed providers are available for the selected model.'), 'model_not_found'],
  [400, routed(400, 'x/y is not a valid model ID'), 'model_not_found'],
  [
    400,
    routed(400, 'This endpoint’s maximum context length is 163840 tokens. However, you requested about 200000 tokens.'),
    'context_length_exceeded',
  ],
  [
    400,
    returned(400, {
      error: { message: 'too much', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' },
    }),
    'context_length_exceeded',
  ],
  [
    400,
    returned(400, {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'input length and `max_tokens` exceed context limit: 1 + 2 > 2',
      },
    }),
    'context_length_exceeded',
  ],
  [
    400,
    returned(400, {
      error: {
        message: "Response input messages must contain the word 'json'",
        type: 'invalid_request_error',
        param: 'input',
        code: null,
      },
    }),
    'bad_request',
  ],
  [
    400,
    returned(400, {
      error: { code: '400', message: 'Param Incorrect', param: 'messages[2] must contain a part', type: '' },
    }),
    'bad_request',
  ],
  [
    400,
    returned(400, { error: { message: 'no', innererror: { code: 'ResponsibleAIPolicyViolation' } } }),
    'content_filtered',
  ],
  [400, routed(400, 'The content of a message is empty', { error_type: 'invalid_prompt' }), 'bad_request'],
  [400, { error: { code: 'invalid_prompt', message: 'Request validation failed' } }, 'bad_request'],
  [403, routed(403, 'Request blocked: prompt injection patterns detected', { patterns: ['ignore all'] }), 'forbidden'],
  [413, routed(413, 'big', { error_type: 'payload_too_large' }), 'request_too_large'],
  [408, routed(408, 'Request timed out', { error_type: 'timeout' }), 'server_error'],
  [
    429,
    routed(429, 'Rate limit exceeded: free-models-per-min.', {
      headers: { 'X-RateLimit-Limit': '20', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '4102444800000' },
    }),
    'rate_limited',
  ],
  [429, routed(429, 'Rate limit exceeded: free-models-per-day-high-balance.'), 'quota_exhausted'],
  [
    429,
    routed(429, 'Rate limit exceeded: limit_rpd/x/y. You have reached your daily request limit.'),
    'quota_exhausted',
  ],
  [
    429,
    routed(429, 'Rate limit exceeded: limit_rpm/x/y. High demand for x/y. Limited to 10 requests per minute.'),
    'rate_limited',
  ],
  [429, returned(429, 'error code: 1015'), 'rate_limited'],
  [
    429,
    returned(429, { error: { message: 'Slow', code: 'rate_limit_exceeded' } }, { retry_after_seconds: 7 }),
    'rate_limited',
    { waitMs: 7_000 },
  ],
  [429, routed(429, 'Slow', { headers: { 'Retry-After': '11' } }), 'rate_limited', { waitMs: 11_000 }],
  [429, returned(429, { type: 'error', error: { type: 'rate_limit_error', message: 'Slow' } }), 'rate_limited'],
  [502, returned(502, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }), 'overloaded'],
  [502, returned(502, { error: { message: 'Bad key upstream', code: 'invalid_api_key' } }), 'server_error'],
  [502, returned(502, '<html><head><title>502 Bad Gateway</title></head></html>'), 'server_error'],
  [503, routed(503, 'No instances available for this model.', { error_type: 'provider_overloaded' }), 'overloaded'],
  [503, routed(503, 'No instances available'), 'overloaded'],
  [504, routed(504, 'Upstream idle timeout exceeded', { error_type: 'timeout' }), 'server_error'],
  [520, routed(520, 'x', { error_type: 'unmapped' }), 'server_error'],
]

export const groqFailures: readonly FailureRow[] = [
  [
    400,
    invalid('the maximum value for `max_tokens` is less than the `context_window` for this model', {
      param: 'max_tokens',
    }),
    'bad_request',
  ],
  [401, invalid('Expired API Key', { code: 'expired_api_key' }), 'auth_failed'],
  [403, error('Access denied. Please check your network settings.'), 'forbidden'],
  [
    403,
    error('The model `x` is blocked at the organization level.', {
      type: 'permissions_error',
      code: 'model_permission_blocked_org',
    }),
    'forbidden',
  ],
  [400, invalid('The model `x` requires terms acceptance.', { code: 'model_terms_required' }), 'forbidden'],
  [
    400,
    invalid('Organization has been restricted. Please reach out to support.', { code: 'organization_restricted' }),
    'forbidden',
  ],
  [
    400,
    invalid('API access is blocked: the spend limit was reached.', { code: 'blocked_api_access' }),
    'quota_exhausted',
  ],
  [404, invalid('Unknown request URL: POST /openai/v1/chat.', { code: 'unknown_url' }), 'model_not_found'],
  [
    400,
    invalid('The model `x` has been decommissioned and is no longer supported.', { code: 'model_decommissioned' }),
    'model_not_found',
  ],
  [
    400,
    invalid('Please reduce the length of the messages or completion.', {
      param: 'messages',
      code: 'context_length_exceeded',
    }),
    'context_length_exceeded',
  ],
  [
    400,
    invalid('Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192', {
      param: 'messages',
    }),
    'context_length_exceeded',
  ],
  [413, invalid('Request Entity Too Large', { code: 'request_too_large' }), 'request_too_large'],
  [
    400,
    invalid('Failed to call a function. Please adjust your prompt.', {
      code: 'tool_use_failed',
      failed_generation: '<function=f>',
    }),
    'bad_response',
  ],
  [
    400,
    invalid('max completion tokens reached before generating a valid document', {
      code: 'json_validate_failed',
      failed_generation: '',
    }),
    'bad_response',
  ],
  [
    400,
    invalid('Parsing failed. The model generated output that could not be parsed.', {
      code: 'output_parse_failed',
      failed_generation: 'x',
    }),
    'bad_response',
  ],
  [400, invalid("'messages.0' : for 'role:user' the property 'content' is missing"), 'bad_request'],
  [
    429,
    error(
      'Rate limit reached for model `x` on requests per day (RPD): Limit 1000, Used 1000, Requested 1. Please try again in 1m26.4s.',
      { type: 'requests', code: 'rate_limit_exceeded' },
    ),
    'rate_limited',
    { waitMs: 86_400 },
  ],
  [498, error('Capacity exceeded', { type: 'capacity_exceeded', code: 'capacity_exceeded' }), 'overloaded'],
  [499, error('Request cancelled'), 'server_error'],
  [
    503,
    error('openai/gpt-oss-120b is currently over capacity. Please try again and back off exponentially.', {
      type: 'internal_server_error',
    }),
    'overloaded',
  ],
  [500, error('Internal Server Error', { type: 'internal_server_error' }), 'server_error'],
]

export const deepseekFailures: readonly FailureRow[] = [
  [400, invalid('Content Exists Risk', { code: 'invalid_request_error' }), 'content_filtered'],
  [400, invalid('Model Not Exist', { code: 'invalid_request_error' }), 'model_not_found'],
  [
    400,
    invalid("This model's maximum context length is 131072 tokens. However, you requested 140000 tokens.", {
      code: 'invalid_request_error',
    }),
    'context_length_exceeded',
  ],
  [
    400,
    invalid('Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', { code: 'invalid_request_error' }),
    'bad_request',
  ],
  [401, 'Authentication Fails (governor)', 'auth_failed'],
  [
    401,
    error('Authentication Fails (no such user)', { type: 'authentication_error', code: 'invalid_request_error' }),
    'auth_failed',
  ],
  [402, error('Insufficient Balance', { type: 'unknown_error', code: 'invalid_request_error' }), 'billing'],
  [
    422,
    'Failed to deserialize the JSON body into the target type: missing field `messages` at line 1 column 20',
    'bad_request',
  ],
  [429, error('Your account has too many concurrent requests', { type: 'rate_limit_error' }), 'rate_limited'],
  [500, error('Internal Server Error', { type: 'server_error' }), 'server_error'],
  [
    503,
    'Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.',
    'overloaded',
  ],
]
