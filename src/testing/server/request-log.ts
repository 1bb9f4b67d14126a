import type { OpenRequest, RecordedRequest } from './recorded-request.ts'

interface Waiter {
  readonly isDone: () => boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** The requests of one server, and those who wait for them. */
export class RequestLog {
  readonly list: OpenRequest[] = []
  readonly #waiters = new Set<Waiter>()

  /** Says that something changed. */
  changed(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isDone()) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  /** The request of this number (1 is the first), once it was read whole. */
  async arrived(count: number): Promise<RecordedRequest> {
    await this.#until(() => this.list.length >= count)
    return this.list[count - 1] as RecordedRequest
  }

  /** The same, once it is over. */
  async ended(count: number): Promise<RecordedRequest> {
    await this.#until(() => this.list[count - 1] !== undefined && this.list[count - 1]?.outcome !== 'open')
    return this.list[count - 1] as RecordedRequest
  }

  /** Tells all who wait that nothing more will come. */
  close(): void {
    for (const { reject } of this.#waiters) reject(new Error('The server was closed while a test waited for a request'))
    this.#waiters.clear()
  }

  #until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.add({ isDone, resolve, reject }))
  }
}
