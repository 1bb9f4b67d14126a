import type { ServedOperation } from '../step.ts'
import type { DialectName } from './dialects/dialect.ts'

/** One request as a server saw it, and what became of it. */
export interface RecordedRequest {
  /** 0 for the first. */
  readonly index: number
  /** Which connection it came over; 0 for the server's first. */
  readonly connection: number
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The parsed body, its text when it is not JSON, `undefined` when there is none or it was not read. */
  readonly body: unknown
  /** The body's length in bytes, as far as it was read. */
  readonly bodyBytes: number
  readonly dialect: DialectName
  readonly operation: ServedOperation
  readonly model: string
  /** When its headers had arrived, epoch ms by the server's clock. */
  readonly at: number
  /** The status that was sent. */
  readonly status: number | undefined
  /** Bytes of the answer's body that were sent. */
  readonly bytesSent: number
  /** `broken`: the server ended the connection before the answer was whole. */
  readonly outcome: 'open' | 'answered' | 'client-closed' | 'broken'
  /** When it was over, epoch ms by the server's clock. */
  readonly endedAt: number | undefined
}

/** A record that is still being written. */
export type OpenRequest = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }
