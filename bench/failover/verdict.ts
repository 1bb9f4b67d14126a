import type { Case } from './catalogue.ts'
import type { Severity } from './checks.ts'
import type { Measures } from './measures.ts'

export const verdicts = ['pass', 'partial', 'safe', 'fail'] as const
export type Verdict = (typeof verdicts)[number]

/** One check, as it came out. */
export interface Finding {
  readonly id: string
  readonly severity: Severity
  readonly isGood: boolean
  readonly detail: string
}

/** A verdict and why. */
export interface Judgement {
  readonly verdict: Verdict
  readonly reason: string
  readonly findings: readonly Finding[]
}

/** Judges one situation. */
export function judge({ ideal, checks }: Pick<Case, 'ideal' | 'checks'>, measures: Measures): Judgement {
  const findings = checks.map(({ id, severity, holds, tell }) => ({
    id,
    severity,
    isGood: holds(measures),
    detail: tell(measures),
  }))
  const failed = (severity: Severity) =>
    findings.filter((finding) => !finding.isGood && finding.severity === severity).map(({ id }) => id)
  const { outcome } = measures
  const say = (verdict: Verdict, reason: string): Judgement => ({ verdict, reason, findings })
  if (outcome === 'hang') return say('fail', 'hang')
  if (ideal !== 'error' && outcome === 'success' && !measures.isComplete) {
    return say('fail', 'a truncated answer presented as success')
  }
  const broken = failed('required')
  if (broken.length > 0) return say('fail', broken.join(', '))
  if (ideal === 'error' && outcome === 'success') return say('partial', 'answered by routing around the refusal')
  if (ideal !== 'error' && outcome === 'error') return say('safe', `not rescued: ${measures.error}`)
  const missed = failed('advisory')
  return missed.length > 0
    ? say('partial', missed.join(', '))
    : say('pass', ideal === 'error' ? 'clean error' : 'rescued')
}
