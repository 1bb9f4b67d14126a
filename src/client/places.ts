import type { Place } from '../resilience/place.ts'

/** So many attempts at once at one origin. The others stand in line, and cost next to nothing while they do. */
export class Places {
  readonly #line = new Set<Seat>()
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a place, or a place in the line for one. */
  enter(): Place {
    if (this.#free > 0) {
      this.#free--
      return new Seat(this)
    }
    let call = (): void => {}
    const turn = new Promise<void>((resolve) => {
      call = resolve
    })
    const seat = new Seat(this, turn, call)
    this.#line.add(seat)
    return seat
  }

  /** Out of the line, or the place goes to whoever is next. */
  leave(seat: Seat): void {
    if (this.#line.delete(seat)) return
    const [next] = this.#line
    if (next === undefined) this.#free++
    else {
      this.#line.delete(next)
      next.call?.()
    }
  }
}

class Seat implements Place {
  readonly turn: Promise<void> | undefined
  readonly call: (() => void) | undefined
  readonly #places: Places
  #isLeft = false

  constructor(places: Places, turn?: Promise<void>, call?: () => void) {
    this.#places = places
    this.turn = turn
    this.call = call
  }

  leave(): void {
    if (this.#isLeft) return
    this.#isLeft = true
    this.#places.leave(this)
  }
}
