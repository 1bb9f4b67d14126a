import type { CircuitSnapshot } from '../../types/circuit.ts'
import type { Clock } from '../../types/clock.ts'
import type { CircuitStore } from '../../types/store.ts'
import type { Postgres } from './client.ts'

/** Circuits in PostgreSQL. Cooldowns and leases run on its clock; what comes back is on ours. */
export function postgresCircuits({ run, prefix, now }: Postgres, clock: Clock): CircuitStore {
  const holder = crypto.randomUUID()
  const circuits = `${prefix}llm_circuits`
  const leases = `${prefix}llm_circuit_leases`
  const time = (mark: string) => `${prefix}llm_now(${mark}::bigint)`
  return {
    async read(key) {
      const text = `select state, failures, openings, open_until, open_until - ${time('$2')} as remaining
        from ${circuits} where key = $1`
      const [row] = await run(text, [key, now()])
      if (row === undefined) return undefined
      return {
        state: row.state === 'open' ? 'open' : 'closed',
        failures: Number(row.failures),
        openUntil: Number(row.open_until) === 0 ? 0 : clock.now() + Number(row.remaining),
        openings: Number(row.openings),
      } satisfies CircuitSnapshot
    },
    async write(key, { state, failures, openUntil, openings }) {
      const text = `insert into ${circuits} (key, state, failures, open_until, openings)
        values ($1, $2, $3::bigint, coalesce(${time('$4')} + $5::bigint, 0), $6::bigint)
        on conflict (key) do update set state = excluded.state, failures = excluded.failures,
          open_until = excluded.open_until, openings = excluded.openings`
      const remaining = openUntil === 0 ? null : Math.round(openUntil - clock.now())
      await run(text, [key, state, failures, now(), remaining, openings])
    },
    async lease(key, probes, ttlMs) {
      const text = `select ${prefix}llm_lease($1, $2, $3::bigint, $4::bigint, $5::bigint) as taken`
      return (await run(text, [key, holder, probes, Math.ceil(ttlMs), now()]))[0]?.taken === true
    },
    async release(key) {
      const own = `select id from ${leases} where key = $1 and holder = $2 and expires_at > ${time('$3')}`
      await run(`delete from ${leases} where id = (${own} order by expires_at, id limit 1)`, [key, holder, now()])
    },
  }
}
