/** Calls that their caller gives up: before, during and after. */
import { fail, fakeProvider, fault, hang, reply, sampleText, stall } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { cpuNow } from '../support/cost.ts'
import { verifies } from '../support/verifies.ts'
import type { View } from './support/ask.ts'
import { type BenchClient, happens, useBench } from './support/bench.ts'
import { ofType } from './support/judge.ts'

const bench = useBench()
const views = ['chat', 'events', 'text'] as const
const reason = new Error('not needed any more')

/** The call's end, whatever view of it is taken; with the text that was read. */
async function run({ llm }: BenchClient, view: View, signal: AbortSignal): Promise<{ text: string; error?: unknown }> {
  let text = ''
  try {
    const request = { prompt: 'Hi', signal }
    if (view === 'chat') return { text: (await llm.chat(request)).text }
    const opened = llm.chatStream(request)
    if (view === 'text') for await (const piece of opened.text) text += piece
    else for await (const event of opened) text += event.type === 'text' ? event.text : ''
    return { text }
  } catch (error) {
    return { text, error }
  }
}

describe.each(views)('an abort, %s', (view) => {
  it('before the call: nothing is sent, no attempt is told of', verifies('F114'), async () => {
    bench.script(reply())
    const client = bench.client({ hasBackup: true })
    const { error } = await run(client, view, AbortSignal.abort(reason))
    expect(error).toMatchObject({ code: 'aborted', attempts: [] })
    expect((error as Error).cause).toMatchObject({ message: reason.message })
    expect(ofType(client, 'attempt-start')).toEqual([])
    expect(bench.primary.requests.length + bench.backup.requests.length).toBe(0)
  })

  const phases = [
    ['while headers are awaited', hang(), 1],
    ['in the body', stall({ afterTokens: 3 }), 1],
    ['in a retry wait', fail(503, { retryAfter: 4 }), 1],
    ['in an error body that never ends', fault('http-500-body-hang'), 1],
  ] as const
  for (const [phase, script, requests] of phases) {
    it(`${phase}: at once, with the caller's reason, for nobody's account`, verifies('F115'), async () => {
      bench.script(script)
      const client = bench.client({ hasBackup: true, retry: { maxWaitMs: 10_000 } })
      const controller = new AbortController()
      const running = run(client, view, controller.signal)
      await bench.primary.waitForRequest(1)
      if (phase === 'in a retry wait')
        await happens(() => client.events.some(({ type }) => type === 'retry-scheduled'), 'the wait')
      await bench.clock.settle()
      const at = cpuNow()
      controller.abort(reason)
      const { error, text } = await running
      expect(cpuNow() - at).toBeLessThan(100)
      expect(error).toMatchObject({ code: 'aborted' })
      expect((error as Error).cause).toMatchObject({ message: reason.message })
      if (view !== 'chat' && phase === 'in the body') expect(sampleText.startsWith(text) && text !== '').toBe(true)
      await bench.clock.settle()
      expect(bench.primary.requests).toHaveLength(requests)
      expect(bench.backup.requests).toHaveLength(0)
      expect(client.llm.circuits().primary?.failures).toBe(phase === 'in a retry wait' ? 1 : 0)
      const request = await bench.primary.waitForEnd(1)
      if (phase !== 'in a retry wait') expect(request.outcome).toBe('client-closed')
      expect(ofType(client, 'call-end')).toMatchObject([{ outcome: 'aborted', code: 'aborted' }])
      expect(bench.clock.pending).toBe(0)
    })
  }

  it('after the end: no effect', verifies('F116'), async () => {
    bench.script(reply())
    const client = bench.client()
    const controller = new AbortController()
    const { text, error } = await run(client, view, controller.signal)
    controller.abort(reason)
    await bench.clock.settle()
    expect([text, error]).toEqual([sampleText, undefined])
    expect(ofType(client, 'call-end')).toMatchObject([{ outcome: 'ok' }])
    expect(ofType(client, 'attempt-end')).toHaveLength(1)
  })
})

describe('an abort that races the last byte', () => {
  it('is either an answer or an abort, with one row each time', verifies('F117'), async () => {
    bench.script(reply('short'))
    const client = bench.client()
    const outcomes = { ok: 0, aborted: 0 }
    const rounds = 1_000
    const race = async (round: number) => {
      const controller = new AbortController()
      const running = run(client, round % 2 ? 'chat' : 'text', controller.signal)
      for (let turn = round % 40; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
      controller.abort(reason)
      const { error, text } = await running
      if (error === undefined) expect(text).toBe('short')
      else expect(error).toMatchObject({ code: 'aborted' })
      outcomes[error === undefined ? 'ok' : 'aborted']++
    }
    for (let done = 0; done < rounds; done += 25) {
      await Promise.all(Array.from({ length: 25 }, (_, index) => race(done + index)))
    }
    expect(outcomes.ok).toBeGreaterThan(0)
    expect(outcomes.aborted).toBeGreaterThan(0)
    const ends = ofType(client, 'call-end')
    expect(ends).toHaveLength(rounds)
    expect(ends.filter(({ outcome }) => outcome === 'ok')).toHaveLength(outcomes.ok)
    const started = ofType(client, 'attempt-start').length
    expect(ofType(client, 'attempt-end')).toHaveLength(started)
    await happens(() => bench.primary.requests.every(({ outcome }) => outcome !== 'open'), 'all requests are over')
    expect(bench.primary.requests.length).toBeLessThanOrEqual(started)
    expect(client.llm.circuits().primary).toMatchObject({ failures: 0 })
  })
})

describe('one signal for ten thousand calls', () => {
  it('keeps no listener of any of them', verifies('F118'), async () => {
    const { signal } = new AbortController()
    const listeners = watched(signal)
    const askAll = async (client: BenchClient, calls: number) => {
      for (let done = 0; done < calls; done += 100) {
        const some = Array.from({ length: 100 }, (_, index) => run(client, views[index % 3] as View, signal))
        expect((await Promise.all(some)).every(({ text }) => text === 'x')).toBe(true)
      }
    }
    bench.script(reply('x'))
    await askAll(bench.client({ maxConnections: 8 }), 1_000)
    // The rest over memory: what is looked at is the signal, not the network.
    await askAll(bench.client({ make: ({ name }) => fakeProvider({ name, script: 'x' }) }), 9_000)
    expect(listeners.most()).toBeGreaterThan(0)
    expect(listeners.now()).toBe(0)
  })
})

/** Counts the listeners of a signal. */
function watched(signal: AbortSignal): { now(): number; most(): number } {
  let count = 0
  let most = 0
  const add = signal.addEventListener.bind(signal) as (...all: unknown[]) => void
  const remove = signal.removeEventListener.bind(signal) as (...all: unknown[]) => void
  Object.assign(signal, {
    addEventListener: (...all: unknown[]) => {
      most = Math.max(most, ++count)
      add(...all)
    },
    removeEventListener: (...all: unknown[]) => {
      count--
      remove(...all)
    },
  })
  return { now: () => count, most: () => most }
}
