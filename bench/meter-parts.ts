/** What metering costs, each in microseconds of CPU: limits and ledger in memory, and rows on their way into SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMeter, type LimitOptions } from 'holdfast/metering'
import { memoryStores } from 'holdfast/stores/memory'
import { sqliteStores } from 'holdfast/stores/sqlite'

/** The figures, in the order they are shown. */
export interface MeterParts {
  /** Reserve and settle four limits for a call and its attempt. */
  readonly limitsUs: number
  /** The same with three rows of the ledger in memory. */
  readonly limitsAndLedgerUs: number
  /** Hand the rows of a call to the queue for SQLite, one of them taking the place of another. */
  readonly queueUs: number
  /** Write one row of the queue into a file of SQLite. */
  readonly sqliteRowUs: number
}

/** Median CPU microseconds a unit of work that is done so many times. */
export type Measure = (count: number, work: (count: number) => Promise<void>) => Promise<number>

type Meter = ReturnType<typeof createMeter>

/** Limits that never refuse. */
const limits: LimitOptions = {
  perTenant: { requests: ['1000000000/minute', '1000000000/day'], tokens: '1000000000000/day' },
  perProvider: { requests: '1000000000/minute' },
}
const usage = { inputTokens: 10, outputTokens: 20, totalTokens: 30, input: {}, output: {} }

/** Measures all of them. */
export async function measureMeter(measure: Measure): Promise<MeterParts> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const sqlite = sqliteStores(join(folder, 'llm.db'))
  const queued = createMeter({
    stores: { usage: sqlite.usage },
    ledger: { writeAhead: false, maxQueued: 1_000_000, batchSize: 10_000, flushMs: 1_000_000 },
  })
  const writing = createMeter({
    stores: { usage: sqlite.usage },
    ledger: { writeAhead: false, maxQueued: 1_000_000, flushMs: 1_000_000 },
  })
  try {
    return {
      limitsUs: await measure(10_000, calls(createMeter({ stores: { limits: memoryStores().limits }, limits }))),
      limitsAndLedgerUs: await measure(10_000, calls(createMeter({ stores: memoryStores(), limits }))),
      // Few enough that none is written while it is measured.
      queueUs: await measure(100, calls(queued)),
      // Two rows of a call are left when it is over.
      sqliteRowUs: (await measure(1_000, written(writing))) / 2,
    }
  } finally {
    await queued.close(0)
    await writing.close()
    await sqlite.close()
    rmSync(folder, { recursive: true })
  }
}

function calls(meter: Meter): (count: number) => Promise<void> {
  return async (count) => {
    for (let done = 0; done < count; done++) {
      const call = await meter.reserve({
        requestId: 'bench',
        tenant: 'acme',
        endpoint: 'chat',
        inputTokens: 10,
        maxOutputTokens: 90,
      })
      const attempt = await call.openAttempt({ provider: 'bench', model: 'bench-model', attempt: 1 })
      attempt.settle({ outcome: 'ok', ms: 5, usage })
      call.settle({ outcome: 'ok', provider: 'bench', model: 'bench-model', ms: 5 })
    }
  }
}

function written(meter: Meter): (count: number) => Promise<void> {
  const make = calls(meter)
  return async (count) => {
    await make(count)
    if ((await meter.flush()) > 0) throw new Error('rows were not written')
  }
}
