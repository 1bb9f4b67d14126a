import type { FinishReason } from '../types/reply.ts'
import type { AnswerStep, FakeUsage } from './step.ts'
import { countTokens, tokensOf } from './tokens.ts'

/** An answer with everything filled in that a script left open. */
export interface Answer {
  readonly model: string
  /** 0 for the first answer of a fake; ids are made from it. */
  readonly index: number
  readonly reasoning: readonly string[]
  readonly pieces: readonly string[]
  readonly refusal: string
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly argumentsText: string }[]
  readonly finishReason: FinishReason
  /** Absent when the answer reports none. */
  readonly usage: Required<FakeUsage> | undefined
}

/** Fills in an answer: ids, finish and usage follow from what the script gives. */
export function fillAnswer(
  step: AnswerStep,
  asked: { readonly model: string; readonly prompt: unknown; readonly index: number },
): Answer {
  const { reasoning = [], refusal = '', pieces } = step
  const thoughts = typeof reasoning === 'string' ? tokensOf(reasoning) : reasoning
  const toolCalls = (step.toolCalls ?? []).map((call, place) => ({
    id: call.id ?? `call_${asked.index + 1}_${place + 1}`,
    name: call.name,
    argumentsText: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
  }))
  const outputTokens =
    thoughts.length +
    pieces.length +
    tokensOf(refusal).length +
    countTokens(toolCalls.map((call) => call.argumentsText))
  return {
    model: step.model ?? asked.model,
    index: asked.index,
    reasoning: thoughts,
    pieces,
    refusal,
    toolCalls,
    finishReason: step.finishReason ?? (toolCalls.length > 0 ? 'tool-calls' : 'stop'),
    usage:
      step.usage === null
        ? undefined
        : {
            inputTokens: countTokens(asked.prompt),
            outputTokens,
            cacheReadTokens: 0,
            cacheWriteTokens: 0,
            reasoningTokens: thoughts.length,
            ...step.usage,
          },
  }
}
