// Stands in for @types/opossum when the core is checked without Node: the real one pulls in all types of Node.
// The main compiler run checks the same uses against the real types.
declare class CircuitBreaker<Arguments extends unknown[] = unknown[], Result = unknown> {
  constructor(action: (...args: Arguments) => Promise<Result>, options?: object)
  readonly name: string
  readonly opened: boolean
  readonly closed: boolean
  readonly halfOpen: boolean
  readonly enabled: boolean
  readonly isShutdown: boolean
  readonly warmUp: boolean
  readonly pendingClose: boolean
  fire(...args: Arguments): Promise<Result>
  open(): void
  close(): void
  enable(): void
  disable(): void
  shutdown(): void
  on(event: string, listener: (...values: never[]) => void): this
  once(event: string, listener: (...values: never[]) => void): this
  removeListener(event: string, listener: (...values: never[]) => void): this
  removeAllListeners(event?: string): this
}

declare namespace CircuitBreaker {
  type Options = Record<string, unknown>
}

export default CircuitBreaker
