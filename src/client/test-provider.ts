import type { LlmError } from '../errors/llm-error.ts'
import type { ChatRequest } from '../types/chat-request.ts'
import type { Clock } from '../types/clock.ts'

/** What a test call showed. */
export interface TestResult {
  readonly provider: string
  readonly success: boolean
  /** Model that answered. */
  readonly model?: string
  readonly error?: LlmError
  readonly latencyMs: number
}

/** Makes one real, tiny call to a provider. Never throws. */
export async function testProvider(
  provider: string,
  chat: (request: ChatRequest) => Promise<{ readonly model: string }>,
  clock: Clock,
): Promise<TestResult> {
  const startedAt = clock.monotonic()
  const result = (rest: Pick<TestResult, 'success' | 'model' | 'error'>): TestResult => {
    return { provider, ...rest, latencyMs: clock.monotonic() - startedAt }
  }
  try {
    const request = { prompt: 'Answer with the word ok.', maxTokens: 16, providers: [provider], guards: [] }
    const { model } = await chat(request)
    return result({ success: true, model })
  } catch (error) {
    return result({ success: false, error: error as LlmError })
  }
}
