import type { LlmError } from '../errors/llm-error.ts'
import type { GuardEngine } from '../guards/define-guard.ts'
import type { GuardRun } from '../guards/engine.ts'
import type { Call } from '../resilience/call.ts'
import type { Candidate } from '../resilience/link.ts'
import { allowedOnly } from '../routing/allow-list.ts'
import type { DefinedGuard } from '../types/guard.ts'
import type { UsageEndpoint } from '../types/store.ts'
import type { AllowedModels } from '../types/tenant.ts'
import { estimateMessages } from '../utils/estimate-tokens.ts'
import type { OpenRequest } from './attempts.ts'
import type { Emitter } from './emitter.ts'
import type { ProviderLink } from './links.ts'
import { checkChat } from './parse-request.ts'
import type { Settings } from './settings.ts'

/** What a call wants to do, as far as limits and guards are concerned. */
export interface Entry {
  readonly capability: 'chat' | 'chatStream' | 'embed'
  readonly candidates: readonly Candidate[]
  readonly request: OpenRequest
  readonly tenant?: string | undefined
  /** Models this caller may use, beside the client's own list. */
  readonly allowedModels?: AllowedModels | undefined
  /** What the call is booked as; its capability, unless told. */
  readonly endpoint?: UsageEndpoint | undefined
  /** Goes into the books. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Instead of the client's guards; `[]` for none. */
  readonly guards?: readonly DefinedGuard[] | undefined
  readonly timeoutMs?: number | undefined
}

/** A call that was let in: its request as the guards left it, and the guards for its answer. */
export interface Admission {
  readonly request: OpenRequest
  readonly candidates: readonly Candidate[]
  readonly guards: GuardRun | undefined
}

/** What of the client its entrance needs. */
export interface EntranceParts {
  readonly emitter: Emitter
  readonly links: readonly ProviderLink[]
}

/**
 * The first steps of a call that has limits or guards: limits are reserved, then the input guards are asked.
 *
 * @throws LimitExceededError, GuardError, AbortError; RequestError when a guard made something of the request that cannot
 * be sent
 */
export async function enter(
  call: Call,
  entry: Entry,
  settings: Settings,
  { emitter, links }: EntranceParts,
): Promise<Admission> {
  const candidates = await candidatesOf(entry, settings, links)
  await reserve(call, { ...entry, candidates }, settings)
  const guards = call.ended === undefined ? guardsOf(call, entry, settings, emitter) : undefined
  // What is embedded is guarded as texts, by whoever embeds it.
  if (guards === undefined || entry.capability === 'embed') return { request: entry.request, candidates, guards }
  const request = await guards.checkRequest(entry.request)
  if (request !== entry.request) checkChat(request)
  return { request, candidates, guards }
}

/** Where a call may go in the end: with the tenant's keys and models, within the allow-lists. */
async function candidatesOf(
  entry: Entry,
  settings: Settings,
  links: readonly ProviderLink[],
): Promise<readonly Candidate[]> {
  const candidates = await tenantCandidates(entry, settings, links)
  // Whoever asks for the list of models asks for none of them.
  return entry.endpoint === 'models' ? candidates : allowedOnly(candidates, settings.allowedModels, entry.allowedModels)
}

/** With its own active configuration a tenant uses its own key, and its own default model. */
async function tenantCandidates(
  entry: Pick<Entry, 'tenant' | 'candidates'>,
  { vault }: Settings,
  links: readonly ProviderLink[],
): Promise<readonly Candidate[]> {
  const { tenant, candidates } = entry
  if (vault === undefined || tenant === undefined) return candidates
  return Promise.all(
    candidates.map(async (candidate) => {
      const { name } = candidate.link.provider
      const config = await vault.active(tenant, name)
      const link = links.find(({ provider }) => provider.name === name)
      if (config === undefined || link === undefined) return candidate
      // Without a model the provider takes its own, which is none for chats.
      const mayReplace = candidate.isDefault && candidate.model !== ''
      const model = mayReplace ? (config.defaultModel ?? candidate.model) : candidate.model
      const { id, keyVersion } = config
      const open = async () => (await vault.key(tenant, name))?.key
      return link.tenantCandidate(model, tenant, { id, configId: id, open }, `${id}:${keyVersion}`)
    }),
  )
}

async function reserve(call: Call, entry: Entry, { meter, timeouts }: Settings): Promise<void> {
  if (meter === undefined) return
  const { capability, endpoint = capability, candidates, request, tenant, timeoutMs, metadata } = entry
  const reservation = await meter.reserve({
    requestId: call.requestId,
    ...(tenant !== undefined && { tenant }),
    endpoint,
    inputTokens: estimateMessages(request.messages, request),
    ...(request.maxTokens !== undefined && { maxOutputTokens: request.maxTokens }),
    candidates: candidates.map(({ link, model }) => ({ provider: link.provider.name, model })),
    timeoutMs: Math.min(timeoutMs ?? timeouts.totalMs, 86_400_000),
    signal: call.signal,
    ...(metadata !== undefined && { metadata }),
  })
  // The reader may have gone while the store was asked.
  if (call.ended === undefined) call.reservation = reservation
  else reservation.settle(call.ended)
}

/** The run of the call's guards, by the engine they brought along. */
function guardsOf(call: Call, entry: Entry, settings: Settings, emitter: Emitter): GuardRun | undefined {
  const guards = entry.guards ?? settings.guards
  const engine = guards[0]?.engine
  if (engine === undefined) return undefined
  const { checkGuards, createGuardRun } = engine as GuardEngine
  checkGuards(guards)
  const run = createGuardRun(guards, {
    capability: entry.capability,
    clock: call.clock,
    emit: (event) => emitter.send(event),
    signal: call.signal,
    requestId: call.requestId,
    ...settings.guardOptions,
  })
  call.onEnd.push(() => run.close())
  // A guard that overlaps the call and blocks it ends what is under way.
  run.overlapped.catch((error: LlmError) => call.live.abort(error))
  return run
}
