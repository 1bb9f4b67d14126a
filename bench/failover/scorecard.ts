import type { SuiteResult } from './suite.ts'
import { type Verdict, verdicts } from './verdict.ts'

/** One run, as `--json` writes it and the picture shows it. */
export interface Scorecard {
  readonly ranAt: string
  readonly node: string
  /** 1 for the full profile; more when time was compressed. */
  readonly timeScale: number
  readonly suites: readonly SuiteResult[]
}

/** How many situations came to each verdict. */
export function tally({ scenarios }: SuiteResult): Readonly<Record<Verdict, number>> {
  const counts = verdicts.map((verdict) => [verdict, scenarios.filter((one) => one.verdict === verdict).length])
  return Object.fromEntries(counts)
}
