/** Readers of streams who leave, dawdle, throw or come twice. */
import { fault, reply, sampleText, stall, stream } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { cpuNow } from '../support/cost.ts'
import { verifies } from '../support/verifies.ts'
import { useBench } from './support/bench.ts'
import { ofType } from './support/judge.ts'

const bench = useBench()
const views = ['text', 'events'] as const

/** One of the views of a stream, as a plain source. */
function viewOf(llm: ReturnType<typeof bench.client>['llm'], view: (typeof views)[number]): AsyncIterable<unknown> {
  const opened = llm.chatStream('Tell me')
  return view === 'text' ? opened.text : opened
}

describe.each(views)('a reader of the view %s', (view) => {
  it('who leaves after one token: the request ends at once, and the row says so', verifies('F110'), async () => {
    for (const script of [fault('sse-endless', { everyMs: 10 }), stall({ afterTokens: 3 })]) {
      bench.script(script)
      const client = bench.client({ hasBackup: true })
      const left = cpuNow()
      for await (const _ of viewOf(client.llm, view)) break
      expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
      expect(cpuNow() - left).toBeLessThan(500)
      expect(ofType(client, 'attempt-end')).toMatchObject([
        { record: { outcome: 'aborted', code: 'aborted', usage: { isEstimated: true } } },
      ])
      expect(ofType(client, 'call-end')).toMatchObject([{ outcome: 'aborted', code: 'aborted' }])
      expect(client.llm.circuits().primary).toMatchObject({ failures: 0 })
      expect(bench.backup.requests).toHaveLength(0)
      await client.close()
    }
  })

  it('who throws inside the loop gets the own error back, unchanged', verifies('F113'), async () => {
    bench.script(fault('sse-endless', { everyMs: 10 }))
    const client = bench.client()
    const own = new RangeError('my own mistake')
    const read = async () => {
      for await (const _ of viewOf(client.llm, view)) throw own
    }
    await expect(read()).rejects.toBe(own)
    expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
    expect(ofType(client, 'call-end')).toMatchObject([{ outcome: 'aborted' }])
    expect(client.llm.circuits().primary).toMatchObject({ failures: 0 })
  })

  it('who reads once and never again: the deadline ends it', verifies('F111'), async () => {
    bench.script(fault('sse-endless', { everyMs: 1_000 }))
    const client = bench.client({ timeouts: { totalMs: 60_000 } })
    const reader = viewOf(client.llm, view)[Symbol.asyncIterator]()
    expect((await reader.next()).done).toBe(false)
    await bench.clock.advance(59_999)
    expect(bench.primary.requests[0]?.outcome).toBe('open')
    await bench.clock.advance(1)
    expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
    // What came in time is handed out, then the reader is told.
    const rest = async () => {
      for (let item = await reader.next(); !item.done; item = await reader.next());
    }
    await expect(rest()).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })

  it('who is slow: the pauses are the reader\u2019s own, not the provider\u2019s', verifies('F112'), async () => {
    bench.script(stream(['a', 'b', 'c', 'd'], { everyMs: 100 }))
    const client = bench.client({ timeouts: { idleMs: 500, totalMs: 3_600_000 } })
    const reader = viewOf(client.llm, view)[Symbol.asyncIterator]()
    let count = 0
    for (;;) {
      const item = reader.next()
      await bench.clock.advance(100)
      if ((await item).done) break
      count++
      await bench.clock.advance(60_000)
    }
    expect(count).toBeGreaterThanOrEqual(4)
    expect(ofType(client, 'call-end')).toMatchObject([{ outcome: 'ok' }])
  })

  it('who never reads: nothing is sent', verifies('F111'), async () => {
    bench.script(reply())
    const client = bench.client()
    viewOf(client.llm, view)
    await bench.clock.advance(600_000)
    expect([bench.primary.requests.length, client.events]).toEqual([0, []])
  })

  it('who comes second is told so, and takes nothing from the first', verifies('F119'), async () => {
    bench.script(reply())
    const client = bench.client()
    const opened = client.llm.chatStream('Tell me')
    const source: AsyncIterable<unknown> = view === 'text' ? opened.text : opened
    const first = source[Symbol.asyncIterator]()
    await first.next()
    expect(() => opened.text[Symbol.asyncIterator]()).toThrow(/one reader/)
    expect(() => opened[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: 'request_invalid' }))
    for (let item = await first.next(); !item.done; item = await first.next());
    expect((await opened.final()).text).toBe(sampleText)
  })
})

describe('a fast server', () => {
  it('is held back by a slow reader', verifies('F112'), async () => {
    bench.script(fault('sse-200k-events'))
    const client = bench.client()
    const reader = client.llm.chatStream('Tell me').text[Symbol.asyncIterator]()
    await reader.next()
    const sentIn = async (ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      return bench.primary.requests[0]?.bytesSent ?? 0
    }
    // It fills what the kernel holds for both ends, and stops.
    await sentIn(150)
    const before = await sentIn(50)
    const after = await sentIn(100)
    expect(after).toBe(before)
    expect(bench.primary.requests[0]?.outcome).toBe('open')
    expect(before).toBeLessThan(16 * 1_048_576)
    await reader.return?.()
  })
})
