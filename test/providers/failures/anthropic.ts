/** Sources: docs.claude.com (errors, rate limits, context windows), anthropic-sdk-typescript, issues of claude-code and litellm. */
import type { FailureRow } from './row.ts'

const failed = (type: string, message: string, more: object = {}) => ({
  type: 'error',
  error: { type, message, ...more },
  request_id: 'req_1',
})
const invalid = (message: string) => failed('invalid_request_error', message)

export const anthropicFailures: readonly FailureRow[] = [
  [500, failed('api_error', 'Overloaded'), 'overloaded'],
  [400, invalid('prompt is too long: 205042 tokens > 200000 maximum'), 'context_length_exceeded'],
  [400, invalid('Prompt is too long'), 'context_length_exceeded'],
  [
    400,
    invalid(
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    ),
    'context_length_exceeded',
  ],
  [
    400,
    invalid('max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for this model'),
    'bad_request',
  ],
  [400, invalid('messages.1.content.0: Invalid `signature` in `thinking` block'), 'bad_request'],
  [400, invalid('messages: text content blocks must be non-empty'), 'bad_request'],
  [400, invalid('tools.0.custom.name: String should match pattern'), 'bad_request'],
  [400, invalid('Could not process image'), 'bad_request'],
  [
    400,
    invalid('messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 9437184 bytes > 5242880 bytes'),
    'bad_request',
  ],
  [400, invalid('Output blocked by content filtering policy'), 'content_filtered'],
  [
    400,
    invalid('You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.'),
    'quota_exhausted',
  ],
  [400, invalid('Your credit balance is too low to access the Claude API.'), 'billing'],
  [400, invalid('This organization has been disabled.'), 'forbidden'],
  [
    400,
    invalid('This credential is only authorized for use with Claude Code and cannot be used for other API requests.'),
    'forbidden',
  ],
  [401, failed('authentication_error', 'invalid x-api-key'), 'auth_failed'],
  [401, failed('authentication_error', 'OAuth token has expired. Please obtain a new token.'), 'auth_failed'],
  [401, invalid('x-api-key header is required'), 'auth_failed'],
  [
    403,
    failed('permission_error', 'OAuth authentication is currently not allowed for this organization.'),
    'forbidden',
  ],
  [403, failed('forbidden', 'Request not allowed'), 'forbidden'],
  [404, failed('not_found_error', 'model: claude-3-opus-20240229'), 'model_not_found'],
  [404, failed('not_found_error', 'Not Found'), 'model_not_found'],
  [404, invalid('model: claude-x'), 'model_not_found'],
  [409, failed('conflict_error', 'The resource is being changed'), 'server_error'],
  [413, failed('request_too_large', 'Request exceeds the maximum allowed number of bytes.'), 'request_too_large'],
  [413, invalid('Request size exceeds the limit'), 'request_too_large'],
  [413, '<html><body><center><h1>413 Request Entity Too Large</h1></center></body></html>', 'request_too_large'],
  [
    429,
    failed('rate_limit_error', 'Number of request tokens has exceeded your per-minute rate limit'),
    'rate_limited',
    { headers: { 'retry-after': '13' }, waitMs: 13_000 },
  ],
  [429, failed('rate_limit_error', 'Number of concurrent connections has exceeded your rate limit.'), 'rate_limited'],
  [429, failed('rate_limit_error', 'Extra usage is required for long context requests.'), 'quota_exhausted'],
  [429, invalid('Too many requests'), 'rate_limited'],
  [500, failed('api_error', 'Internal server error'), 'server_error'],
  [503, failed('api_error', 'Service temporarily unavailable'), 'overloaded'],
  [503, 'upstream connect error or disconnect/reset before headers. reset reason: overflow', 'overloaded'],
  [504, failed('timeout_error', 'The request timed out'), 'server_error'],
  [529, failed('overloaded_error', 'Overloaded'), 'overloaded'],
  [529, failed('api_error', 'Overloaded'), 'overloaded'],
  [500, failed('overloaded_error', 'Overloaded'), 'overloaded'],
  [
    520,
    '<!DOCTYPE html><title>api.anthropic.com | 520: Web server is returning an unknown error</title>',
    'server_error',
  ],
]
