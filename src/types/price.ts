import type { Usage } from './usage.ts'

/** Cost of an attempt in US dollars; `undefined` when the price is not known. Must not throw, nor wait. */
export type PriceSource = (attempt: {
  readonly provider: string
  readonly model: string
  readonly usage: Usage
}) => number | undefined
