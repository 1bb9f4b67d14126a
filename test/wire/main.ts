/** Replays a folder of recorded exchanges: `npm run test:wire -- [--splits N] [--seed S] [--only TEXT]`, `WIRE_CORPUS=DIR`. */
import { parseArgs } from 'node:util'
import { corpusFolder, loadCorpus } from './load-cases.ts'
import { runCorpus } from './run-corpus.ts'

const { values } = parseArgs({
  options: {
    splits: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
})

const results = await runCorpus(loadCorpus(corpusFolder()), {
  splits: Number(values.splits),
  seed: Number(values.seed),
  only: values.only,
})
const failed = results.filter(({ differences }) => differences.length > 0)
for (const { id, differences, contradiction } of failed) {
  const note = contradiction === undefined ? '' : ` (the expectation cannot be right: ${contradiction})`
  console.log(`${id}: ${differences.join(' | ')}${note}`)
}
console.log(`${results.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0
