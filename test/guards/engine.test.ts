import { describe, expect, it } from 'vitest'
import { GuardError } from '../../src/errors/families.ts'
import { checkGuards, createGuardRun, type GuardRunOptions } from '../../src/guards/engine.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import type { ClientEvent } from '../../src/types/events.ts'
import type { FlowFilter, Guard, GuardRequest } from '../../src/types/guard.ts'
import type { ProviderEvent } from '../../src/types/provider.ts'
import { fc } from '../support/property.ts'
import { verifies } from '../support/verifies.ts'

const hello: GuardRequest = { messages: [{ role: 'user', content: 'hello' }] }
const finish: ProviderEvent = { type: 'finish', finishReason: 'stop' }
const text = (value: string): ProviderEvent => ({ type: 'text', text: value })

function runOf(guards: readonly Guard[], options: Partial<GuardRunOptions> = {}) {
  const clock = virtualClock()
  const events: ClientEvent[] = []
  checkGuards(guards)
  const run = createGuardRun(guards, {
    capability: 'chatStream',
    clock,
    emit: (event) => events.push(event),
    ...options,
  })
  const guardEvents = () => events.filter(isGuardEvent)
  return { run, clock, events, guardEvents }
}

type GuardEvent = Extract<ClientEvent, { readonly findings: unknown }>

function isGuardEvent(event: ClientEvent): event is GuardEvent {
  return event.type === 'guard-decided' || event.type === 'guard-blocked'
}

/** Upper-cases whole words: the last word is held until it is known to be complete. */
function shouting(name = 'shout', maxHoldBack = 100): Guard {
  return {
    name,
    output: {
      kind: 'flow',
      maxHoldBack,
      open(): FlowFilter {
        let held = ''
        return {
          get held() {
            return held.length
          },
          push(piece) {
            held += piece
            const cut = held.lastIndexOf(' ') + 1
            const passed = held.slice(0, cut)
            held = held.slice(cut)
            return passed.toUpperCase()
          },
          end() {
            const rest = held
            held = ''
            return rest.toUpperCase()
          },
        }
      },
    },
  }
}

const never = () => new Promise<never>(() => {})

function textOf(events: readonly ProviderEvent[], type: ProviderEvent['type'] = 'text'): string {
  return events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('')
}

async function caught(promise: PromiseLike<unknown> | (() => unknown)): Promise<GuardError> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    return error as GuardError
  }
  throw new Error('nothing was thrown')
}

describe('input guards', () => {
  it('run in the order of registration, each on what the one before left', verifies('F201'), async () => {
    const append = (name: string): Guard => ({
      name,
      input: (request) => ({
        outcome: 'rewrite',
        request: { ...request, messages: [{ role: 'user', content: `${request.messages[0]?.content}${name}` }] },
      }),
    })
    const { run, guardEvents } = runOf([append('a'), append('b')])
    const request = await run.checkRequest(hello)
    expect(request.messages[0]?.content).toBe('helloab')
    expect(guardEvents().map((event) => [event.guard, event.outcome])).toEqual([
      ['a', 'rewrite'],
      ['b', 'rewrite'],
    ])
  })

  it('answer the very same request when nothing was changed', async () => {
    const { run } = runOf([{ name: 'idle', input: () => ({ outcome: 'allow' }) }])
    expect(await run.checkRequest(hello)).toBe(hello)
  })

  it('block by the first that refuses, and record all of them', verifies('F201'), async () => {
    const block = (name: string): Guard => ({
      name,
      input: () => ({ outcome: 'block', rule: `${name}.rule`, reason: `because of ${name}` }),
    })
    const { run, guardEvents } = runOf([{ name: 'ok', input: () => ({ outcome: 'allow' }) }, block('x'), block('y')])
    const error = await caught(run.checkRequest(hello))
    expect(GuardError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ code: 'guard_blocked', guard: 'x', rule: 'x.rule', isRetryable: false })
    expect(error.message).toContain('because of x')
    expect(guardEvents().map(({ type, guard, outcome }) => [type, guard, outcome])).toEqual([
      ['guard-decided', 'ok', 'allow'],
      ['guard-blocked', 'x', 'block'],
      ['guard-decided', 'y', 'block'],
    ])
  })

  it('that throw end the call without a word of the text', verifies('F197'), async () => {
    const thrower: Guard = {
      name: 'bad',
      input: (request) => {
        throw new TypeError(`cannot read ${request.messages[0]?.content}`)
      },
    }
    const { run, guardEvents } = runOf([thrower])
    const error = await caught(run.checkRequest(hello))
    expect(error).toMatchObject({ code: 'guard_failed', guard: 'bad' })
    expect(`${error.message}${error.stack}${JSON.stringify(error)}${error.cause}`).not.toContain('hello')
    expect(guardEvents()).toMatchObject([{ type: 'guard-blocked', outcome: 'failed' }])
  })

  it('that throw are passed over when failures allow', verifies('F197'), async () => {
    const thrower: Guard = {
      name: 'bad',
      input: () => {
        throw new Error('no')
      },
    }
    const { run, guardEvents } = runOf([thrower], { onGuardError: 'allow' })
    expect(await run.checkRequest(hello)).toBe(hello)
    expect(guardEvents()).toMatchObject([{ type: 'guard-decided', outcome: 'failed' }])
    const strict = runOf([{ ...thrower, onError: 'block' }], { onGuardError: 'allow' })
    expect(await caught(strict.run.checkRequest(hello))).toMatchObject({ code: 'guard_failed' })
  })

  it('that answer nonsense count as failed', async () => {
    const { run } = runOf([{ name: 'mute', input: () => undefined as never }])
    expect(await caught(run.checkRequest(hello))).toMatchObject({ code: 'guard_failed' })
  })

  it('that never settle are given up after two seconds', verifies('F198'), async () => {
    let signal: AbortSignal | undefined
    const stuck: Guard = {
      name: 'stuck',
      input: (_, call) => {
        signal = call.signal
        return never()
      },
    }
    const { run, clock } = runOf([stuck])
    let settledAt: number | undefined
    const error = caught(run.checkRequest(hello)).finally(() => {
      settledAt = clock.now()
    })
    const start = clock.now()
    await clock.advance(1_999)
    expect(settledAt).toBeUndefined()
    await clock.advance(1)
    expect(await error).toMatchObject({ code: 'guard_failed' })
    expect(settledAt).toBe(start + 2_000)
    expect(signal?.aborted).toBe(true)
  })

  it('keep their own time-out', verifies('F198'), async () => {
    const { run, clock } = runOf([{ name: 'stuck', timeoutMs: 50, input: never }])
    const error = caught(run.checkRequest(hello))
    await clock.advance(50)
    expect(await error).toMatchObject({ code: 'guard_failed', message: expect.stringContaining('50 ms') })
  })

  it('end with the call', async () => {
    const controller = new AbortController()
    const { run } = runOf([{ name: 'stuck', input: never }], { signal: controller.signal })
    const error = caught(run.checkRequest(hello))
    controller.abort(new Error('enough'))
    expect(await error).toMatchObject({ code: 'aborted' })
  })

  it('see no request beyond the size limit', verifies('F204'), async () => {
    let calls = 0
    const counting: Guard = {
      name: 'count',
      input: () => {
        calls++
        return { outcome: 'allow' }
      },
    }
    const { run } = runOf([counting])
    const huge = 'x'.repeat(8_000_000)
    const error = await caught(run.checkRequest({ messages: [{ role: 'user', content: huge }] }))
    expect(error).toMatchObject({ code: 'guard_blocked', rule: 'engine.too-long' })
    expect(calls).toBe(0)
    expect(error.message.length).toBeLessThan(200)
  })

  it('cannot change where a request goes', verifies('F200'), async () => {
    const request: GuardRequest = {
      messages: [{ role: 'user', content: [{ type: 'image', url: 'https://a.example/x.png' }] }],
      providerOptions: { openai: { store: false } },
    }
    const redirect: Guard = {
      name: 'redirect',
      input: () => ({
        outcome: 'rewrite',
        request: {
          ...request,
          providerOptions: { openai: { store: true } },
          tools: [{ name: 'added' }],
          ...{ headers: { 'x-evil': '1' }, baseUrl: 'https://evil.example' },
        },
      }),
    }
    const checked = await runOf([redirect]).run.checkRequest(request)
    expect(checked).toEqual({ ...request, tools: [{ name: 'added' }] })
    const imageSwap: Guard = {
      name: 'swap',
      input: () => ({
        outcome: 'rewrite',
        request: { messages: [{ role: 'user', content: [{ type: 'image', url: 'https://evil.example/x.png' }] }] },
      }),
    }
    expect(await caught(runOf([imageSwap]).run.checkRequest(request))).toMatchObject({ code: 'guard_failed' })
  })

  it('leave findings as places and rules only, at most a hundred of them', async () => {
    const finder: Guard = {
      name: 'finder',
      input: (_, call) => {
        for (let start = 0; start < 150; start++)
          call.report({ rule: 'finder.x', where: 'user', start, end: start + 1 })
        return { outcome: 'allow' }
      },
    }
    const { run, guardEvents } = runOf([finder])
    await run.checkRequest(hello)
    const event = guardEvents()[0]
    expect(event?.findings).toHaveLength(100)
    expect(event?.findingCount).toBe(150)
    expect(event?.findings[0]).toEqual({ rule: 'finder.x', where: 'user', start: 0, end: 1 })
  })

  it('guard the inputs of embeddings too', async () => {
    const mask: Guard = {
      name: 'mask',
      input: (request, call) => ({
        outcome: 'rewrite',
        request: {
          ...request,
          messages: request.messages.map((message) => ({
            ...message,
            content: (message.content as { text: string }[]).map((part) => ({
              type: 'text',
              text: `${call.capability}:${part.text}`,
            })),
          })) as GuardRequest['messages'],
        },
      }),
    }
    const { run } = runOf([mask], { capability: 'embed' })
    expect(await run.checkTexts(['a', 'b'])).toEqual(['embed:a', 'embed:b'])
  })
})

describe('overlapping guards', () => {
  function slow(outcome: 'allow' | 'block', ms: number, clock: { setTimeout(f: () => void, ms: number): unknown }) {
    return (name: string): Guard => ({
      name,
      overlap: true,
      input: () =>
        new Promise((resolve) => {
          clock.setTimeout(
            () => resolve(outcome === 'allow' ? { outcome } : { outcome, rule: `${name}.no`, reason: 'no' }),
            ms,
          )
        }),
    })
  }

  it('let the call start and hold its tokens until they allow', async () => {
    const clock = virtualClock()
    const { run } = runOf([slow('allow', 300, clock)('slow')], { clock })
    expect(await run.checkRequest(hello)).toBe(hello)
    const stream = run.stream()
    let passed: readonly ProviderEvent[] | undefined
    const push = Promise.resolve(stream.push([text('early')])).then((events) => {
      passed = events
    })
    await clock.advance(299)
    expect(passed).toBeUndefined()
    await clock.advance(1)
    await push
    expect(passed).toEqual([text('early')])
    expect(stream.push([text('late')])).toEqual([text('late')])
  })

  it('end the call before a token is shown when they block', async () => {
    const clock = virtualClock()
    const { run } = runOf([slow('block', 100, clock)('slow')], { clock })
    await run.checkRequest(hello)
    const stream = run.stream()
    const error = caught(Promise.resolve(stream.push([text('early')])))
    const overlapped = caught(run.overlapped)
    await clock.advance(100)
    expect(await error).toMatchObject({ code: 'guard_blocked', rule: 'slow.no' })
    expect((await overlapped).code).toBe('guard_blocked')
    expect(stream.shownText).toBe('')
  })

  it('that block both: the first registered wins, whichever answers first', verifies('F201'), async () => {
    const clock = virtualClock()
    const guards = [slow('block', 200, clock)('first'), slow('block', 10, clock)('second')]
    const { run } = runOf(guards, { clock })
    await run.checkRequest(hello)
    const error = caught(run.overlapped)
    await clock.advance(200)
    expect(await error).toMatchObject({ guard: 'first' })
  })

  it('cannot rewrite what was sent already', async () => {
    const { run } = runOf([{ name: 'late', overlap: true, input: (request) => ({ outcome: 'rewrite', request }) }])
    await run.checkRequest(hello)
    expect(await caught(run.overlapped)).toMatchObject({ code: 'guard_failed' })
  })
})

describe('output guards over streams', () => {
  it('give for every cutting what they give for the whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'ß', '\u{1f600}') }), { maxLength: 12 }),
        async (pieces) => {
          const whole = await runOf([shouting(), shouting('again')]).run.checkReply([text(pieces.join('')), finish])
          const stream = runOf([shouting(), shouting('again')]).run.stream()
          const out: ProviderEvent[] = []
          for (const piece of pieces) out.push(...(await stream.push([text(piece)])))
          out.push(...(await stream.push([finish])), ...(await stream.end()))
          expect(textOf(out)).toBe(textOf(whole))
          expect(textOf(out)).toBe(pieces.join('').toUpperCase())
        },
      ),
      { numRuns: 200 },
    )
  })

  it('answer at once when the guards do', () => {
    const stream = runOf([shouting()]).run.stream()
    expect(stream.push([text('ab cd')])).toEqual([text('AB ')])
    expect(stream.push([finish])).toEqual([text('CD'), finish])
  })

  it('wait for guards that answer later, and keep the order', async () => {
    const lazy: Guard = {
      name: 'lazy',
      output: {
        kind: 'flow',
        maxHoldBack: 0,
        open: () => ({ held: 0, push: async (piece) => piece.toUpperCase(), end: async () => '' }),
      },
    }
    const stream = runOf([lazy]).run.stream()
    const events = await stream.push([text('a'), { type: 'reasoning', text: 'b' }, text('c'), finish])
    expect(events).toEqual([text('A'), { type: 'reasoning', text: 'B' }, text('C'), finish])
  })

  it('hold back no more than they said', async () => {
    const stream = runOf([shouting('shout', 8)]).run.stream()
    expect(textOf(await stream.push([text('go ')]))).toBe('GO ')
    expect(await caught(() => stream.push([text('abcdefghij')]))).toMatchObject({
      code: 'guard_blocked',
      partialText: 'GO ',
    })
    const open = runOf([{ ...shouting('shout', 8), onError: 'allow' }]).run.stream()
    expect(textOf(await open.push([text('go abc')]))).toBe('GO ')
    expect(textOf(await open.push([text('defghijk')]))).toBe('abcdefghijk')
    expect(textOf(await open.push([text(' on')]))).toBe(' on')
  })

  it('report how much was held and for how long', async () => {
    const { run, clock, guardEvents } = runOf([shouting()])
    const stream = run.stream()
    await stream.push([text('ab cdef')])
    await clock.advance(40)
    await stream.push([text('gh ')])
    await stream.push([finish])
    await stream.end()
    run.close()
    expect(guardEvents()).toMatchObject([{ stage: 'output', outcome: 'rewrite', heldChars: 4, heldMs: 40 }])
  })

  it('flush a flow when a block of another kind begins', async () => {
    const stream = runOf([shouting()]).run.stream()
    const call = { type: 'tool-call-delta', index: 0, id: 'c', name: 'f', argumentsText: '{"a' } as const
    const events = await stream.push([text('so'), call])
    expect(events).toEqual([text('SO'), { ...call, argumentsText: '' }])
    const rest = await stream.push([
      { type: 'tool-call-delta', index: 0, argumentsText: '": 1}' },
      { type: 'tool-call', index: 0, id: 'c', name: 'f', argumentsText: '{"a": 1}' },
      finish,
    ])
    expect(rest).toEqual([
      { type: 'tool-call-delta', index: 0, argumentsText: '{"A": ' },
      { type: 'tool-call-delta', index: 0, argumentsText: '1}' },
      { type: 'tool-call', index: 0, id: 'c', name: 'f', argumentsText: '{"A": 1}' },
      finish,
    ])
  })

  it('tell a flow how the last one of its kind ended', async () => {
    const befores: (string | undefined)[] = []
    const spy: Guard = {
      name: 'spy',
      output: {
        kind: 'flow',
        maxHoldBack: 0,
        open: (flow) => {
          befores.push(flow.before)
          return undefined
        },
      },
    }
    const stream = runOf([spy]).run.stream()
    await stream.push([text('john@'), { type: 'reasoning', text: 'hm' }, text('acme.com'), finish])
    expect(befores).toEqual([undefined, undefined, 'john@'])
  })

  it('leave out log probabilities, with one warning', async () => {
    const stream = runOf([shouting()]).run.stream()
    const logprobs: ProviderEvent = { type: 'logprobs', logprobs: [{ token: 'secret' }] }
    const events = await stream.push([logprobs, logprobs, finish])
    expect(events.filter((event) => event.type === 'logprobs')).toEqual([])
    expect(events.filter((event) => event.type === 'warning')).toHaveLength(1)
  })

  it('clean citations like the text', async () => {
    const stream = runOf([shouting()]).run.stream()
    const citation = { quote: 'so it is', title: 'a b', start: 0, end: 2, raw: { quote: 'so it is' } }
    const events = await stream.push([text('so it is '), { type: 'citation', citation }, finish])
    expect(events[1]).toEqual({ type: 'citation', citation: { quote: 'SO IT IS', title: 'A B' } })
  })

  it('that fail before anything was shown fail the call', verifies('F197'), async () => {
    const bad: Guard = {
      name: 'bad',
      output: {
        kind: 'flow',
        maxHoldBack: 0,
        open: () => ({
          held: 0,
          push: () => {
            throw new RangeError('oops')
          },
          end: () => '',
        }),
      },
    }
    const { run, guardEvents } = runOf([bad])
    const stream = run.stream()
    const error = await caught(() => stream.push([text('a')]))
    expect(error).toMatchObject({ code: 'guard_failed', guard: 'bad' })
    expect(stream.failure).toBe(error)
    expect(await caught(() => stream.end())).toBe(error)
    expect(guardEvents()).toMatchObject([{ type: 'guard-blocked', outcome: 'failed', stage: 'output' }])
  })

  it('that fail after text was shown block with what was passed', verifies('F199'), async () => {
    let count = 0
    const bad: Guard = {
      name: 'bad',
      output: {
        kind: 'flow',
        maxHoldBack: 0,
        open: () => ({
          held: 0,
          push: (piece) => {
            if (++count > 2) throw new RangeError('oops')
            return piece
          },
          end: () => '',
        }),
      },
    }
    const stream = runOf([bad]).run.stream()
    await stream.push([text('one ')])
    await stream.push([text('two ')])
    expect(await caught(() => stream.push([text('three')]))).toMatchObject({
      code: 'guard_blocked',
      partialText: 'one two ',
    })
  })

  it('that hang while a stream waits are given up', verifies('F198', 'F199'), async () => {
    const hang: Guard = {
      name: 'hang',
      output: { kind: 'flow', maxHoldBack: 10, open: () => ({ held: 0, push: never, end: () => '' }) },
    }
    const { run, clock } = runOf([hang])
    const error = caught(Promise.resolve(run.stream().push([text('a')])))
    await clock.advance(2_000)
    expect(await error).toMatchObject({ code: 'guard_failed' })
  })

  it('hand out nothing of a stream that breaks off', async () => {
    const { run, guardEvents } = runOf([shouting()])
    const stream = run.stream()
    await stream.push([text('held')])
    run.close()
    expect(stream.shownText).toBe('')
    expect(guardEvents()).toHaveLength(1)
  })
})

describe('reply guards', () => {
  const judge = (check: (text: string) => 'allow' | 'block' | string, isHolding: boolean): Guard => ({
    name: 'judge',
    output: {
      kind: 'reply',
      isHolding,
      check(reply) {
        const verdict = check(reply.text)
        if (verdict === 'allow') return { outcome: 'allow' }
        if (verdict === 'block') return { outcome: 'block', rule: 'judge.no', reason: 'not good', canRetry: true }
        return { outcome: 'rewrite', text: verdict }
      },
    },
  })

  it('that hold show nothing before the answer is complete', async () => {
    const { run } = runOf([judge((all) => all.toUpperCase(), true)])
    const stream = run.stream()
    expect(await stream.push([{ type: 'start', id: '1' }, text('a')])).toEqual([{ type: 'start', id: '1' }])
    expect(await stream.push([text('b'), finish])).toEqual([text('AB'), finish])
  })

  it('that hold and block may ask for another answer', async () => {
    const { run } = runOf([judge(() => 'block', true)])
    expect(await caught(() => run.stream().push([text('a'), finish]))).toMatchObject({
      code: 'guard_blocked',
      isRetryable: true,
    })
  })

  it('that watch let text go and block at the end', verifies('F199'), async () => {
    const { run } = runOf([judge(() => 'block', false)])
    const stream = run.stream()
    expect(await stream.push([text('shown')])).toEqual([text('shown')])
    expect(await caught(() => stream.push([finish]))).toMatchObject({
      code: 'guard_blocked',
      partialText: 'shown',
      isRetryable: false,
    })
  })

  it('gather a bounded amount', async () => {
    const { run } = runOf([judge(() => 'allow', true)], { maxHeldChars: 10 })
    const stream = run.stream()
    await stream.push([text('0123456789')])
    expect(await caught(() => stream.push([text('x')]))).toMatchObject({ code: 'guard_failed' })
  })

  it('work behind flow guards on what those made', async () => {
    const { run } = runOf([shouting(), judge((all) => (all === 'AB CD' ? 'fine' : 'wrong'), true)])
    expect(textOf(await run.checkReply([text('ab'), text(' cd'), finish]))).toBe('fine')
  })
})

describe('a list of guards', () => {
  it('is checked once, by name and shape', () => {
    const ok: Guard = { name: 'a', input: () => ({ outcome: 'allow' }) }
    expect(() => checkGuards([ok, ok])).toThrow(/two guards are named 'a'/)
    expect(() => checkGuards([{ name: 'b' }])).toThrow(/needs input or output/)
    expect(() => checkGuards([{ ...ok, name: '' }])).toThrow(/needs a name/)
    expect(() => checkGuards([{ name: 'c', output: { kind: 'flow' } as never }])).toThrow(/output.kind/)
  })

  it('may be empty: events pass as they are', () => {
    const events = [text('a')]
    expect(runOf([]).run.stream().push(events)).toBe(events)
  })
})
