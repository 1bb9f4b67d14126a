/**
 * The one list of public entries is `exports` in package.json. Everything that needs it (the build, the aliases of
 * tests, the package and size checks) reads it here.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Entry {
  /** Key in `exports`: `.` or `./providers/openai`. */
  readonly key: string
  /** What a user writes: `holdfast` or `holdfast/providers/openai`. */
  readonly specifier: string
  /** Name of the built file without extension: `index` or `providers/openai`. */
  readonly name: string
  /** Source file, relative to the root of the repository. */
  readonly source: string
  /** Whether the source file is there. */
  readonly exists: boolean
}

/** The root of the repository: npm runs every script there, and bundlers of configuration files move this file. */
export const root: string = process.cwd()

/** Reads package.json of this repository. */
export function readPackage(): { name: string; exports: Record<string, unknown>; [field: string]: unknown } {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/** All public code entries, in the order of package.json. */
export function readEntries(): Entry[] {
  const { name: packageName, exports } = readPackage()
  return Object.keys(exports)
    .filter((key) => key !== './package.json')
    .map((key) => toEntry(packageName, key))
}

/** The command: built beside the entries, run and never imported. */
export const command = { name: 'cli', source: 'src/cli.ts' } as const

function toEntry(packageName: string, key: string): Entry {
  const name = key === '.' ? 'index' : key.slice(2)
  const file = `src/${name}.ts`
  const source = existsSync(join(root, file)) || key === '.' ? file : `src/${name}/index.ts`
  return { key, specifier: packageName + key.slice(1), name, source, exists: existsSync(join(root, source)) }
}
