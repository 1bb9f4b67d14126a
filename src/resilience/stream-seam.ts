import type { LlmError } from '../errors/llm-error.ts'
import type { MidStream } from '../types/client-options.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { OpenedLane, RunEvent } from './run-event.ts'
import { overlapLength } from './seam.ts'
import type { StreamLane } from './stream-lane.ts'

/** What broke, and what may be done about it. */
export interface Break {
  readonly broken: StreamLane
  readonly failure: LlmError
  /** Text handed out so far. */
  readonly delivered: string
  readonly midStream: MidStream
  /** May a `reset` be handed out? Asked when the need arises: the reader chooses the view. */
  readonly canReset: () => boolean
}

/** Fits a new lane's answer to what was delivered; nothing when they do not fit and no `reset` is allowed. */
export async function joinLane(opened: OpenedLane, at: Break): Promise<readonly RunEvent[] | undefined> {
  const { lane, head, isContinued } = opened
  const { broken, failure, delivered } = at
  const held: ProviderEvent[] = [...head]
  const mark = (mode: 'align' | 'continue' | 'restart', offset: number): RunEvent => ({
    type: 'failover',
    from: broken.attempt.candidate.link.provider.name,
    to: lane.attempt.candidate.link.provider.name,
    code: failure.code,
    mode,
    offset,
  })
  if (isContinued) return [mark('continue', delivered.length), ...(await continued(lane, held, delivered))]
  if (at.midStream !== 'restart' && !broken.answer.hasOpenToolCall && (await isAligned(lane, held, delivered))) {
    return [mark('align', delivered.length), ...afterPrefix(held, delivered.length)]
  }
  if (!at.canReset()) return undefined
  return [{ type: 'reset', reason: failure.code, discarded: delivered }, mark('restart', 0), ...held]
}

/** Reads on until the new text covers what was delivered; false as soon as it differs. Each piece is looked at once. */
async function isAligned(lane: StreamLane, held: ProviderEvent[], delivered: string): Promise<boolean> {
  let matched = 0
  let batch: readonly ProviderEvent[] | undefined = held.slice()
  for (;;) {
    const fresh: string = textIn(batch)
    const left = delivered.length - matched
    if (fresh.length >= left) return fresh.startsWith(delivered.slice(matched))
    if (!delivered.startsWith(fresh, matched)) return false
    matched += fresh.length
    batch = await lane.next()
    if (batch === undefined) return false
    held.push(...batch)
  }
}

function textIn(events: readonly ProviderEvent[]): string {
  let text = ''
  for (const event of events) if (event.type === 'text') text += event.text
  return text
}

/** Takes off what a continuation only repeats, and puts the delivered text before it in the answer. */
async function continued(lane: StreamLane, held: ProviderEvent[], delivered: string): Promise<readonly RunEvent[]> {
  for (;;) {
    const overlap = overlapLength(lane.answer.text, delivered)
    const batch = overlap === undefined ? await lane.next() : undefined
    if (batch !== undefined) held.push(...batch)
    else {
      const end = overlap ?? Math.min(lane.answer.text.length, delivered.length)
      lane.answer.prepend(delivered, end)
      return afterPrefix(held, end)
    }
  }
}

/** Events without the first `length` characters of text, and without reasoning: that was told before. */
function afterPrefix(events: readonly ProviderEvent[], length: number): ProviderEvent[] {
  let left = length
  const rest: ProviderEvent[] = []
  for (const event of events) {
    if (event.type === 'reasoning') continue
    if (event.type !== 'text' || left === 0) rest.push(event)
    else {
      const text = event.text.slice(left)
      left = Math.max(0, left - event.text.length)
      if (text !== '') rest.push({ ...event, text })
    }
  }
  return rest
}
