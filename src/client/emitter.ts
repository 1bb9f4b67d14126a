import type { EventBody } from '../resilience/call.ts'
import type { Clock } from '../types/clock.ts'
import type { ClientEvent, Observer } from '../types/events.ts'

/** Hands events to observers. An observer that throws or rejects disturbs nobody. */
export class Emitter {
  readonly #observers: Set<Observer>
  readonly #clock: Clock

  constructor(clock: Clock, observers: readonly Observer[]) {
    this.#clock = clock
    this.#observers = new Set(observers)
  }

  /** Adds an observer; the answer takes it off again. */
  add(observer: Observer): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** The way one call's events go out; undefined when nobody listens, so that they are not even made. */
  forCall(requestId: string): ((event: EventBody) => void) | undefined {
    return this.#observers.size === 0 ? undefined : (event) => this.emit(event, requestId)
  }

  emit(body: EventBody, requestId?: string): void {
    const at = this.#clock.now()
    this.send((requestId === undefined ? { at, ...body } : { at, requestId, ...body }) as ClientEvent)
  }

  /** Hands out an event that is complete. */
  send(event: ClientEvent): void {
    for (const observer of this.#observers) {
      try {
        const result: unknown = observer(event)
        if (result instanceof Promise) result.catch(() => {}) // Its failure is its own affair.
      } catch {
        // Likewise: what watches a call must not break it.
      }
    }
  }
}
