import { freeRetries } from '../config/defaults.ts'
import { Budget } from '../resilience/budget.ts'
import { Circuit, type CircuitChange } from '../resilience/circuit-breaker.ts'
import { LatencyWindow } from '../resilience/latency-window.ts'
import type { Candidate, Link } from '../resilience/link.ts'
import type { SharedCircuit } from '../resilience/shared-circuit.ts'
import type { CircuitSnapshot } from '../types/circuit.ts'
import type { Clock } from '../types/clock.ts'
import type { ProviderKey, ProviderKeys } from '../types/keys.ts'
import type { Provider } from '../types/provider.ts'
import { GatedKeys } from '../utils/gated-keys.ts'
import type { Emitter } from './emitter.ts'
import type { Settings } from './settings.ts'

const mostTenants = 1_000

/** A tenant's own key, as it was last changed. */
interface TenantKeys {
  readonly change: string
  readonly keys: ProviderKeys
}

/** A provider of the chain, with one circuit, or one for each model that was asked. */
export class ProviderLink {
  readonly provider: Provider
  readonly #settings: Settings
  readonly #emitter: Emitter
  readonly #keys: ProviderKeys
  readonly #budget: Budget
  readonly #latency = new LatencyWindow()
  readonly #links = new Map<string, EndpointLink>()
  readonly #tenantKeys = new Map<string, TenantKeys>()

  constructor(provider: Provider, settings: Settings, emitter: Emitter) {
    this.provider = provider
    this.#settings = settings
    this.#emitter = emitter
    this.#keys = keysOf(provider, settings.clock)
    this.#budget = new Budget(settings.clock, settings.retry.budget, freeRetries)
  }

  /** The candidate for a model. */
  candidate(model: string, isDefault: boolean): Candidate {
    return { link: this.#link(this.#nameFor(model)), model, ...(isDefault && { isDefault }) }
  }

  /**
   * The candidate for a tenant's own key: the endpoint's circuit is everybody's, the key's rests are the tenant's. They are
   * forgotten with each `change` of the key.
   */
  tenantCandidate(model: string, tenant: string, key: ProviderKey, change: string): Candidate {
    const { provider, circuit, shared, budget, latency } = this.#link(this.#nameFor(model))
    const keys = this.#keysOf(tenant, key, change)
    return { link: { provider, circuit, shared, budget, latency, keys }, model }
  }

  #nameFor(model: string): string {
    return this.#settings.circuitPer === 'provider' ? this.provider.name : `${this.provider.name}/${model}`
  }

  #keysOf(tenant: string, key: ProviderKey, change: string): ProviderKeys {
    const known = this.#tenantKeys.get(tenant)
    if (known?.change === change) return known.keys
    if (this.#tenantKeys.size >= mostTenants) this.#forgetRested()
    const keys = new GatedKeys([key], this.#settings.clock)
    this.#tenantKeys.set(tenant, { change, keys })
    return keys
  }

  /** A key that does not rest has nothing worth remembering. */
  #forgetRested(): void {
    for (const [tenant, { keys }] of this.#tenantKeys) if (keys.restsForMs === 0) this.#tenantKeys.delete(tenant)
  }

  snapshots(): [string, CircuitSnapshot][] {
    if (this.#settings.circuitPer === 'provider') this.#link(this.provider.name)
    return [...this.#links].map(([name, { circuit }]) => [name, circuit.snapshot()])
  }

  /** Takes up a saved circuit, if it is one of this provider's. */
  restore(name: string, snapshot: CircuitSnapshot): void {
    const isOwn =
      this.#settings.circuitPer === 'provider' ? name === this.provider.name : name.startsWith(`${this.provider.name}/`)
    if (isOwn) this.#link(name).circuit.restore(snapshot)
  }

  reset(): void {
    this.#keys.reset()
    this.#tenantKeys.clear()
    for (const { circuit } of this.#links.values()) circuit.reset()
  }

  close(): void {
    for (const { circuit } of this.#links.values()) circuit.close()
  }

  #link(name: string): EndpointLink {
    let link = this.#links.get(name)
    if (link === undefined) {
      const { provider } = this
      link = new EndpointLink(
        { provider, keys: this.#keys, budget: this.#budget, latency: this.#latency },
        name,
        this.#settings,
        this.#emitter,
      )
      this.#links.set(name, link)
    }
    return link
  }
}

class EndpointLink implements Link {
  readonly provider: Provider
  readonly keys: ProviderKeys
  readonly budget: Budget
  readonly latency: LatencyWindow
  readonly circuit: Circuit
  readonly shared: Promise<SharedCircuit> | undefined

  constructor(parts: Omit<Link, 'circuit' | 'shared'>, name: string, settings: Settings, emitter: Emitter) {
    this.provider = parts.provider
    this.keys = parts.keys
    this.budget = parts.budget
    this.latency = parts.latency
    const { circuit, clock, random } = settings
    this.circuit = new Circuit(name, circuit, clock, random, (change) => {
      tell(emitter, this.provider.name, change)
      void this.shared?.then((shared) => shared.tell(change))
    })
    this.shared =
      settings.circuitStore &&
      import('./share-circuit.ts').then(({ shareCircuit }) =>
        shareCircuit(this.circuit, { name, endpoint: this.provider.endpoint }, settings, emitter),
      )
  }
}

/** Several keys, a pool that may be shared with other clients, or the one the provider has itself. */
function keysOf({ keys, canRefreshKey = false }: Provider, clock: Clock): ProviderKeys {
  if (keys !== undefined && 'next' in keys) return keys
  return new GatedKeys(keys ?? [{ canRefresh: canRefreshKey }], clock)
}

function tell(emitter: Emitter, provider: string, change: CircuitChange): void {
  if (change.to === 'open') emitter.emit({ type: 'circuit-opened', provider, cooldownMs: change.cooldownMs })
  else emitter.emit({ type: change.to === 'closed' ? 'circuit-closed' : 'circuit-half-opened', provider })
}
