import type { FailureCode } from 'holdfast/testing'
import type { CallPlan, Fault, Phase, ProviderPlan, WorldOptions, WorldPlan } from './plan.ts'
import { Random } from './random.ts'

const codes: readonly [FailureCode, ...FailureCode[]] = [
  'overloaded',
  'overloaded',
  'server_error',
  'server_error',
  'rate_limited',
  'rate_limited',
  'bad_request',
  'auth_failed',
  'quota_exhausted',
  'context_length_exceeded',
  'content_filtered',
  'model_not_found',
]

/** Most calls come within this time, in ms. */
const span = 120_000

/** A whole world from one number. */
export function planOf(seed: number, callCount: number): WorldPlan {
  const random = new Random(seed)
  const options = optionsOf(random)
  const isContinuing = options.midStream === 'continue'
  const count = random.int(2, 5)
  const providers = Array.from({ length: count }, () => providerOf(random)) as [ProviderPlan, ...ProviderPlan[]]
  const closeAtMs = random.maybe(0.1, () => random.int(0, span))
  return {
    seed,
    options,
    // A continuation of another text is no text that could be foreseen.
    commonWords: isContinuing || random.chance(0.6) ? 1_000 : random.int(0, 8),
    providers,
    calls: Array.from({ length: callCount }, () => callOf(random)),
    drainMs: random.pick([0, 0, 5_000]),
    ...(closeAtMs !== undefined && { closeAtMs }),
  }
}

function optionsOf(random: Random): WorldOptions {
  const hedge = random.maybe(0.4, () => ({
    afterMs: random.pick<number | 'p95'>([200, 1_000, 3_000, 'p95']),
    budget: random.pick([0.05, 0.5, 1]),
  }))
  return {
    midStream: random.pick(['align', 'align', 'continue', 'restart', 'error']),
    retry: {
      retries: random.int(0, 3),
      baseMs: random.pick([0, 100, 500]),
      budget: random.pick([0, 0.1, 1]),
      maxWaitMs: random.pick([0, 5_000]),
      onRateLimit: random.pick(['wait', 'fallback']),
    },
    circuit: {
      threshold: random.int(1, 5),
      cooldownMs: random.pick([1_000, 10_000, 60_000]),
      probes: random.int(1, 3),
      cooldownFactor: random.pick([1, 2]),
    },
    timeouts: {
      firstTokenMs: random.pick([2_000, 10_000]),
      idleMs: random.pick([2_000, 10_000]),
      readMs: random.pick([5_000, 30_000]),
      totalMs: random.pick([20_000, 300_000]),
    },
    maxAttempts: random.int(1, 8),
    lastResort: random.chance(0.3),
    circuitPer: random.pick(['provider', 'provider+model']),
    ...(hedge && { hedge }),
  }
}

function providerOf(random: Random): ProviderPlan {
  const phases: Phase[] = []
  for (let at = 0; at < span; ) {
    at += random.int(2_000, 60_000)
    phases.push({ untilMs: at, faults: faultsOf(random) })
  }
  return {
    phases: phases as [Phase, ...Phase[]],
    prefill: random.pick(['yes', 'no', 'no', 'refuses']),
    tokensPerBatch: random.pick([1, 1, 3, 100]),
  }
}

/** A mood of a provider: well, ill in one way, or in many. */
function faultsOf(random: Random): [Fault, ...Fault[]] {
  const mood = random.next()
  if (mood < 0.3) return [goodOf(random)]
  if (mood < 0.5) return [faultOf(random)]
  const length = random.int(2, 6)
  const mixed = Array.from({ length }, () => (random.chance(0.5) ? goodOf(random) : faultOf(random)))
  return mixed as [Fault, ...Fault[]]
}

function goodOf(random: Random): Fault {
  return { kind: 'ok', firstMs: random.pick([0, 50, 400, 5_000]), everyMs: random.pick([0, 10, 100]) }
}

function faultOf(random: Random): Fault {
  const kind = random.pick(['fail', 'fail', 'fail', 'hang', 'throw', 'cut', 'reset', 'stall', 'error'] as const)
  const forMs = random.maybe(0.6, () => random.int(500, 60_000))
  const rest = forMs === undefined ? {} : { forMs }
  if (kind === 'throw') return { kind }
  if (kind === 'hang') return { kind, ...rest }
  if (kind !== 'fail') {
    return { kind, afterTokens: random.int(0, 10), everyMs: random.pick([0, 10, 100]), ...(kind === 'stall' && rest) }
  }
  const code = random.pick(codes)
  const retryAfterS = random.maybe(0.3, () => random.pick([0, 1, 3, 30]))
  return { kind, code, afterMs: random.pick([0, 0, 300]), ...(retryAfterS !== undefined && { retryAfterS }) }
}

function callOf(random: Random): CallPlan {
  const way = random.pick(['chat', 'text', 'events', 'final'] as const)
  const isRead = way === 'text' || way === 'events'
  const extra: Partial<Record<keyof CallPlan, number | undefined>> = {
    timeoutMs: random.maybe(0.15, () => random.pick([1, 500, 5_000])),
    abortAfterMs: random.maybe(0.12, () => random.int(0, 6_000)),
    cancelAfterMs: way === 'chat' ? undefined : random.maybe(0.05, () => random.int(0, 6_000)),
    leaveAfter: isRead ? random.maybe(0.08, () => random.int(1, 6)) : undefined,
    stopAfter: isRead ? random.maybe(0.03, () => random.int(1, 6)) : undefined,
    pauseMs: isRead ? random.maybe(0.1, () => random.pick([10, 1_000, 15_000])) : undefined,
  }
  const given = Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== undefined))
  return { atMs: random.int(0, span), way, words: random.int(1, 12), ...given }
}
