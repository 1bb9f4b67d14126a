import { memoryStores } from 'holdfast/stores/memory'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { RequestError, StoreError } from '../../src/errors/families.ts'
import type { LlmError } from '../../src/errors/llm-error.ts'
import { Ledger, type LedgerOptions } from '../../src/metering/ledger.ts'
import { row } from '../../src/testing/conformance/usage-sample.ts'
import type { UsageRow, UsageStore } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'

/** A ledger over a store that records its batches and may fail by a script. */
function stand(
  options: LedgerOptions = {},
  append?: (rows: readonly UsageRow[], call: number) => Promise<void> | void,
) {
  const clock = virtualClock()
  const { usage } = memoryStores({ clock })
  const batches: string[][] = []
  const troubles: LlmError[] = []
  const store: UsageStore = {
    ...usage,
    async append(rows) {
      batches.push(rows.map(({ id }) => id))
      await append?.(rows, batches.length)
      return usage.append(rows)
    },
  }
  const ledger = new Ledger(clock, store, options, (error) => troubles.push(error))
  const stored = async () => (await usage.list({ limit: 1_000 })).map(({ id }) => id).sort()
  return { clock, usage, ledger, batches, troubles, stored }
}

const down = () => Promise.reject(new StoreError('store_unavailable', 'down'))

describe('the ledger', () => {
  it('writes rows together after flushMs', async () => {
    const { clock, ledger, batches } = stand({ flushMs: 500 })
    for (const id of ['a', 'b', 'c']) ledger.add(row(id))
    await clock.advance(499)
    expect(batches).toEqual([])
    await clock.advance(1)
    expect(batches).toEqual([['a', 'b', 'c']])
    expect(clock.pending).toBe(0)
  })

  it('writes at once when a batch is full', async () => {
    const { clock, ledger, batches } = stand({ batchSize: 2 })
    for (const id of ['a', 'b', 'c', 'd', 'e']) ledger.add(row(id))
    await clock.settle()
    expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(clock.monotonic()).toBe(0)
  })

  it('writes only the last of several rows with one id', async () => {
    const { ledger, batches, usage } = stand()
    ledger.add(row('a', { outcome: 'open' }))
    ledger.add(row('a', { outcome: 'ok' }))
    await ledger.flush()
    expect(batches).toEqual([['a']])
    expect((await usage.list({}))[0]?.outcome).toBe('ok')
  })

  it('writes a row again that changed while its write was under way', async () => {
    const { clock, ledger, usage } = stand({}, () => clock.advance(0))
    ledger.add(row('a', { outcome: 'open' }))
    const flushed = ledger.flush()
    ledger.add(row('a', { outcome: 'ok' }))
    await flushed
    await ledger.flush()
    expect((await usage.list({}))[0]?.outcome).toBe('ok')
    expect(ledger.queued).toBe(0)
  })

  it('waits for an open row to be stored, together with others that wait', async () => {
    const { clock, ledger, batches, stored } = stand(
      {},
      () => new Promise((resolve) => clock.setTimeout(() => resolve(), 10)),
    )
    const waiting = ['a', 'b', 'c'].map((id) => ledger.addNow(row(id, { outcome: 'open' })))
    await clock.run(Promise.all(waiting))
    expect(batches).toEqual([['a'], ['b', 'c']])
    expect(await stored()).toEqual(['a', 'b', 'c'])
    expect(clock.pending).toBe(0)
  })

  it('writes an open row at once, also one that comes just as a write ends', async () => {
    for (let turns = 0; turns < 20; turns++) {
      const { clock, ledger, stored } = stand()
      const first = ledger.addNow(row('a', { outcome: 'open' }))
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      const second = ledger.addNow(row('b', { outcome: 'open' }))
      await clock.settle()
      expect(await stored(), `after ${turns} turns`).toEqual(['a', 'b'])
      await Promise.all([first, second])
      expect(clock.pending).toBe(0)
    }
  })

  it('does not wait for open rows when that is switched off', async () => {
    const { clock, ledger, batches } = stand({ writeAhead: false })
    await ledger.addNow(row('a', { outcome: 'open' }))
    expect(batches).toEqual([])
    await clock.advance(1_000)
    expect(batches).toEqual([['a']])
  })
})

describe('a write that fails', verifies('F165'), () => {
  it('leaves its rows in the queue, in order, and is repeated', async () => {
    let isDown = true
    const { clock, ledger, batches, stored } = stand({ batchSize: 3 }, () => (isDown ? down() : undefined))
    for (const id of ['a', 'b', 'c', 'd']) ledger.add(row(id))
    await clock.advance(0)
    for (const id of ['e', 'f']) ledger.add(row(id))
    expect(batches).toEqual([['a', 'b', 'c']])
    expect(ledger.queued).toBe(6)
    isDown = false
    await clock.advance(2_000)
    expect(batches).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ])
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('is repeated after waits that double up to half a minute', async () => {
    const times: number[] = []
    const { clock, ledger } = stand({}, () => {
      times.push(clock.monotonic())
      return down()
    })
    ledger.add(row('a'))
    await clock.advance(120_000)
    expect(times.map((time, n) => time - (times[n - 1] ?? 0))).toEqual([
      1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ])
  })

  it('that was made all the same doubles no row', verifies('F164'), async () => {
    const { clock, ledger, usage, stored } = stand({}, async (rows, call) => {
      if (call > 1) return
      await usage.append(rows)
      throw new Error('the connection broke after the commit')
    })
    for (const id of ['a', 'b']) ledger.add(row(id))
    await clock.advance(5_000)
    expect(await stored()).toEqual(['a', 'b'])
    expect(ledger.queued).toBe(0)
  })

  it('makes no later call wait', async () => {
    const { clock, ledger } = stand({}, () => new Promise(() => undefined))
    const first = Promise.resolve(ledger.addNow(row('a', { outcome: 'open' })))
    await clock.run(first)
    expect(clock.monotonic()).toBe(250)
    await clock.advance(5_000)
    expect(ledger.isStoreDown).toBe(true)
    const before = clock.monotonic()
    await ledger.addNow(row('b', { outcome: 'open' }))
    expect(clock.monotonic()).toBe(before)
  })
})

describe('a row that can never be written', verifies('F166'), () => {
  const poison = (rows: readonly UsageRow[]) => {
    if (rows.some(({ id }) => id.startsWith('bad'))) throw new RequestError('request_invalid', 'too long')
  }

  it('goes to the dead letters, and the rest of its batch is written', async () => {
    const { ledger, stored, troubles } = stand({}, poison)
    for (const id of ['a', 'b', 'bad1', 'c', 'd', 'bad2', 'e']) ledger.add(row(id))
    expect(await ledger.flush()).toBe(0)
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(ledger.deadLetters.map(({ id }) => id)).toEqual(['bad1', 'bad2'])
    expect(ledger.deadLettered).toBe(2)
    expect(ledger.written).toBe(5)
    expect(troubles.map(({ code }) => code)).toEqual(['request_invalid', 'request_invalid'])
  })

  it('does not fill the memory', async () => {
    const { ledger } = stand({}, poison)
    for (let n = 0; n < 250; n++) ledger.add(row(`bad${n}`))
    await ledger.flush()
    expect(ledger.deadLettered).toBe(250)
    expect(ledger.deadLetters).toHaveLength(100)
  })

  it('is told apart from a store that is down', async () => {
    const { ledger } = stand({}, () => Promise.reject(new Error('anything else')))
    for (const id of ['a', 'b']) ledger.add(row(id))
    expect(await ledger.flush()).toBe(2)
    expect(ledger.deadLettered).toBe(0)
  })
})

describe('a full queue', verifies('F173', 'F161'), () => {
  it('keeps the oldest rows, refuses the newest and counts them exactly', async () => {
    let isDown = true
    const { clock, ledger, stored } = stand({ maxQueued: 5 }, () => (isDown ? down() : undefined))
    for (let n = 0; n < 12; n++) ledger.add(row(`r${n}`))
    expect([ledger.queued, ledger.dropped, ledger.isFull]).toEqual([5, 7, true])
    ledger.add(row('r2', { totalTokens: 9 }))
    expect(ledger.dropped).toBe(7)
    isDown = false
    await clock.advance(60_000)
    expect(await stored()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4'])
    ledger.add(row('later'))
    await ledger.flush()
    expect(await stored()).toContain('later')
  })
})

describe('closing the ledger', verifies('F174'), () => {
  it('writes all that waits', async () => {
    const { clock, ledger, stored } = stand({ flushMs: 60_000 })
    for (const id of ['a', 'b']) ledger.add(row(id))
    expect(await clock.run(ledger.close(5_000))).toBe(0)
    expect(await stored()).toEqual(['a', 'b'])
    expect(clock.pending).toBe(0)
  })

  it('waits no longer than its limit for a store that is down, and hands the rows to the journal', async () => {
    const journal: string[] = []
    const { clock, ledger } = stand({ journal: (rows) => journal.push(...rows.map(({ id }) => id)) }, down)
    for (const id of ['a', 'b', 'c']) ledger.add(row(id))
    expect(await clock.run(ledger.close(2_000))).toBe(3)
    expect(clock.monotonic()).toBeLessThanOrEqual(2_100)
    expect(journal).toEqual(['a', 'b', 'c'])
    expect(clock.pending).toBe(0)
  })

  it('waits no longer than its limit for a store that never answers', async () => {
    const { clock, ledger } = stand({}, () => new Promise(() => undefined))
    ledger.add(row('a'))
    expect(await clock.run(ledger.close(1_000))).toBe(1)
    expect(clock.monotonic()).toBeLessThanOrEqual(1_100)
  })

  it('takes up a store that comes back in time', async () => {
    const { clock, ledger, stored } = stand({}, (_, call) => (call < 4 ? down() : undefined))
    ledger.add(row('a'))
    expect(await clock.run(ledger.close(5_000))).toBe(0)
    expect(await stored()).toEqual(['a'])
  })

  it('is done once, however often it is asked for', verifies('F217'), async () => {
    const journal: string[] = []
    const { clock, ledger } = stand({ journal: (rows) => journal.push(...rows.map(({ id }) => id)) }, down)
    ledger.add(row('a'))
    expect(await clock.run(Promise.all([ledger.close(500), ledger.close(500)]))).toEqual([1, 1])
    expect(await clock.run(ledger.close(500))).toBe(1)
    expect(clock.monotonic()).toBeLessThanOrEqual(600)
    expect(journal).toEqual(['a'])
  })

  it('counts rows that come too late', async () => {
    const { clock, ledger } = stand()
    await clock.run(ledger.close(1_000))
    ledger.add(row('late'))
    expect([ledger.queued, ledger.dropped]).toEqual([0, 1])
    expect(clock.pending).toBe(0)
  })
})
