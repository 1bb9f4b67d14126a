/** Holds a call's outcome against a row of the catalogue. */
import type { AttemptRecord, ErrorCode } from 'holdfast'
import { expect } from 'vitest'
import type { BillingClass } from '../../../src/types/store.ts'
import { type AskOptions, ask, type Outcome } from './ask.ts'
import type { Bench } from './bench.ts'

/** A row of the catalogue. */
export interface Row {
  readonly code: ErrorCode
  /** Attempts at the faulty provider when it is the only one, and beside a healthy one. */
  readonly alone: number
  readonly beside: number
  /** Does each attempt count for the circuit? */
  readonly counts: boolean
  /** Is the healthy provider asked? */
  readonly next: boolean
  readonly billing: BillingClass
  /** HTTP status on error and records. */
  readonly status?: number
  /** How long the key rests. */
  readonly gateMs?: number
}

type Kind = Pick<Row, 'alone' | 'beside' | 'counts' | 'next'>

/** R2 · B+ · F+ */
export const passing: Kind = { alone: 3, beside: 2, counts: true, next: true }
/** Rt · B+ · F+ */
export const silent: Kind = { alone: 2, beside: 1, counts: true, next: true }
/** R1 · B+ · F+ */
export const unusable: Kind = { alone: 2, beside: 2, counts: true, next: true }
/** R0 · B+ · F+ */
export const dead: Kind = { alone: 1, beside: 1, counts: true, next: true }
/** R0 · B0 · F+ */
export const elsewhere: Kind = { alone: 1, beside: 1, counts: false, next: true }
/** R0 · B0 · F0 */
export const final: Kind = { alone: 1, beside: 1, counts: false, next: false }

/** What differs from the usual when a row is judged. */
export interface JudgeOptions extends AskOptions {
  /** Attempts as the faulty end saw them. Default: requests at the primary server. */
  readonly seen?: () => number
  /** Makes the fault anew before each of the two calls. */
  readonly before?: () => void
}

/** Makes the call with the faulty provider alone, then beside a healthy one, and checks every cell. */
export async function judge(bench: Bench, row: Row, options: JudgeOptions = {}): Promise<[Outcome, Outcome]> {
  const { seen = () => bench.primary.requests.length, before = () => bench.primary.reset(), ...call } = options
  before()
  let base = seen()
  const alone = await ask(bench, call)
  expect(alone.error?.code).toBe(row.code)
  expect(alone.error).toMatchObject({ provider: 'primary', model: 'm', ...(row.status && { status: row.status }) })
  expect(seen() - base, 'attempts seen, alone').toBe(row.alone)
  check(alone, row, row.alone)

  before()
  base = seen()
  bench.backup.reset()
  const beside = await ask(bench, { ...call, hasBackup: true })
  expect(seen() - base, 'attempts seen, beside a healthy provider').toBe(row.beside)
  check(beside, row, row.beside)
  expect(beside.backup, 'requests at the healthy provider').toBe(row.next ? 1 : 0)
  if (row.next) {
    expect(beside.reply).toMatchObject({ provider: 'backup', routing: { strategy: 'fallback' } })
    expect(ofType(beside, 'fallback-taken')).toMatchObject([{ from: 'primary', to: 'backup', code: row.code }])
  } else expect(beside.error?.code).toBe(row.code)
  return [alone, beside]
}

/** Records, circuit and events of the faulty provider's attempts. */
function check(outcome: Outcome, row: Row, count: number): void {
  const failed = outcome.attempts.filter(({ provider }) => provider === 'primary')
  expect(
    failed.map(({ code }) => code),
    'codes of the attempts',
  ).toEqual(Array(count).fill(row.code))
  expect(failed.map(({ attempt }) => attempt)).toEqual(Array.from({ length: count }, (_, index) => index + 1))
  if (row.status) expect(failed.every(({ status }) => status === row.status)).toBe(true)
  expect(outcome.failures, 'failures the circuit counted').toBe(row.counts ? count : 0)
  expect(outcome.billing, 'billing').toEqual(Array(count).fill(row.billing))
  const gates = ofType(outcome, 'gate-closed').map(({ forMs }) => forMs)
  expect(gates, 'rests of the key').toEqual(row.gateMs === undefined ? [] : Array(count).fill(row.gateMs))
  checkEvents(outcome)
}

/** Every attempt, retry and the call itself is told once, in order, and agrees with the records. */
export function checkEvents(outcome: Outcome): void {
  const { attempts } = outcome
  const sent = attempts.filter(({ attempt }) => attempt > 0)
  expect(ofType(outcome, 'attempt-start')).toHaveLength(sent.length)
  expect(ofType(outcome, 'attempt-end').map(({ record }) => record)).toEqual(sent)
  expect(ofType(outcome, 'call-start')).toHaveLength(1)
  expect(ofType(outcome, 'call-end')).toMatchObject([
    outcome.error ? { outcome: outcome.error.code === 'aborted' ? 'aborted' : 'failed' } : { outcome: 'ok' },
  ])
  for (const record of attempts) checkRecord(record)
}

function checkRecord(record: AttemptRecord): void {
  expect(record.code === undefined, 'a code unless ok').toBe(
    record.outcome === 'ok' || record.outcome === 'hedge_lost' || record.outcome === 'superseded',
  )
  expect(record.ms).toBeGreaterThanOrEqual(0)
}

/** Events of one type. */
export function ofType<Type extends Outcome['events'][number]['type']>(
  { events }: Pick<Outcome, 'events'>,
  type: Type,
): Extract<Outcome['events'][number], { type: Type }>[] {
  return events.filter((event): event is Extract<typeof event, { type: Type }> => event.type === type)
}
