/** A scorecard as a terminal shows it. */
import { styleText } from 'node:util'
import { gapText } from './checks.ts'
import { type Scorecard, tally } from './scorecard.ts'
import type { ScenarioResult, SuiteResult } from './suite.ts'
import { type Verdict, verdicts } from './verdict.ts'

const colors: Readonly<Record<Verdict, Parameters<typeof styleText>[0]>> = {
  pass: 'green',
  partial: 'yellow',
  safe: 'cyan',
  fail: 'red',
}

/** The whole scorecard. */
export function report({ suites, timeScale, node }: Scorecard): string {
  const profile = timeScale === 1 ? 'full profile, real time' : `time ${timeScale} times as fast`
  return [`Node ${node}, ${profile}`, ...suites.flatMap(section)].join('\n')
}

function section(suite: SuiteResult): string[] {
  const counts = tally(suite)
  const sum = verdicts.map((verdict) => styleText(colors[verdict], `${counts[verdict]} ${verdict}`)).join(', ')
  return ['', `${styleText('bold', suite.adapter)}: ${sum}`, head, ...suite.scenarios.flatMap(lines)]
}

const head = styleText('dim', '  id   verdict  primary fallback first gap   time  situation')

function lines({ id, title, verdict, reason, measures, findings }: ScenarioResult): string[] {
  const { primaryAt, fallbackCount, elapsedMs } = measures
  const figures = [
    String(primaryAt.length).padStart(7),
    String(fallbackCount).padStart(8),
    gapText(measures).padStart(9),
    `${(elapsedMs / 1_000).toFixed(1)} s`.padStart(7),
  ]
  const line = `  ${id}  ${styleText(colors[verdict], verdict.padEnd(7))} ${figures.join(' ')}  ${title}`
  if (verdict === 'pass') return [line]
  const bad = findings.filter(({ isGood }) => !isGood).map((one) => `${one.severity} ${one.id}: ${one.detail}`)
  return [line, ...[reason, ...bad].map((text) => styleText('dim', `       ${text}`))]
}
