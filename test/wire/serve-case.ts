import { bodyText, type WireCase } from '../support/wire-corpus.ts'
import type { Answer } from './loopback-server.ts'

/** How the bytes of an answer are sent. */
export type Delivery = Pick<Answer, 'cuts' | 'end'>

/** Recorded headers that speak of the recorded transport, not of the answer. */
const dropped = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive'])

/** The recorded answer: its status, its headers and its exact bytes. */
export function answerOf(wireCase: WireCase, delivery: Delivery = {}): Answer {
  const { status, headers } = wireCase.response
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name))),
    text: bodyText(wireCase),
    ...delivery,
  }
}
