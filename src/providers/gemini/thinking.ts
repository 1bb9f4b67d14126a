import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest, ReasoningEffort } from '../../types/request.ts'
import { droppedParameter } from '../core/quirks.ts'
import type { GeminiQuirks } from './quirks.ts'

const ladder: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
const budgets: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 512,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
}

/** Puts the reasoning a request asks for in the form its model takes; what cannot be had is left out with a warning. */
export function thinkingConfigOf(
  { reasoning, model }: ProviderChatRequest,
  { thinking, levels, budget: [least, most] }: GeminiQuirks,
  warnings: Warning[],
): JsonObject | undefined {
  if (reasoning === undefined) return undefined
  const { effort, maxTokens, summary } = reasoning
  if (thinking === 'none') {
    if (effort !== 'none') warnings.push(droppedParameter('reasoning', model))
    return undefined
  }
  const shown = summary === undefined ? {} : { includeThoughts: summary }
  if (thinking === 'level') {
    if (maxTokens !== undefined) warnings.push(droppedParameter('reasoning.maxTokens', model))
    return notEmpty({ ...(effort && { thinkingLevel: nearest(effort, levels) }), ...shown })
  }
  const wanted = maxTokens ?? (effort && budgets[effort])
  return notEmpty({
    ...(wanted !== undefined && { thinkingBudget: Math.min(Math.max(wanted, least), most) }),
    ...shown,
  })
}

/** The highest level the model has that is not above the one asked for, else its least. */
function nearest(effort: ReasoningEffort, levels: readonly string[]): string {
  const below = ladder.slice(0, ladder.indexOf(effort) + 1)
  return below.findLast((level) => levels.includes(level)) ?? (levels[0] as string)
}

function notEmpty(config: JsonObject): JsonObject | undefined {
  return Object.keys(config).length > 0 ? config : undefined
}
