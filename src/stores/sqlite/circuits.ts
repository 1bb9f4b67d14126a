import type { CircuitSnapshot } from '../../types/circuit.ts'
import type { Clock } from '../../types/clock.ts'
import type { CircuitStore } from '../../types/store.ts'
import type { Database } from './database.ts'

/** Circuits in SQLite. All processes of a machine share its clock. */
export function sqliteCircuits(database: Database, clock: Clock): CircuitStore {
  const holder = crypto.randomUUID()
  return {
    read: (key) =>
      database.read((run) => {
        const row = run.get('select * from llm_circuits where key = ?', key)
        if (row === undefined) return undefined
        return {
          state: row.state === 'open' ? 'open' : 'closed',
          failures: Number(row.failures),
          openUntil: Number(row.open_until),
          openings: Number(row.openings),
        } satisfies CircuitSnapshot
      }),
    write: async (key, { state, failures, openUntil, openings }) => {
      const text = 'replace into llm_circuits (key, state, failures, open_until, openings) values (?, ?, ?, ?, ?)'
      await database.write((run) => run.run(text, key, state, failures, openUntil, openings))
    },
    lease: (key, probes, ttlMs) =>
      database.write((run) => {
        const now = clock.now()
        run.run('delete from llm_circuit_leases where key = ? and expires_at <= ?', key, now)
        const taken = run.get('select count(*) as taken from llm_circuit_leases where key = ?', key)
        if (Number(taken?.taken) >= probes) return false
        run.run('insert into llm_circuit_leases (key, holder, expires_at) values (?, ?, ?)', key, holder, now + ttlMs)
        return true
      }),
    release: async (key) => {
      const own = 'select rowid from llm_circuit_leases where key = ? and holder = ? and expires_at > ?'
      const text = `delete from llm_circuit_leases where rowid = (${own} order by expires_at limit 1)`
      await database.write((run) => run.run(text, key, holder, clock.now()))
    },
  }
}
