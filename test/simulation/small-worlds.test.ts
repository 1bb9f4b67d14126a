import { beforeAll, describe, it } from 'vitest'
import { fc } from '../support/property.ts'
import { violations } from './support/invariants.ts'
import type { CallPlan, Fault, ProviderPlan, WorldOptions, WorldPlan } from './support/plan.ts'
import { runWorld, warmUp } from './support/run-world.ts'

// The same invariants in worlds of a few calls, which shrink to the smallest one that breaks a promise.

const everyMs = fc.constantFrom(0, 10)
const forMs = { forMs: fc.constantFrom(100, 3_000, 40_000) }

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('ok' as const), firstMs: fc.constantFrom(0, 200, 4_000), everyMs }),
  fc.record({
    kind: fc.constant('fail' as const),
    code: fc.constantFrom(
      'overloaded' as const,
      'rate_limited' as const,
      'bad_request' as const,
      'auth_failed' as const,
    ),
    afterMs: fc.constantFrom(0, 200),
  }),
  fc.record({ kind: fc.constant('hang' as const), ...forMs }, { requiredKeys: ['kind'] }),
  fc.record({ kind: fc.constant('throw' as const) }),
  fc.record(
    {
      kind: fc.constantFrom('cut' as const, 'reset' as const, 'stall' as const, 'error' as const),
      afterTokens: fc.integer({ min: 0, max: 4 }),
      everyMs,
      ...forMs,
    },
    { requiredKeys: ['kind', 'afterTokens', 'everyMs'] },
  ),
)

const provider: fc.Arbitrary<ProviderPlan> = fc.record({
  phases: fc
    .array(fault, { minLength: 1, maxLength: 3 })
    .map((faults) => [{ untilMs: 0, faults: faults as [Fault, ...Fault[]] }] as ProviderPlan['phases']),
  prefill: fc.constantFrom('no', 'yes', 'refuses'),
  tokensPerBatch: fc.constantFrom(1, 2),
})

const call: fc.Arbitrary<CallPlan> = fc
  .record(
    {
      atMs: fc.constantFrom(0, 0, 50, 5_000),
      way: fc.constantFrom('chat' as const, 'text' as const, 'events' as const, 'final' as const),
      words: fc.integer({ min: 1, max: 4 }),
      timeoutMs: fc.constantFrom(100, 3_000),
      abortAfterMs: fc.constantFrom(0, 5, 300),
      cancelAfterMs: fc.constantFrom(0, 5, 300),
      leaveAfter: fc.integer({ min: 1, max: 3 }),
      stopAfter: fc.integer({ min: 1, max: 3 }),
      pauseMs: fc.constantFrom(10, 5_000),
    },
    { requiredKeys: ['atMs', 'way', 'words'] },
  )
  .map((plan) => (plan.way === 'text' || plan.way === 'events' ? plan : withoutReading(plan)))

function withoutReading({ leaveAfter: _, stopAfter: __, pauseMs: ___, ...plan }: CallPlan): CallPlan {
  return plan
}

const options: fc.Arbitrary<WorldOptions> = fc.record(
  {
    midStream: fc.constantFrom('align' as const, 'continue' as const, 'restart' as const, 'error' as const),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    lastResort: fc.boolean(),
    retry: fc.record({ retries: fc.integer({ min: 0, max: 2 }), budget: fc.constantFrom(0, 1) }),
    circuit: fc.record({
      threshold: fc.integer({ min: 1, max: 3 }),
      probes: fc.integer({ min: 1, max: 2 }),
      cooldownMs: fc.constantFrom(1, 1_000),
    }),
    hedge: fc.record({ afterMs: fc.constantFrom(0, 100), budget: fc.constant(1) }),
  },
  { requiredKeys: [] },
)

const world: fc.Arbitrary<WorldPlan> = fc
  .record(
    {
      seed: fc.nat(),
      options,
      commonWords: fc.constantFrom(1_000, 0, 2),
      providers: fc.array(provider, { minLength: 1, maxLength: 3 }).map((list) => list as [ProviderPlan]),
      calls: fc.array(call, { minLength: 1, maxLength: 4 }),
      closeAtMs: fc.constantFrom(0, 20, 3_000),
      drainMs: fc.constantFrom(0, 500),
    },
    { requiredKeys: ['seed', 'options', 'commonWords', 'providers', 'calls', 'drainMs'] },
  )
  .map((plan) => (plan.options.midStream === 'continue' ? { ...plan, commonWords: 1_000 } : plan))

/** Worlds that once broke a promise. */
const onceBroken: readonly WorldPlan[] = [
  // Cancelled while one of two racing candidates hangs and the other waits for its retry.
  {
    seed: 0,
    options: { hedge: { afterMs: 0, budget: 1 } },
    commonWords: 1_000,
    providers: [
      { phases: [{ untilMs: 0, faults: [{ kind: 'hang' }] }], prefill: 'no', tokensPerBatch: 1 },
      {
        phases: [
          {
            untilMs: 0,
            faults: [
              { kind: 'cut', afterTokens: 0, everyMs: 0 },
              { kind: 'ok', firstMs: 0, everyMs: 0 },
            ],
          },
        ],
        prefill: 'no',
        tokensPerBatch: 1,
      },
    ],
    calls: [{ atMs: 0, way: 'text', words: 1, timeoutMs: 100, cancelAfterMs: 5 }],
    drainMs: 0,
  },
]

describe('small worlds', () => {
  beforeAll(warmUp)

  it('keep every promise', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async (plan) => {
        const found = violations(await runWorld(plan))
        if (found.length > 0) throw new Error(found.join('\n'))
      }),
      {
        examples: onceBroken.map((plan) => [plan] as [WorldPlan]),
        numRuns: Number(process.env.HOLDFAST_RUNS ?? 400),
      },
    )
  })
})
