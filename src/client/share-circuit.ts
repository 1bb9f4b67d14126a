import { ConfigError } from '../errors/families.ts'
import type { Circuit } from '../resilience/circuit-breaker.ts'
import { SharedCircuit } from '../resilience/shared-circuit.ts'
import type { Clock } from '../types/clock.ts'
import type { Emitter } from './emitter.ts'
import type { Settings } from './settings.ts'

/** Joins a circuit to the store of the client's fleet, under its name and endpoint: names alone may be used twice. */
export function shareCircuit(
  circuit: Circuit,
  place: { readonly name: string; readonly endpoint?: string | undefined },
  settings: Settings,
  emitter: Emitter,
): SharedCircuit {
  const { circuitStore: store, clock } = settings
  if (store === undefined)
    throw new ConfigError('config_invalid', 'Option circuitStore: got nothing', { path: 'circuitStore' })
  return new SharedCircuit(circuit, {
    store,
    key: place.endpoint === undefined ? place.name : `${place.name}@${place.endpoint}`,
    probes: settings.circuit.probes,
    clock,
    onTrouble: troubleTeller(emitter, place.name, clock),
  })
}

/** The store's first failure is told, the rest of the trouble is not, until it has passed. */
function troubleTeller(emitter: Emitter, provider: string, clock: Clock): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.monotonic()
    if (now - toldAt < 60_000) return
    toldAt = now
    emitter.emit({
      type: 'warning',
      provider,
      code: 'circuit-store-unavailable',
      message: 'The circuit store does not answer; this process decides alone',
    })
  }
}
