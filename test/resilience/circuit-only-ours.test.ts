import { type ClientEvent, UnifiedClient } from 'holdfast'
import { fail, fakeProvider, virtualClock } from 'holdfast/testing'
import { expect, it } from 'vitest'

it('failures that do not count leave the circuit closed, however calls and failures fall into the window', async () => {
  const clock = virtualClock()
  const provider = fakeProvider({ name: 'p', clock, script: fail('model_not_found', { afterMs: 1_500 }) })
  const events: ClientEvent[] = []
  const llm = new UnifiedClient({ providers: [provider], clock, onEvent: (event) => events.push(event) })
  // What the first call loads takes real time.
  await clock.run(llm.chat('Hi').catch(() => {}))
  for (let call = 0; call < 60; call++) {
    // Now and then some more at once, whose failures come when the next call has been made.
    for (let more = call % 20 === 0 ? 3 : 1; more > 0; more--) llm.chat('Hi').catch(() => {})
    await clock.advance(1_200)
  }
  await clock.advance(1_500)
  expect(llm.circuits().p).toMatchObject({ state: 'closed', failures: 0 })
  expect(events.filter(({ type }) => type.startsWith('circuit'))).toEqual([])
  expect(provider.calls).toHaveLength(67)
})
