/** Refusals by status, and by what their bodies say. */
import { openai } from 'holdfast/providers/openai'
import { fail, fault, reply, type ScriptInput } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { canary } from './support/canary.ts'
import { dead, elsewhere, final, judge, ofType, passing, type Row } from './support/judge.ts'

const bench = useBench()
const minute = 60_000
const badKey = { ...elsewhere, gateMs: minute, billing: 'U2' } as const
const server: Row = { code: 'server_error', ...passing, billing: 'U2' }
const http = (status: number): ScriptInput => fault(`http-${status}`)

describe('a refusal by status', () => {
  const cases: [number, Omit<Row, 'status'>, ReturnType<typeof verifies>][] = [
    [400, { code: 'bad_request', ...final, billing: 'U2' }, verifies('F30')],
    [401, { code: 'auth_failed', ...badKey }, verifies('F33')],
    [402, { code: 'billing', ...badKey }, verifies('F35')],
    [403, { code: 'forbidden', ...badKey }, verifies('F36')],
    [404, { code: 'model_not_found', ...elsewhere, billing: 'U2' }, verifies('F37')],
    [408, server, verifies('F38')],
    [409, server, verifies('F38')],
    [425, server, verifies('F38')],
    [413, { code: 'request_too_large', ...final, billing: 'U2' }, verifies('F39')],
    [422, { code: 'bad_request', ...final, billing: 'U2' }, verifies('F40')],
    [501, { code: 'server_error', ...dead, billing: 'U2' }, verifies('F44')],
    [529, { code: 'overloaded', ...passing, billing: 'U2' }, verifies('F45')],
    ...[500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526].map(
      (status): [number, Omit<Row, 'status'>, ReturnType<typeof verifies>] => [status, server, verifies('F43')],
    ),
  ]
  for (const [status, row, id] of cases) {
    it(`${status}`, id, async () => {
      bench.script(http(status))
      for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
        await judge(bench, { ...row, status }, { dialect, view: dialect === 'openai' ? 'chat' : 'events' })
      }
    })
  }
})

describe('a refusal by what it says', () => {
  it('the prompt does not fit: only a model with a known larger window is asked', verifies('F31'), async () => {
    bench.script(fail('context_length_exceeded'))
    const row: Row = { code: 'context_length_exceeded', ...final, billing: 'U2', status: 400 }
    await judge(bench, row)
    const windows = (size: number) => (options: Parameters<typeof openai>[0]) => ({
      ...openai(options),
      contextWindow: (model: string) => (model === 'b' ? size : 100_000),
    })
    await judge(bench, { ...row, ...elsewhere }, { make: windows(200_000) })
    await judge(bench, row, { make: windows(50_000) })
    expect(bench.backup.requests).toHaveLength(0)
  })

  it('a content filter: nobody else is asked unless told to', verifies('F32'), async () => {
    bench.script(fail('content_filtered'))
    const row: Row = { code: 'content_filtered', ...final, billing: 'U2' }
    await judge(bench, row)
    await judge(bench, { ...row, ...elsewhere }, { errorRules: { content_filtered: { next: 'yes' } } })
  })

  it('overloaded, under 503', verifies('F45'), async () => {
    bench.script(fail(503, { code: 'overloaded_error', message: 'The engine is currently overloaded' }))
    await judge(bench, { code: 'overloaded', ...passing, billing: 'U2', status: 503 })
  })

  it('a web page: its words stand in the message, its markup does not', verifies('F46'), async () => {
    bench.script(fault('http-500-html'))
    const [alone] = await judge(bench, { ...server, status: 502 })
    expect(alone.error?.message).toContain('502 Bad Gateway')
    expect(alone.error?.message).not.toMatch(/[<>]/)
    bench.script(fail(502, { body: `<html>${'x'.repeat(10_000)}`, headers: { 'content-type': 'text/html' } }))
    expect((await ask(bench)).error?.message.length).toBeLessThan(300)
  })

  it('a message that forges log lines: it stays one line', verifies('F49'), async () => {
    bench.script(fault('http-500-log-injection'))
    const { error } = await ask(bench)
    expect(error?.message).toContain('second')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    expect(error?.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    expect(error?.message.length).toBeLessThan(600)
  })

  it('do not try again', verifies('F51'), async () => {
    bench.script(fault('http-500-no-retry'))
    await judge(bench, { code: 'server_error', ...dead, billing: 'U2', status: 500 })
  })

  it('twice, then well', verifies('F50'), async () => {
    bench.script(fault('http-500-then-ok'))
    const outcome = await ask(bench)
    expect(outcome.attempts.map(({ status, outcome: how }) => status ?? how)).toEqual([503, 503, 'ok'])
    expect(outcome.billing).toEqual(['U2', 'U2', 'U5'])
    expect(ofType(outcome, 'call-end')).toMatchObject([{ outcome: 'ok' }])
    expect(outcome.failures).toBe(0)
  })
})

describe('an error whose body goes on and on', () => {
  const cases: [string, Row][] = [
    ['http-500-body-hang', { ...server, status: 500 }],
    [
      'http-429-body-hang',
      {
        code: 'rate_limited',
        alone: 3,
        beside: 3,
        counts: false,
        next: true,
        billing: 'U2',
        status: 429,
        gateMs: 1_000,
      },
    ],
    ['http-400-body-hang', { code: 'bad_request', ...final, billing: 'U2', status: 400 }],
  ]
  for (const [name, row] of cases) {
    it(`${name}: a second is enough`, verifies('F47'), async () => {
      bench.script(fault(name))
      const [, beside] = await judge(bench, row)
      expect(beside.attempts.filter(({ provider }) => provider === 'primary').map(({ ms }) => ms)).toEqual(
        Array(row.beside).fill(1_000),
      )
      expect(bench.primary.requests.map(({ outcome }) => outcome)).toEqual(Array(row.beside).fill('client-closed'))
    })
  }

  it('http-500-body-huge: 64 KiB are enough', verifies('F48'), async () => {
    bench.script(fault('http-500-body-huge'))
    const [alone] = await judge(bench, { ...server, status: 500 })
    expect(alone.error?.message.length).toBeLessThan(600)
    // What lies in the buffers of both ends was sent too; it is not read.
    expect(Math.max(...bench.primary.requests.map(({ bytesSent }) => bytesSent))).toBeLessThan(8 * 1_048_576)
  })
})

describe('a bad key', () => {
  it(
    'rests for itself: circuit and other providers are not concerned, and the record shows it',
    verifies('F33'),
    async () => {
      bench.script(http(401))
      const client = bench.client({ hasBackup: true })
      for (let call = 0; call < 5; call++) expect((await ask(bench, { client })).reply?.provider).toBe('backup')
      expect(bench.primary.requests).toHaveLength(1)
      expect(ofType(client, 'gate-closed')).toMatchObject([{ provider: 'primary', code: 'auth_failed', forMs: minute }])
      expect(client.llm.circuits().primary).toMatchObject({ state: 'closed', failures: 0 })
      const hidden = await ask(bench, { client })
      expect(hidden.attempts[0]).toMatchObject({ provider: 'primary', code: 'auth_failed', outcome: 'not_sent' })
      bench.script(reply())
      await bench.clock.advance(minute)
      expect((await ask(bench, { client })).reply?.provider).toBe('primary')
    },
  )

  it('comes back in message and header of the refusal, not in ours', verifies('F34'), async () => {
    for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
      bench.script(fault('http-401-echo'))
      const { error } = await ask(bench, { dialect })
      expect(error?.code).toBe('auth_failed')
      expect(error?.message).not.toContain(canary.slice(0, 12))
    }
  })
})

describe('a rate limit', () => {
  const limited = (hint: number) => fail(429, { retryAfter: hint }).times(1).then(reply())

  it('is waited out by the call that meets it, others take the next provider meanwhile', verifies('F41'), async () => {
    bench.script(limited(2))
    const client = bench.client({ hasBackup: true })
    const first = client.llm.chat('Hi')
    await bench.primary.waitForEnd(1)
    await bench.clock.settle()
    const other = await client.llm.chat('Hi')
    expect(other.provider).toBe('backup')
    expect(other.routing.attempts[0]).toMatchObject({ provider: 'primary', outcome: 'not_sent', code: 'rate_limited' })
    const answer = await bench.clock.run(first)
    expect(answer.provider).toBe('primary')
    expect(answer.routing.attempts.map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
      ['rate_limited', 2_000],
      [undefined, undefined],
    ])
    expect(bench.primary.requests.map(({ at }) => at - (bench.primary.requests[0]?.at ?? 0))).toEqual([0, 2_000])
    expect((await ask(bench, { client })).reply?.provider).toBe('primary')
  })

  it('is not waited out where the next provider is wanted at once', verifies('F41'), async () => {
    bench.script(limited(2))
    const { reply: answer, ms } = await ask(bench, { hasBackup: true, retry: { onRateLimit: 'fallback' } })
    expect([answer?.provider, ms, bench.primary.requests.length]).toEqual(['backup', 0, 1])
  })

  it('is no fault of the endpoint, however often, and is retried twice without a hint', verifies('F41'), async () => {
    bench.script(http(429))
    const row: Row = { code: 'rate_limited', alone: 3, beside: 3, counts: false, next: true, billing: 'U2' }
    await judge(bench, { ...row, gateMs: 1_000, status: 429 })
    const client = bench.client({ hasBackup: true, circuit: { threshold: 3 } })
    for (let call = 0; call < 10; call++) {
      expect((await ask(bench, { client })).reply?.provider).toBe('backup')
      await bench.clock.advance(1_000)
    }
    expect(client.llm.circuits().primary).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('of a quota that is used up', verifies('F42'), async () => {
    bench.script(fault('http-429-quota'))
    await judge(bench, { code: 'quota_exhausted', ...elsewhere, gateMs: 10 * minute, billing: 'U2', status: 429 })
  })
})
