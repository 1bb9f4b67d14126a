/** When nobody answers, a text of your own does, and says that it is one. */
import { UnifiedClient } from 'holdfast'
import { template } from 'holdfast/providers/template'
import { fail, fakeProvider } from 'holdfast/testing'

const llm = new UnifiedClient({
  providers: [
    fakeProvider({ name: 'down', script: fail(503).times(2).then('The model is back.') }),
    // The last rung. A function instead of a text sees the request.
    template('We will get back to you by mail.'),
  ],
  retry: { retries: 0 },
})

for (const question of ['Where is my parcel?', 'Where is my parcel?', 'And now?']) {
  const reply = await llm.chat(question)
  console.log(`${reply.text} (${reply.isDegraded ? 'not from a model' : reply.provider})`)
}

await llm.close()
