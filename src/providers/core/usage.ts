import type { ProviderEvent } from '../../types/provider.ts'
import type { Usage } from '../../types/usage.ts'

/** What a provider reports, already on our basis: `input` holds its cached parts, `output` its reasoning. Any value may be nonsense. */
export interface UsageParts {
  readonly input?: unknown
  readonly cacheRead?: unknown
  readonly cacheWrite?: unknown
  readonly output?: unknown
  readonly reasoning?: unknown
  /** The provider's own object. */
  readonly raw?: unknown
}

/** A token count as it may stand in a body; `undefined` for anything that cannot be one. A reported 0 stays 0, and is never -0. */
export function tokenCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? Math.abs(value as number) : undefined
}

/** The sum of what is known; `undefined` when nothing is. */
export function sumOf(...values: readonly unknown[]): number | undefined {
  const known = values.map(tokenCount).filter((value) => value !== undefined)
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : undefined
}

/** Brings a provider's numbers into the normal form: no part exceeds the total, what cannot be a count is left out. */
export function usageOf(parts: UsageParts): Usage {
  const input = tokenCount(parts.input)
  const output = tokenCount(parts.output)
  const cacheRead = within(parts.cacheRead, input)
  const cacheWrite = within(parts.cacheWrite, input)
  const reasoning = within(parts.reasoning, output)
  return {
    ...(input !== undefined && { inputTokens: input }),
    ...(output !== undefined && { outputTokens: output }),
    ...(input !== undefined && output !== undefined && { totalTokens: input + output }),
    input: {
      ...(input !== undefined && { fresh: fresh(input, cacheRead, cacheWrite) }),
      ...(cacheRead !== undefined && { cacheRead }),
      ...(cacheWrite !== undefined && { cacheWrite }),
    },
    output: {
      ...(output !== undefined && { text: output - (reasoning ?? 0) }),
      ...(reasoning !== undefined && { reasoning }),
    },
    ...(parts.raw !== undefined && { raw: parts.raw }),
  }
}

const counts = ['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const

/** Appends a `usage` event, and a warning when a number had to be left out because it cannot be a count. */
export function pushUsage(out: ProviderEvent[], parts: UsageParts): void {
  out.push({ type: 'usage', usage: usageOf(parts) })
  const insane = counts.filter((name) => parts[name] != null && tokenCount(parts[name]) === undefined)
  if (insane.length === 0) return
  const names = insane.join(', ')
  out.push({
    type: 'warning',
    warning: { code: 'usage-insane', message: `The provider reported token counts that cannot be (${names})` },
  })
}

/** What an answer has reported so far, for the error that it ends with. */
export function reportedIn(events: readonly ProviderEvent[]): Usage | undefined {
  return events.findLast((event) => event.type === 'usage')?.usage
}

/** Where more was read and written than was sent, the same tokens were read and written: both are billed. */
function fresh(input: number, cacheRead = 0, cacheWrite = 0): number {
  const cached = cacheRead + cacheWrite
  return input - (cached > input ? Math.max(cacheRead, cacheWrite) : cached)
}

function within(part: unknown, total: number | undefined): number | undefined {
  const count = tokenCount(part)
  return count === undefined || total === undefined ? count : Math.min(count, total)
}
