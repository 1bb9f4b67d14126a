/** A process that is asked to end: no new calls, those under way get their time, then everything is let go. */
import { LlmError, UnifiedClient } from 'holdfast'
import { fakeProvider, reply } from 'holdfast/testing'

const llm = new UnifiedClient({ providers: [fakeProvider(reply('Just in time.', { headersAfterMs: 100 }))] })

process.once('SIGTERM', async () => {
  await llm.close({ drainMs: 10_000 })
  console.log('nothing is left open')
  // The process now ends by itself.
})

const underWay = llm.chat('Hurry up')
process.kill(process.pid, 'SIGTERM')

console.log((await underWay).text)
try {
  await llm.chat('One more?')
} catch (error) {
  if (LlmError.isInstance(error)) console.log(error.code)
}
