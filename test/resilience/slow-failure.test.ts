import { UnifiedClient } from 'holdfast'
import { fakeProvider, hang, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

describe('a failure that was long in coming', () => {
  function setUp(forMs: number, ...backups: string[]) {
    const clock = virtualClock()
    const slow = fakeProvider({ name: 'slow', clock, script: hang({ forMs }).times(1).then('at last') })
    const others = backups.map((script) => fakeProvider({ name: script, clock, script }))
    const llm = new UnifiedClient({ providers: [slow, ...others], clock, random: () => 0 })
    return { clock, slow, llm }
  }

  it('is not tried again at the same provider while another stands', async () => {
    const { clock, slow, llm } = setUp(10_000, 'backup')
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('backup')
    expect(slow.calls).toHaveLength(1)
    expect(clock.monotonic()).toBe(10_000)
  })

  it('is tried again where nobody else stands', async () => {
    const { clock, slow, llm } = setUp(10_000)
    expect((await clock.run(llm.chat('Hi'))).text).toBe('at last')
    expect(slow.calls).toHaveLength(2)
  })

  it('is tried again when it came soon', async () => {
    const { clock, slow, llm } = setUp(9_999, 'backup')
    expect((await clock.run(llm.chat('Hi'))).provider).toBe('slow')
    expect(slow.calls).toHaveLength(2)
  })
})
