import { type ClientEvent, ConfigError, RequestError, UnifiedClient } from 'holdfast'
import { fail, fakeProvider, hang, virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

describe('chat', () => {
  it('answers from the first provider of the chain', async () => {
    const primary = fakeProvider({ name: 'primary', script: 'hello there' })
    const llm = new UnifiedClient({ providers: [primary, fakeProvider({ name: 'backup' })] })
    const reply = await llm.chat('Hi')
    expect(reply.text).toBe('hello there')
    expect(reply.provider).toBe('primary')
    expect(reply.finishReason).toBe('stop')
    expect(reply.routing.strategy).toBe('capability-default')
    expect(reply.routing.attempts).toMatchObject([{ provider: 'primary', outcome: 'ok', attempt: 1 }])
    await llm.close()
  })

  it('retries a failure that may pass, then takes the next provider', verifies('E3'), async () => {
    const clock = virtualClock()
    const primary = fakeProvider({ name: 'primary', clock, script: fail(503) })
    const backup = fakeProvider({ name: 'backup', clock, script: 'from the backup' })
    const llm = new UnifiedClient({ providers: [primary, backup], clock })
    const reply = await clock.run(llm.chat('Hi'))
    expect(reply.text).toBe('from the backup')
    expect(primary.calls).toHaveLength(2)
    expect(reply.routing.strategy).toBe('fallback')
    expect(reply.routing.attempts.map(({ outcome, code }) => code ?? outcome)).toEqual([
      'server_error',
      'server_error',
      'ok',
    ])
    expect(clock.pending).toBe(0)
    await llm.close()
  })

  it('tells every attempt when all providers fail', verifies('E3'), async () => {
    const clock = virtualClock()
    const providers = ['a', 'b', 'c'].map((name) => fakeProvider({ name, clock, script: fail(500) }))
    const llm = new UnifiedClient({ providers, clock })
    const error = await clock.run(llm.chat('Hi').catch((thrown) => thrown))
    expect(error.code).toBe('all_providers_failed')
    expect(error.errors.map((one: { provider: string; code: string }) => [one.provider, one.code])).toEqual([
      ['a', 'server_error'],
      ['b', 'server_error'],
      ['c', 'server_error'],
    ])
    expect(error.attempts).toHaveLength(6)
    expect(error.attempts[0]).toMatchObject({ provider: 'a', status: 500, code: 'server_error', ms: 0 })
    expect(clock.pending).toBe(0)
  })

  it('keeps an attempt for each provider left rather than spend it on retries', async () => {
    const clock = virtualClock()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const providers = names.map((name) => fakeProvider({ name, clock, script: fail(500) }))
    const llm = new UnifiedClient({ providers, clock })
    const error = await clock.run(llm.chat('Hi').catch((thrown) => thrown))
    expect(error.attempts.map(({ provider }: { provider: string }) => provider)).toEqual(names)
  })

  it('throws the own error of the only provider', async () => {
    const llm = new UnifiedClient({ providers: [fakeProvider(fail(400))] })
    await expect(llm.chat('Hi')).rejects.toMatchObject({ code: 'bad_request', provider: 'fake', status: 400 })
  })

  it('does not take a bad request elsewhere', verifies('F30'), async () => {
    const backup = fakeProvider({ name: 'backup' })
    const llm = new UnifiedClient({ providers: [fakeProvider(fail(400)), backup] })
    await expect(llm.chat('Hi')).rejects.toMatchObject({ code: 'bad_request' })
    expect(backup.calls).toHaveLength(0)
  })

  it('gives up a silent provider once and goes on', async () => {
    const clock = virtualClock()
    const silent = fakeProvider({ name: 'silent', clock, script: hang() })
    const llm = new UnifiedClient({ providers: [silent, fakeProvider({ name: 'backup', clock, script: 'ok' })], clock })
    const reply = await clock.run(llm.chat('Hi'))
    expect(reply.provider).toBe('backup')
    expect(silent.calls).toHaveLength(1)
    expect(clock.monotonic()).toBe(30_000)
    expect(clock.pending).toBe(0)
  })

  it('a dead provider sees no more than threshold requests, then only probes', async () => {
    const clock = virtualClock()
    const primary = fakeProvider({ name: 'primary', clock, script: fail(503) })
    const backup = fakeProvider({ name: 'backup', clock, script: 'ok' })
    const events: ClientEvent[] = []
    const llm = new UnifiedClient({ providers: [primary, backup], clock, onEvent: (event) => events.push(event) })
    for (let i = 0; i < 10; i++) expect((await clock.run(llm.chat('Hi'))).provider).toBe('backup')
    expect(primary.calls).toHaveLength(3)
    expect(events.filter(({ type }) => type === 'circuit-opened')).toHaveLength(1)
    await clock.advance(67_000)
    await clock.run(llm.chat('Hi'))
    expect(primary.calls).toHaveLength(4)
    primary.use('back again')
    await clock.advance(67_000)
    for (let i = 0; i < 3; i++) expect((await clock.run(llm.chat('Hi'))).provider).toBe('primary')
    expect(events.at(-1)?.type).toBe('call-end')
    expect(events.filter(({ type }) => type === 'circuit-closed')).toHaveLength(1)
    expect(llm.circuits().primary?.state).toBe('closed')
  })

  it('aborts at once with the reason of the caller', async () => {
    const clock = virtualClock()
    const provider = fakeProvider({ clock, script: hang() })
    const llm = new UnifiedClient({ providers: [provider], clock })
    const controller = new AbortController()
    const pending = llm.chat({ prompt: 'Hi', signal: controller.signal }).catch((error) => error)
    await clock.settle()
    controller.abort(new Error('not needed'))
    const error = await pending
    expect(error).toMatchObject({ code: 'aborted', message: 'The call was aborted by its caller' })
    expect(error.cause.message).toBe('not needed')
    expect(clock.pending).toBe(0)
    expect(llm.circuits().fake?.failures).toBe(0)
  })

  it('refuses a malformed request before anything is sent', async () => {
    const provider = fakeProvider('ok')
    const llm = new UnifiedClient({ providers: [provider] })
    const cases: [unknown, string][] = [
      ['', 'prompt'],
      [{ messages: [] }, 'messages'],
      [{ prompt: 'x', temperature: 3 }, 'temperature'],
      [{ prompt: 'x', temprature: 1 }, 'temprature'],
      [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
      [{ messages: [{ role: 'user', content: [{ type: 'video' }] }] }, 'messages[0].content[0].type'],
      [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
      [{ prompt: 'x', maxTokens: Number.NaN }, 'maxTokens'],
      [null, 'request'],
    ]
    for (const [request, path] of cases) {
      const error = await llm.chat(request as string).catch((thrown) => thrown)
      expect(RequestError.isInstance(error), String(path)).toBe(true)
      expect(error).toMatchObject({ code: 'request_invalid', path })
    }
    expect(provider.calls).toHaveLength(0)
  })

  it('refuses wrong options by name', verifies('F205', 'F206', 'F207'), () => {
    const providers = [fakeProvider('ok')]
    const cases: [unknown, string][] = [
      [{}, 'providers'],
      [{ providers: [] }, 'providers'],
      [{ providers: [{}] }, 'providers[0].name'],
      [{ providers: [...providers, ...providers] }, 'providers[1]'],
      [{ providers, timeouts: { readMs: -1 } }, 'timeouts.readMs'],
      [{ providers, timeouts: { readMs: Number.NaN } }, 'timeouts.readMs'],
      [{ providers, timeouts: { readMs: 1e12 } }, 'timeouts.readMs'],
      [{ providers, retry: { retries: 1000 } }, 'retry.retries'],
      [{ providers, circuit: { threshold: 0 } }, 'circuit.threshold'],
      [{ providers, circuit: { cooldownMs: -1 } }, 'circuit.cooldownMs'],
      [{ providers, timeout: {} }, 'timeout'],
    ]
    for (const [options, path] of cases) {
      const error = (() => {
        try {
          new UnifiedClient(options as { providers: [] })
        } catch (thrown) {
          return thrown as ConfigError
        }
        return undefined
      })()
      expect(ConfigError.isInstance(error), path).toBe(true)
      expect(error).toMatchObject({ code: 'config_invalid', path })
    }
  })
})
