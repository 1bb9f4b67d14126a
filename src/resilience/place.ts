/** A place among the connections to one provider, or in the line for one. */
export interface Place {
  /** Settles when the place is there; absent where it was there at once. */
  readonly turn: Promise<void> | undefined
  /** Gives it back, or leaves the line. Once is enough, more does no harm. */
  leave(): void
}
