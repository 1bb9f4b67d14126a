import type { Socket } from 'node:net'
import type { Clock } from '../../../types/clock.ts'
import type { JsonObject } from '../../../types/json.ts'
import type { Exchange } from '../exchange.ts'
import type { WireOps } from '../wire-op.ts'

/** A fault of an answer. `isEarly`: it acts when the headers have come and leaves the body unread. */
export interface AnswerFault {
  readonly at: 'answer'
  readonly isEarly?: boolean
  readonly play: (exchange: Exchange, options: JsonObject) => WireOps
}

/** A fault of a connection, before any request. */
export interface ConnectionFault {
  readonly at: 'connection'
  readonly play: (socket: Socket, options: JsonObject, clock: Clock) => void
}

/** A fault of the address itself: it has a listener of its own, or none. */
export interface ListenerFault {
  readonly at: 'listener'
  readonly listen: (options: JsonObject) => Promise<FaultListener>
}

/** An address that a listener fault made. */
export interface FaultListener {
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Connections it saw, where it can see them. */
  readonly connections: () => number
  /** Certificate to trust, PEM, where the fault is about something else than trust. */
  readonly ca?: string
  readonly close: () => Promise<void>
}

/** Any fault. */
export type Fault = AnswerFault | ConnectionFault | ListenerFault

/** A table of faults of answers. */
export type AnswerFaults = Readonly<Record<string, AnswerFault['play']>>

/** Gives each function of a table its place. */
export function answerFaults(table: AnswerFaults): Readonly<Record<string, AnswerFault>> {
  return Object.fromEntries(Object.entries(table).map(([name, play]) => [name, { at: 'answer', play }]))
}

/** A number option, or its default. */
export function numberOf(options: JsonObject, name: string, usual: number): number {
  const value = options[name]
  return typeof value === 'number' ? value : usual
}

/** A text option, or its default. */
export function textOf(options: JsonObject, name: string, usual: string): string {
  const value = options[name]
  return typeof value === 'string' ? value : usual
}
