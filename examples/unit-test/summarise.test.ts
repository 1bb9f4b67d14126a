/** How code that uses the client is tested: fakes in place of providers, and a clock that is moved by hand. */
import { LlmError, UnifiedClient } from 'holdfast'
import { fail, fakeProvider, hang, reply, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { summarise } from './summarise.ts'

describe('summarise', () => {
  it('asks with its instructions, and trims the answer', async () => {
    const provider = fakeProvider('  A short one. ')
    const llm = new UnifiedClient({ providers: [provider] })
    expect(await summarise(llm, 'A long text')).toBe('A short one.')
    expect(provider.calls[0]?.request).toMatchObject({
      maxTokens: 100,
      messages: [{ role: 'system' }, { role: 'user', content: 'A long text' }],
    })
  })

  it('refuses a summary that was cut off', async () => {
    const llm = new UnifiedClient({ providers: [fakeProvider(reply('A short', { finishReason: 'length' }))] })
    await expect(summarise(llm, 'A long text')).rejects.toThrow('too long')
  })

  it('does not notice that a provider is down', async () => {
    const providers = [
      fakeProvider({ name: 'first', script: fail(401) }),
      fakeProvider({ name: 'second', script: 'Fine.' }),
    ]
    expect(await summarise(new UnifiedClient({ providers }), 'A long text')).toBe('Fine.')
  })

  it('gives up in time when a provider is silent', async () => {
    const clock = virtualClock()
    const llm = new UnifiedClient({ providers: [fakeProvider({ script: hang(), clock })], clock })
    const summary = summarise(llm, 'A long text')
    const failure = summary.catch((error: unknown) => error)
    await clock.advance(300_000)
    expect(LlmError.isInstance(await failure)).toBe(true)
  })
})
