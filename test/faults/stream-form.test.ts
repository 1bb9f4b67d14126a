/** Streams that are good, if odd; and such as are too big for anyone. In every dialect. */
import { reply as answer, fault, sampleText } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { type AskOptions, ask, type Outcome } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { checkEvents, elsewhere, judge } from './support/judge.ts'

const bench = useBench()
const dialects = ['openai', 'anthropic', 'gemini'] as const
/** Real time for what takes many turns of the event loop. */
const patienceMs = 15_000
const mebibyte = 1_048_576

async function good(name: string, options: AskOptions & { fault?: object } = {}): Promise<Outcome> {
  const { fault: how = {}, ...rest } = options
  bench.script(fault(name, { ...how }))
  const outcome = await ask(bench, { view: 'events', ...rest })
  expect(outcome.error).toBeUndefined()
  expect([outcome.attempts.length, outcome.failures, outcome.billing]).toEqual([1, 0, ['U5']])
  checkEvents(outcome)
  return outcome
}

describe.each(dialects)('a stream in odd form, %s', (dialect) => {
  const forms: [string, ReturnType<typeof verifies>][] = [
    ...['crlf', 'cr', 'bom', 'no-space', 'multi-line-data', 'comments', 'ids', 'gzip'].map(
      (form): [string, ReturnType<typeof verifies>] => [`sse-${form}`, verifies('F81')],
    ),
    ...['empty-deltas', 'null-deltas', 'role-only', 'choices-empty', 'data-null', 'data-empty'].map(
      (form): [string, ReturnType<typeof verifies>] => [`sse-${form}`, verifies('F83')],
    ),
    ['sse-no-done', verifies('F84')],
    ['sse-no-last-blank', verifies('F85')],
    ['sse-text-after-done', verifies('F87')],
    ['sse-json-body', verifies('F104')],
    ['sse-text-plain', verifies('F105')],
  ]
  for (const [name, id] of forms) {
    // Of Gemini any piece may be the last: only the end of the body says so.
    if (name === 'sse-text-after-done' && dialect === 'gemini') continue
    it(name, id, async () => {
      const { shown, reply, stream } = await good(name, { dialect, ...(name === 'sse-gzip' && { patienceMs: 25 }) })
      expect(shown).toBe(sampleText)
      expect(reply).toMatchObject({ text: sampleText, finishReason: 'stop' })
      expect(stream.filter((event) => event.type === 'text' && event.text === '')).toEqual([])
      expect(stream.at(-1)?.type).toBe('finish')
    })
  }

  it('sse-byte-by-byte: no character is broken, in any script', verifies('F82'), async () => {
    const { shown } = await good('sse-byte-by-byte', { dialect, patienceMs })
    expect(shown).toBe('Grüße: 日本語 ok 👩‍👩‍👧 naïve 😀 done')
  })

  // Likewise: a server of Gemini's that holds the connection open has not said that it is done.
  if (dialect === 'gemini') return
  it(
    'sse-open-after-done: the end is known without the server, and the connection is let go',
    verifies('F86'),
    async () => {
      const { shown, ms } = await good('sse-open-after-done', { dialect })
      expect(shown).toBe(sampleText)
      expect(ms).toBeLessThanOrEqual(2_000)
      expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
    },
  )
})

describe('a stream without its finish word', () => {
  it('that has its end mark is an answer, flagged as such', verifies('F92'), async () => {
    const { shown, reply } = await good('sse-done-no-finish')
    expect([shown, reply?.finishReason]).toEqual([sampleText, 'unknown'])
    expect(reply?.warnings).toMatchObject([{ code: 'finish-missing' }])
  })

  it.each(['anthropic', 'gemini'] as const)(
    'that has no other mark is broken, %s',
    verifies('F92'),
    async (dialect) => {
      bench.script(fault('sse-done-no-finish'))
      const { error } = await ask(bench, { view: 'text', dialect })
      expect(error).toMatchObject({ code: 'stream_interrupted', partialText: sampleText })
    },
  )
})

describe('usage', () => {
  it('that a stream reports is taken as it is', verifies('F81'), async () => {
    bench.script(answer('one two three', { usage: { inputTokens: 11, outputTokens: 3 } }))
    const { reply, attempts } = await ask(bench, { view: 'text' })
    expect(reply?.usage).toMatchObject({ inputTokens: 11, outputTokens: 3 })
    expect(attempts[0]?.usage).toEqual(reply?.usage)
  })
})

describe('two tool calls', () => {
  it.each(dialects)('whose pieces alternate stay apart, %s', verifies('F107'), async (dialect) => {
    const { reply } = await good('sse-tools-interleaved', { dialect })
    expect(reply?.toolCalls.map(({ name, arguments: given }) => [name, { ...given }])).toEqual([
      ['weather', { city: 'Oslo', unit: 'celsius' }],
      ['clock', { zone: 'Europe/Oslo', style: 'long' }],
    ])
  })

  it('of which one ends half-way are not handed out as parsed', verifies('F108'), async () => {
    bench.script(fault('sse-tool-cut'))
    const { error, stream } = await ask(bench, { view: 'events', midStream: 'error' })
    expect(error?.code).toBe('stream_protocol')
    expect(error?.message).toContain('{\\"city\\":\\"Os'.replaceAll('\\', ''))
    expect(stream.map(({ type }) => type)).not.toContain('tool-call')
  })

  it.each(dialects)('and then twenty thousand: the limit is 128, %s', verifies('F109'), async (dialect) => {
    bench.script(fault('sse-tool-flood'))
    const { error, stream } = await ask(bench, { view: 'events', midStream: 'error', dialect, patienceMs })
    expect(error?.code).toBe('response_too_large')
    expect(stream.length).toBeLessThan(600)
    expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
  })
})

describe('a stream of a size', () => {
  it('an event of ten megabytes is taken where the limit allows it', verifies('F101'), async () => {
    const { reply } = await good('sse-10mb-event', { view: 'text', maxEventBytes: 16 * mebibyte, patienceMs })
    expect(reply?.text.length).toBe(10 * mebibyte)
  })

  it('an event of ten megabytes is too much by default', verifies('F101'), async () => {
    bench.script(fault('sse-10mb-event'))
    await judge(bench, { code: 'response_too_large', ...elsewhere, billing: 'U3' }, { view: 'text', patienceMs })
  })

  it.each(['sse-no-newline', 'sse-no-blank-line'])('%s: reading stops at the limit', verifies('F102'), async (name) => {
    bench.script(fault(name))
    const maxEventBytes = mebibyte
    const cpu = process.cpuUsage()
    await judge(
      bench,
      { code: 'response_too_large', ...elsewhere, billing: 'U3' },
      { view: 'text', patienceMs, maxEventBytes },
    )
    const { user } = process.cpuUsage(cpu)
    // Twice a megabyte, read once: quadratic work would take minutes.
    expect(user / 1_000).toBeLessThan(2_000)
    const sent = Math.max(...bench.primary.requests.map(({ bytesSent }) => bytesSent))
    expect(sent).toBeLessThan(32 * mebibyte)
  })

  it('two hundred thousand events never hold the loop for long', verifies('F103'), async () => {
    const longest: number[] = []
    // Garbage is collected now and then; what happens in each of three runs is ours.
    for (let run = 0; run < 3 && !longest.some((ms) => ms < 50); run++) {
      const watch = longestTurn()
      const { shown } = await good('sse-200k-events', { view: 'text', patienceMs })
      expect(shown.length).toBe(200_000)
      longest.push(watch.end())
    }
    expect(Math.min(...longest)).toBeLessThan(50)
  })

  it('without end: the deadline ends it', verifies('F100'), async () => {
    bench.script(fault('sse-endless', { everyMs: 100 }))
    const { error, shown, primary, backup, billing } = await ask(bench, {
      view: 'text',
      hasBackup: true,
      timeoutMs: 20_000,
    })
    expect(error).toMatchObject({ code: 'deadline_exceeded', partialText: shown })
    expect([primary, backup, billing]).toEqual([1, 0, ['U4']])
    expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
  })

  it('without end and without a pause: the limit of an answer ends it', verifies('F100'), async () => {
    bench.script(fault('sse-endless'))
    const { error, shown, primary, backup } = await ask(bench, {
      view: 'text',
      hasBackup: true,
      maxResponseBytes: 10_000,
      patienceMs,
    })
    expect(error).toMatchObject({ code: 'response_too_large', partialText: shown })
    expect(shown.length).toBeLessThanOrEqual(10_000)
    expect([primary, backup]).toEqual([1, 0])
  })
})

/** Processor time of this thread between two turns of the event loop: other programs on the machine do not count. */
function longestTurn(): { end(): number } {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage }
  const now = () => {
    const { user, system } = threadCpuUsage?.() ?? process.cpuUsage()
    return (user + system) / 1_000
  }
  let last = now()
  let longest = 0
  let isOver = false
  const turn = () => {
    const at = now()
    longest = Math.max(longest, at - last)
    last = at
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    end() {
      isOver = true
      return longest
    },
  }
}
