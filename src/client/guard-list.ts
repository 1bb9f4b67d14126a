import type { Check } from '../utils/check.ts'

/** Guards that bring their engine along. */
export const guardList: Check = (value) =>
  Array.isArray(value) && value.every((guard) => typeof guard?.engine === 'object')
    ? undefined
    : 'an array of guards of holdfast/guards; one of your own goes through its defineGuard first'
