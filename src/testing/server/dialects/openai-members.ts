import type { Answer } from '../../answer.ts'
import type { FailureCode } from '../../step.ts'
import { type DialectName, frame, idOf, type Json, type Turn } from './dialect.ts'
import { type Flavour, plainDetails } from './openai-chat.ts'
import {
  deepSeekForm,
  groqForm,
  llamaForm,
  openAiForm,
  openRouterForm,
  type RefusalForm,
  vllmForm,
  type Words,
} from './openai-errors.ts'

type Usage = NonNullable<Answer['usage']>
/** Services that speak chat completions. */
export type FamilyName = Exclude<DialectName, 'anthropic' | 'gemini' | 'ollama-native'>

/** One service that speaks chat completions. */
export interface Member {
  readonly base: string
  readonly flavour: Flavour
  readonly form: RefusalForm
  readonly words?: Partial<Record<FailureCode, Partial<Words>>>
  readonly headers?: (turn: Turn) => Readonly<Record<string, string>>
  readonly modelFields?: (id: string) => Json
}

const chatId = (turn: Turn) => `chatcmpl-${idOf(turn.index)}`
const safe = { filtered: false, severity: 'safe' }
const filters = { hate: safe, self_harm: safe, sexual: safe, violence: safe }
const promptFilter = { prompt_index: 0, content_filter_results: filters }
const seconds = { queue_time: 0.04, prompt_time: 0.004, completion_time: 0.1, total_time: 0.104 }

const timings = {
  cache_n: 0,
  prompt_n: 1,
  prompt_ms: 1,
  prompt_per_token_ms: 1,
  prompt_per_second: 1000,
  predicted_n: 1,
  predicted_ms: 1,
  predicted_per_token_ms: 1,
  predicted_per_second: 1000,
}

/** Request ids and what is left of the limits, as OpenAI and Groq put them on every answer. */
const limitHeaders = {
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-limit-tokens': '1000000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-remaining-tokens': '999977',
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-reset-tokens': '1ms',
}

/** How each service of the family differs from OpenAI. */
export const members: Readonly<Record<FamilyName, Member>> = {
  openai: {
    base: '/v1',
    form: openAiForm,
    flavour: {
      id: chatId,
      fields: () => ({ service_tier: 'default', system_fingerprint: 'fp_fake' }),
      hasNullUsage: true,
    },
    headers: ({ index }) => ({
      'x-request-id': `req_${idOf(index, 32)}`,
      'openai-version': '2020-10-01',
      ...limitHeaders,
    }),
  },
  azure: {
    base: '/openai/v1',
    form: openAiForm,
    words: {
      content_filtered: {
        code: 'content_filter',
        param: 'prompt',
        message: 'The response was filtered due to the prompt.',
      },
    },
    flavour: {
      id: chatId,
      fields: (_, place) => ({
        system_fingerprint: 'fp_fake',
        ...(place === 'whole' && { prompt_filter_results: [promptFilter] }),
      }),
      choice: () => ({ logprobs: null, content_filter_results: {} }),
      hasNullUsage: true,
      before: () => [
        frame('open', {
          choices: [],
          created: 0,
          id: '',
          model: '',
          object: '',
          prompt_filter_results: [promptFilter],
        }),
      ],
    },
    headers: ({ index }) => ({
      'x-request-id': idOf(index),
      'apim-request-id': idOf(index + 7),
      'x-ms-region': 'Fake',
    }),
  },
  groq: {
    base: '/openai/v1',
    form: groqForm,
    words: {
      rate_limited: { type: 'tokens', message: 'Rate limit reached on tokens per minute (TPM).' },
      request_too_large: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Request too large for the model.' },
      overloaded: { type: 'internal_server_error', code: null, message: 'Service unavailable' },
      server_error: { type: 'internal_server_error', message: 'Internal Server Error' },
    },
    flavour: {
      id: chatId,
      fields: (turn, place, usage) => ({
        system_fingerprint: 'fp_fake',
        ...(place !== 'middle' &&
          place !== 'usage' && {
            x_groq: { id: `req_${idOf(turn.index, 26)}`, ...(place === 'finish' && { usage }) },
          }),
      }),
      firstDelta: { role: 'assistant', content: '' },
      thoughts: 'reasoning',
      usage: 'finish-and-asked',
      noContent: undefined,
      usageFields: (usage) => ({ ...seconds, ...plainDetails(usage) }),
      errorEvent: 'error',
    },
    headers: ({ index }) => ({ 'x-request-id': `req_${idOf(index, 26)}`, 'x-groq-region': 'fake', ...limitHeaders }),
  },
  openrouter: {
    base: '/api/v1',
    form: openRouterForm,
    words: { model_not_found: { status: 400, message: 'fake/none is not a valid model ID' } },
    flavour: {
      id: (turn) => `gen-${Math.floor(turn.at / 1000)}-${idOf(turn.index, 20)}`,
      fields: () => ({ provider: 'FakeHost' }),
      choice: (finish) => ({ native_finish_reason: finish, logprobs: null }),
      delta: { role: 'assistant' },
      firstDelta: { content: '' },
      lastDelta: { content: '' },
      thoughts: 'reasoning',
      usage: 'repeat',
      usageFields: openRouterUsage,
      before: () => [{ kind: 'comment', data: 'OPENROUTER PROCESSING' }],
      errorChunk: (body, turn) => ({
        ...openRouterStub(turn),
        ...(body as Json),
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: null }],
      }),
    },
    headers: (turn) => ({ 'x-generation-id': `gen-${Math.floor(turn.at / 1000)}-${idOf(turn.index, 20)}` }),
    modelFields: (id) => ({
      name: id,
      context_length: 131_072,
      pricing: { prompt: '0.000001', completion: '0.000002' },
      supported_parameters: ['tools', 'max_tokens', 'temperature'],
      architecture: { input_modalities: ['text'], output_modalities: ['text'] },
      top_provider: { context_length: 131_072, max_completion_tokens: 16_384 },
    }),
  },
  deepseek: {
    base: '',
    form: deepSeekForm,
    words: {
      auth_failed: { type: 'authentication_error', message: 'Authentication Fails: the api key is invalid' },
      billing: { type: 'unknown_error', message: 'Insufficient Balance' },
      model_not_found: {
        status: 400,
        message: 'The supported API model names are deepseek-v4-flash or deepseek-v4-pro.',
      },
      rate_limited: { type: 'rate_limit_error', message: 'Rate limit reached' },
      overloaded: { message: 'Service is too busy.' },
      content_filtered: { message: 'Content Exists Risk' },
    },
    flavour: {
      id: (turn) => idOf(turn.index, 36),
      fields: () => ({ system_fingerprint: 'fp_fake' }),
      firstDelta: { role: 'assistant', content: '' },
      lastDelta: { content: '' },
      thoughts: 'reasoning_content',
      usage: 'finish',
      hasNullUsage: true,
      noContent: '',
      usageFields: (usage) => ({
        ...plainDetails(usage),
        prompt_cache_hit_tokens: usage.cacheReadTokens,
        prompt_cache_miss_tokens: usage.inputTokens - usage.cacheReadTokens,
      }),
    },
    headers: ({ index }) => ({ 'x-ds-trace-id': idOf(index, 32) }),
  },
  lmstudio: {
    base: '/v1',
    form: openAiForm,
    words: {
      model_not_found: { param: 'model', message: 'No models loaded. Please load a model in the developer page.' },
    },
    flavour: { id: chatId, firstDelta: { role: 'assistant' }, thoughts: 'reasoning', errorEvent: 'error' },
  },
  ollama: {
    base: '/v1',
    form: openAiForm,
    words: {
      model_not_found: { type: 'not_found_error', code: null, message: "model 'none' not found" },
      overloaded: { type: 'api_error', code: null, message: 'server busy, please try again.' },
    },
    flavour: {
      id: (turn) => `chatcmpl-${turn.index + 1}`,
      fields: () => ({ system_fingerprint: 'fp_ollama' }),
      choice: () => ({}),
      noContent: '',
      usageFields: () => ({}),
      firstDelta: { role: 'assistant', content: '' },
      thoughts: 'reasoning',
    },
  },
  vllm: {
    base: '/v1',
    form: vllmForm,
    words: { context_length_exceeded: { param: 'input_tokens' } },
    flavour: { id: chatId, firstDelta: { role: 'assistant', content: '' }, thoughts: 'reasoning' },
    modelFields: () => ({ max_model_len: 32_768 }),
  },
  llamacpp: {
    base: '/v1',
    form: llamaForm,
    words: {
      auth_failed: { type: 'authentication_error', message: 'Invalid API Key' },
      overloaded: { type: 'unavailable_error', message: 'Loading model' },
      context_length_exceeded: {
        type: 'exceed_context_size_error',
        message: 'the request exceeds the available context size, try increasing it',
      },
    },
    flavour: {
      id: chatId,
      fields: (_, place) => ({
        system_fingerprint: 'b1-fake',
        ...((place === 'usage' || place === 'whole') && { timings }),
      }),
      choice: () => ({}),
      noContent: '',
      usageFields: ({ cacheReadTokens }) => ({ prompt_tokens_details: { cached_tokens: cacheReadTokens } }),
      firstDelta: { role: 'assistant', content: null },
      thoughts: 'reasoning_content',
      usage: 'always',
    },
    modelFields: () => ({ meta: { n_ctx_train: 40_960 } }),
  },
}

function openRouterUsage({ cacheReadTokens, cacheWriteTokens, reasoningTokens }: Usage): Json {
  return {
    prompt_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens, audio_tokens: 0, image_tokens: 0 },
    cost: 0.00001,
    is_byok: false,
    cost_details: {
      upstream_inference_cost: 0.00001,
      upstream_inference_prompt_cost: 0.000004,
      upstream_inference_completions_cost: 0.000006,
    },
  }
}

function openRouterStub(turn: Turn): Json {
  return {
    id: `gen-${turn.index}`,
    object: 'chat.completion.chunk',
    created: Math.floor(turn.at / 1000),
    model: turn.model,
    provider: 'FakeHost',
  }
}
