/** Sources: ai.google.dev (troubleshooting, rate limits), googleapis error model (`google.rpc`), issues of gemini-cli and js-genai. */
import type { FailureRow } from './row.ts'

const failed = (code: number, status: string, message: string, ...details: object[]) => ({
  error: { code, message, status, ...(details.length > 0 && { details }) },
})
const type = (name: string) => `type.googleapis.com/google.rpc.${name}`
const info = (reason: string, metadata: object = {}) => ({
  '@type': type('ErrorInfo'),
  reason,
  domain: 'googleapis.com',
  metadata,
})
const quota = (quotaId: string, quotaValue = '15') => ({
  '@type': type('QuotaFailure'),
  violations: [
    { quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests', quotaId, quotaValue },
  ],
})
const retry = (retryDelay: string) => ({ '@type': type('RetryInfo'), retryDelay })
const used = 'You exceeded your current quota, please check your plan and billing details.'
const invalid = (message: string, ...details: object[]) => failed(400, 'INVALID_ARGUMENT', message, ...details)
const denied = (message: string, ...details: object[]) => failed(403, 'PERMISSION_DENIED', message, ...details)
const spent = (message: string, ...details: object[]) => failed(429, 'RESOURCE_EXHAUSTED', message, ...details)

export const geminiFailures: readonly FailureRow[] = [
  [400, invalid('API key expired. Please renew the API key.', info('API_KEY_INVALID')), 'auth_failed'],
  [400, invalid('API Key not found. Please pass a valid API key.', info('API_KEY_INVALID')), 'auth_failed'],
  [400, [invalid('API key not valid. Please pass a valid API key.')], 'auth_failed'],
  [
    401,
    failed(401, 'UNAUTHENTICATED', 'API keys are not supported by this API.', info('CREDENTIALS_MISSING')),
    'auth_failed',
  ],
  [403, denied("Method doesn't allow unregistered callers (callers without established identity)."), 'auth_failed'],
  [403, denied("Permission denied: Consumer 'api_key:x' has been suspended.", info('CONSUMER_SUSPENDED')), 'forbidden'],
  [403, denied('Requests to this API method are blocked.', info('API_KEY_SERVICE_BLOCKED')), 'forbidden'],
  [403, denied('The provided API key has an IP address restriction.', info('API_KEY_IP_ADDRESS_BLOCKED')), 'forbidden'],
  [403, denied('Requests from referer <empty> are blocked.', info('API_KEY_HTTP_REFERRER_BLOCKED')), 'forbidden'],
  [
    403,
    denied('Request had insufficient authentication scopes.', info('ACCESS_TOKEN_SCOPE_INSUFFICIENT')),
    'forbidden',
  ],
  [403, denied('This API method requires billing to be enabled.', info('BILLING_DISABLED')), 'billing'],
  [403, denied('Your project has been denied access. Please contact support.'), 'forbidden'],
  [400, failed(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'), 'forbidden'],
  [
    400,
    failed(
      400,
      'FAILED_PRECONDITION',
      'The free tier is not available in your country. Please enable billing on your project.',
    ),
    'forbidden',
  ],
  [
    400,
    failed(400, 'FAILED_PRECONDITION', 'The File abc is not in an ACTIVE state and usage is not allowed.'),
    'bad_request',
  ],
  [
    400,
    invalid('The input token count (1200345) exceeds the maximum number of tokens allowed (1048575).'),
    'context_length_exceeded',
  ],
  [
    400,
    invalid('The input token count exceeds the maximum number of tokens allowed 1048576.'),
    'context_length_exceeded',
  ],
  [
    400,
    invalid('Unable to submit request because the input token count is 1500000 but model only supports up to 1048576.'),
    'context_length_exceeded',
  ],
  [400, invalid('Request payload size exceeds the limit: 20971520 bytes.'), 'request_too_large'],
  [400, failed(400, 'FAILED_PRECONDITION', 'Request payload size exceeds the limit: 1 bytes.'), 'request_too_large'],
  [413, '<!DOCTYPE html><html lang=en><title>Error 413 (Request Entity Too Large)!!1</title>', 'request_too_large'],
  [
    400,
    invalid(
      'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
    ),
    'bad_request',
  ],
  [400, invalid('Please use a valid role: user, model.'), 'bad_request'],
  [400, invalid('* GenerateContentRequest.contents: contents is not specified\n'), 'bad_request'],
  [400, invalid('Budget 0 is invalid. This model only works in thinking mode.'), 'bad_request'],
  [400, invalid('Unable to process input image.'), 'bad_request'],
  [404, failed(404, 'NOT_FOUND', 'This model models/gemini-2.0-flash is no longer available.'), 'model_not_found'],
  [404, '<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>', 'model_not_found'],
  [
    429,
    spent(
      `${used}\n* Quota exceeded for metric: free_tier_requests, limit: 15\nPlease retry in 36.429760048s.`,
      quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'),
      retry('36s'),
    ),
    'rate_limited',
    { waitMs: 36_000 },
  ],
  [429, spent(`${used} Please retry in 41.05s.`), 'rate_limited', { waitMs: 41_050 }],
  [429, spent(used, quota('GenerateContentInputTokensPerModelPerMinute-FreeTier', '250000')), 'rate_limited'],
  [429, spent(used, quota('GenerateContentInputTokensPerModelPerDay-FreeTier', '250000')), 'quota_exhausted'],
  [
    429,
    spent(used, quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '20'), retry('36s')),
    'quota_exhausted',
    { waitMs: 36_000 },
  ],
  [429, spent(used, quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '0')), 'quota_exhausted'],
  [
    429,
    spent(`${used}\n* Quota exceeded for metric: free_tier_input_token_count, limit: 0, model: gemini-3.1-pro`),
    'quota_exhausted',
  ],
  [
    429,
    spent(
      "Quota exceeded for quota metric 'Requests' and limit 'Requests per day per user per tier'",
      info('RATE_LIMIT_EXCEEDED', { quota_limit: 'RequestsPerDay' }),
    ),
    'quota_exhausted',
  ],
  [
    429,
    spent(
      'Quota exceeded for aiplatform.',
      info('RATE_LIMIT_EXCEEDED', { quota_limit: 'OnlinePredictionTokensPerDay', quota_limit_value: '100' }),
    ),
    'quota_exhausted',
  ],
  [
    429,
    spent(
      'Quota exceeded.',
      info('RATE_LIMIT_EXCEEDED', { quota_limit: 'RequestsPerMinutePerRegion', quota_limit_value: '0' }),
    ),
    'quota_exhausted',
  ],
  [
    429,
    spent(
      "Quota exceeded for quota metric 'Generate Content API requests per minute'",
      info('RATE_LIMIT_EXCEEDED', {
        quota_limit: 'GenerateContentRequestsPerMinutePerProjectPerRegion',
        quota_limit_value: '60',
      }),
    ),
    'rate_limited',
  ],
  [429, spent('Your prepayment credits are depleted. Please manage your project and billing.'), 'billing'],
  [429, spent('Your project has exceeded its monthly spending cap.'), 'quota_exhausted'],
  [429, spent('Resource has been exhausted (e.g. check quota).'), 'rate_limited'],
  [499, failed(499, 'CANCELLED', 'The operation was cancelled.'), 'server_error'],
  [500, failed(500, 'INTERNAL', 'Internal error encountered.'), 'server_error'],
  [500, failed(500, 'UNKNOWN', 'Unknown error.'), 'server_error'],
  [502, '<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title>', 'server_error'],
  [503, failed(503, 'UNAVAILABLE', 'The service is currently unavailable.'), 'overloaded'],
  [503, 'no healthy upstream', 'overloaded'],
  [504, failed(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'), 'server_error'],
]

/** The same service behind its chat completions, and behind gateways. */
export const geminiCompatibleFailures: readonly FailureRow[] = [
  [400, [invalid('API key not valid. Please pass a valid API key.', info('API_KEY_INVALID'))], 'auth_failed'],
  [400, [invalid('API key expired. Please renew the API key.')], 'auth_failed'],
  [400, [failed(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.')], 'forbidden'],
  [400, [invalid('Request contains an invalid argument.')], 'bad_request'],
  [
    400,
    [invalid('The input token count (1200345) exceeds the maximum number of tokens allowed (1048575).')],
    'context_length_exceeded',
  ],
  [403, [denied('Your project has been denied access.')], 'forbidden'],
  [404, [failed(404, 'NOT_FOUND', 'models/nope is not found for API version v1main')], 'model_not_found'],
  [
    429,
    [spent(used, quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'), retry('22s'))],
    'rate_limited',
    { waitMs: 22_000 },
  ],
  [
    429,
    [spent(used, quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), retry('22s'))],
    'quota_exhausted',
    { waitMs: 22_000 },
  ],
  [429, [spent('Your prepayment credits are depleted.')], 'quota_exhausted'],
  [500, [failed(500, 'INTERNAL', 'Internal error encountered.')], 'server_error'],
  [503, [failed(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.')], 'overloaded'],
]
