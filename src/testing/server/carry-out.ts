import { failureStatus } from '../failure.ts'
import type { AnswerStep, FailStep } from '../step.ts'
import { type Exchange, framesOf, jsonHead, streamHead, wholeText, written } from './exchange.ts'
import { body, end, fin, type Headers, head, pause, rst, type WireOp } from './wire-op.ts'

/** What an answering step does on the wire. */
export function answerOps(exchange: Exchange, step: AnswerStep): Iterable<WireOp> {
  return exchange.isStream ? streamOps(exchange, step) : wholeOps(exchange, step)
}

function* streamOps(exchange: Exchange, step: AnswerStep): Generator<WireOp> {
  if (step.headersAfterMs) yield pause(step.headersAfterMs)
  yield streamHead(exchange, step.headers)
  let sent = 0
  let isBroken = false
  for (const frame of framesOf(exchange)) {
    if (frame.kind === 'token' && sent === 0 && step.firstTokenAfterMs) yield pause(step.firstTokenAfterMs)
    if (!isBroken && breaksAt(step, sent)) {
      const ending = yield* breakOps(exchange, step, sent)
      if (ending) return
      isBroken = true
    }
    if (frame.kind === 'token' && sent > 0 && step.everyMs) yield pause(step.everyMs)
    yield body(written(exchange, frame))
    if (frame.kind === 'token') {
      sent++
      isBroken = false
    }
  }
  yield end
}

function breaksAt(step: AnswerStep, sent: number): boolean {
  const { cutAfter, closeAfter, resetAfter, stallAfter, failAfter } = step
  return [cutAfter, closeAfter, resetAfter, stallAfter, failAfter?.tokens].includes(sent)
}

/** Carries out the break at this place; true when nothing can follow. */
function* breakOps(exchange: Exchange, step: AnswerStep, sent: number): Generator<WireOp, boolean> {
  if (step.stallAfter === sent) yield pause(step.stallMs ?? Number.POSITIVE_INFINITY)
  if (step.failAfter?.tokens === sent) {
    const { body: said } = refusalOf(exchange, step.failAfter.failure)
    for (const frame of exchange.wire.errorFrames(said, exchange.turn)) yield body(written(exchange, frame))
  }
  const ending = endingAt(step, sent)
  if (ending) yield ending
  return ending !== undefined
}

function endingAt({ failAfter, cutAfter, closeAfter, resetAfter }: AnswerStep, sent: number): WireOp | undefined {
  if (failAfter?.tokens === sent || cutAfter === sent) return end
  if (closeAfter === sent) return fin
  return resetAfter === sent ? rst : undefined
}

function* wholeOps(exchange: Exchange, step: AnswerStep): Generator<WireOp> {
  if (step.headersAfterMs) yield pause(step.headersAfterMs)
  if (step.failAfter) {
    const { body: said } = refusalOf(exchange, step.failAfter.failure)
    const text = JSON.stringify(said)
    yield* [jsonHead(exchange, Buffer.byteLength(text), step.headers), body(text), end]
    return
  }
  const bytes = Buffer.from(wholeText(exchange))
  const place = step.stallAfter ?? step.cutAfter ?? step.closeAfter ?? step.resetAfter
  // A body that is cut but ends normally cannot have promised its length.
  yield jsonHead(exchange, step.cutAfter === undefined ? bytes.length : undefined, step.headers)
  if (step.firstTokenAfterMs) yield pause(step.firstTokenAfterMs)
  if (place === undefined) {
    yield* [body(bytes), end]
    return
  }
  const shown = Math.floor(bytes.length * shareOf(exchange, place))
  if (shown > 0) yield body(bytes.subarray(0, shown))
  if (step.stallAfter !== undefined) yield pause(step.stallMs ?? Number.POSITIVE_INFINITY)
  const ending = endingAt(step, place)
  if (ending) yield ending
  else yield* [body(bytes.subarray(shown)), end]
}

/** How far into the body so many tokens are; never all of it. */
function shareOf({ answer }: Exchange, tokens: number): number {
  return tokens / (answer.reasoning.length + answer.pieces.length + answer.toolCalls.length + tokens + 1)
}

/** What a refusing step does on the wire. */
export function* refusalOps(exchange: Exchange, step: FailStep): Generator<WireOp> {
  if (step.afterMs) yield pause(step.afterMs)
  const { status, headers, body: said } = refusalOf(exchange, step)
  if (status === 200 && exchange.isStream && step.body === undefined) {
    // A service that says no with a 200 says it in the form that was asked for.
    const frame = { kind: 'finish', data: JSON.stringify(said) } as const
    yield* [streamHead(exchange, step.headers), body(written(exchange, frame)), end]
    return
  }
  if (status === 204 || status === 304) {
    yield* [head(status, headers), end]
    return
  }
  const bytes = Buffer.from(typeof said === 'string' ? said : JSON.stringify(said))
  yield* [head(status, { 'content-length': String(bytes.length), ...headers }), body(bytes), end]
}

/** Status, headers and body of a refusal in the exchange's dialect, with what the step says itself laid over. */
export function refusalOf(
  { dialect, turn }: Exchange,
  step: FailStep,
): { readonly status: number; readonly headers: Headers; readonly body: unknown } {
  const { headers, body: said, status } = dialect.refusal(step, turn)
  const { retryAfter } = step
  return {
    status: typeof step.failure === 'number' ? failureStatus(step) : status,
    headers: {
      ...dialect.headers(turn),
      ...headers,
      ...(typeof step.body === 'string' && { 'content-type': 'text/plain; charset=utf-8' }),
      ...(retryAfter !== undefined && { 'retry-after': typeof retryAfter === 'number' ? `${retryAfter}` : retryAfter }),
      ...step.headers,
    },
    body: step.body ?? said,
  }
}
