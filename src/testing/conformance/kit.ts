/** What the suites share: a clock that stands still, and assertions that need no test runner. */
import type { Clock } from '../../types/clock.ts'
import type { Awaitable } from '../../types/store.ts'

/** A clock that only the suite moves. Give it to the store in place of its own. */
export interface ConformanceClock extends Clock {
  /** Moves wall and steady time on. */
  advance(ms: number): void
  /** Sets the wall time alone, as an administrator would. */
  jump(ms: number): void
}

/** A store made for one case. */
export interface StoreUnderTest<Store> {
  readonly store: Store
  /** Another object over the same data, as another process would have it. Default: the same object. */
  readonly peer?: Store
  /** Called when the case is over, also after a failure. */
  close?(): Promise<void>
}

/** How a suite runs. */
export interface ConformanceOptions<Store> {
  /** Registers one case: `test` of vitest, `node:test`, Bun or Deno, or your own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** Makes a fresh, empty store that takes its time from the clock. */
  readonly create: (clock: ConformanceClock) => Promise<StoreUnderTest<Store>>
}

/** One case of a suite. */
export type Case<Store> = (stand: { store: Store; peer: Store; clock: ConformanceClock }) => Promise<void>

/** Registers the cases; each gets a store of its own. */
export function runCases<Store>(
  options: ConformanceOptions<Store>,
  cases: Readonly<Record<string, Case<Store>>>,
): void {
  for (const [name, run] of Object.entries(cases)) {
    options.test(name, async () => {
      const clock = standingClock()
      const { store, peer = store, close } = await options.create(clock)
      try {
        await run({ store, peer, clock })
      } finally {
        await close?.()
      }
    })
  }
}

function standingClock(): ConformanceClock {
  let wall = Date.UTC(2026, 0, 15, 12)
  let steady = 1_000
  return {
    now: () => wall,
    monotonic: () => steady,
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (handle) => clearTimeout(handle as number),
    advance(ms) {
      wall += ms
      steady += ms
    },
    jump(ms) {
      wall += ms
    },
  }
}

/** Fails unless both are the same value, the order of keys apart. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [textOf(actual), textOf(expected)]
  if (a !== b) throw new Error(`${what}: got ${a}, expected ${b}`)
}

/** Fails unless the condition holds. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

/** Calls `make` for 0 to `count - 1`, all at once. */
export function atOnce<Value>(count: number, make: (index: number) => Awaitable<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, async (_, index) => make(index)))
}

/** Names that look alike, or like code, and are all different. */
export const hostileNames: readonly string[] = [
  "a' OR 1=1--",
  'a"; drop table llm_usage_logs; --',
  '../../etc',
  '__proto__',
  'constructor',
  'caf\u00e9',
  'cafe\u0301',
  'I',
  '\u2160',
  'i',
  '{tag}',
  'a:b',
  'a|b',
  '%',
  '_',
  '*',
  'x'.repeat(500),
]

/** A text that is the same for values that are the same, the order of keys apart. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
