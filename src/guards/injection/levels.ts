import type { Provenance } from '../../types/message.ts'

/** How readily a text is taken for an attack: about 0.1, 1 and 5 % of harmless texts are at `low`, `medium`, `high`. */
export type InjectionSensitivity = 'low' | 'medium' | 'high'

/** How clear a case is. */
export type InjectionSeverity = 'low' | 'medium' | 'high'

/** Log odds from which on a text counts at each sensitivity. */
export type InjectionThresholds = Readonly<Record<InjectionSensitivity, number>>

/** For the rules alone: 3, 2 and 1 points. */
export const ruleThresholds: InjectionThresholds = { low: 2.2, medium: 0.7, high: -0.7 }

/** What a scan means for a text of a given origin. */
export function severityOf(
  { logOdds, reasons }: { readonly logOdds: number; readonly reasons: readonly { readonly rule: string }[] },
  sensitivity: InjectionSensitivity,
  thresholds: InjectionThresholds,
): InjectionSeverity | undefined {
  if (logOdds < thresholds[sensitivity]) return undefined
  // Below the middle the model alone is too often wrong: a rule must agree.
  if (logOdds < thresholds.medium && reasons.every(({ rule }) => rule === 'model')) return undefined
  return logOdds >= thresholds.low ? 'high' : logOdds >= thresholds.medium ? 'medium' : 'low'
}

/** Texts nobody vouches for are looked at more closely. */
export const defaultSensitivity: Readonly<Record<Provenance, InjectionSensitivity | 'off'>> = {
  trusted: 'off',
  user: 'medium',
  untrusted: 'high',
}
