/** The parts of a call's deadline, all in ms; `Infinity` switches one off. */
export interface Timeouts {
  /** Name look-up, TCP and TLS. */
  readonly connectMs: number
  /** From the request to the first content of a stream; for `chat`, from the headers to the first byte of the body. */
  readonly firstTokenMs: number
  /** Longest pause between two pieces of content; keep-alives do not count. */
  readonly idleMs: number
  /** `chat`: longest wait for the headers, and again for the whole body. */
  readonly readMs: number
  /** The whole call, retries and fallbacks included. */
  readonly totalMs: number
}
