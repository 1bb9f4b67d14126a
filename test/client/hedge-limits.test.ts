import { UnifiedClient } from 'holdfast'
import { fail, fakeProvider, hang, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

type Script = Parameters<typeof fakeProvider>[0]

describe('a hedge and the attempts of its call', () => {
  function setUp(scripts: Record<string, Script>, maxAttempts: number) {
    const clock = virtualClock()
    const providers = Object.entries(scripts).map(([name, script]) =>
      fakeProvider({ name, clock, script: script as string }),
    )
    const llm = new UnifiedClient({
      providers,
      clock,
      random: () => 1,
      maxAttempts,
      hedge: { afterMs: 100, budget: 1 },
      retry: { baseMs: 400 },
    })
    return { clock, providers, llm }
  }

  it('are never more than maxAttempts, though the first one wakes up after the hedge took the rest', async () => {
    const { clock, providers, llm } = setUp({ a: fail(503), b: fail(500) }, 3)
    const error = await clock.run(llm.chat('Hi').catch((thrown) => thrown))
    expect(providers.reduce((sum, { calls }) => sum + calls.length, 0)).toBeLessThanOrEqual(3)
    expect(error.attempts).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  it('tells the errors of both, each once', async () => {
    for (const maxAttempts of [3, 6]) {
      const { clock, llm } = setUp({ a: hang({ forMs: 3_000 }), b: fail(500) }, maxAttempts)
      const error = await clock.run(llm.chat('Hi').catch((thrown) => thrown))
      const names = error.errors.map(({ provider }: { provider: string }) => provider)
      expect([maxAttempts, ...names]).toEqual([maxAttempts, 'a', 'b'])
    }
  })

  it('goes on behind both when that is allowed', async () => {
    const { clock, llm, providers } = setUp({ a: hang({ forMs: 15_000 }), b: fail(500), c: 'third' }, 9)
    expect(await clock.run(llm.chat('Hi'))).toMatchObject({ text: 'third', provider: 'c' })
    expect(providers.map(({ calls }) => calls.length > 0)).toEqual([true, true, true])
  })

  it('asks nobody else when the first one has said what holds for all', async () => {
    const { clock, llm, providers } = setUp({ a: fail(400, { afterMs: 200 }), b: hang({ forMs: 500 }), c: 'third' }, 6)
    await clock.run(llm.chat('Hi').catch(() => {}))
    expect(providers[2]?.calls).toHaveLength(0)
  })

  it('says that the call was cancelled, whatever else had failed by then', async () => {
    const { clock, llm } = setUp({ a: hang(), b: fail(500) }, 6)
    const stream = llm.chatStream('Hi')
    const reading = (async () => {
      for await (const _ of stream.text);
    })().catch((error) => error)
    clock.setTimeout(() => stream.cancel('enough'), 150)
    expect(await clock.run(reading)).toMatchObject({ code: 'aborted' })
    await expect(stream.final()).rejects.toMatchObject({ code: 'aborted' })
  })
})
