import { getEventListeners } from 'node:events'
import type { ClientEvent } from 'holdfast'
import { LlmError } from '../../../src/errors/llm-error.ts'
import { circuitViolations } from './circuit-watch.ts'
import { type CallTrace, type Trace, wholeText } from './run-world.ts'
import { callOfRequest } from './script-for.ts'

/** Says what is wrong with a world, one line each; nothing when all is well. */
type Invariant = (trace: Trace) => readonly string[]

/** What holds in every world, whatever happens in it. */
const invariants: Readonly<Record<string, Invariant>> = {
  'every call settles exactly once': ({ calls, plan, stuck }) => [
    ...(stuck === undefined ? [] : [stuck]),
    ...(stuck === undefined && calls.length !== plan.calls.length ? [`${calls.length} calls were made`] : []),
    ...calls.filter(({ settled }) => settled !== 1).map((call) => `${name(call)} settled ${call.settled} times`),
  ],
  'what the loop says and what final() says is one outcome': ({ calls }) => calls.flatMap(oneOutcome),
  'errors are typed': ({ calls }) =>
    calls.flatMap((call) =>
      [call.error, call.finalError]
        .filter((error) => error !== undefined && (!LlmError.isInstance(error) || typeof error.code !== 'string'))
        .map((error) => `${name(call)} threw ${String(error)}`),
    ),
  'text that was handed out begins the final text, unless a reset was told': ({ calls }) => calls.flatMap(prefix),
  'a success is a whole answer': (trace) => trace.calls.flatMap((call) => whole(trace, call)),
  'a call ends by its deadline': ({ plan, calls }) =>
    calls.flatMap((call) => late(call, plan.options.timeouts?.totalMs)),
  'a caller who goes is obeyed at once': (trace) => trace.calls.flatMap((call) => gone(trace, call)),
  'attempts stay within maxAttempts': (trace) => {
    const most = trace.plan.options.maxAttempts ?? 6
    return perCall(trace, 'attempt-start').flatMap(([id, starts]) =>
      starts.length > most ? [`${id} made ${starts.length} attempts, allowed ${most}`] : [],
    )
  },
  'an open circuit lets only trial calls through': circuitViolations,
  'the books show what the providers saw': books,
  'one call-start and one call-end for each call': startsAndEnds,
  'nothing is left behind': leftovers,
}

/** All that is wrong with a world. */
export function violations(trace: Trace): string[] {
  return Object.entries(invariants).flatMap(([title, check]) => check(trace).map((line) => `${title}: ${line}`))
}

/** Wall time at which every world begins, and how exact a moment is that was added to it. */
const worldStart = Date.UTC(2026, 0, 1)
const roundingMs = 0.01

const name = ({ index, plan }: CallTrace) => `call ${index} (${plan.way})`

function oneOutcome(call: CallTrace): string[] {
  const { plan, error, finalReply, finalError, hasStopped } = call
  if (plan.way === 'chat' || plan.way === 'final' || hasStopped) return []
  if (call.requestId === undefined) return []
  if (finalReply === undefined && finalError === undefined) return [`${name(call)}: final() never said`]
  if (error !== undefined && finalError?.code !== error.code) {
    return [`${name(call)}: the loop threw ${error.code}, final() said ${finalError?.code ?? 'well done'}`]
  }
  return error === undefined && finalError !== undefined && call.givenUpAt === undefined
    ? [`${name(call)}: the loop ended well, final() threw ${finalError.code}`]
    : []
}

function prefix(call: CallTrace): string[] {
  const { plan, delivered, resets, finalReply, finalError, givenUpAt, hasStopped } = call
  if (plan.way === 'text' && resets > 0) return [`${name(call)}: a reset in the text view`]
  const isWhole = givenUpAt === undefined && !hasStopped
  if (finalReply !== undefined) {
    const isGood = isWhole ? finalReply.text === delivered : finalReply.text.startsWith(delivered)
    return isGood ? [] : [`${name(call)}: handed out '${delivered}', final text '${finalReply.text}'`]
  }
  const partial = finalError?.partialText
  if (partial === undefined || !isWhole || partial === delivered) return []
  return [`${name(call)}: handed out '${delivered}', partialText '${partial}'`]
}

function whole({ plan }: Trace, call: CallTrace): string[] {
  const reply = call.reply ?? call.finalReply
  if (reply === undefined) return []
  const expected = wholeText(plan, reply.provider, call)
  return reply.text === expected ? [] : [`${name(call)}: '${reply.text}' for '${expected}' of ${reply.provider}`]
}

function late(call: CallTrace, totalMs = 300_000): string[] {
  const { plan, settledAt, startedAt } = call
  if (settledAt === undefined || plan.pauseMs !== undefined) return []
  const most = (plan.timeoutMs ?? totalMs) + 250
  return settledAt - startedAt > most ? [`${name(call)} took ${settledAt - startedAt} of ${most} ms`] : []
}

function gone({ events }: Trace, call: CallTrace): string[] {
  const { givenUpAt, settledAt, requestId } = call
  if (givenUpAt === undefined) return []
  const isWaiting = call.plan.pauseMs !== undefined
  const lateEnd = !isWaiting && settledAt !== undefined && settledAt > givenUpAt
  const after = events.filter(
    (event) =>
      event.requestId === requestId && event.type === 'attempt-start' && event.at - worldStart > givenUpAt + roundingMs,
  )
  return [
    ...(lateEnd ? [`${name(call)} was given up at ${givenUpAt} and ended at ${settledAt}`] : []),
    ...(requestId !== undefined && after.length > 0 ? [`${name(call)}: ${after.length} attempts afterwards`] : []),
  ]
}

type Typed<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>

function perCall<Type extends ClientEvent['type']>({ events }: Trace, type: Type): [string, Typed<Type>[]][] {
  const groups = new Map<string, Typed<Type>[]>()
  for (const event of events) {
    if (event.type !== type || event.requestId === undefined) continue
    const group = groups.get(event.requestId) ?? []
    group.push(event as Typed<Type>)
    groups.set(event.requestId, group)
  }
  return [...groups]
}

/** Requests the fakes saw, attempts that began, attempts that ended, and the records of the reply. */
function books(trace: Trace): string[] {
  const { calls, fakes } = trace
  const starts = new Map(perCall(trace, 'attempt-start'))
  const ends = new Map(perCall(trace, 'attempt-end'))
  const seen = new Map<number, string[]>()
  for (const fake of fakes) {
    for (const { request } of fake.calls) {
      const { index } = callOfRequest(request)
      seen.set(index, [...(seen.get(index) ?? []), fake.name])
    }
  }
  return calls.flatMap((call) => {
    const id = call.requestId ?? ''
    const at = (names: readonly string[]) => [...names].sort().join(' ')
    const told = [
      at((starts.get(id) ?? []).map(({ provider }) => provider)),
      at((ends.get(id) ?? []).map(({ record }) => record.provider)),
      at(seen.get(call.index) ?? []),
    ]
    const attempts = (call.reply ?? call.finalReply)?.routing.attempts ?? call.error?.attempts
    const sent = attempts?.filter(({ outcome }) => outcome !== 'not_sent').map(({ provider }) => provider)
    // An error that ended a stream may be one from inside it, which knows of no attempts.
    if (sent !== undefined && (sent.length > 0 || call.reply !== undefined)) told.push(at(sent))
    return new Set(told).size === 1 ? [] : [`${name(call)}: started, ended, seen, told: ${told.join(' | ')}`]
  })
}

function startsAndEnds(trace: Trace): string[] {
  const starts = perCall(trace, 'call-start')
  const ends = new Map(perCall(trace, 'call-end'))
  const byId = new Map(trace.calls.map((call) => [call.requestId, call]))
  const twice = starts.flatMap(([id, list]) => (list.length === 1 ? [] : [`${id} started ${list.length} times`]))
  const unknown = [...ends.keys()].filter((id) => !starts.some(([started]) => started === id))
  const wrong = starts.flatMap(([id]) => {
    const list = ends.get(id) ?? []
    if (list.length !== 1) return [`${id} ended ${list.length} times`]
    const call = byId.get(id)
    const error = call?.error ?? call?.finalError
    const isSame = call === undefined || list[0]?.code === error?.code
    return isSame ? [] : [`${id} ended with ${list[0]?.code}, its caller got ${error?.code}`]
  })
  return [...twice, ...unknown.map((id) => `${id} ended without a start`), ...wrong]
}

function leftovers({ calls, fakes, timersLeft, stuck }: Trace): string[] {
  if (stuck !== undefined) return []
  const listening = calls.filter(({ signal }) => getEventListeners(signal, 'abort').length > 0)
  return [
    ...(timersLeft > 0 ? [`${timersLeft} timers`] : []),
    ...fakes.filter(({ running }) => running > 0).map((fake) => `${fake.running} requests run at ${fake.name}`),
    ...listening.map((call) => `${name(call)}: listeners on the caller's signal`),
  ]
}
