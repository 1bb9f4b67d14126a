import { type ClientEvent, UnifiedClient } from 'holdfast'
import { fail, fakeProvider } from 'holdfast/testing'
import { expect, it } from 'vitest'

it('events tell on whose behalf a call began and ended, and what the caller wrote beside it', async () => {
  const events: ClientEvent[] = []
  const provider = fakeProvider(fail(400).times(1).then('ok'))
  const llm = new UnifiedClient({ providers: [provider], onEvent: (event) => events.push(event) })
  const metadata = { trace: 't-1' }
  const acme = llm.tenant('acme')
  await expect(acme.chat({ prompt: 'Hi', metadata })).rejects.toMatchObject({ code: 'bad_request' })
  await acme.chatStream({ prompt: 'Hi', metadata }).final()
  await acme.embed('Hi')
  await llm.chat('Hi')
  const ends = events.filter(({ type }) => type === 'call-start' || type === 'call-end')
  const said = ends.map((event) => ({ tenant: undefined, metadata: undefined, ...event }))
  const own = { tenant: 'acme', metadata }
  const silent = { tenant: undefined, metadata: undefined }
  expect(said).toMatchObject([own, own, own, own, ...[1, 2].map(() => ({ ...silent, tenant: 'acme' })), silent, silent])
  for (const event of ends) if ('metadata' in event) Object.assign(event.metadata ?? {}, { trace: 'changed' })
  expect(metadata).toEqual({ trace: 't-1' })
  expect(JSON.stringify(provider.calls.map(({ request }) => request))).not.toContain('t-1')
})
