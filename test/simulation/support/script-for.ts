import { decide, fail, hang, reply, type ScriptInput, throwing, type VirtualClock } from 'holdfast/testing'
import { scriptOf } from '../../../src/testing/script.ts'
import type { AnswerOptions } from '../../../src/testing/step.ts'
import { tokensOf } from '../../../src/testing/tokens.ts'
import { type Fault, textOf, type WorldPlan } from './plan.ts'

/** What marks the call in its prompt, so that a fake knows whom it answers. */
export const promptOf = (index: number, words: number): string => `call ${index} wants ${words}`

/** The call a request belongs to. */
export function callOfRequest(request: unknown): { index: number; words: number } {
  const { messages } = request as { messages: readonly { role: string; content: unknown }[] }
  const asked = messages.find(({ role }) => role === 'user')?.content
  const text = typeof asked === 'string' ? asked : JSON.stringify(asked)
  const [, index, words] = /call (\d+) wants (\d+)/.exec(text) ?? []
  return { index: Number(index), words: Number(words) }
}

/** What a provider of the plan does, request by request. */
export function scriptFor(plan: WorldPlan, provider: number, clock: VirtualClock): ScriptInput {
  const { phases, prefill } = plan.providers[provider] as WorldPlan['providers'][number]
  let count = 0
  return decide(({ last, raw }) => {
    const phase = phases.find(({ untilMs }) => clock.monotonic() < untilMs) ?? phases[phases.length - 1]
    const { faults } = phase as WorldPlan['providers'][number]['phases'][number]
    const fault = faults[count++ % faults.length] as Fault
    const { index, words } = callOfRequest(raw)
    const whole = textOf(plan, provider, index, words)
    if (last?.role !== 'assistant') return answerFor(fault, whole)
    if (prefill === 'refuses') return fail('bad_request')
    return answerFor(fault, continuation(whole, last.text, count))
  })
}

/** Goes on, and now and then repeats what is long enough to be known again. */
function continuation(whole: string, given: string, count: number): string {
  return given.length >= 16 && count % 3 === 0 ? whole : whole.slice(given.length)
}

function answerFor(fault: Fault, text: string): ScriptInput {
  switch (fault.kind) {
    case 'ok':
      return reply(text, { firstTokenAfterMs: fault.firstMs, everyMs: fault.everyMs })
    case 'fail': {
      const { code, afterMs, retryAfterS } = fault
      return fail(code, { afterMs, ...(retryAfterS !== undefined && { retryAfter: retryAfterS }) })
    }
    case 'hang':
      return hang(fault.forMs === undefined ? {} : { forMs: fault.forMs })
    case 'throw':
      return throwing(new TypeError('an adapter with a mistake'))
    default:
      return broken(fault, text)
  }
}

function broken(fault: Extract<Fault, { afterTokens: number }>, text: string): ScriptInput {
  const pieces = tokensOf(text)
  const after = Math.min(fault.afterTokens, pieces.length)
  const options: Readonly<Record<typeof fault.kind, AnswerOptions>> = {
    cut: { cutAfter: after },
    reset: { resetAfter: after },
    stall: { stallAfter: after, ...(fault.forMs !== undefined && { stallMs: fault.forMs }) },
    error: {},
  }
  const failure = { type: 'fail', failure: 'overloaded' } as const
  return scriptOf([
    {
      step: {
        type: 'answer',
        pieces,
        everyMs: fault.everyMs,
        ...options[fault.kind],
        ...(fault.kind === 'error' && { failAfter: { tokens: after, failure } }),
      },
    },
  ])
}
