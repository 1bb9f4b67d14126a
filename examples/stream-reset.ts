/** A stream that breaks in the middle: the next provider goes on, and says so where it has to begin again. */
import { UnifiedClient } from 'holdfast'
import { fakeProvider, stream } from 'holdfast/testing'

const llm = new UnifiedClient({
  providers: [
    fakeProvider({ name: 'first', script: stream(['Once', ' upon', ' a', ' midnight', ' dreary'], { cutAfter: 3 }) }),
    fakeProvider({ name: 'second', script: stream(['It was', ' a dark', ' night.']) }),
  ],
})

// The event view may begin again: what was shown is to be wiped at a `reset`.
let shown = ''
for await (const event of llm.chatStream('Tell me a story')) {
  if (event.type === 'text') shown += event.text
  if (event.type === 'failover') console.log(`${event.from} broke off (${event.code}), ${event.to} goes on`)
  if (event.type === 'reset') {
    console.log(`wiped: ${event.discarded}`)
    shown = ''
  }
}
console.log(shown)

await llm.close()
