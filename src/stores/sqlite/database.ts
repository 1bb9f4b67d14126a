import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { RequestError, StoreError } from '../../errors/families.ts'
import { LlmError } from '../../errors/llm-error.ts'
import type { Clock } from '../../types/clock.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import { migrate, rollback } from './migrations.ts'

// The driver blocks the event loop while it waits for a lock, so each try is short and the waiting is done outside.
const lockTryMs = 15
/** Opening may block longer, 5 s in all: it happens once, before there is traffic. */
const openTries = 250
const openPauseMs = 20

/** What opening needs to know. */
export interface DatabaseOptions {
  readonly path: string
  readonly clock: Clock
  readonly busyMs: number
  readonly check: boolean
  readonly onMigrated?: ((versions: { from: number; to: number }) => void) | undefined
}

/** A database whose work is done in transactions. */
export interface Database {
  /** One transaction that holds the write lock from its start; waits while another process holds it. */
  write<Result>(work: (run: Runner) => Result): Promise<Result>
  /** Reads one consistent state. */
  read<Result>(work: (run: Runner) => Result): Promise<Result>
  close(): void
}

/** Runs statements; each text is prepared once. */
export interface Runner {
  all(text: string, ...values: SQLInputValue[]): Record<string, unknown>[]
  get(text: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined
  /** Answers how many rows changed. */
  run(text: string, ...values: SQLInputValue[]): number
}

/** Opens or makes the file and brings its schema up to date. */
export function openDatabase(options: DatabaseOptions): Database {
  let database: DatabaseSync | undefined
  try {
    // Holds sealed keys: nobody else's to read. The files beside it inherit the mode.
    if (options.path !== ':memory:') closeSync(openSync(options.path, 'a', 0o600))
    database = new DatabaseSync(options.path)
    prepare(database, options)
  } catch (error) {
    database?.close()
    throw storeError(error)
  }
  return transactions(database, options)
}

function prepare(database: DatabaseSync, { check, onMigrated }: DatabaseOptions): void {
  let triesLeft = openTries
  // The driver's own waiting gives up at once where two processes change to WAL together.
  const unlocked = <Result>(work: () => Result): Result => {
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || triesLeft-- <= 0) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openPauseMs)
      }
    }
  }
  database.exec('pragma busy_timeout = 0')
  if (check) {
    const found = unlocked(() => database.prepare('pragma quick_check(1)').get()) as { quick_check?: unknown }
    if (found.quick_check !== 'ok') throw new StoreError('store_corrupt', 'The database file is damaged; restore it')
  }
  const versions = unlocked(() => migrate(database))
  // Readers never wait for a writer, and a killed process loses nothing that was committed.
  unlocked(() => database.exec('pragma journal_mode = wal; pragma synchronous = normal'))
  database.exec(`pragma busy_timeout = ${lockTryMs}`)
  if (versions !== undefined) onMigrated?.(versions)
}

function transactions(database: DatabaseSync, { clock, busyMs }: DatabaseOptions): Database {
  let isClosed = false
  const statements = new Map<string, StatementSync>()
  const statement = (text: string) => {
    const known = statements.get(text) ?? database.prepare(text)
    statements.set(text, known)
    return known
  }
  const runner: Runner = {
    all: (text, ...values) => statement(text).all(...values) as Record<string, unknown>[],
    get: (text, ...values) => statement(text).get(...values) as Record<string, unknown> | undefined,
    run: (text, ...values) => Number(statement(text).run(...values).changes),
  }
  const transaction = <Result>(kind: string, work: (run: Runner) => Result): Result => {
    database.exec(`begin ${kind}`)
    try {
      const result = work(runner)
      database.exec('commit')
      return result
    } catch (error) {
      rollback(database)
      throw error
    }
  }
  const patiently = async <Result>(kind: string, work: (run: Runner) => Result): Promise<Result> => {
    const until = clock.monotonic() + busyMs
    for (let round = 0; ; round++) {
      try {
        return transaction(kind, work)
      } catch (error) {
        if (!isBusy(error) || clock.monotonic() >= until) throw storeError(error)
        await pause(clock, Math.min(5 * 2 ** Math.min(round, 5), 100) * (0.5 + Math.random() / 2))
      }
    }
  }
  return {
    write: (work) => patiently('immediate', work),
    read: (work) => patiently('deferred', work),
    close() {
      if (!isClosed) database.close()
      isClosed = true
    },
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms)
  })
}

/** The driver's errors carry SQLite's result code; the low byte is its kind. */
function resultOf(error: unknown): number {
  const { errcode } = (error ?? {}) as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode & 0xff : 0
}

function isBusy(error: unknown): boolean {
  return [5, 6].includes(resultOf(error))
}

const codes: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  5: ['store_unavailable', 'The database is locked by another process'],
  6: ['store_unavailable', 'The database is locked by another process'],
  8: ['store_unavailable', 'The database is read-only'],
  10: ['store_unavailable', 'The disk cannot be read or written'],
  11: ['store_corrupt', 'The database file is damaged; restore it'],
  13: ['store_unavailable', 'The disk is full'],
  14: ['store_unavailable', 'The database file cannot be opened'],
  18: ['request_invalid', 'A value is too long'],
  19: ['request_invalid', 'A value is missing or of the wrong type'],
  20: ['request_invalid', 'A value is of the wrong type'],
  26: ['store_corrupt', 'The file is not a database'],
}

/** What a failure of the driver means to a caller. */
function storeError(error: unknown): LlmError {
  if (LlmError.isInstance(error)) return error
  const [code, message] = codes[resultOf(error)] ?? ['store_unavailable', 'The database cannot be used']
  // A value that the driver does not take at all, or that is no JSON.
  const isValue = error instanceof TypeError || (error as { code?: unknown }).code === 'ERR_INVALID_ARG_TYPE'
  if (isValue) return new RequestError('request_invalid', 'A value is of the wrong type', { cause: error })
  return code === 'request_invalid'
    ? new RequestError(code, message, { cause: error })
    : new StoreError(code, message, { cause: error })
}
