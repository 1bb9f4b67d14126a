/**
 * Sources: platform.openai.com error codes and rate limits guides, the specification of the Responses API
 * (`ResponseErrorCode`), messages quoted in issues of openai-python, litellm and vercel/ai.
 */
import { error, type FailureRow, invalid } from './row.ts'

const tooLarge =
  'Request too large for gpt-5.4 (for limit gpt-5.4) in organization org-1 on tokens per min (TPM): Limit 30000, Requested 45120. The input or output tokens must be reduced in order to run successfully.'

export const openaiFailures: readonly FailureRow[] = [
  [401, invalid("You didn't provide an API key. Put it into an Authorization header, as Bearer auth."), 'auth_failed'],
  [401, invalid('Your authentication token is not from a valid issuer.', { code: 'invalid_issuer' }), 'auth_failed'],
  [401, invalid('The account of this API key was deactivated.', { code: 'account_deactivated' }), 'auth_failed'],
  [401, invalid('You must be a member of an organization to use the API'), 'auth_failed'],
  [
    401,
    invalid('Your request IP does not match the configured IP allowlist', { code: 'ip_not_authorized' }),
    'forbidden',
  ],
  [
    401,
    error('You have insufficient permissions for this operation. Missing scopes: model.request.', {
      type: 'invalid_request_error',
      code: 'missing_scope',
    }),
    'forbidden',
  ],
  [
    403,
    invalid('Project proj_1 does not have access to model gpt-5.5', { code: 'model_not_found' }),
    'model_not_found',
  ],
  [403, invalid('Your organization must be verified to use this model.'), 'forbidden'],
  [403, error('You are not allowed to sample from this model'), 'forbidden'],
  [
    429,
    error('Your account is not active, please check your billing details on our website.', {
      type: 'billing_not_active',
      code: 'billing_not_active',
    }),
    'billing',
  ],
  [400, invalid('Billing hard limit has been reached', { code: 'billing_hard_limit_reached' }), 'quota_exhausted'],
  [
    429,
    error('Your access was terminated due to violation of our policies.', {
      type: 'access_terminated',
      code: 'access_terminated',
    }),
    'forbidden',
  ],
  [
    429,
    error('The engine is currently overloaded, please try again later', { type: 'engine_overloaded' }),
    'overloaded',
  ],
  [429, error('That model is currently overloaded with other requests.', { type: 'server_error' }), 'overloaded'],
  [429, error(tooLarge, { type: 'tokens', code: 'rate_limit_exceeded' }), 'request_too_large'],
  [
    429,
    error('Rate limit reached for images per minute. Please try again in 12s.', {
      type: 'input-images',
      code: 'rate_limit_exceeded',
    }),
    'rate_limited',
    { waitMs: 12_000 },
  ],
  [
    400,
    invalid('Your input exceeds the context window of this model. Please adjust your input and try again.', {
      param: 'input',
      code: 'context_length_exceeded',
    }),
    'context_length_exceeded',
  ],
  [
    400,
    invalid("This model's maximum context length is 8192 tokens, however you requested 9000 tokens", {
      param: 'input',
    }),
    'context_length_exceeded',
  ],
  [
    400,
    error('Your request was rejected as a result of our safety system.', {
      type: 'image_generation_user_error',
      code: 'moderation_blocked',
    }),
    'content_filtered',
  ],
  [400, invalid('The prompt was refused.', { code: 'content_policy_violation' }), 'content_filtered'],
  [400, invalid('The picture was refused.', { code: 'image_content_policy_violation' }), 'content_filtered'],
  [400, invalid('The model `gpt-4-0314` has been deprecated', { code: 'model_deprecated' }), 'model_not_found'],
  [404, invalid('This is not a chat model and thus not supported here.', { param: 'model' }), 'model_not_found'],
  [404, invalid('Invalid URL (POST /v1/chat/completion)'), 'model_not_found'],
  [405, invalid('Not allowed to POST on /v1/models.', { code: 'method_not_supported' }), 'bad_request'],
  [400, invalid('We could not parse the JSON body of your request.'), 'bad_request'],
  [
    400,
    invalid("Invalid 'user': string too long. Expected a string with maximum length 64.", {
      param: 'user',
      code: 'string_above_max_length',
    }),
    'bad_request',
  ],
  [
    400,
    invalid("Invalid schema for function 'f'", { param: 'tools[0]', code: 'invalid_function_parameters' }),
    'bad_request',
  ],
  [400, invalid('No tool output found for function call call_1.', { param: 'input' }), 'bad_request'],
  [400, invalid('Previous response with id resp_1 not found.', { code: 'previous_response_not_found' }), 'bad_request'],
  [400, invalid("Item 'fc_1' was provided without its required 'reasoning' item"), 'bad_request'],
  [400, invalid("Unknown parameter: 'context_length'.", { code: 'unknown_parameter' }), 'bad_request'],
  [400, invalid('Unrecognized request argument supplied: context_length'), 'bad_request'],
  [400, invalid("Invalid value: 'flagged'.", { code: 'invalid_value' }), 'bad_request'],
  [404, invalid("Item with id 'rs_1' not found. Items are not kept when `store` is false."), 'bad_request'],
  [
    400,
    invalid('Your organization must be verified to stream this model.', { code: 'unsupported_value' }),
    'bad_request',
  ],
  [413, '<html><head><title>413 Request Entity Too Large</title></head></html>', 'request_too_large'],
  [500, error('The server had an error while processing your request.', { type: 'server_error' }), 'server_error'],
  [503, error('The server is busy.', { type: 'server_error', code: 'slow_down' }), 'rate_limited'],
  // Asked for a stream, some gateways put the failure into an event.
  [
    400,
    'event: error\ndata: {"error":{"message":"Too long","code":"context_length_exceeded"}}\n\n',
    'context_length_exceeded',
  ],
  [429, 'data: {"error":{"message":"No money","type":"insufficient_quota"}}', 'quota_exhausted'],
  [451, error('Not in this country'), 'forbidden'],
]
