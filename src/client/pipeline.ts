// The way of a call, in order: validated and routed by the client, then
// limits → input guards → candidates (each: retry → circuit → limits and ledger of the attempt → provider)
// → output guards → settlement. Every way out passes `#during` or `end`, so a call is settled exactly once.
import { freeHedges } from '../config/defaults.ts'
import { ResponseError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Attempt } from '../resilience/attempt.ts'
import { Budget } from '../resilience/budget.ts'
import type { Call } from '../resilience/call.ts'
import { Chain, type ChainOptions } from '../resilience/chain.ts'
import type { Candidate } from '../resilience/link.ts'
import { Watch } from '../resilience/watch.ts'
import type { EmbedReply, ProviderEmbedRequest } from '../types/embed.ts'
import type { ProviderContext } from '../types/provider.ts'
import type { ChatReply, Routing } from '../types/reply.ts'
import type { UsageEndpoint } from '../types/store.ts'
import { Answer } from '../utils/answer.ts'
import { loadOnce } from '../utils/load-once.ts'
import { Attempts, type OpenRequest } from './attempts.ts'
import type { Calls } from './calls.ts'
import type { Emitter } from './emitter.ts'
import type { Admission, Entry } from './entrance.ts'
import type { ProviderLink } from './links.ts'
import type { Network } from './network.ts'
import type { ParsedChat } from './parse-request.ts'
import { replyOf, routingOf } from './reply.ts'
import type { Settings } from './settings.ts'
import type { StreamSession } from './stream-session.ts'
import type { Told } from './structured.ts'

/** Where a call may go, and why there. */
export interface Plan {
  readonly capability: Routing['capability'] | 'countTokens'
  readonly candidates: readonly Candidate[]
  readonly strategy: Routing['strategy']
}

/** Times of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** On whose behalf, and what that allows. */
export type Scope = Pick<Entry, 'tenant' | 'guards' | 'allowedModels' | 'endpoint'>

/** A checked chat request on somebody's behalf. */
export type ScopedChat = Omit<ParsedChat, keyof Scope> & Scope

/** The parts of a client that its calls go through. */
export interface PipelineParts {
  readonly settings: Settings
  readonly emitter: Emitter
  readonly network: Network
  readonly links: readonly ProviderLink[]
  readonly calls: Calls
}

/** Leads calls of one client through all their steps. */
export class Pipeline {
  readonly #calls: Calls
  readonly #settings: Settings
  readonly #network: Network
  readonly #attempts: Attempts
  readonly #emitter: Emitter
  readonly #links: readonly ProviderLink[]
  readonly #entrance = loadOnce(() => import('./entrance.ts'))
  readonly #streams = loadOnce(() => import('./stream-session.ts'))
  readonly #structured = loadOnce(() => import('./structured.ts'))
  readonly #chainOptions: Pick<ChainOptions<unknown>, 'hedge' | 'lastResort' | 'prepare' | 'enter'>

  constructor({ settings, emitter, network, links, calls }: PipelineParts) {
    this.#settings = settings
    this.#calls = calls
    this.#network = network
    this.#attempts = new Attempts(settings, network)
    this.#emitter = emitter
    this.#links = links
    const { hedge, lastResort, clock } = settings
    this.#chainOptions = {
      lastResort,
      prepare: ({ link }) => network.prepare(link.provider),
      enter: ({ link }) => network.enter(link.provider),
      hedge: hedge && { afterMs: hedge.afterMs, budget: new Budget(clock, hedge.budget, freeHedges) },
    }
  }

  chat(plan: Plan, parsed: ScopedChat): Promise<ChatReply<unknown>> {
    return this.#during(plan, parsed, async (call) => {
      const entry: Entry = { ...parsed, capability: 'chat', candidates: plan.candidates }
      const admission = this.#isOpen(entry) ? openAdmission(entry) : await this.#enter(call, entry)
      const { request } = admission
      const { schema } = request
      if (schema === undefined) return (await this.#chatOnce(call, plan, admission)).reply
      const { replyThatFits } = await this.#structured()
      return replyThatFits(call, { ...request, schema }, admission.candidates, (request, candidates) =>
        this.#chatOnce(call, plan, { ...admission, request, candidates }),
      )
    })
  }

  /** The call begins when the session is first pulled. The machinery of streams is loaded with the first one. */
  async stream(requestId: string, plan: Plan, parsed: ScopedChat): Promise<StreamSession> {
    const { StreamSession } = await this.#streams()
    const entry: Entry = { ...parsed, capability: 'chatStream', candidates: plan.candidates }
    return new StreamSession({
      requestId,
      begin: () => this.#calls.begin(requestId, plan, parsed),
      enter: (call) => this.#enter(call, entry),
      admission: this.#isOpen(entry) ? openAdmission(entry) : undefined,
      midStream: this.#settings.midStream,
      chain: this.#chainOptions,
      attempts: { settings: this.#settings, network: this.#network },
      finish: async (call, answer, candidate, request) => {
        const reply = this.#replyOf(call, plan, answer, candidate)
        this.#calls.end(call, { provider: reply.provider, usage: reply.usage })
        if (request.schema === undefined) return reply
        const { withObject } = await this.#structured()
        return (await withObject(reply, request.schema)) as ChatReply
      },
      fail: (call, error) => this.#calls.end(call, { error }),
    })
  }

  embed(
    plan: Plan,
    texts: readonly string[],
    options: CallOptions & Scope,
    requestFor: (candidate: Candidate, texts: readonly string[]) => ProviderEmbedRequest,
  ): Promise<EmbedReply> {
    return this.#during(plan, options, async (call) => {
      const request: OpenRequest = { messages: texts.map((content) => ({ role: 'user', content })) }
      const entry: Entry = { ...options, capability: 'embed', candidates: plan.candidates, request: { messages: [] } }
      const { guards, candidates } = await this.#admit(call, { ...entry, request })
      const input = guards === undefined ? texts : await guards.checkTexts(texts)
      const { part, candidate } = await this.#chain(call, candidates, async (attempt) => {
        const { candidate } = attempt
        const ask = async (context: ProviderContext) => {
          const answer = await candidate.link.provider.embed?.(requestFor(candidate, input), context)
          if (answer?.vectors?.length === input.length) return answer
          throw new ResponseError('bad_response', 'The provider did not answer with one vector for each text')
        }
        // Vectors are not made of tokens.
        const part = await this.#attempts.whole(attempt, ask, ({ usage }) => ({ outputTokens: 0, ...usage }))
        return { part, candidate }
      }).open()
      return {
        ...part,
        warnings: part.warnings ?? [],
        provider: candidate.link.provider.name,
        requestId: call.requestId,
        routing: routingOf({ call, candidate, capability: 'embed', strategy: plan.strategy }),
      }
    })
  }

  /** Any other operation that is one request and one body. */
  ask<T>(
    plan: Plan,
    asked: Omit<Entry, 'capability' | 'candidates'> & CallOptions & { readonly endpoint: UsageEndpoint },
    operation: (candidate: Candidate, context: ProviderContext, request: OpenRequest) => Promise<T>,
  ): Promise<T> {
    return this.#during(plan, asked, async (call) => {
      const entry: Entry = { ...asked, capability: 'chat', candidates: plan.candidates }
      const { request, candidates } = await this.#admit(call, entry)
      return this.#chain(call, candidates, (attempt) =>
        this.#attempts.whole(attempt, (context) => operation(attempt.candidate, context, request)),
      ).open()
    })
  }

  async #during<T>(plan: Plan, options: CallOptions, work: (call: Call) => Promise<T>): Promise<T> {
    const call = this.#calls.begin(this.#calls.nextId(), plan, options)
    try {
      const result = await work(call)
      const { provider, usage } = call.records.at(-1) ?? {}
      this.#calls.end(call, { ...(provider !== undefined && { provider }), ...(usage && { usage }) })
      return result
    } catch (error) {
      this.#calls.end(call, { error: error as LlmError })
      throw error
    }
  }

  /** Neither limits nor guards nor a tenant's own keys stand before the call. */
  #isOpen(entry: Entry): boolean {
    const { meter, guards, vault, allowedModels } = this.#settings
    const isAnybody = (vault === undefined || entry.tenant === undefined) && entry.allowedModels === undefined
    return meter === undefined && allowedModels === undefined && isAnybody && (entry.guards ?? guards).length === 0
  }

  #admit(call: Call, entry: Entry): Admission | Promise<Admission> {
    return this.#isOpen(entry) ? openAdmission(entry) : this.#enter(call, entry)
  }

  async #enter(call: Call, entry: Entry): Promise<Admission> {
    const { enter } = await this.#entrance()
    return untilDeadline(call, enter(call, entry, this.#settings, { emitter: this.#emitter, links: this.#links }))
  }

  #chain<T>(call: Call, candidates: readonly Candidate[], run: (attempt: Attempt) => Promise<T>): Chain<T> {
    return new Chain(call, candidates, { ...this.#chainOptions, run })
  }

  async #chatOnce(call: Call, plan: Plan, { request, guards, candidates }: Admission): Promise<Told> {
    const chain = this.#chain(call, candidates, (attempt) => this.#attempts.chat(attempt, request))
    const { answer, events, candidate } = await chain.open()
    const said = answer.text
    if (guards === undefined) return { reply: this.#replyOf(call, plan, answer, candidate), said, candidate }
    const guarded = new Answer(answer.origin, answer.toolNames)
    try {
      for (const event of await guards.checkReply(events)) guarded.add(event)
    } catch (error) {
      const again = call.attemptsLeft > 0 ? guards.retryAfter(error, request, said) : undefined
      if (again === undefined) throw error
      return this.#chatOnce(call, plan, { request: again, guards, candidates })
    }
    return { reply: this.#replyOf(call, plan, guarded, candidate), said, candidate }
  }

  #replyOf(call: Call, { capability, strategy }: Plan, answer: Answer, candidate: Candidate): ChatReply {
    const { provider } = candidate.link
    if (provider.isDegraded) call.emit?.({ type: 'answer-degraded', provider: provider.name })
    return replyOf(answer, { call, candidate, capability: capability as Routing['capability'], strategy })
  }
}

/** A call that nothing stands before. */
function openAdmission({ request, candidates }: Entry): Admission {
  return { request, candidates, guards: undefined }
}

/** What stands before a call ends with it too: by its deadline, its caller or its client. */
async function untilDeadline<T>(call: Call, work: Promise<T>): Promise<T> {
  const watch = new Watch(call.clock, call.deadlineAt, call.live, call.signal)
  try {
    return await watch.race(work)
  } finally {
    watch.close()
  }
}
