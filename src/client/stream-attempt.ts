import type { Attempt } from '../resilience/attempt.ts'
import type { OpenedLane } from '../resilience/run-event.ts'
import { StreamLane } from '../resilience/stream-lane.ts'
import { answerFor, makeReady, type OpenRequest, requestFor } from './attempts.ts'
import { limitsFor } from './limits.ts'
import type { Network } from './network.ts'
import { refuseEmptyFilter } from './reply.ts'
import type { Settings } from './settings.ts'

/** What stream attempts of a client have in common. */
export interface StreamAttempts {
  readonly settings: Settings
  readonly network: Network
}

/** One attempt at a stream: read up to its first content. */
export async function openStream(
  attempt: Attempt,
  request: OpenRequest,
  prefill: string | undefined,
  { settings, network }: StreamAttempts,
): Promise<OpenedLane> {
  const { provider } = attempt.candidate.link
  const { watch } = attempt
  const readying = makeReady(attempt)
  if (readying !== undefined) await readying
  const { firstTokenMs, idleMs } = limitsFor(attempt, settings)
  watch.limit(firstTokenMs, 'headers_timeout')
  const context = network.contextFor(attempt, { onHeaders: () => watch.rename('first_token_timeout') })
  const source = provider.chatStream(requestFor(attempt, request, prefill), context)
  const answer = answerFor(attempt, request)
  const lane = new StreamLane(attempt, source, { idleMs, answer, maxLength: settings.maxResponseBytes })
  try {
    const head = await lane.open()
    refuseEmptyFilter(answer)
    return { lane, head }
  } catch (error) {
    lane.release()
    throw error
  }
}
