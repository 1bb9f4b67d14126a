import type { DefinedGuard, Guard } from '../types/guard.ts'
import { checkGuard, checkGuards, createGuardRun } from './engine.ts'

const engine = { checkGuards, createGuardRun }

/** What runs guards: the client finds it on them. */
export type GuardEngine = typeof engine

/**
 * Makes a guard of your own one that a client takes, and gives it back: with it comes the code that runs guards.
 *
 * @throws ConfigError for one that has no name, or nothing to do
 *
 * @example
 * const polite = defineGuard({ name: 'polite', input: ({ messages }) => ({ outcome: 'allow' }) })
 */
export function defineGuard<State = unknown>(guard: Guard<State>): DefinedGuard<State> {
  checkGuard(guard as Guard, 'guard')
  if (Object.isExtensible(guard)) return Object.assign(guard, { engine })
  return Object.assign(Object.create(Object.getPrototypeOf(guard)), guard, { engine })
}
