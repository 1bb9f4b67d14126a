import type { Guard, GuardRequest, InputOutcome } from '../types/guard.ts'
import type { Message } from '../types/message.ts'
import { drive, type Steps } from './drive.ts'
import { type CallScope, GuardFailure, GuardRefusal, Recorder } from './recorder.ts'

/** What a guard may change in a request. Where it goes, and with what headers, is not among them. */
const changeable = [
  'messages',
  'tools',
  'toolChoice',
  'parallelToolCalls',
  'schema',
  'schemaName',
  'responseFormat',
  'maxTokens',
  'temperature',
  'topP',
  'topK',
  'stop',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'logprobs',
  'topLogprobs',
  'reasoning',
  'cacheKey',
  'user',
] as const satisfies readonly (keyof GuardRequest)[]

/** One guard with the state of this call. */
export interface Seat {
  readonly guard: Guard
  readonly state: unknown
}

/**
 * Asks the input guards in order. Throws the first refusal or failure, after the others have said their word for the
 * record. Overlapping guards are only started; `later` gets what has to be awaited before anything is shown.
 */
function* askInput<Request extends GuardRequest>(
  seats: readonly Seat[],
  request: Request,
  scope: CallScope,
  later: Promise<void>[],
): Steps<Request> {
  let current = request
  let ending: unknown
  for (const { guard, state } of seats) {
    if (guard.input === undefined || guard.overlap === true) continue
    scope.request = current
    const recorder = new Recorder(guard, 'input', state, scope)
    try {
      const answer = (yield recorder.ask(() => guard.input?.(current, recorder.call) as InputOutcome)) as InputOutcome
      current = settle(recorder, answer, current, request, ending !== undefined)
    } catch (error) {
      if (recorder.forgives(error)) continue
      if (!(error instanceof GuardRefusal || error instanceof GuardFailure)) throw error
      ending ??= error
    }
  }
  scope.request = current
  if (ending !== undefined) throw ending
  for (const { guard, state } of seats) {
    if (guard.input !== undefined && guard.overlap === true) later.push(askBeside(guard, state, current, scope))
  }
  return current
}

/** Runs one overlapping guard; it may not rewrite, for the request is on its way already. */
async function askBeside(guard: Guard, state: unknown, request: GuardRequest, scope: CallScope): Promise<void> {
  const recorder = new Recorder(guard, 'input', state, scope)
  try {
    const answer = await recorder.ask(() => guard.input?.(request, recorder.call) as InputOutcome)
    if (answer?.outcome === 'rewrite') throw new GuardFailure(guard.name, 'an overlapping guard cannot rewrite')
    settle(recorder, answer, request, request, false)
  } catch (error) {
    if (!recorder.forgives(error)) throw error
  }
}

/** Takes a guard's answer: the request to go on with, or a throw. */
function settle<Request extends GuardRequest>(
  recorder: Recorder,
  answer: InputOutcome,
  current: Request,
  first: Request,
  isOver: boolean,
): Request {
  switch (answer?.outcome) {
    case 'allow':
      recorder.close('allow', false)
      return current
    case 'block':
      recorder.close('block', !isOver, answer.rule)
      throw new GuardRefusal(recorder.guard.name, answer)
    case 'rewrite': {
      if (!Array.isArray(answer.request?.messages))
        throw new GuardFailure(recorder.guard.name, 'a rewrite without messages')
      const next = merged(current, answer.request)
      if (hasNewUrl(next.messages, first.messages)) throw new GuardFailure(recorder.guard.name, 'it changed a URL')
      recorder.close('rewrite', false)
      return next
    }
    default:
      throw new GuardFailure(recorder.guard.name, 'an answer without outcome')
  }
}

function merged<Request extends GuardRequest>(current: Request, rewritten: GuardRequest): Request {
  const next = { ...current } as Record<string, unknown>
  for (const key of changeable) {
    if (rewritten[key] === undefined) delete next[key]
    else next[key] = rewritten[key]
  }
  return next as unknown as Request
}

function hasNewUrl(messages: readonly Message[], before: readonly Message[]): boolean {
  if (messages === before) return false
  const known = new Set(urlsOf(before))
  return urlsOf(messages).some((url) => !known.has(url))
}

function urlsOf(messages: readonly Message[]): string[] {
  return messages
    .flatMap(({ content }) =>
      Array.isArray(content) ? content.map((part) => (part as { url?: unknown } | null)?.url) : [],
    )
    .filter((url) => typeof url === 'string')
}

/** Awaits overlapping guards in order, so that the first block wins whichever answers first. */
export async function awaitAll(later: readonly Promise<void>[]): Promise<void> {
  // One that fails while an earlier one is awaited is not unhandled, only not yet heard.
  for (const check of later) check.catch(() => {})
  for (const check of later) await check
}

/** As `askInput`, run. */
export function checkInput<Request extends GuardRequest>(
  seats: readonly Seat[],
  request: Request,
  scope: CallScope,
  later: Promise<void>[],
): Request | Promise<Request> {
  return drive(askInput(seats, request, scope, later))
}
