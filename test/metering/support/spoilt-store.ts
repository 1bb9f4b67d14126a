/** Stores that fail on command, around stores that do not. */
import { memoryStores } from 'holdfast/stores/memory'
import type { Clock } from '../../../src/types/clock.ts'
import type { LimitStore, UsageStore } from '../../../src/types/store.ts'

/** What a store does instead of its work. */
export type Fault = 'throws' | 'rejects' | 'hangs' | 'answers nothing' | 'answers nonsense'

/** Memory stores with a switch. */
export function spoilableStores(clock: Clock) {
  const good = memoryStores({ clock })
  const state: { fault: Fault | undefined; calls: number } = { fault: undefined, calls: 0 }
  const usage = spoilable(good.usage, state)
  const limits = spoilable(good.limits, state)
  return { good, usage: usage as UsageStore, limits: limits as LimitStore, state }
}

function spoilable<Store extends object>(good: Store, state: { fault: Fault | undefined; calls: number }): Store {
  return new Proxy(good, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return (...args: unknown[]) => {
        state.calls++
        if (state.fault === 'throws') throw new Error('spoilt: sk-test-not-a-real-key-0000')
        if (state.fault === 'rejects') return Promise.reject(new TypeError('spoilt'))
        if (state.fault === 'hangs') return new Promise(() => undefined)
        if (state.fault === 'answers nothing') return undefined
        if (state.fault === 'answers nonsense') return Promise.resolve({ isAllowed: 'yes', rows: -1 })
        return method.apply(target, args)
      }
    },
  })
}
