import { sampleText, tokensOf } from '../../tokens.ts'
import { refusalOps } from '../carry-out.ts'
import { answering, type Exchange, goodOps } from '../exchange.ts'
import type { WireOp } from '../wire-op.ts'
import { type AnswerFaults, numberOf, textOf } from './fault.ts'

/** What a second service may do when it is asked to go on with the first one's answer. */
export const continuationFaults: AnswerFaults = {
  /** Goes on exactly where a last turn of the assistant stops. */
  'continuation-ok': (exchange, options) => goOn(exchange, options, (rest) => rest),
  /** Refuses a last turn of the assistant; answers well without one. */
  'prefill-refused': (exchange, options) => {
    if (!isPrefill(exchange)) return goOn(exchange, options, (rest) => rest)
    const message =
      'This model does not support assistant message prefill. The conversation must end with a user message.'
    return refusalOps(exchange, { type: 'fail', failure: 400, message })
  },
  /** Says the last words again (`words`, default 3) before it goes on. */
  'continuation-repeats': (exchange, options) =>
    goOn(
      exchange,
      options,
      (rest, given) =>
        tokensOf(given)
          .slice(-numberOf(options, 'words', 3))
          .join('') + rest,
    ),
  /** Goes on with something else. */
  'continuation-contradicts': (exchange, options) =>
    goOn(exchange, options, () => ' On the contrary, none of that is so.'),
}

type Options = Parameters<AnswerFaults[string]>[1]

function isPrefill({ last }: Exchange): boolean {
  return last?.role === 'assistant' || last?.role === 'model'
}

function goOn(exchange: Exchange, options: Options, change: (rest: string, given: string) => string): WireOp[] {
  const text = textOf(options, 'text', sampleText)
  const given = isPrefill(exchange) ? (exchange.last?.text ?? '') : ''
  const answer = given !== '' && text.startsWith(given) ? change(text.slice(given.length), given) : text
  return goodOps(answering(exchange, { pieces: tokensOf(answer) }))
}
