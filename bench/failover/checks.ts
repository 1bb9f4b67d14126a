import type { Measures } from './measures.ts'

/** `required` failing is a fail, `advisory` a partial, `info` nothing. */
export type Severity = 'required' | 'advisory' | 'info'

/** One thing a situation is looked at for. */
export interface Check {
  readonly id: string
  readonly severity: Severity
  readonly holds: (measures: Measures) => boolean
  readonly tell: (measures: Measures) => string
}

type Rule = Omit<Check, 'severity'>

export const required = (rule: Rule): Check => ({ ...rule, severity: 'required' })
export const advisory = (rule: Rule): Check => ({ ...rule, severity: 'advisory' })
export const info = (rule: Rule): Check => ({ ...rule, severity: 'info' })

export const noHang: Rule = {
  id: 'no hang',
  holds: ({ outcome }) => outcome !== 'hang',
  tell: ({ outcome, elapsedMs }) => `${outcome} after ${seconds(elapsedMs)}`,
}

export const noTruncatedSuccess: Rule = {
  id: 'no truncated success',
  holds: ({ outcome, isComplete }) => outcome !== 'success' || isComplete,
  tell: ({ outcome, text }) => `${outcome} with ${text.split(/\s+/).filter(Boolean).length} words`,
}

export const complete: Rule = {
  id: 'complete',
  holds: ({ outcome, isComplete }) => outcome === 'success' && isComplete,
  tell: ({ isComplete, fallbackCount }) => `${isComplete ? 'whole' : 'not whole'}, ${fallbackCount} at the fallback`,
}

export const aliveAfter: Rule = {
  id: 'next call healthy',
  holds: ({ isAliveAfter }) => isAliveAfter,
  tell: ({ isAliveAfter }) => (isAliveAfter ? 'answered' : 'not answered'),
}

export const usagePresent: Rule = {
  id: 'usage present',
  holds: ({ hasUsage }) => hasUsage,
  tell: ({ hasUsage }) => (hasUsage ? 'usage' : 'no usage'),
}

export const modelIsFallback: Rule = {
  id: 'model is the fallback',
  holds: ({ model, fallbackModel, fallbackCount }) => fallbackCount === 0 || model === fallbackModel,
  tell: ({ model }) => `model ${model}`,
}

export const noPrefillMasking: Rule = {
  id: 'no masking by the prefill',
  holds: ({ outcome, prefillRefusals }) => outcome !== 'error' || prefillRefusals === 0,
  tell: ({ prefillRefusals, outcome }) => `${outcome}, ${prefillRefusals} prefills refused`,
}

export const fallbackUsed: Rule = {
  id: 'fallback used',
  holds: ({ fallbackCount }) => fallbackCount > 0,
  tell: ({ fallbackCount }) => `${fallbackCount} at the fallback`,
}

/** Attempts on the primary. */
export function primary(is: { readonly atLeast?: number; readonly atMost?: number }): Rule {
  const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = is
  return {
    id: `primary ${atLeast === atMost ? atLeast : atLeast > 0 ? `≥ ${atLeast}` : `≤ ${atMost}`}`,
    holds: ({ primaryAt }) => primaryAt.length >= atLeast && primaryAt.length <= atMost,
    tell: ({ primaryAt }) => `${primaryAt.length} on the primary`,
  }
}

/** Attempts on the primary in its first `withinMs`. */
export function paced(atMost: number, withinMs: number): Rule {
  const count = ({ primaryAt }: Measures) => primaryAt.filter((at) => at - (primaryAt[0] ?? at) < withinMs).length
  return {
    id: `≤ ${atMost} in ${seconds(withinMs)}`,
    holds: (measures) => count(measures) <= atMost,
    tell: (measures) => `${count(measures)} in ${seconds(withinMs)}`,
  }
}

/** Time between the first two attempts on the primary; without a second one it fails. */
export function firstGap(atLeastMs: number): Rule {
  return {
    id: `first gap ≥ ${seconds(atLeastMs)}`,
    holds: (measures) => (firstGapOf(measures) ?? -1) >= atLeastMs,
    tell: (measures) => gapText(measures),
  }
}

/** Time of the whole call. */
export function within(mostMs: number): Rule {
  return {
    id: `within ${seconds(mostMs)}`,
    holds: ({ outcome, elapsedMs }) => outcome !== 'hang' && elapsedMs <= mostMs,
    tell: ({ elapsedMs }) => seconds(elapsedMs),
  }
}

export const servedInOutage: Rule = {
  id: 'all served in the outage',
  holds: ({ sequence }) => (sequence?.duringOutage ?? 0) > 0 && sequence?.servedDuringOutage === sequence?.duringOutage,
  tell: ({ sequence }) => `${sequence?.servedDuringOutage} of ${sequence?.duringOutage} served`,
}

/** The primary answers again. */
export function recovered(withinMs: number): Rule {
  return {
    id: `primary back ≤ ${seconds(withinMs)}`,
    holds: ({ sequence }) => (sequence?.recoveredAfterMs ?? Number.POSITIVE_INFINITY) <= withinMs,
    tell: ({ sequence }) =>
      sequence?.recoveredAfterMs === undefined ? 'never back' : `back after ${seconds(sequence.recoveredAfterMs)}`,
  }
}

export const fewProbes: Rule = {
  id: 'few primary attempts in the outage',
  holds: ({ sequence }) => (sequence?.primaryDuringOutage ?? 0) <= (sequence?.duringOutage ?? 0),
  tell: ({ sequence }) => `${sequence?.primaryDuringOutage} for ${sequence?.duringOutage} requests`,
}

/** Ms between the first two attempts on the primary. */
export function firstGapOf({ primaryAt: [first, second] }: Measures): number | undefined {
  return first === undefined || second === undefined ? undefined : second - first
}

/** The first gap as a reader sees it. */
export function gapText(measures: Measures): string {
  const gap = firstGapOf(measures)
  return gap === undefined ? '–' : `${(gap / 1_000).toFixed(2)} s`
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`
}
