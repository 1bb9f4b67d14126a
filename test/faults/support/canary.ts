import { inspect } from 'node:util'
import { expect } from 'vitest'

/** The key of every provider in these tests: it must come back nowhere. */
export const canary = 'sk-test-canary-4f9b1c7d2e8a6035'
/** What gives it away even when it is cut or masked in part. */
const trace = 'canary-4f9b'

/** Fails when the key stands anywhere in a value, in whatever way it is looked at. */
export function hidesCanary(value: unknown): void {
  for (const [how, text] of Object.entries(picturesOf(value))) {
    const at = text.indexOf(trace)
    if (at !== -1) expect.fail(`The key shows in ${how}: …${text.slice(Math.max(0, at - 80), at + 40)}…`)
  }
}

function picturesOf(value: unknown): Record<string, string> {
  return {
    inspect: inspect(value, { depth: 12, showHidden: true, maxArrayLength: 500, maxStringLength: 20_000 }),
    JSON: jsonOf(value),
    text: typeof value === 'object' && value !== null ? `${value}` : String(value),
    properties: reachable(value),
  }
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '' // Holds itself: `reachable` looks there too.
  }
}

/** All texts that can be reached through own properties, hidden ones and symbols too. */
function reachable(root: unknown): string {
  const seen = new Set<unknown>()
  const texts: string[] = []
  const queue: unknown[] = [root]
  while (queue.length > 0 && seen.size < 20_000) {
    const value = queue.pop()
    if (typeof value === 'string') texts.push(value)
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    for (const key of Reflect.ownKeys(value)) {
      texts.push(String(key))
      const property = Object.getOwnPropertyDescriptor(value, key)
      if (property !== undefined && 'value' in property) queue.push(property.value)
    }
  }
  return texts.join('\n')
}
