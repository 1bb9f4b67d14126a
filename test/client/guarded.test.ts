import { type ClientEvent, type DefinedGuard, type Guard, UnifiedClient } from 'holdfast'
import { defineGuard } from 'holdfast/guards'
import { cut, fakeProvider, hang, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

/** Replaces a word, even when it comes in pieces. */
function replaceWord(word: string, by: string): DefinedGuard {
  return defineGuard({
    name: 'replace',
    input: (request) => ({
      outcome: 'rewrite',
      request: {
        ...request,
        messages: request.messages.map((message) =>
          message.role === 'user' && typeof message.content === 'string'
            ? { ...message, content: message.content.replaceAll(by, word) }
            : message,
        ),
      },
    }),
    output: {
      kind: 'flow',
      maxHoldBack: word.length,
      open: () => {
        let rest = ''
        return {
          push(text) {
            rest = (rest + text).replaceAll(word, by)
            const out = rest.slice(0, Math.max(0, rest.length - word.length + 1))
            rest = rest.slice(out.length)
            return out
          },
          end: () => rest,
          get held() {
            return rest.length
          },
        }
      },
    },
  })
}

const story = 'The secret word is xyzzy, and xyzzy it stays.'

describe('a client with guards', () => {
  it('guards what goes in and what comes out, whole and streamed alike', async () => {
    const provider = fakeProvider({ script: story, tokensPerBatch: 1 })
    const llm = new UnifiedClient({ providers: [provider], guards: [replaceWord('xyzzy', 'rose')] })
    const whole = await llm.chat('Tell me of rose')
    expect(whole.text).toBe('The secret word is rose, and rose it stays.')
    expect(JSON.stringify(provider.calls[0]?.request)).toContain('Tell me of xyzzy')
    const stream = llm.chatStream('Tell me')
    let text = ''
    for await (const piece of stream.text) text += piece
    expect(text).toBe(whole.text)
    expect((await stream.final()).text).toBe(whole.text)
    expect((await stream.final()).message.content).toMatchObject([{ type: 'text', text: whole.text }])
  })

  it('takes no guard that comes without the code to run it, and says how to bring it', async () => {
    const plain = { name: 'plain', input: () => ({ outcome: 'allow' }) } as unknown as DefinedGuard
    const providers = [fakeProvider('ok')]
    const advice = /defineGuard/
    expect(() => new UnifiedClient({ providers, guards: [plain] })).toThrow(advice)
    const llm = new UnifiedClient({ providers })
    await expect(llm.chat({ prompt: 'Hi', guards: [plain] })).rejects.toThrow(advice)
    expect(() => llm.tenant('acme', { guards: [plain] })).toThrow(advice)
    expect(await llm.chat({ prompt: 'Hi', guards: [defineGuard(plain)] })).toMatchObject({ text: 'ok' })
  })

  it('runs a guard that is an object of a class', async () => {
    class Counting implements Guard {
      readonly name = 'counting'
      #seen = 0
      get seen() {
        return this.#seen
      }
      input() {
        this.#seen++
        return { outcome: 'allow' } as const
      }
    }
    const counting = new Counting()
    const llm = new UnifiedClient({ providers: [fakeProvider('ok')], guards: [defineGuard(counting)] })
    await llm.chat('Hi')
    expect(counting.seen).toBe(1)
  })

  it('sends nothing that a guard blocks', async () => {
    const provider = fakeProvider('ok')
    const events: ClientEvent[] = []
    const guard = defineGuard({
      name: 'no',
      input: () => ({ outcome: 'block', rule: 'no.way', reason: 'not today' }),
    })
    const llm = new UnifiedClient({ providers: [provider], guards: [guard], onEvent: (event) => events.push(event) })
    await expect(llm.chat('Hi')).rejects.toMatchObject({ code: 'guard_blocked' })
    await expect(llm.chatStream('Hi').final()).rejects.toMatchObject({ code: 'guard_blocked' })
    expect(provider.calls).toHaveLength(0)
    expect(events.filter(({ type }) => type === 'call-start')).toHaveLength(2)
    expect(events.filter(({ type }) => type === 'call-end')).toHaveLength(2)
    expect(await llm.chat({ prompt: 'Hi', guards: [] })).toMatchObject({ text: 'ok' })
  })

  it('sends nothing when a guard fails', async () => {
    const provider = fakeProvider('ok')
    const guard = defineGuard({
      name: 'broken',
      input: () => {
        throw new Error('oops')
      },
    })
    const llm = new UnifiedClient({ providers: [provider], guards: [guard] })
    await expect(llm.chat('Hi')).rejects.toMatchObject({ code: 'guard_failed' })
    expect(provider.calls).toHaveLength(0)
  })

  it('ends the request under way when an overlapping guard blocks late', async () => {
    const clock = virtualClock()
    const provider = fakeProvider({ clock, script: hang() })
    const guard = defineGuard({
      name: 'slow',
      overlap: true,
      input: () =>
        new Promise((resolve) =>
          clock.setTimeout(() => resolve({ outcome: 'block', rule: 'late', reason: 'after all' }), 500),
        ),
    })
    const llm = new UnifiedClient({ providers: [provider], clock, guards: [guard] })
    await expect(clock.run(llm.chat('Hi'))).rejects.toMatchObject({ code: 'guard_blocked' })
    await clock.settle()
    expect(provider.calls).toHaveLength(1)
    expect(provider.running).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('guards an answer that went on at another provider, and one that began anew', async () => {
    const clock = virtualClock()
    const primary = fakeProvider({ name: 'primary', clock, script: cut({ afterTokens: 6, text: story }) })
    const make = (backupText: string) =>
      new UnifiedClient({
        providers: [primary, fakeProvider({ name: 'backup', clock, script: backupText })],
        clock,
        guards: [replaceWord('xyzzy', 'rose')],
      })
    expect((await clock.run(make(story).chatStream('Hi').final())).text).toBe(
      'The secret word is rose, and rose it stays.',
    )
    const stream = make('Quite another xyzzy tale.').chatStream('Hi')
    let text = ''
    await clock.run(
      (async () => {
        for await (const event of stream) {
          if (event.type === 'text') text += event.text
          if (event.type === 'reset') {
            expect(event.discarded).toBe(text)
            text = ''
          }
        }
      })(),
    )
    expect(text).toBe('Quite another rose tale.')
    expect((await stream.final()).text).toBe(text)
  })
})
