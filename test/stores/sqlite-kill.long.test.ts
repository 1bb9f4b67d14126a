import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStores } from 'holdfast/stores/sqlite'
import { expect, it } from 'vitest'
import type { LimitDimension } from '../../src/types/store.ts'
import { verifies } from '../support/verifies.ts'
import { startChild } from './support/processes.ts'

/** `npm run soak:sqlite` sets a larger number. */
const kills = Number(process.env.HOLDFAST_KILLS ?? 5)

const unlimited = Number.MAX_SAFE_INTEGER
const concurrent: LimitDimension = {
  key: 'tenant/default/concurrent',
  limit: unlimited,
  amount: 0,
  keep: 0,
  window: { kind: 'calendar', boundaries: [0] },
}

it(`${kills} kills at any moment lose and double no row`, {
  timeout: 30_000 + kills * 6_000,
  ...verifies('F163', 'F164', 'F145'),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
  const path = join(folder, 'llm.db')
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(String(request.headers['x-attempt']))
    response.end('ok')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    for (let kill = 0; kill < kills; kill++) {
      const child = startChild('load-worker.ts', JSON.stringify({ kind: 'sqlite', path }), url)
      await child.line()
      const until = seen.length + 1 + Math.floor(Math.random() * 150)
      // Real time: what is to be hit is another process in its work.
      while (seen.length < until) await new Promise((resolve) => setTimeout(resolve, 1))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
      await child.kill()
      checkFile(path, seen)
    }
    await checkSweep(path, seen)
  } finally {
    server.close()
    server.closeAllConnections()
    rmSync(folder, { recursive: true })
  }
})

/** Every request that the server saw has one row; rows beyond those were written just before the kill. */
function checkFile(path: string, seen: readonly string[]): void {
  const database = new DatabaseSync(path)
  expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  const rows = new Map(
    database
      .prepare('select id, outcome from llm_usage_logs')
      .all()
      .map(({ id, outcome }) => [String(id), outcome]),
  )
  database.close()
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.filter((id) => !rows.has(id))).toEqual([])
  const unseen = [...rows.keys()].filter((id) => !seen.includes(id))
  // Those of the first kills may have been swept by a later process when there are many.
  const outcomes = new Set(unseen.map((id) => rows.get(id)))
  outcomes.delete('unknown')
  expect([...outcomes].filter((outcome) => outcome !== 'open')).toEqual([])
  expect(unseen.length).toBeLessThanOrEqual(8 * kills)
}

/** An hour later: nothing is open, nothing is reserved. */
async function checkSweep(path: string, seen: readonly string[]): Promise<void> {
  const later = Date.now() + 3_600_000
  const clock = { now: () => later, monotonic: () => later, setTimeout: () => 0, clearTimeout() {} }
  const stores = sqliteStores({ path, clock })
  const swept = await stores.usage.sweep()
  expect(swept).toBeLessThanOrEqual(kills * 50)
  expect(await stores.usage.sweep()).toBe(0)
  const [sums] = await stores.usage.statistics({})
  expect(sums?.open).toBe(0)
  expect(sums?.rows).toBeGreaterThanOrEqual(seen.length)
  expect(await stores.limits.read([concurrent])).toEqual([{ used: 0, reserved: 0 }])
  await stores.close()
}
