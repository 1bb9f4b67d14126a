/**
 * `node --import` this file, and programs that import the package by its name get the sources in place of what was last
 * built.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readEntries, root } from '../../scripts/entries.ts'

const sources = new Map(readEntries().map(({ specifier, source }) => [specifier, source]))

registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = sources.get(specifier)
    return source === undefined
      ? nextResolve(specifier, context)
      : { url: pathToFileURL(join(root, source)).href, format: 'module-typescript', shortCircuit: true }
  },
})
