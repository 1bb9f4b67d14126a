import { RequestError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { RunEvent } from '../resilience/run-event.ts'
import { abortError } from '../resilience/watch.ts'
import type { ChatReply } from '../types/reply.ts'
import type { ChatStream, StreamEvent } from '../types/stream.ts'
import type { StreamSession } from './stream-session.ts'

type View = 'unread' | 'events' | 'text' | 'final'

/** The two views over one run. Pulled: nothing is asked of the provider before the reader asks. */
export class ChatStreamViews implements ChatStream<never> {
  readonly requestId: string
  readonly text: AsyncIterable<string>
  readonly #open: () => Promise<StreamSession>
  #session: StreamSession | undefined
  #view: View = 'unread'
  #isStarted = false
  /** A pull made for a reader who rests, because the call had ended. */
  #ahead: Promise<readonly RunEvent[] | undefined> | undefined
  #isPulling = false
  #failure: LlmError | undefined
  #settled: { reply: Promise<ChatReply> } | undefined
  #waiting: { resolve: (reply: Promise<ChatReply>) => void; reply: Promise<ChatReply> } | undefined

  /** `open` is called with the first read. */
  constructor(requestId: string, open: () => Promise<StreamSession>) {
    this.requestId = requestId
    this.#open = open
    this.text = { [Symbol.asyncIterator]: () => this.#iterate('text', showText) }
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamEvent> {
    return this.#iterate('events', (event, shown) => this.#showEvent(event, shown))
  }

  final(): Promise<ChatReply<never>> {
    if (this.#settled === undefined && this.#view === 'unread') {
      this.#view = 'final'
      void this.#drain()
    }
    return this.#outcome() as Promise<ChatReply<never>>
  }

  cancel(reason?: unknown): void {
    this.#fail(abortError(reason))
    this.#session?.cancel(reason)
  }

  #outcome(): Promise<ChatReply> {
    if (this.#settled !== undefined) return this.#settled.reply
    if (this.#waiting === undefined) {
      let resolve: (reply: Promise<ChatReply>) => void = () => {}
      const reply = new Promise<ChatReply>((settle) => {
        resolve = settle
      })
      this.#waiting = { resolve, reply }
    }
    return this.#waiting.reply
  }

  async #drain(): Promise<void> {
    try {
      while ((await this.#pull()) !== undefined);
    } catch {
      // `final` rejects with it.
    }
  }

  /** The next batch; settles the stream when there is none or it breaks. */
  async #pull(): Promise<readonly RunEvent[] | undefined> {
    const ahead = this.#ahead
    if (ahead !== undefined) {
      this.#ahead = undefined
      return ahead
    }
    if (this.#settled !== undefined) return this.#told()
    this.#isPulling = true
    try {
      const session = this.#session ?? (await this.#begin())
      if (this.#settled !== undefined) return this.#told()
      const batch = await session.pull()
      if (batch === undefined) await this.#end(session)
      return batch
    } catch (error) {
      this.#fail(error as LlmError)
      throw error
    } finally {
      this.#isPulling = false
    }
  }

  /** The end of a settled stream: a bad one is told to whoever reads on. */
  #told(): undefined {
    if (this.#failure !== undefined) throw this.#failure
  }

  async #begin(): Promise<StreamSession> {
    const session = await this.#open()
    session.canReset = () => this.#view !== 'text'
    session.onIdleEnd = () => {
      // Whoever pulls just now will meet it himself.
      if (this.#isPulling) return
      this.#ahead ??= this.#pull()
      this.#ahead.catch(() => {}) // The reader meets it when he comes back, if he does.
    }
    this.#session = session
    return session
  }

  /** The good end; it may still turn out bad, when the answer does not fit its schema. */
  async #end(session: StreamSession): Promise<void> {
    if (this.#settled !== undefined) return
    this.#settle(session.finish())
    await this.#outcome()
  }

  #fail(error: LlmError): void {
    if (this.#settled !== undefined) return
    this.#failure = error
    this.#session?.fail(error)
    this.#settle(Promise.reject(error))
  }

  #settle(reply: Promise<ChatReply>): void {
    reply.catch(() => {}) // Whoever reads the stream gets the error there; `final` may never be asked for.
    this.#settled = { reply }
    this.#waiting?.reply.catch(() => {}) // The same.
    this.#waiting?.resolve(reply)
  }

  /** `map` appends what a view shows of an event, and of the end when there is none. */
  #iterate<T>(view: 'events' | 'text', map: (event: RunEvent | undefined, shown: T[]) => void): AsyncIterator<T> {
    if (this.#view !== 'unread') {
      throw new RequestError(
        'request_invalid',
        `This stream is read already (as ${this.#view}); a stream has one reader`,
      )
    }
    this.#view = view
    let queue: T[] = []
    let index = 0
    let isDone = false
    let pending = 0
    let last: Promise<unknown> | undefined
    const take = (): IteratorResult<T> => ({ done: false, value: queue[index++] as T })
    const advance = async (): Promise<IteratorResult<T>> => {
      try {
        while (index >= queue.length) {
          if (isDone) return { done: true, value: undefined }
          queue = []
          index = 0
          const batch = await this.#pull()
          if (batch === undefined) {
            isDone = true
            map(undefined, queue)
          } else for (const event of batch) map(event, queue)
        }
        return take()
      } catch (error) {
        isDone = true
        throw error
      } finally {
        pending--
      }
    }
    return {
      next: () => {
        if (pending === 0 && index < queue.length) return Promise.resolve(take())
        // Calls that overlap are answered in order.
        const result = pending++ > 0 && last !== undefined ? last.then(advance, advance) : advance()
        last = result
        return result
      },
      return: async () => {
        isDone = true
        queue = []
        this.cancel('the reader left the stream')
        return { done: true, value: undefined }
      },
    }
  }

  /** Public events of one event of the run; of its end, when there is none. */
  #showEvent(event: RunEvent | undefined, shown: StreamEvent[]): void {
    const { answer, candidate } = this.#session ?? {}
    if (answer === undefined || candidate === undefined) return
    const one = event === undefined ? undefined : shownOf(event, answer.toolCalls)
    if (event !== undefined && one === undefined) return
    const provider = candidate.link.provider.name
    const model = answer.model ?? candidate.model
    if (!this.#isStarted) {
      this.#isStarted = true
      shown.push({ type: 'start', requestId: this.requestId, provider, model })
    }
    if (one !== undefined) shown.push(one)
    else {
      const usage = answer.usage ?? { input: {}, output: {} }
      shown.push({ type: 'finish', finishReason: answer.finishReason ?? 'unknown', usage, provider, model })
    }
  }
}

function showText(event: RunEvent | undefined, shown: string[]): void {
  if (event?.type === 'text' && event.text !== '') shown.push(event.text)
}

function shownOf(event: RunEvent, toolCalls: ChatReply['toolCalls']): StreamEvent | undefined {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.text === '' ? undefined : { type: event.type, text: event.text }
    case 'tool-call': {
      const toolCall = toolCalls.find(({ id }) => id === event.id)
      return toolCall && { type: 'tool-call', toolCall }
    }
    case 'tool-call-delta':
    case 'failover':
    case 'reset':
    case 'warning':
      return event
    default:
      return undefined
  }
}
