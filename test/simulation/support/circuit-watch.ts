import type { ClientEvent } from 'holdfast'
import type { Trace } from './run-world.ts'

/** A trial call that took this long has lost its place. */
const leaseMs = 120_000

interface Watched {
  state: 'closed' | 'open'
  openUntil: number
  successes: number
  readonly probes: Map<string, number>
}

/** Follows every circuit by its events and looks at each attempt that begins. */
export function circuitViolations({ events, plan }: Trace): readonly string[] {
  const circuits = new Map<string, Watched>()
  const found: string[] = []
  const circuitOf = (provider: string): Watched => {
    const known = circuits.get(provider)
    if (known !== undefined) return known
    const made: Watched = { state: 'closed', openUntil: 0, successes: 0, probes: new Map() }
    circuits.set(provider, made)
    return made
  }
  const places = plan.options.circuit?.probes ?? 3
  const mayForce = plan.options.lastResort === true
  for (const event of events) {
    if (event.type === 'circuit-opened') {
      renew(circuitOf(event.provider), 'open', event.at + event.cooldownMs)
    } else if (event.type === 'circuit-closed') {
      renew(circuitOf(event.provider), 'closed', 0)
    } else if (event.type === 'attempt-start') {
      const wrong = look(circuitOf(event.provider), event, places, mayForce)
      if (wrong !== undefined) found.push(`${event.requestId} at ${event.provider}: ${wrong}`)
    } else if (event.type === 'attempt-end') {
      const { record } = event
      const circuit = circuitOf(record.provider)
      if (circuit.probes.delete(keyOf(event.requestId, record.attempt)) && record.outcome === 'ok') circuit.successes++
    }
  }
  return found
}

function renew(circuit: Watched, state: Watched['state'], openUntil: number): void {
  circuit.state = state
  circuit.openUntil = openUntil
  circuit.successes = 0
  circuit.probes.clear()
}

type Start = Extract<ClientEvent, { type: 'attempt-start' }>

function look(circuit: Watched, event: Start, places: number, mayForce: boolean): string | undefined {
  const { at, isProbe } = event
  if (circuit.state === 'closed') return isProbe ? 'a trial call through a closed circuit' : undefined
  if (!isProbe) return 'an ordinary attempt through an open circuit'
  for (const [key, startedAt] of circuit.probes) if (at - startedAt > leaseMs) circuit.probes.delete(key)
  const taken = circuit.probes.size + circuit.successes
  circuit.probes.set(keyOf(event.requestId, event.attempt), at)
  if (mayForce) return undefined
  // Event times are whole only as far as the cooldown is; a rounding error is no attempt too early.
  if (at < circuit.openUntil - 0.001) return `a trial call ${circuit.openUntil - at} ms too early`
  return taken >= places ? `trial call ${taken + 1} of ${places}` : undefined
}

function keyOf(requestId: string | undefined, attempt: number): string {
  return `${requestId} ${attempt}`
}
