/** Runs every check but the tests, one after the other, past failures, and ends with a line for each. */
import { spawnSync } from 'node:child_process'
import { report } from './sources.ts'

const steps = [
  'typecheck',
  'lint',
  'check:layers',
  'check:requirements',
  'check:docs',
  'check:unused',
  'build',
  'check:package',
  'check:pack',
  'check:size',
]

const results = steps.map((name) => {
  console.log(`\n-- ${name}`)
  const started = performance.now()
  const { status } = spawnSync('npm', ['run', '--silent', name], { stdio: 'inherit' })
  return { name, failed: status !== 0, seconds: ((performance.now() - started) / 1000).toFixed(1) }
})

console.log()
for (const { name, failed, seconds } of results) console.log(`${failed ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`)
const failures = results.filter((result) => result.failed).map((result) => `${result.name} failed`)
report('static checks', failures, `${steps.length} steps`)
