/** Bodies of good answers that are slow, cut, foreign, coded or far too big. */
import { fault, sampleText } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask, type View } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { heapInUse } from './support/heap.ts'
import { elsewhere, judge, type Row, silent, unusable } from './support/judge.ts'

const bench = useBench()
/** Real time for what is done in the thread pool. */
const patienceMs = 25
const bad: Row = { code: 'bad_response', ...unusable, billing: 'U3' }
const slow: Row = { code: 'body_timeout', ...silent, billing: 'U1' }
const mebibyte = 1_048_576

describe('slow headers', () => {
  it('inside the limit: the answer is used', verifies('F61'), async () => {
    bench.script(fault('slow-headers', { afterMs: 29_999 }))
    const { shown, attempts, ms } = await ask(bench)
    expect([shown, attempts.length, ms]).toEqual([sampleText, 1, 29_999])
  })

  it('outside the limit', verifies('F61'), async () => {
    bench.script(fault('slow-headers', { afterMs: 30_001 }))
    await judge(bench, { code: 'headers_timeout', ...silent, billing: 'U1' })
    bench.script(fault('slow-headers', { afterMs: 5_000 }))
    await judge(bench, { code: 'headers_timeout', ...silent, billing: 'U1' }, { timeouts: { readMs: 4_000 } })
  })
})

describe('a slow body', () => {
  it('byte by byte: the limit is for the whole of it', verifies('F62'), async () => {
    bench.script(fault('slow-drip', { everyMs: 100 }))
    const [, beside] = await judge(bench, slow)
    expect(beside.attempts[0]?.ms).toBe(30_000)
  })

  it('that falls silent half-way', verifies('F63'), async () => {
    bench.script(fault('body-hang'))
    const [alone] = await judge(bench, slow)
    expect(alone.ms).toBe(60_000)
  })
})

describe('a body that is no answer', () => {
  const cases: [string, Row, ReturnType<typeof verifies>][] = [
    ['short-body', bad, verifies('F64')],
    ['truncated-json', bad, verifies('F64')],
    ['gzip-truncated', bad, verifies('F64')],
    ['html-200', bad, verifies('F65')],
    ['gzip-corrupt', { ...bad, alone: 1, beside: 1 }, verifies('F80')],
    ['encoding-unknown', { ...bad, alone: 1, beside: 1 }, verifies('F80')],
    ['encoding-chain', { ...bad, alone: 1, beside: 1 }, verifies('F80')],
  ]
  for (const [name, row, id] of cases) {
    it(name, id, async () => {
      bench.script(fault(name))
      const [alone] = await judge(bench, row, { patienceMs })
      expect(alone.error?.message).not.toMatch(/[<>]/)
    })
  }

  it('html-200, to a stream', verifies('F106'), async () => {
    bench.script(fault('html-200'))
    await judge(bench, bad, { view: 'text' })
  })
})

describe('an odd body that is an answer all the same', () => {
  const cases: [string, ReturnType<typeof verifies>][] = [
    ['text-plain-json', verifies('F70')],
    ['bom-json', verifies('F71')],
    ['blank-lines-json', verifies('F71')],
    ['gzip-ok', verifies('F80')],
  ]
  for (const [name, id] of cases) {
    it.each(['openai', 'anthropic', 'gemini'] as const)(`${name}, %s`, id, async (dialect) => {
      bench.script(fault(name))
      const { shown, attempts, failures } = await ask(bench, { dialect, patienceMs })
      expect([shown, attempts.length, failures]).toEqual([sampleText, 1, 0])
    })
  }
})

describe('a body far over the limit', () => {
  const large: Row = { code: 'response_too_large', ...elsewhere, billing: 'U3' }

  it.each(['body-600mb', 'gzip-bomb'])('%s: reading stops there', verifies('F79'), async (name) => {
    bench.script(fault(name))
    const maxResponseBytes = 2 * mebibyte
    await ask(bench, { patienceMs, maxResponseBytes })
    bench.primary.reset()
    const peak = peakOfHeap()
    await judge(bench, large, { patienceMs, maxResponseBytes })
    expect(peak.end()).toBeLessThan(24 * mebibyte)
    // The server is cut off long before its end: buffers of both ends are all that went out besides.
    const sent = Math.max(...bench.primary.requests.map(({ bytesSent }) => bytesSent))
    expect(sent).toBeLessThan(32 * mebibyte)
  })

  it('the limit is 32 MiB unless set', verifies('F79'), async () => {
    for (const [megabytes, code] of [
      [31, 'bad_response'],
      [33, 'response_too_large'],
    ] as const) {
      bench.script(fault('gzip-bomb', { megabytes }))
      const { error } = await ask(bench, { patienceMs: 400, retry: { retries: 0 } })
      expect(error?.code).toBe(code === 'bad_response' ? 'empty_response' : code)
    }
  })
})

/** Watches how far the heap grows. */
function peakOfHeap(): { end(): number } {
  heapInUse()
  const used = () => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const start = used()
  let most = start
  const timer = setInterval(() => {
    most = Math.max(most, used())
  }, 1)
  return {
    end() {
      clearInterval(timer)
      return Math.max(most, used()) - start
    },
  }
}

describe('views of the same fault', () => {
  it.each<View>(['events', 'text'])('body-hang, %s: silence after some tokens', verifies('F63'), async (view) => {
    bench.script(fault('body-hang'))
    const { error, shown } = await ask(bench, { view, midStream: 'error' })
    expect(error).toMatchObject({ code: 'idle_timeout', partialText: shown })
    expect(sampleText.startsWith(shown)).toBe(true)
  })
})
