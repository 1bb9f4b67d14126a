/** Measures guards on the data of the folder `GUARD_DATA` and prints tables with the goals. */
import { printLines } from './metrics.ts'
import { evaluatePii } from './pii.ts'

const folder = process.env.GUARD_DATA ?? '../shared/data/guards'
console.log(`Personal data and secrets, measured on ${folder}`)
const missed = printLines(evaluatePii(folder))
console.log(missed === 0 ? 'Every goal is met.\n' : `${missed} below the goal.\n`)
await import('./run-injection.ts')
