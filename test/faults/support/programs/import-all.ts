/** Imports everything there is, makes nothing, and says what that left behind; then it ends because nothing is left to do. */
import { readEntries } from '../../../../scripts/entries.ts'

const before = { events: process.eventNames().length, globals: Object.getOwnPropertyNames(globalThis) }
const specifiers = readEntries().map(({ specifier }) => specifier)
for (const specifier of specifiers) await import(specifier)
await new Promise((resolve) => setImmediate(resolve))
const handles = process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY|FSReq)/.test(name))
console.log(
  JSON.stringify({
    entries: specifiers.length,
    handles,
    events: process.eventNames().length - before.events,
    globals: Object.getOwnPropertyNames(globalThis).filter((name) => !before.globals.includes(name)),
  }),
)
