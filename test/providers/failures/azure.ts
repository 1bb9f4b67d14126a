/** Sources: learn.microsoft.com (Azure OpenAI reference, content filtering, quota), issues of azure-sdk and litellm. */
import { error, type FailureRow } from './row.ts'

const filtered = {
  hate: { filtered: false, severity: 'safe' },
  jailbreak: { filtered: true, detected: true },
}

export const azureFailures: readonly FailureRow[] = [
  [
    401,
    { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } },
    'auth_failed',
  ],
  [
    401,
    {
      statusCode: 401,
      message: 'Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired.',
    },
    'auth_failed',
  ],
  [
    401,
    {
      error: {
        code: 'PermissionDenied',
        message: 'The principal lacks the required data action to perform this operation.',
      },
    },
    'forbidden',
  ],
  [
    403,
    {
      error: { code: 'AuthenticationTypeDisabled', message: 'Key based authentication is disabled for this resource.' },
    },
    'forbidden',
  ],
  [403, { error: { code: '403', message: 'Access denied due to Virtual Network/Firewall rules.' } }, 'forbidden'],
  [404, { error: { code: '404', message: 'Resource not found' } }, 'model_not_found'],
  [
    404,
    { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } },
    'model_not_found',
  ],
  [
    400,
    {
      error: {
        code: 'OperationNotSupported',
        message: 'The chatCompletion operation does not work with the specified model, text-embedding-ada-002.',
      },
    },
    'model_not_found',
  ],
  [400, { error: { code: 'unknown_model', message: 'Unknown model: gpt-9' } }, 'model_not_found'],
  [400, { error: { code: 'unavailable_model', message: 'Unavailable model: o9' } }, 'model_not_found'],
  [
    400,
    error('The prompt triggered the content management policy.', {
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: filtered },
    }),
    'content_filtered',
  ],
  [
    400,
    error('Refused.', { inner_error: { code: 'ResponsibleAIPolicyViolation', content_filter_results: filtered } }),
    'content_filtered',
  ],
  [400, error('Your task failed as a result of our safety system.', { code: 'contentFilter' }), 'content_filtered'],
  [
    429,
    {
      error: {
        code: '429',
        message:
          'Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 26 seconds.',
      },
    },
    'rate_limited',
    { waitMs: 26_000 },
  ],
  [
    429,
    { error: { code: 'RateLimitReached', message: 'Your requests have exceeded the token rate limit.' } },
    'rate_limited',
    { headers: { 'retry-after': '9' }, waitMs: 9_000 },
  ],
  [
    429,
    { error: { code: 'too_many_requests', message: 'Too many requests' } },
    'rate_limited',
    { headers: { 'x-ms-retry-after-ms': '2500' }, waitMs: 2_500 },
  ],
  [429, { error: { code: 'insufficient_quota', message: 'Out of call volume quota.' } }, 'quota_exhausted'],
  [
    403,
    { statusCode: 403, message: 'Out of call volume quota. Quota will be replenished in 02:14:35.' },
    'quota_exhausted',
  ],
  [408, { error: { code: 'Timeout', message: 'The operation was timeout.' } }, 'server_error'],
  [500, { error: { code: 'InternalServerError', message: 'Backend returned unexpected response.' } }, 'server_error'],
  [
    503,
    { error: { code: 'ServiceUnavailable', message: 'The service is temporarily unable to process your request.' } },
    'overloaded',
  ],
  [503, { error: { code: 'NoCapacity', message: 'The system is currently experiencing high demand.' } }, 'overloaded'],
]
