/** A secret that shows itself only when asked to; `Secret` is one. */
export interface SecretText {
  /** The value itself; call it only where the value goes onto the wire. */
  reveal(): string
}
