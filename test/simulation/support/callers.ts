import type { ChatReply, ChatStream, LlmError, UnifiedClient } from 'holdfast'
import type { VirtualClock } from 'holdfast/testing'
import type { CallPlan } from './plan.ts'
import type { CallTrace } from './run-world.ts'
import { promptOf } from './script-for.ts'

/** Waits for its moment, makes its call in its own way, and notes what came of it. */
export async function askOnce(
  client: UnifiedClient,
  clock: VirtualClock,
  plan: CallPlan,
  index: number,
  begin: (trace: CallTrace) => void,
): Promise<void> {
  await sleep(clock, plan.atMs)
  const controller = new AbortController()
  const trace: CallTrace = {
    index,
    plan,
    signal: controller.signal,
    startedAt: clock.monotonic(),
    settled: 0,
    delivered: '',
    resets: 0,
  }
  begin(trace)
  const timer =
    plan.abortAfterMs === undefined
      ? undefined
      : clock.setTimeout(() => {
          if (trace.settled === 0) trace.givenUpAt ??= clock.monotonic()
          controller.abort('enough')
        }, plan.abortAfterMs)
  const caller = new Caller(client, clock, trace)
  await (plan.way === 'chat' ? caller.chat() : caller.stream())
  clock.clearTimeout(timer)
}

class Caller {
  readonly #client: UnifiedClient
  readonly #clock: VirtualClock
  readonly #trace: CallTrace

  constructor(client: UnifiedClient, clock: VirtualClock, trace: CallTrace) {
    this.#client = client
    this.#clock = clock
    this.#trace = trace
  }

  async chat(): Promise<void> {
    await this.#settle(this.#client.chat(this.#request))
  }

  async stream(): Promise<void> {
    const { plan } = this.#trace
    let stream: ChatStream<unknown>
    try {
      stream = this.#client.chatStream(this.#request)
    } catch (error) {
      this.#end({ error: error as LlmError })
      return
    }
    this.#trace.requestId = stream.requestId
    const timer =
      plan.cancelAfterMs === undefined
        ? undefined
        : this.#clock.setTimeout(() => {
            if (this.#trace.settled === 0) this.#trace.givenUpAt ??= this.#clock.monotonic()
            stream.cancel('changed my mind')
          }, plan.cancelAfterMs)
    if (plan.way === 'final') await this.#settle(stream.final())
    else await this.#read(stream)
    this.#clock.clearTimeout(timer)
  }

  get #request() {
    const { index, plan, signal } = this.#trace
    const { timeoutMs } = plan
    return { prompt: promptOf(index, plan.words), signal, ...(timeoutMs !== undefined && { timeoutMs }) }
  }

  async #settle(work: Promise<ChatReply<unknown>>): Promise<void> {
    try {
      this.#end({ reply: await work })
    } catch (error) {
      this.#end({ error: error as LlmError })
    }
  }

  async #read(stream: ChatStream<unknown>): Promise<void> {
    const { plan } = this.#trace
    try {
      const items = plan.way === 'text' ? stream.text : stream
      let seen = 0
      const iterator = (items as AsyncIterable<string | { type: string }>)[Symbol.asyncIterator]()
      for (;;) {
        if (seen === plan.stopAfter) {
          // Whoever stops reading without a word still learns by `final` how it went.
          this.#trace.hasStopped = true
          break
        }
        const { done, value } = await iterator.next()
        if (done) break
        this.#take(value)
        if (++seen === plan.leaveAfter) {
          this.#trace.givenUpAt ??= this.#clock.monotonic()
          await iterator.return?.()
          break
        }
        if (plan.pauseMs !== undefined) await sleep(this.#clock, plan.pauseMs)
      }
      if (!this.#trace.hasStopped) this.#end({})
    } catch (error) {
      this.#end({ error: error as LlmError })
    }
    await this.#final(stream)
  }

  async #final(stream: ChatStream<unknown>): Promise<void> {
    try {
      this.#trace.finalReply = await stream.final()
    } catch (error) {
      this.#trace.finalError = error as LlmError
    }
    if (this.#trace.hasStopped) this.#end({})
  }

  #take(item: string | { readonly type: string }): void {
    const trace = this.#trace
    if (typeof item === 'string') trace.delivered += item
    else if (item.type === 'text') trace.delivered += (item as unknown as { text: string }).text
    else if (item.type === 'reset') {
      trace.delivered = ''
      trace.resets++
    }
  }

  #end(outcome: Pick<CallTrace, 'reply' | 'error'>): void {
    Object.assign(this.#trace, outcome)
    this.#trace.settled++
    this.#trace.settledAt ??= this.#clock.monotonic()
    const id = outcome.reply?.requestId ?? outcome.error?.requestId
    if (id !== undefined) this.#trace.requestId ??= id
  }
}

function sleep(clock: VirtualClock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms))
}
