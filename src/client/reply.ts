import { ProviderError } from '../errors/families.ts'
import type { Call } from '../resilience/call.ts'
import type { Candidate } from '../resilience/link.ts'
import type { ChatReply, Routing } from '../types/reply.ts'
import type { Answer } from '../utils/answer.ts'

/** What a reply says beside the answer itself. */
export interface ReplyContext {
  readonly call: Call
  readonly candidate: Candidate
  readonly capability: Routing['capability']
  readonly strategy: Routing['strategy']
}

/** The caller's view of a complete answer. */
export function replyOf(answer: Answer, context: ReplyContext): ChatReply {
  const { call, candidate } = context
  const { refusal, finishReasonRaw, id, logprobs, upstream } = answer
  return {
    text: answer.text,
    reasoning: answer.reasoning,
    ...(refusal !== '' && { refusal }),
    toolCalls: [...answer.toolCalls],
    object: undefined,
    message: answer.message(),
    finishReason: answer.finishReason ?? 'unknown',
    ...(finishReasonRaw !== undefined && { finishReasonRaw }),
    usage: answer.usage ?? { input: {}, output: {} },
    provider: candidate.link.provider.name,
    model: answer.model ?? candidate.model,
    ...(upstream !== undefined && { upstream }),
    ...(id !== undefined && { id }),
    requestId: call.requestId,
    isDegraded: candidate.link.provider.isDegraded === true,
    routing: routingOf(context),
    warnings: [...answer.warnings],
    citations: [...answer.citations],
    ...(logprobs !== undefined && { logprobs }),
  }
}

/** How the answer was reached. */
export function routingOf({ call, candidate, capability, strategy }: ReplyContext): Routing {
  const wasFallback = call.records.some(({ provider }) => provider !== candidate.link.provider.name)
  return { capability, strategy: wasFallback ? 'fallback' : strategy, attempts: call.records }
}

/** A filter that left nothing to read is a refusal of the call; one that left words is an answer. */
export function refuseEmptyFilter(answer: Answer): void {
  if (answer.finishReason !== 'content-filter' || answer.hasContent) return
  const word = answer.finishReasonRaw === undefined ? '' : ` (${answer.finishReasonRaw})`
  const message = `The provider's content filter withheld the answer${word}`
  throw new ProviderError('content_filtered', message, { usage: answer.usage })
}
