import type { ErrorCode } from '../../../src/types/error-code.ts'

/** What else stands in a failed answer, or is read out of it. */
export interface FailureFacts {
  readonly headers?: Readonly<Record<string, string>>
  /** The wait it asks for. */
  readonly waitMs?: number
}

/** A failed answer: its status, its body (a text stands as it is), what it means, and what else there is. */
export type FailureRow = readonly [status: number, body: unknown, code: ErrorCode, facts?: FailureFacts]

/** An error object as OpenAI and those after it write one. */
export function error(message: string, fields: Readonly<Record<string, unknown>> = {}): unknown {
  return { error: { message, type: null, param: null, code: null, ...fields } }
}

/** The same with the type that stands in nearly all of them. */
export function invalid(message: string, fields: Readonly<Record<string, unknown>> = {}): unknown {
  return error(message, { type: 'invalid_request_error', ...fields })
}
