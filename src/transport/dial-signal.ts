/** Fewest references before the dead ones are looked for. */
const few = 64

/**
 * The signal that ends connections, also while they are being made. Node never takes all its listeners off such a signal,
 * and a listener holds its socket: a real one would keep every socket there ever was. This one holds them weakly; the
 * listener that ends a socket lives as long as the socket does.
 */
export class DialSignal {
  aborted = false
  readonly #listeners = new Set<WeakRef<() => void>>()
  #sweepAt = few

  addEventListener(_type: string, listener: () => void): void {
    if (this.#listeners.size >= this.#sweepAt) this.#sweep()
    this.#listeners.add(new WeakRef(listener))
  }

  // Nobody else holds it any more, so it goes by itself.
  removeEventListener(): void {}

  /** Ends all connections. */
  abort(): void {
    this.aborted = true
    for (const listener of this.#listeners) listener.deref()?.()
  }

  #sweep(): void {
    for (const listener of this.#listeners) if (listener.deref() === undefined) this.#listeners.delete(listener)
    this.#sweepAt = few + 2 * this.#listeners.size
  }
}
