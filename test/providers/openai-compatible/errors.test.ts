import { describe, expect, it } from 'vitest'
import { type LlmError, policyOfError } from '../../../src/errors/llm-error.ts'
import { azure } from '../../../src/providers/azure.ts'
import { chatFormat } from '../../../src/providers/openai-compatible/format.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { Provider } from '../../../src/types/provider.ts'
import { cpuNow } from '../../support/cost.ts'
import { fakeHttp } from '../../support/fake-http.ts'
import { verifies } from '../../support/verifies.ts'

const format = chatFormat({ kind: 'test' })
const noHeaders = { get: () => null }
const decode = (status: number, body: unknown, isInBody = false) =>
  format.decodeError({ status, headers: noHeaders, body, isInBody })
const said = (message: string, more = {}) => ({ error: { message, type: null, param: null, code: null, ...more } })

describe('the code of a failed answer', () => {
  it.each<[number, unknown, string]>([
    // Explicit words win over statuses.
    [429, said('', { type: 'insufficient_quota', code: 'credit_balance_exhausted' }), 'quota_exhausted'],
    [429, said('', { code: 'organization_spend_limit_exceeded' }), 'quota_exhausted'],
    [429, said('', { type: 'tokens', code: 'rate_limit_exceeded' }), 'rate_limited'],
    [503, said('', { code: 'slow_down' }), 'rate_limited'],
    [403, said('', { code: 'unsupported_country_region_territory' }), 'forbidden'],
    [400, said('', { code: 'context_length_exceeded' }), 'context_length_exceeded'],
    [400, said('', { type: 'exceed_context_size_error', n_ctx: 4096 }), 'context_length_exceeded'],
    [400, said('', { code: 'invalid_prompt' }), 'content_filtered'],
    [
      400,
      said('', { code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } }),
      'content_filtered',
    ],
    [400, said('', { innererror: { code: 'ResponsibleAIPolicyViolation' } }), 'content_filtered'],
    [404, said('', { code: 'DeploymentNotFound' }), 'model_not_found'],
    [400, said('', { code: 'model_decommissioned' }), 'model_not_found'],
    [400, said('', { code: 'tool_use_failed', failed_generation: 'x' }), 'bad_response'],
    [400, said('', { code: 'unsupported_parameter', param: 'max_tokens' }), 'bad_request'],
    [501, said('no embeddings', { code: 501, type: 'not_supported_error' }), 'bad_request'],
    // One request larger than the allowance of a minute never gets through.
    [429, said('Request too large for gpt-4o on tokens per min', { code: 'rate_limit_exceeded' }), 'request_too_large'],
    [413, said('Limit 6000, Requested 12328', { code: 'rate_limit_exceeded' }), 'request_too_large'],
    // Messages, where no word helps.
    [
      400,
      said("This model's maximum context length is 10 tokens", { type: 'invalid_request_error' }),
      'context_length_exceeded',
    ],
    [500, said('the request exceeds the available context size', { type: 'server_error' }), 'context_length_exceeded'],
    [400, said('openai/x is not a valid model ID', { code: 400 }), 'model_not_found'],
    [400, said('Incorrect API key provided: xai-…'), 'auth_failed'],
    [429, said('You exceeded your current quota'), 'quota_exhausted'],
    [400, said('Your credit balance is too low'), 'billing'],
    [503, said('That model is currently overloaded', { type: 'server_error' }), 'overloaded'],
    [503, said('Loading model', { type: 'unavailable_error' }), 'overloaded'],
    [400, said('Your request was flagged by our safety system'), 'content_filtered'],
    // Statuses, where nothing else helps.
    [400, said('temperature: invalid'), 'bad_request'],
    [401, said('nope'), 'auth_failed'],
    [402, said('Insufficient Balance', { code: 'invalid_request_error' }), 'billing'],
    [404, '404 page not found', 'model_not_found'],
    [422, { detail: [{ loc: ['body'], msg: 'field required' }] }, 'bad_request'],
    [500, said('boom', { type: 'invalid_request_error' }), 'server_error'],
    [503, '', 'server_error'],
    [529, '', 'overloaded'],
    // Statuses told in the body.
    [500, said('slow', { code: '429' }), 'rate_limited'],
    [502, said('no', { code: 401 }), 'auth_failed'],
    [404, said('no', { code: 500 }), 'model_not_found'],
    [401, { statusCode: 401, message: 'Access denied due to invalid subscription key' }, 'auth_failed'],
    // Any wrapping.
    [400, [{ error: said('', { code: 'context_length_exceeded' }) }], 'context_length_exceeded'],
    [400, { object: 'error', message: "'m' does not exist, model not found", code: 404 }, 'model_not_found'],
    [404, { error: "model 'nope' not found" }, 'model_not_found'],
    // Anything at all.
    [418, null, 'bad_request'],
    [500, 42, 'server_error'],
    [500, { error: { error: { error: { error: { error: 'deep' } } } } }, 'server_error'],
    [500, { error: { code: {}, type: [], message: 3, metadata: 'x', innererror: null } }, 'server_error'],
    [500, { detail: [null] }, 'server_error'],
    [999, '', 'server_error'],
  ])('%d %j is %s', verifies('F31', 'F32', 'F39', 'F42', 'F45'), (status, body, code) => {
    expect(decode(status, body).code).toBe(code)
  })

  it.each<[unknown, string]>([
    [{ error: { code: 402, message: 'More credits are required' } }, 'billing'],
    [{ error: { message: 'Insufficient credits' } }, 'quota_exhausted'],
    [{ error: { error: { code: 402 }, code: 402 } }, 'billing'],
    [{ error: 'Unexpected endpoint or method. (POST /chat/completions)' }, 'model_not_found'],
    [{ error: { message: 'Internal Server Error', code: 500 } }, 'server_error'],
    [{ error: { message: 'x', code: '503 Service Unavailable' } }, 'server_error'],
    [{ error: { message: 'Rate limit exceeded' } }, 'rate_limited'],
    [{ error: { type: 'invalid_request_error' } }, 'bad_request'],
  ])('in a good answer, %j is %s', verifies('F69'), (body, code) => {
    expect(decode(200, body, true).code).toBe(code)
  })
})

describe('the error of a failed answer', () => {
  it('names the parameter that was refused, and the words of it', () => {
    const error = decode(
      400,
      said("'temperature' does not support 0", { code: 'unsupported_value', param: 'temperature' }),
    )
    expect(error.path).toBe('temperature')
    expect(error.message).toBe("The provider refused the request (400): 'temperature' does not support 0")
  })

  it('says what to do about a wrong base URL', () => {
    expect(decode(200, { error: 'Unexpected endpoint or method. (GET /models)' }, true).message).toContain(
      'most end in /v1',
    )
    expect(decode(404, { detail: 'Not Found' }).message).toContain('Check the base URL')
    expect(decode(404, said("model 'x' not found")).message).not.toContain('base URL')
  })

  it('shows the reason a gateway keeps apart', () => {
    const wrapped = (raw: unknown) => ({ error: { code: 400, message: 'Provider returned error', metadata: { raw } } })
    expect(decode(400, wrapped('{"error":{"message":"max_tokens too big"}}')).message).toContain(
      'Provider returned error: max_tokens too big',
    )
    expect(decode(400, wrapped('plain words')).message).toContain('Provider returned error: plain words')
    expect(decode(400, wrapped(JSON.stringify({ error: { message: 'prompt is too long: 9 tokens' } }))).code).toBe(
      'context_length_exceeded',
    )
    expect(decode(400, wrapped({ odd: true })).message).toContain('Provider returned error')
  })

  it('does not blame the provider for what its model wrote', () => {
    const error = decode(
      400,
      said('Failed to generate JSON', { code: 'json_validate_failed', failed_generation: 'secret text' }),
    )
    expect(policyOfError(error)).toMatchObject({ retries: 1, countsForBreaker: false, next: 'yes' })
    expect(error.message).not.toContain('secret text')
  })

  it('is read in no time whatever stands in it', () => {
    const long = `model ${'a'.repeat(60_000)} ${'<'.repeat(60_000)}`
    const start = cpuNow()
    for (let i = 0; i < 20; i++) decode(400, said(long))
    expect(cpuNow() - start).toBeLessThan(1_000)
  })
})

async function failureAt(provider: Provider, status: number, error: unknown): Promise<LlmError> {
  const { context } = fakeHttp({ status, body: { error } })
  const failed = provider.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }, context)
  return failed.then(
    () => {
      throw new Error('it did not fail')
    },
    (thrown) => thrown,
  )
}

describe('services that mean several things by one status', () => {
  const apiKey = 'sk-test-0000000000000000'

  it.each([
    [402, { code: 402, message: 'no credits', metadata: { limit_source: 'openrouter_credits' } }, 'billing'],
    [402, { code: 402, message: 'busy', metadata: { limit_source: 'openrouter_in_flight_budget' } }, 'rate_limited'],
    [403, { code: 403, message: 'flag', metadata: { reasons: ['violence'] } }, 'content_filtered'],
    [403, { code: 403, message: 'guardrail' }, 'forbidden'],
    [404, { code: 404, message: 'No endpoints found matching your data policy' }, 'model_not_found'],
    [429, { code: 429, message: 'Rate limit exceeded: free-models-per-day' }, 'quota_exhausted'],
    [
      429,
      { code: 429, message: 'Provider returned error', metadata: { raw: 'temporarily rate-limited upstream' } },
      'rate_limited',
    ],
    [502, { code: 502, message: 'x', metadata: { error_type: 'provider_overloaded' } }, 'overloaded'],
    [400, { code: 400, message: 'x', metadata: { error_type: 'context_length_exceeded' } }, 'context_length_exceeded'],
    [524, { code: 524, message: 'Request timed out' }, 'server_error'],
  ])('OpenRouter: %d %j is %s', async (status, error, code) => {
    expect((await failureAt(openrouter({ apiKey }), status, error)).code).toBe(code)
  })

  it.each([
    [404, { code: 'DeploymentNotFound', message: 'The API deployment does not exist' }, 'model_not_found'],
    [
      429,
      { code: '429', message: 'Requests have exceeded the call rate limit. Please retry after 26 seconds.' },
      'rate_limited',
    ],
    [401, { code: '401', message: 'Access denied due to invalid subscription key' }, 'auth_failed'],
    [
      400,
      {
        code: 'content_filter',
        param: 'prompt',
        status: 400,
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      },
      'content_filtered',
    ],
    [503, { code: 'NoCapacity', message: 'The system is busy' }, 'overloaded'],
  ])('Azure: %d %j is %s', async (status, error, code) => {
    const failure = await failureAt(azure({ apiKey, resource: 'test', deployment: 'm' }), status, error)
    expect(failure.code).toBe(code)
    if (status === 429) expect(failure.retryAfterMs).toBe(26_000)
  })
})
