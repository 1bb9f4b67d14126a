import { expect } from 'vitest'

/** Listens for warnings of the process: a leak of listeners, most likely. */
export function watchWarnings(): { start(): void; check(): void } {
  const seen: string[] = []
  const note = (warning: Error) => void seen.push(`${warning.name}: ${warning.message}`)
  return {
    start() {
      seen.length = 0
      process.on('warning', note)
    },
    check() {
      process.off('warning', note)
      expect(seen).toEqual([])
    },
  }
}
