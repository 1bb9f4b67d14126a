/** Connections that are made and then fail: by a server on loopback, by the virtual clock. */
import { fault, reply } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { ask } from './support/ask.ts'
import { useBench } from './support/bench.ts'
import { dead, judge, passing, type Row, silent } from './support/judge.ts'

const bench = useBench()

const reset: Row = { code: 'connection_reset', ...passing, billing: 'U1' }
const noHeaders: Row = { code: 'headers_timeout', ...silent, billing: 'U1' }

describe('a connection that fails before a request is read', () => {
  const cases: [string, Row, ReturnType<typeof verifies>][] = [
    ['accept-silence', noHeaders, verifies('F6')],
    ['rst-on-accept', reset, verifies('F7')],
    ['fin-on-accept', reset, verifies('F8')],
    ['not-http', { code: 'http_protocol', ...dead, billing: 'U1' }, verifies('F9')],
  ]
  for (const [name, row, id] of cases) {
    for (const view of ['chat', 'events'] as const) {
      it(`${name}, ${view}: one connection for each attempt`, id, async () => {
        bench.script(fault(name))
        const [alone] = await judge(bench, row, { view, seen: () => bench.primary.connections })
        expect(alone.error?.message).not.toMatch(/SSH|127\.0\.0\.1/)
        expect(bench.primary.requests).toHaveLength(0)
      })
    }
  }
})

describe('a connection that fails once the request was read', () => {
  const cases: [string, Row, ReturnType<typeof verifies>][] = [
    ['hang-before-headers', noHeaders, verifies('F14')],
    ['rst-before-headers', reset, verifies('F15')],
    ['fin-before-headers', reset, verifies('F16')],
    ['rst-after-headers', { ...reset, alone: 2 }, verifies('F17')],
    ['rst-mid-body', { ...reset, alone: 2 }, verifies('F18')],
  ]
  for (const [name, row, id] of cases) {
    it(name, id, async () => {
      bench.script(fault(name))
      await judge(bench, row)
    })
  }

  it('hang-before-headers: the request ends at the server as soon as it is given up', verifies('F14'), async () => {
    bench.script(fault('hang-before-headers'))
    const { ms } = await ask(bench, { hasBackup: true })
    expect(ms).toBe(30_000)
    expect(await bench.primary.waitForEnd(1)).toMatchObject({ outcome: 'client-closed' })
  })
})

describe('an idle connection that is dropped as the next request starts', () => {
  it('costs one immediate try on a new connection that nothing counts', verifies('F19'), async () => {
    bench.script(fault('stale-keepalive'))
    const client = bench.client({ retry: { retries: 0 } })
    for (const view of ['chat', 'events'] as const) {
      const first = await ask(bench, { client, view })
      const again = await ask(bench, { client, view })
      expect(first.error ?? again.error).toBeUndefined()
      expect(again.attempts).toMatchObject([
        { attempt: 1, outcome: 'failed', code: 'connection_reset' },
        { attempt: 2, outcome: 'ok' },
      ])
      expect(again.ms).toBe(0)
      expect(again.failures).toBe(0)
      expect(again.billing).toEqual(['U1', 'U5'])
      bench.primary.reset()
    }
  })
})

describe('the network', () => {
  it(
    'is gone and comes back: the first call after the cooldown returns to the first provider',
    verifies('F20'),
    async () => {
      bench.script(reply('from the primary'), reply('from the backup'))
      const client = bench.client({
        hasBackup: true,
        circuit: { threshold: 3, cooldownMs: 30_000, probes: 1, jitter: 0 },
      })
      expect((await ask(bench, { client })).reply?.provider).toBe('primary')
      await bench.primary.down()
      for (let call = 0; call < 4; call++) {
        expect((await ask(bench, { client })).reply?.provider).toBe('backup')
        await bench.clock.advance(5_000)
      }
      await bench.backup.down()
      expect((await ask(bench, { client })).error?.code).toBe('all_providers_failed')
      await Promise.all([bench.primary.up(), bench.backup.up()])
      await bench.clock.advance(30_000)
      const back = await ask(bench, { client })
      expect(back.reply).toMatchObject({ provider: 'primary', text: 'from the primary' })
      const changes = client.events.filter(
        (event) => event.type.startsWith('circuit-') && 'provider' in event && event.provider === 'primary',
      )
      expect(changes.map(({ type }) => type)).toEqual(['circuit-opened', 'circuit-half-opened', 'circuit-closed'])
    },
  )
})
