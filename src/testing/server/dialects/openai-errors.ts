import { failureStatus, meaningOf } from '../../failure.ts'
import type { FailStep, FailureCode } from '../../step.ts'
import type { Json, Refusal, Turn } from './dialect.ts'

/** What a service of the OpenAI family says to a refusal. */
export interface Words {
  readonly status?: number
  readonly type: string
  readonly code?: string | null
  readonly param?: string
  readonly message: string
}

/** Says it the way one service does. */
export type RefusalForm = (words: Words & { readonly status: number }, step: FailStep, turn: Turn) => Json

/** OpenAI's own words. */
const usual: Readonly<Record<FailureCode, Words>> = {
  bad_request: { type: 'invalid_request_error', message: 'The request is not valid.' },
  auth_failed: { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  billing: { type: 'billing_error', code: 'billing_not_active', message: 'The account is not active: check billing.' },
  forbidden: {
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
    message: 'Country, region, or territory not supported.',
  },
  model_not_found: {
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model does not exist or you do not have access to it.',
  },
  request_too_large: { type: 'invalid_request_error', code: 'request_too_large', message: 'The request is too large.' },
  context_length_exceeded: {
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    param: 'messages',
    message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  },
  content_filtered: {
    type: 'invalid_request_error',
    code: 'content_policy_violation',
    message: 'The request was rejected by the safety system.',
  },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded', message: 'Rate limit reached for requests.' },
  quota_exhausted: {
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  server_error: { type: 'server_error', message: 'The server had an error while processing the request.' },
  overloaded: {
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
    message: 'The servers are currently overloaded. Please try again later.',
  },
}

/** Renders a failing step in the words of the family, some of which a service may replace. */
export function openAiRefusal(
  step: FailStep,
  turn: Turn,
  form: RefusalForm,
  own: Partial<Record<FailureCode, Partial<Words>>> = {},
): Refusal {
  const meaning = meaningOf(step)
  const words: Words = { ...usual[meaning], ...own[meaning] }
  const status = typeof step.failure === 'number' ? step.failure : (words.status ?? failureStatus(step))
  const said = {
    ...words,
    status,
    ...(step.code !== undefined && { code: step.code }),
    ...(step.message !== undefined && { message: step.message }),
  }
  return { status, headers: { 'content-type': 'application/json' }, body: form(said, step, turn) }
}

/** `{error:{message,type,param,code}}` */
export const openAiForm: RefusalForm = ({ message, type, param, code }) => ({
  error: { message, type, param: param ?? null, code: code ?? null },
})

/** Groq leaves out what it does not fill. */
export const groqForm: RefusalForm = ({ message, type, code }) => ({
  error: { message, type, ...(code != null && { code }) },
})

/** DeepSeek says `invalid_request_error` as the code of nearly everything, and the type again when it is too busy. */
export const deepSeekForm: RefusalForm = ({ message, type, status }, step) => ({
  error: { message, type, param: null, code: step.code ?? (status >= 429 ? type : 'invalid_request_error') },
})

/** llama.cpp: the status as the code. */
export const llamaForm: RefusalForm = ({ message, type, status }, step) => ({
  error: { code: step.code ?? status, message, type },
})

/** vLLM: the status as the code, beside the class of its own exception. */
export const vllmForm: RefusalForm = ({ message, status, param }, step) => ({
  error: {
    message,
    type: status < 500 ? 'BadRequestError' : 'InternalServerError',
    param: param ?? null,
    code: step.code ?? status,
  },
})

const openRouterTypes: Readonly<Record<FailureCode, string>> = {
  bad_request: 'invalid_request',
  auth_failed: 'authentication',
  billing: 'payment_required',
  forbidden: 'permission_denied',
  model_not_found: 'not_found',
  request_too_large: 'payload_too_large',
  context_length_exceeded: 'context_length_exceeded',
  content_filtered: 'content_policy_violation',
  rate_limited: 'rate_limit_exceeded',
  quota_exhausted: 'rate_limit_exceeded',
  server_error: 'provider_unavailable',
  overloaded: 'provider_overloaded',
}

/** OpenRouter: the status as a numeric code, the kind in the metadata. */
export const openRouterForm: RefusalForm = ({ message, status }, step) => {
  const meaning = meaningOf(step)
  const isQuota = meaning === 'quota_exhausted'
  return {
    error: {
      message: isQuota ? 'Rate limit exceeded: free-models-per-day.' : message,
      code: step.code ?? status,
      metadata: {
        error_type: openRouterTypes[meaning],
        ...(status >= 500 && { provider_name: 'FakeHost', raw: message }),
      },
    },
    user_id: 'user_REDACTED',
  }
}
