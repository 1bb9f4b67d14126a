import { evaluateGrounding } from './grounding.ts'
import { evaluateInjection } from './injection.ts'
import { printLines } from './metrics.ts'

const folder = process.env.GUARD_DATA ?? '../shared/data/guards'
console.log(`Injection and grounding, measured on ${folder}`)
const missed = printLines([...(await evaluateInjection(folder)), ...(await evaluateGrounding(folder))])
console.log(missed === 0 ? 'Every goal is met.' : `${missed} below the goal.`)
