/** npm run quickstart */
import { parseArgs } from 'node:util'
import { playDemo } from './demo.ts'
import { askReal, hasKeys, keyVariables } from './real.ts'
import { Screen } from './screen.ts'

const usage = `npm run quickstart -- [--prompt TEXT] [--demo]

  --prompt TEXT  what to ask the providers whose keys are in the environment
  --demo         the fake providers, even when there are keys

Keys are looked for in ${keyVariables.join(', ')}.`

// A reader such as `head` may leave early.
process.stdout.on('error', () => process.exit())

const options = readOptions()
const screen = new Screen()
if (options === undefined) {
  console.error(usage)
  process.exitCode = 2
} else if (options.help) console.log(usage)
else if (options.demo || (!hasKeys() && options.prompt === undefined)) {
  await playDemo(screen, { everyMs: 25, cooldownMs: 1_500 })
} else if (hasKeys()) {
  await askReal(screen, options.prompt ?? 'Why is the sky blue? Answer in two sentences.')
} else {
  console.error(`--prompt asks a real provider, which needs a key in one of\n${keyVariables.join(', ')}`)
  process.exitCode = 1
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        prompt: { type: 'string' },
        demo: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch {
    return undefined // Whatever was wrong, the usage says how it is right.
  }
}
