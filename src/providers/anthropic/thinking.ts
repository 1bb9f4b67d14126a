import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest, ReasoningEffort } from '../../types/request.ts'
import { droppedParameter } from '../core/quirks.ts'
import type { ClaudeQuirks } from './quirks.ts'

/** The least budget the service takes. */
const minBudget = 1_024

/** Tokens to think with, for models that want a number. */
const budgets: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: minBudget,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 31_999,
}

/** How the model shall think: the `thinking` field and the depth in `output_config`. */
export interface Thinking {
  readonly thinking?: JsonObject
  readonly effort?: string
  /** Thinking was asked for and is on. */
  readonly isOn: boolean
}

/** Why this request cannot have the thinking it asks for. */
export type Obstacle = 'a forced tool choice' | 'a prefill' | 'a tool turn that began without it'

/** Puts the reasoning a request asks for in the form its model takes; what cannot be had is left out with a warning. */
export function thinkingOf(
  request: ProviderChatRequest,
  quirks: ClaudeQuirks,
  maxTokens: number,
  obstacle: Obstacle | undefined,
  warnings: Warning[],
): Thinking {
  const { reasoning, model } = request
  if (reasoning === undefined) return { isOn: false }
  const { effort, maxTokens: budget, summary } = reasoning
  const drop = (name: string): Thinking => {
    warnings.push(droppedParameter(name, model))
    return { isOn: false }
  }
  if (effort === 'none') return off(quirks, drop)
  if (quirks.thinking === 'none') return drop('reasoning')
  if (obstacle !== undefined && quirks.thinkingOff !== 'refused') {
    warnings.push({ code: 'parameter-dropped', message: `reasoning was left out: it does not go with ${obstacle}` })
    return { isOn: false }
  }
  const display = summary === undefined ? {} : { display: summary ? 'summarized' : 'omitted' }
  const takesBudget = quirks.thinking === 'budget' || (quirks.thinking === 'either' && budget !== undefined)
  if (!takesBudget) {
    if (budget !== undefined) drop('reasoning.maxTokens')
    const depth = effort && nearest(effort, quirks.efforts)
    return { thinking: { type: 'adaptive', ...display }, ...(depth && { effort: depth }), isOn: true }
  }
  const tokens = Math.min(Math.max(budget ?? budgets[effort ?? 'medium'], minBudget), maxTokens - 1)
  if (tokens < minBudget) return drop('reasoning')
  return { thinking: { type: 'enabled', budget_tokens: tokens, ...display }, isOn: true }
}

function off({ thinking, thinkingOff, efforts }: ClaudeQuirks, drop: (name: string) => Thinking): Thinking {
  if (thinking === 'none') return { isOn: false }
  if (thinkingOff !== 'refused') return { thinking: { type: thinkingOff }, isOn: false }
  return { ...drop("reasoning.effort 'none'"), effort: efforts[0] as string }
}

const ladder: readonly ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** The deepest level the model has that is not above the one asked for, else its least. */
function nearest(effort: ReasoningEffort, efforts: readonly string[]): string | undefined {
  return ladder.slice(0, ladder.indexOf(effort) + 1).findLast((level) => efforts.includes(level)) ?? efforts[0]
}
