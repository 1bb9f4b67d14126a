import { describe, expect, it } from 'vitest'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { anthropic } from '../../../src/providers/anthropic.ts'
import { azure } from '../../../src/providers/azure.ts'
import { deepseek } from '../../../src/providers/deepseek.ts'
import { gemini } from '../../../src/providers/gemini.ts'
import { groq } from '../../../src/providers/groq.ts'
import { local } from '../../../src/providers/local.ts'
import { ollama } from '../../../src/providers/ollama.ts'
import { openai } from '../../../src/providers/openai.ts'
import { openaiCompatible } from '../../../src/providers/openai-compatible.ts'
import { openrouter } from '../../../src/providers/openrouter.ts'
import type { Provider } from '../../../src/types/provider.ts'
import { fakeHttp } from '../../support/fake-http.ts'
import { anthropicFailures } from './anthropic.ts'
import { azureFailures } from './azure.ts'
import { deepseekFailures, groqFailures, openrouterFailures } from './gateways.ts'
import { geminiCompatibleFailures, geminiFailures } from './gemini.ts'
import { compatibleFailures, ollamaFailures } from './local.ts'
import { openaiFailures } from './openai.ts'
import { proxyFailures } from './proxies.ts'
import type { FailureRow } from './row.ts'
import { waits } from './waits.ts'

const options = { apiKey: 'sk-test-0000000000000000', model: 'some-model' }
const compatible = openaiCompatible({ name: 'any', baseUrl: 'https://example.test/v1', ...options })

const tables: readonly (readonly [Provider, readonly FailureRow[]])[] = [
  [openai(options), [...openaiFailures, ...proxyFailures, ...waits]],
  [azure({ ...options, resource: 'test' }), azureFailures],
  [anthropic(options), [...anthropicFailures, ...proxyFailures]],
  [gemini(options), [...geminiFailures, ...proxyFailures]],
  [compatible, geminiCompatibleFailures],
  [openrouter(options), openrouterFailures],
  [groq(options), groqFailures],
  [deepseek(options), deepseekFailures],
  [local(options), compatibleFailures],
  [ollama(options), [...ollamaFailures, ...proxyFailures]],
]

async function failureAt(provider: Provider, [status, body, , { headers = {} } = {}]: FailureRow): Promise<LlmError> {
  const { context } = fakeHttp({ status, headers, ...(typeof body === 'string' ? { text: body } : { body }) })
  const failed = provider.chat({ model: 'some-model', messages: [{ role: 'user', content: 'Hi' }] }, context)
  const thrown = await failed.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (LlmError.isInstance(thrown)) return thrown
  throw new Error(`not one of our errors: ${String(thrown)}`)
}

describe.each(tables)('$name', (provider, rows) => {
  it.each(rows.map((row) => ({ row, status: row[0], body: row[1], code: row[2] })))(
    '$status $body is $code',
    async ({ row, code }) => {
      const error = await failureAt(provider, row)
      expect(error.code).toBe(code)
      const { waitMs } = row[3] ?? {}
      if (waitMs !== undefined) expect(error.retryAfterMs).toBe(waitMs)
    },
  )
})
