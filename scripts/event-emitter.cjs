// Stands in for Node's `events` inside dist: the part of its interface that opossum uses, on any runtime.
'use strict'

class EventEmitter {
  #listeners = new Map()

  on(event, listener) {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) this.#listeners.set(event, [listener])
    else listeners.push(listener)
    return this
  }

  emit(event, ...values) {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) return false
    for (const listener of listeners) listener.apply(this, values)
    return true
  }

  // A new list, so that a round under way goes on undisturbed.
  removeListener(event, listener) {
    const left = (this.#listeners.get(event) ?? []).filter((one) => one !== listener)
    if (left.length > 0) this.#listeners.set(event, left)
    else this.#listeners.delete(event)
    return this
  }

  removeAllListeners() {
    this.#listeners.clear()
    return this
  }

  listenerCount(event) {
    return this.#listeners.get(event)?.length ?? 0
  }
}

EventEmitter.EventEmitter = EventEmitter
module.exports = EventEmitter
