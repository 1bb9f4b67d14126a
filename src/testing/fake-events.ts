import { ConnectionError, ResponseError, StreamError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { Usage } from '../types/usage.ts'
import type { Answer } from './answer.ts'
import { failureError } from './failure.ts'
import type { AnswerStep, FailStep, FakeUsage } from './step.ts'
import { wait } from './wait.ts'

/** What carrying out an answer needs beside it. */
export interface Stage {
  readonly provider: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A whole answer, as `chat` gives it; breaks where the step says so. */
export async function wholeAnswer(step: AnswerStep, answer: Answer, stage: Stage): Promise<readonly ProviderEvent[]> {
  await pause(step.headersAfterMs, stage)
  await pause(step.firstTokenAfterMs, stage)
  if (step.stallAfter !== undefined) await wait(stage.clock, step.stallMs ?? Number.POSITIVE_INFINITY, stage.signal)
  if (step.resetAfter !== undefined || step.closeAfter !== undefined) throw lostConnection()
  if (step.failAfter) throw failureError(step.failAfter.failure, stage.provider, answer.model)
  if (step.cutAfter !== undefined) throw new ResponseError('bad_response', 'The body is not whole JSON')
  const text = answer.pieces.join('')
  const reasoning = answer.reasoning.join('')
  return [
    ...opening(answer),
    ...(reasoning ? [{ type: 'reasoning', text: reasoning } as const] : []),
    ...(text ? [{ type: 'text', text } as const] : []),
    ...closing(answer),
  ]
}

/** A streamed answer, `perBatch` tokens a batch; breaks where the step says so. */
export async function* streamedAnswer(
  step: AnswerStep,
  answer: Answer,
  stage: Stage,
  perBatch: number,
): AsyncGenerator<readonly ProviderEvent[]> {
  await pause(step.headersAfterMs, stage)
  yield opening(answer)
  await pause(step.firstTokenAfterMs, stage)
  const tokens = tokenEvents(answer)
  let batch: ProviderEvent[] = []
  for (let sent = 0; ; sent++) {
    const stops = isBreak(step, sent)
    if ((batch.length >= perBatch || stops || sent === tokens.length) && batch.length > 0) {
      yield batch
      batch = []
      if (sent < tokens.length && !stops) await pause(step.everyMs, stage)
    }
    if (sent === step.stallAfter) await wait(stage.clock, step.stallMs ?? Number.POSITIVE_INFINITY, stage.signal)
    if (sent === step.cutAfter) return
    if (sent === step.resetAfter || sent === step.closeAfter) throw lostConnection()
    if (sent === step.failAfter?.tokens) throw errorEvent(step.failAfter.failure, sent, answer, stage)
    const token = tokens[sent]
    if (token === undefined) break
    batch.push(token)
  }
  yield closing(answer)
}

function isBreak({ cutAfter, resetAfter, closeAfter, stallAfter, failAfter }: AnswerStep, sent: number): boolean {
  return [cutAfter, resetAfter, closeAfter, stallAfter, failAfter?.tokens].includes(sent)
}

/** An error in a stream is a refusal before the first token, and a broken stream after it. */
function errorEvent(failure: FailStep, sent: number, { model }: Answer, { provider }: Stage): LlmError {
  const refusal = failureError(failure, provider, model)
  if (sent === 0) return refusal
  return new StreamError('stream_error_event', refusal.message, { provider, model, cause: refusal })
}

function lostConnection(): ConnectionError {
  return new ConnectionError('connection_reset', 'The connection was reset')
}

async function pause(ms: number | undefined, { clock, signal }: Stage): Promise<void> {
  if (ms !== undefined && ms > 0) await wait(clock, ms, signal)
}

function opening({ index, model }: Answer): ProviderEvent[] {
  return [{ type: 'start', id: `fake-${index + 1}`, model }]
}

function tokenEvents(answer: Answer): ProviderEvent[] {
  return [
    ...answer.reasoning.map((text) => ({ type: 'reasoning', text }) as const),
    ...answer.pieces.map((text) => ({ type: 'text', text }) as const),
    ...answer.toolCalls.map(
      ({ id, name, argumentsText }, index) => ({ type: 'tool-call-delta', index, id, name, argumentsText }) as const,
    ),
  ]
}

function closing({ refusal, toolCalls, usage, finishReason }: Answer): ProviderEvent[] {
  return [
    ...(refusal ? [{ type: 'refusal', text: refusal } as const] : []),
    ...toolCalls.map((call, index) => ({ type: 'tool-call', index, ...call }) as const),
    ...(usage ? [{ type: 'usage', usage: usageOf(usage) } as const] : []),
    { type: 'finish', finishReason, raw: finishReason },
  ]
}

function usageOf(raw: Required<FakeUsage>): Usage {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = raw
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    input: {
      fresh: inputTokens - cacheReadTokens - cacheWriteTokens,
      cacheRead: cacheReadTokens,
      cacheWrite: cacheWriteTokens,
    },
    output: { text: outputTokens - reasoningTokens, reasoning: reasoningTokens },
    raw,
  }
}
