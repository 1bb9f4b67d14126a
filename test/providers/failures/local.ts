/** Sources: ollama, llama.cpp and vLLM server code and documentation; issues of lmstudio-bug-tracker, vllm, text-generation-inference, sglang. */
import { error, type FailureRow } from './row.ts'

const bad = (message: string) => ({ error: { message, type: 'BadRequestError', param: null, code: 400 } })
const flat = (message: string) => ({ object: 'error', message, type: 'BadRequestError', param: null, code: 400 })
const cpp = (code: number, type: string, message: string, more: object = {}) => ({
  error: { code, message, type, ...more },
})

export const compatibleFailures: readonly FailureRow[] = [
  // vLLM and SGLang
  [
    400,
    flat(
      'The decoder prompt (length 10127) is longer than the maximum model length of 8192. Make sure that `max_model_len` is no smaller.',
    ),
    'context_length_exceeded',
  ],
  [
    400,
    bad('The prompt (total length 25938) is too long to fit into the model (context length 4096).'),
    'context_length_exceeded',
  ],
  [
    400,
    bad('The input (5000 tokens) is longer than the model’s context length (4096 tokens).'),
    'context_length_exceeded',
  ],
  [
    400,
    bad("Requested token count exceeds the model's maximum context length of 32768 tokens."),
    'context_length_exceeded',
  ],
  [400, bad('Prompt length 5000 exceeds maximum input length 4096.'), 'context_length_exceeded'],
  [400, bad('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'), 'bad_request'],
  [400, { detail: [{ type: 'missing', loc: ['body', 'messages'], msg: 'Field required' }] }, 'bad_request'],
  [401, { error: 'Unauthorized' }, 'auth_failed'],
  [
    404,
    { error: { message: 'The model `x` does not exist.', type: 'NotFoundError', param: 'model', code: 404 } },
    'model_not_found',
  ],
  [
    500,
    { error: { message: 'EngineCore encountered an issue.', type: 'InternalServerError', param: null, code: 500 } },
    'server_error',
  ],
  [503, { error: { message: 'The server is overloaded', type: 'ServiceUnavailableError', code: 503 } }, 'overloaded'],
  // Text Generation Inference
  [
    422,
    {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 512 `max_new_tokens`',
      error_type: 'validation',
    },
    'context_length_exceeded',
  ],
  [
    422,
    {
      error: 'Input validation error: `inputs` must have less than 1024 tokens. Given: 5000',
      error_type: 'validation',
    },
    'context_length_exceeded',
  ],
  [
    422,
    { error: 'Input validation error: `temperature` must be strictly positive', error_type: 'validation' },
    'bad_request',
  ],
  [429, { error: 'Model is overloaded', error_type: 'overloaded' }, 'overloaded'],
  // llama.cpp
  [
    400,
    cpp(
      400,
      'exceed_context_size_error',
      'request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it',
      { n_prompt_tokens: 9000, n_ctx: 4096 },
    ),
    'context_length_exceeded',
  ],
  [
    500,
    cpp(
      500,
      'server_error',
      'the request exceeds the available context size. try increasing the context size or enable context shift',
    ),
    'context_length_exceeded',
  ],
  [500, cpp(500, 'server_error', 'Value is not callable: null at row 12, column 3'), 'server_error'],
  [404, cpp(404, 'not_found_error', 'File Not Found'), 'model_not_found'],
  [400, cpp(400, 'invalid_request_error', 'Failed to parse grammar'), 'bad_request'],
  [503, cpp(503, 'unavailable_error', 'no slot available'), 'overloaded'],
  // LM Studio
  [400, { error: 'Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)' }, 'context_length_exceeded'],
  [
    400,
    {
      error:
        'Trying to keep the first 15857 tokens when context the overflows. However, the model is loaded with context length of only 8192 tokens, which is not enough.',
    },
    'context_length_exceeded',
  ],
  [
    400,
    { error: 'The number of tokens to keep from the initial prompt is greater than the context length.' },
    'context_length_exceeded',
  ],
  [400, { error: 'Model unloaded.' }, 'server_error'],
  [400, { error: 'Model is unloaded.' }, 'server_error'],
  [400, { error: 'Failed to load model "x". Error: Insufficient system resources.' }, 'server_error'],
  [
    400,
    { error: 'The model has crashed without additional information. (Exit code: 18446744072635812000)' },
    'server_error',
  ],
  [
    404,
    error('Failed to load model "x". Error: Model loading was stopped due to insufficient system resources.', {
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    }),
    'model_not_found',
  ],
  [
    404,
    error('Model "x" not found. Please specify a valid model.', {
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    }),
    'model_not_found',
  ],
  [
    401,
    {
      error: {
        message: 'An LM Studio API token is required to make requests to this server',
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      },
    },
    'auth_failed',
  ],
  // mistral.rs and Ollama's compatible door
  [404, { message: 'Requested model not found' }, 'model_not_found'],
  [
    500,
    { message: 'Prompt sequence length is greater than 4096, perhaps consider using a larger context' },
    'server_error',
  ],
  [400, error('registry.ollama.ai/library/gemma:latest does not support tools', { type: 'api_error' }), 'bad_request'],
]

export const ollamaFailures: readonly FailureRow[] = [
  [404, { error: 'model "llama9" not found, try pulling it first' }, 'model_not_found'],
  [400, { error: 'registry.ollama.ai/library/gemma:latest does not support tools' }, 'bad_request'],
  [400, { error: '"gemma" does not support thinking' }, 'bad_request'],
  [400, { error: 'the input length exceeds the context length' }, 'context_length_exceeded'],
  [400, { error: 'prompt too long; exceeded max context length by 1200 tokens' }, 'context_length_exceeded'],
  [401, { error: 'unauthorized', signin_url: 'https://ollama.com/connect' }, 'auth_failed'],
  [403, { error: 'this model requires a subscription, upgrade for access: https://ollama.com/upgrade' }, 'forbidden'],
  [429, { error: 'you have reached your weekly usage limit, upgrade for higher limits' }, 'quota_exhausted'],
  [429, { error: 'too many concurrent requests' }, 'rate_limited'],
  [500, { error: 'llama runner process has terminated: exit status 2' }, 'server_error'],
  [500, { error: 'model requires more system memory (8.4 GiB) than is available (5.6 GiB)' }, 'server_error'],
  [
    500,
    { StatusCode: 500, Status: '500 Internal Server Error', error: 'Internal Server Error (ref: 1)' },
    'server_error',
  ],
  [503, { error: 'server busy, please try again.  maximum pending requests exceeded' }, 'overloaded'],
  [502, { error: 'upstream error' }, 'server_error'],
]
