// Every default of the client, and nothing else.
import type { CircuitOptions } from '../types/circuit.ts'
import type { RetryOptions } from '../types/client-options.ts'
import type { Timeouts } from '../types/timeouts.ts'

export const defaultTimeouts: Timeouts = {
  connectMs: 5_000,
  firstTokenMs: 30_000,
  idleMs: 30_000,
  readMs: 30_000,
  totalMs: 300_000,
}

/** `firstTokenMs` while another candidate stands, when the user set none. */
export const firstTokenWithFallbackMs = 10_000

export const defaultRetry: RetryOptions = {
  retries: 2,
  baseMs: 500,
  maxMs: 8_000,
  maxWaitMs: 5_000,
  budget: 0.1,
  onRateLimit: 'wait',
}

export const defaultCircuit: CircuitOptions = {
  threshold: 3,
  cooldownMs: 60_000,
  probes: 3,
  cooldownFactor: 1,
  maxCooldownMs: 900_000,
  jitter: 0.1,
}

/** Retries always allowed at one provider in 10 s, whatever its budget. */
export const freeRetries = 3
export const defaultHedgeBudget = 0.05
/** Hedges always allowed in 10 s. */
export const freeHedges = 1
export const defaultMaxAttempts = 6
export const defaultMaxConnections = 1_024
export const defaultMaxResponseBytes = 33_554_432
export const defaultMaxEventBytes = 8_388_608
