/** The form of a result, and what is made of it: ratios and goals. */
import { median, medianRatio } from './numbers.ts'
import type { Parts } from './parts.ts'
import { type Contestant, contestants, type Samples } from './rounds.ts'
import type { Size } from './sizes.ts'

/** Everything one run has found, as `--json` writes it. */
export interface Results {
  readonly machine: { readonly node: string; readonly cpu: string; readonly cores: number; readonly load: number }
  readonly peers: Readonly<Record<string, string>>
  readonly rounds: number
  readonly rows: Readonly<Record<keyof Samples, readonly Row[]>>
  /** CPU milliseconds of a process that imports and ends. */
  readonly importMs: Readonly<Record<string, number>>
  /** Bytes after gzip of a program that chats. */
  readonly bundles: Readonly<Record<string, Size>>
  readonly parts: Parts
  readonly goals: readonly Goal[]
}

/** One contestant in one discipline. */
export interface Row {
  readonly name: Contestant
  readonly cpuUs: number
  /** Of raw fetch in the same round, the median. */
  readonly timesFetch: number
}

/** What we want of ourselves, and how far we are. */
export interface Goal {
  readonly what: string
  readonly value: number
  readonly atMost: number
  readonly unit: string
}

/** Medians and ratios of all contestants in all disciplines. */
export function rowsOf(samples: Samples): Results['rows'] {
  const rows = Object.entries(samples).map(([id, discipline]) => [
    id,
    contestants.map((name) => ({
      name,
      cpuUs: median(discipline[name]),
      timesFetch: medianRatio(discipline[name], discipline.fetch),
    })),
  ])
  return Object.fromEntries(rows)
}

/** Our goals against what was measured. */
export function goalsOf(samples: Samples, results: Pick<Results, 'importMs' | 'bundles' | 'parts'>): Goal[] {
  const { importMs, bundles, parts } = results
  const over = (id: keyof Samples, other: Contestant) => medianRatio(samples[id].holdfast, samples[id][other])
  return [
    { what: 'chat, one at a time', value: over('chat', 'fetch'), atMost: 1.4, unit: '× fetch' },
    { what: 'chat, one at a time', value: over('chat', 'openai'), atMost: 0.8, unit: '× openai' },
    { what: 'chat, 64 at once', value: over('chat64', 'fetch'), atMost: 1.4, unit: '× fetch' },
    { what: 'chat, 64 at once', value: over('chat64', 'openai'), atMost: 0.8, unit: '× openai' },
    { what: 'stream, per chunk', value: over('stream', 'fetch'), atMost: 1.2, unit: '× fetch' },
    { what: 'stream, per chunk', value: over('stream', 'openai'), atMost: 0.35, unit: '× openai' },
    {
      what: 'import, over bare node',
      value: (importMs.holdfast ?? Number.NaN) - (importMs['bare node'] ?? Number.NaN),
      atMost: 15,
      unit: 'ms',
    },
    { what: 'circuit + retry around a no-op', value: parts.breakerAndRetryUs, atMost: 4, unit: 'µs' },
    { what: 'passing over an open circuit', value: parts.openBreakerUs, atMost: 0.2, unit: 'µs' },
    { what: 'limits in memory, a call', value: parts.metering.limitsUs, atMost: 5, unit: 'µs' },
    { what: 'rows of a call to the queue', value: parts.metering.queueUs, atMost: 10, unit: 'µs' },
    { what: 'a usage row into SQLite', value: parts.metering.sqliteRowUs, atMost: 200, unit: 'µs' },
    {
      what: 'bundle, before the first call',
      value: (bundles.holdfast?.initial ?? Number.NaN) / 1_000,
      atMost: 25,
      unit: 'kB gzip',
    },
  ]
}
