/**
 * npm run bench:failover -- [--fast] [--json FILE] [--only S06,S15] [--ways chat,chatStream.text]
 *
 * The library before sixteen kinds of provider trouble, after the public Failover Bench; docs/failover.md tells what is
 * asked and how it is judged. `--fast` lets time go ten times as fast, for the wall and the client alike.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cases } from './catalogue.ts'
import { fastClock } from './fast-clock.ts'
import { library, ways } from './library.ts'
import { report } from './report.ts'
import { type Scorecard, tally } from './scorecard.ts'
import { runSuite } from './suite.ts'

const { values } = parseArgs({
  options: {
    fast: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
    ways: { type: 'string' },
  },
})
const timeScale = values.fast ? 10 : 1
const chosen = chosenFrom(cases, ({ id }) => id, values.only)
const adapters = chosenFrom(ways, (way) => way, values.ways).map(library)
const clock = fastClock(timeScale)

// All at once: what takes the time is waiting.
const suites = await Promise.all(adapters.map((adapter) => runSuite(adapter, clock, chosen)))
const scorecard: Scorecard = { ranAt: new Date().toISOString(), node: process.version, timeScale, suites }
console.log(report(scorecard))
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(scorecard, null, 2)}\n`)
process.exitCode = suites.every((suite) => tally(suite).pass === chosen.length) ? 0 : 1

function chosenFrom<T>(all: readonly T[], nameOf: (one: T) => string, names: string | undefined): readonly T[] {
  if (names === undefined) return all
  return names.split(',').map((name) => {
    const found = all.find((one) => nameOf(one) === name)
    if (found === undefined) throw new Error(`'${name}' is none of ${all.map(nameOf).join(', ')}`)
    return found
  })
}
