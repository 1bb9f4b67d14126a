/** What limits count. */
import type { LimitScope } from '../types/meter.ts'
import type { LimitDimension, LimitWindow } from '../types/store.ts'
import { microDollars } from './rate.ts'

/** What one call or attempt may use. */
export interface Demand {
  readonly requests: number
  readonly tokens: number
  /** Millionths of a dollar. */
  readonly cost: number
  readonly concurrent: number
}

/** A counter and what a user knows of it. */
export interface Counter {
  readonly scope: LimitScope
  readonly measure: keyof Demand
  readonly rate: string
  readonly key: string
  readonly limit: number
  readonly window: LimitWindow
}

/** What each counter is asked for, and what it keeps if the owner dies. */
export function dimensionsOf(counters: readonly Counter[], demand: Demand, keep: Demand): LimitDimension[] {
  return counters.map(({ key, limit, window, measure }) => {
    const amount = demand[measure]
    return { key, limit, window, amount, keep: Math.min(amount, keep[measure]) }
  })
}

/** The first counter that an answer can outgrow. */
export function boundIn(counters: readonly Counter[] | undefined): Counter | undefined {
  return counters?.find(({ measure }) => measure === 'tokens' || measure === 'cost')
}

/** In the unit a user thinks in. */
export function inUnits(measure: keyof Demand, amount: number): number {
  return measure === 'cost' ? amount / microDollars : amount
}
