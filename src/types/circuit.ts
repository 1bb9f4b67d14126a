/** State of a circuit, by the literature. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/** What outlives a process: small, plain JSON. */
export interface CircuitSnapshot {
  readonly state: 'closed' | 'open'
  /** Failures in a row. */
  readonly failures: number
  /** End of the cooldown, epoch ms; 0 when closed. */
  readonly openUntil: number
  /** Openings in a row without a close between: what a growing cooldown counts. */
  readonly openings: number
}

/** How a circuit behaves. */
export interface CircuitOptions {
  /** Provider faults in a row that open it. Default 3. */
  readonly threshold: number
  /** How long it stays open, in ms. Default 60 000. */
  readonly cooldownMs: number
  /** Trial calls while half-open; all must succeed to close it. Default 3. */
  readonly probes: number
  /** Each opening in a row multiplies the cooldown by this. Default 1: no growth. */
  readonly cooldownFactor: number
  /** Longest cooldown, in ms. Default 900 000. */
  readonly maxCooldownMs: number
  /** Part of the cooldown added at random, 0 to 0.1; it only ever lengthens. Default 0.1. */
  readonly jitter: number
}
