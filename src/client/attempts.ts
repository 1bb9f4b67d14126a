// What one attempt does on the wire, for each operation. Limits are set here, ended by the attempt's watch.
import { LimitExceededError } from '../errors/families.ts'
import { withPolicy } from '../errors/llm-error.ts'
import type { Attempt } from '../resilience/attempt.ts'
import type { Candidate } from '../resilience/link.ts'
import type { Message } from '../types/message.ts'
import type { ProviderContext, ProviderEvent } from '../types/provider.ts'
import type { ModelSettings, ProviderChatRequest } from '../types/request.ts'
import type { Usage } from '../types/usage.ts'
import { Answer } from '../utils/answer.ts'
import { limitsFor } from './limits.ts'
import type { Network } from './network.ts'
import { refuseEmptyFilter } from './reply.ts'
import type { Settings } from './settings.ts'

/** A checked request that only lacks its model. */
export type OpenRequest = ModelSettings & { readonly messages: readonly Message[] }

/** What a good `chat` attempt leaves. */
export interface WholeAnswer {
  readonly answer: Answer
  readonly events: readonly ProviderEvent[]
  readonly candidate: Candidate
}

/** Makes the attempts of one client. */
export class Attempts {
  readonly #settings: Settings
  readonly #network: Network

  constructor(settings: Settings, network: Network) {
    this.#settings = settings
    this.#network = network
  }

  /** A whole answer, together with the events it was made of. */
  async chat(attempt: Attempt, request: OpenRequest): Promise<WholeAnswer> {
    const answer = answerFor(attempt, request)
    const { candidate } = attempt
    const { provider } = candidate.link
    const readying = makeReady(attempt)
    if (readying !== undefined) await readying
    const events = await provider.chat(requestFor(attempt, request), this.#whole(attempt))
    for (const event of events) answer.add(event)
    refuseEmptyFilter(answer)
    attempt.upstream = answer.upstream
    attempt.settle('ok', undefined, answer.usage, answer)
    return { answer, events, candidate }
  }

  /** Any other operation that is one request and one body; `usageOf` tells what its answer reports. */
  async whole<T>(
    attempt: Attempt,
    operation: (context: ProviderContext) => Promise<T>,
    usageOf?: (result: T) => Usage,
  ): Promise<T> {
    const readying = makeReady(attempt)
    if (readying !== undefined) await readying
    const result = await operation(this.#whole(attempt))
    attempt.settle('ok', undefined, usageOf?.(result))
    return result
  }

  #whole(attempt: Attempt): ProviderContext {
    const { watch } = attempt
    const { firstTokenMs, readMs } = limitsFor(attempt, this.#settings)
    watch.limit(readMs, 'headers_timeout')
    return this.#network.contextFor(attempt, {
      onHeaders: () => watch.limit(Math.min(firstTokenMs, readMs), 'body_timeout'),
      onFirstByte: () => watch.limit(readMs, 'body_timeout'),
    })
  }
}

/**
 * Everything that comes before the first byte of an attempt, and before its limits: none of it is the provider's time.
 * Undefined when there is nothing to wait for.
 */
export function makeReady(attempt: Attempt): Promise<void> | undefined {
  const opened = openKey(attempt)
  const isReady = opened === undefined && attempt.call.reservation === undefined
  return isReady ? undefined : prepared(attempt, opened)
}

/** The key of the attempt's turn; a promise where it has to be fetched. */
function openKey(attempt: Attempt): Promise<void> | undefined {
  const opened = attempt.turn.key.open?.(attempt.isKeyRefresh)
  if (opened instanceof Promise) {
    return opened.then((key) => {
      attempt.apiKey = key
    })
  }
  if (opened !== undefined) attempt.apiKey = opened
  return undefined
}

async function prepared(attempt: Attempt, opened: Promise<void> | undefined): Promise<void> {
  await opened
  if (attempt.call.reservation !== undefined) await book(attempt)
}

const ownScopes: readonly string[] = ['provider', 'tenant-provider', 'key']
/** What limits call the key of a provider that has but one. */
const onlyKey = 'key-1'
/** Rest of a key whose own limit does not say when there is room again. */
const fullKeyMs = 1_000

/** Limits of provider and key, and the open row of the ledger. */
async function book(attempt: Attempt): Promise<void> {
  const { call, candidate, number, turn } = attempt
  if (call.reservation === undefined) return
  const { provider, keys } = candidate.link
  try {
    const { id, configId } = turn.key
    const booked = await call.reservation.openAttempt({
      provider: provider.name,
      model: candidate.model,
      attempt: number,
      keyId: id ?? onlyKey,
      ...(configId !== undefined ? { providerConfigId: configId } : id !== undefined && { metadata: { keyId: id } }),
    })
    attempt.book(booked)
  } catch (error) {
    const scope = LimitExceededError.isInstance(error) ? error.limit?.scope : undefined
    if (scope === undefined || !ownScopes.includes(scope)) throw error
    // A limit of this provider or key leaves the others free; a key that has others beside it rests meanwhile.
    const isOfKey = scope === 'key' && keys.size > 1
    throw withPolicy(error as LimitExceededError, { next: 'yes', ...(isOfKey && { gateMs: fullKeyMs }) })
  }
  if (attempt.watch.ended !== undefined) throw attempt.watch.ended
}

/** Where the answer of an attempt is put together. */
export function answerFor(attempt: Attempt, request: OpenRequest): Answer {
  const { link, model } = attempt.candidate
  const names = request.tools && new Set(request.tools.map(({ name }) => name))
  return new Answer({ provider: link.provider.kind, model }, names)
}

/** What the provider of an attempt is asked; with `prefill`, to go on from that text. */
export function requestFor(attempt: Attempt, request: OpenRequest, prefill?: string): ProviderChatRequest {
  const { model } = attempt.candidate
  if (prefill === undefined) return { ...request, model }
  return { ...request, model, messages: [...request.messages, { role: 'assistant', content: prefill }] }
}
